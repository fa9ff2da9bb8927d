/** Opens the topology that a role's flags name. */
import { hostname, userInfo } from "node:os";
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { FlagError } from "../base/flag-values.ts";
import type { Values } from "../base/flags.ts";
import type { topoFlags } from "../servenv/topo-flags.ts";
import { TopoServer } from "../topo/server.ts";
import type { LockOwner } from "../topo/topo-locks.ts";

/** One for a process: what roles in one process share. */
const memoryStores = new Map();

export function openTopo(
  values: Values<typeof topoFlags>,
  { clock, disk }: { readonly clock: Clock; readonly disk: Disk },
): Promise<TopoServer> {
  const { topoImplementation: implementation, topoGlobalServerAddress: globalAddress } = values;
  if (globalAddress === "" && implementation !== "memory")
    throw new FlagError("flag --topo-global-server-address is required");
  const files = { ca: values.topoEtcdTlsCa, cert: values.topoEtcdTlsCert, key: values.topoEtcdTlsKey };
  const context = {
    clock,
    disk,
    memoryStores,
    etcdTlsFiles: Object.fromEntries(Object.entries(files).filter(([, file]) => file !== "")),
    operationTimeoutMs: values.remoteOperationTimeoutMs,
    electionLeaseMs: values.topoEtcdLeaseTtl * 1000,
  };
  return TopoServer.open(context, { implementation, globalAddress, globalRoot: values.topoGlobalRoot });
}

/** Who we are, in the locks we take. */
export function lockOwner(): LockOwner {
  return { hostName: hostname(), userName: userName() };
}

/** A user without a name in the system's tables is known by number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "");
  }
}
