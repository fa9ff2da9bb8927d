/** Puts a Vtctld together from a topology and a way to dial tablets. Whoever opens it closes `tablets` and the topology. */
import { errorText, VtError } from "../base/errors.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import type { Dialer } from "../rpc/service.ts";
import type { TopoServer } from "../topo/server.ts";
import type { LockOwner } from "../topo/topo-locks.ts";
import { tabletName } from "./tablet-access.ts";
import { TabletConnections } from "./tablet-connections.ts";
import type { CallCounts, Vtctld, VtctldTimes } from "./vtctld.ts";

export interface VtctldParts {
  readonly topo: TopoServer;
  readonly dial: Dialer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly owner: LockOwner;
  readonly times: () => VtctldTimes;
  readonly metrics?: Metrics;
}

export function openVtctld(parts: VtctldParts): { readonly vtctld: Vtctld; readonly tablets: TabletConnections } {
  const { topo, clock, log, owner, times } = parts;
  const tablets = new TabletConnections(parts.dial, () => times().remoteOperationTimeoutMs);
  const readVersion = (tablet: Tablet) => versionOf(tablet, times().remoteOperationTimeoutMs);
  const dialTablet = (tablet: Tablet) => tablets.client(tablet);
  const calls = parts.metrics === undefined ? {} : { calls: countCalls(parts.metrics) };
  return {
    vtctld: { ...calls, topo, callTablet: tablets.call, dialTablet, readVersion, clock, log, owner, times },
    tablets,
  };
}

function countCalls(metrics: Metrics): CallCounts {
  const times = metrics.timings("VtctldCalls", "Calls of control functions.", ["Method"]);
  const errors = metrics.counters("VtctldCallErrors", "Calls that failed.", ["Method", "Code"]);
  return {
    done: (method, ms) => times.bind(method).record(ms),
    failed: (method, code) => errors.bind(method, code).add(1),
  };
}

/** The version that a tablet's /debug/vars tells. */
async function versionOf(tablet: Tablet, timeoutMs: number): Promise<string> {
  const url = `http://${tablet.hostname}:${tablet.portMap["vt"] ?? 0}/debug/vars`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: "error" });
    const { BuildVersion } = (await response.json()) as { readonly BuildVersion?: unknown };
    if (typeof BuildVersion === "string") return BuildVersion;
  } catch (error) {
    throw VtError.of("VT23010", tabletName(tablet), `${url}: ${errorText(error)}`).because(error);
  }
  throw VtError.of("VT23010", tabletName(tablet), `${url} tells no BuildVersion`);
}
