/**
 * The topology stores by the name that `--topo-implementation` knows them by. To add one: its file, and a line here.
 * `address` is the store's own: endpoints for etcd, a file for sqlite, any name for memory.
 */
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { errorText } from "../base/errors.ts";
import { type EtcdTls } from "./etcd-client.ts";
import { openEtcdTopo } from "./etcd-topo.ts";
import { MemoryStore } from "./memory-topo.ts";
import { openSqliteTopo } from "./sqlite-topo.ts";
import { type Topo, TopoError } from "./topo.ts";

/** What stores are opened with; one for a process. */
export interface StoreContext {
  readonly clock: Clock;
  readonly disk: Disk;
  /** Memory stores by address: shared by all who hold this map. */
  readonly memoryStores: Map<string, Pick<MemoryStore, "open">>;
  /** Files named by topo-etcd-tls-ca, topo-etcd-tls-cert, topo-etcd-tls-key. */
  readonly etcdTlsFiles?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** remote-operation-timeout. */
  readonly operationTimeoutMs?: number;
  /** topo-etcd-lease-ttl. */
  readonly electionLeaseMs?: number;
}

type OpenStore = (context: StoreContext, address: string, root: string) => Promise<Topo>;

const openEtcd: OpenStore = async (context, address, root) => {
  const tls = readTls(context);
  return openEtcdTopo({ ...limitsOf(context), endpoints: address, root, ...(tls === undefined ? {} : { tls }) });
};

export const stores = {
  etcd2: openEtcd,
  etcd: openEtcd,
  sqlite: (context, address, root) =>
    openSqliteTopo({ ...limitsOf(context), disk: context.disk, filename: address, root }),
  memory: async (context, address, root) => {
    const store = context.memoryStores.get(address) ?? new MemoryStore();
    context.memoryStores.set(address, store);
    return store.open({ ...limitsOf(context), root });
  },
} as const satisfies Record<string, OpenStore>;

export type StoreName = keyof typeof stores;

/** Throws no_implementation for a name that is not in the table. */
export function openStore(context: StoreContext, implementation: string, address: string, root: string): Promise<Topo> {
  if (!Object.hasOwn(stores, implementation)) {
    const known = Object.keys(stores).join(", ");
    throw new TopoError("no_implementation", implementation, `known topology stores: ${known}`);
  }
  return stores[implementation as StoreName](context, address, root);
}

function limitsOf({ clock, operationTimeoutMs, electionLeaseMs }: StoreContext) {
  return {
    clock,
    ...(operationTimeoutMs === undefined ? {} : { operationTimeoutMs }),
    ...(electionLeaseMs === undefined ? {} : { electionLeaseMs }),
  };
}

function readTls({ disk, etcdTlsFiles }: StoreContext): EtcdTls | undefined {
  if (etcdTlsFiles === undefined || Object.keys(etcdTlsFiles).length === 0) return undefined;
  const read = ([name, file]: [string, string]) => {
    try {
      return [name, disk.readFileSync(file)];
    } catch (error) {
      throw new TopoError("bad_path", file, `topo-etcd-tls-${name} cannot be read: ${errorText(error)}`, error);
    }
  };
  return Object.fromEntries(Object.entries(etcdTlsFiles).map(read)) as EtcdTls;
}
