/** Opens the topology that flags name (servenv/topo-flags.ts). */
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { FlagError } from "../base/flag-values.ts";
import { TopoServer } from "./server.ts";

export interface TopoSettings {
  readonly topoImplementation: string;
  readonly topoGlobalServerAddress: string;
  readonly topoGlobalRoot: string;
  readonly topoEtcdTlsCa: string;
  readonly topoEtcdTlsCert: string;
  readonly topoEtcdTlsKey: string;
  readonly topoEtcdLeaseTtl: number;
  readonly remoteOperationTimeoutMs: number;
}

/** One for a process: what roles in one process share. */
const memoryStores = new Map();

export function openTopo(
  values: TopoSettings,
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
