/** The error for what cannot be planned: it names the construct. */
import { VtError } from "../base/errors.ts";

export function unsupported(construct: string): VtError {
  return VtError.of("VT12001", construct);
}
