/** The topology's errors as errors that a client may see. */
import { VtError } from "../base/errors.ts";
import { TopoError } from "../topo/topo.ts";

/** A TopoError as VtError; anything else as it is. */
export function asClientError(error: unknown): unknown {
  if (!(error instanceof TopoError)) return error;
  const { kind, path } = error;
  switch (kind) {
    case "no_node":
      return VtError.of("VT23001", path).because(error);
    case "node_exists":
      return VtError.of("VT23002", path).because(error);
    case "timeout":
    case "interrupted":
      return VtError.of("VT23003", error.message).because(error);
    case "unavailable":
    case "resource_exhausted":
      return VtError.of("VT23004", error.message).because(error);
    case "bad_path":
      return VtError.of("VT23005", error.message).because(error);
    default:
      return VtError.of("VT23006", error.message).because(error);
  }
}

export const isMissing = (error: unknown): boolean => error instanceof TopoError && error.kind === "no_node";
