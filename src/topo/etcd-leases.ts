/** Claims on locks in etcd: keys "<folder>/locks/<lease id>" that vanish with their lease (inventory 2.025). */
import { type Clock, sleep } from "../base/clock.ts";
import {
  Compare_CompareTarget as CompareTarget,
  KV,
  Lease,
  RangeRequest_SortTarget as SortTarget,
  RangeRequest_SortOrder as SortOrder,
} from "../proto/generated/etcd_pb.js";
import type { EtcdClient } from "./etcd-client.ts";
import { prefixEnd, watchOnce } from "./etcd-watch.ts";
import type { Claim, LeaseStore } from "./lease-lock.ts";
import { TopoError } from "./topo.ts";

const watchRetryMs = 200;

export function claimKey(folder: string, leaseId: string): Buffer {
  return Buffer.from(`${folder}/locks/${leaseId}`);
}

export function etcdLeases(client: EtcdClient, clock: Clock): LeaseStore {
  return {
    claim: (folder, contents, ttlMs) => claimLock(client, folder, contents, ttlMs),
    claims: (folder) => readClaims(client, folder),
    renew: async (claim) => {
      const reply = await client.exchange(Lease.method.leaseKeepAlive, { ID: BigInt(claim.id) });
      return reply.TTL > 0n; // etcd answers 0 for a lease that ended.
    },
    release: async (claim) => {
      await client.repeatable(Lease.method.leaseRevoke, { ID: BigInt(claim.id) }).catch((error: unknown) => {
        if (!(error instanceof TopoError && error.kind === "no_node")) throw error;
      });
    },
    vanished: async (claim, signal) => {
      const key = claimKey(claim.folder, claim.id);
      const { kvs, header } = await client.repeatable(KV.method.range, { key });
      if (kvs.length === 0) return;
      const isOver = await watchOnce(client, { key, end: undefined }, (header?.revision ?? 0n) + 1n, signal);
      if (!isOver) await sleep(clock, watchRetryMs, signal);
    },
  };
}

async function claimLock(client: EtcdClient, folder: string, contents: string, ttlMs: number): Promise<Claim> {
  const TTL = BigInt(Math.max(1, Math.ceil(ttlMs / 1000)));
  const lease = await client.repeatable(Lease.method.leaseGrant, { TTL });
  const id = lease.ID.toString();
  const key = claimKey(folder, id);
  const value = Buffer.from(contents);
  const reply = await client.repeatable(KV.method.txn, {
    compare: [{ key, target: CompareTarget.VERSION, targetUnion: { case: "version", value: 0n } }],
    success: [{ request: { case: "requestPut", value: { key, value, lease: lease.ID } } }],
    failure: [{ request: { case: "requestRange", value: { key } } }], // An earlier try went through: the id is ours alone.
  });
  const [earlier] = reply.responses.map(({ response }) =>
    response.case === "responseRange" ? response.value.kvs[0]?.createRevision : undefined,
  );
  const term = Number(earlier ?? reply.header?.revision);
  return { folder, contents, id, term, ttlMs: Number(lease.TTL) * 1000 };
}

async function readClaims(client: EtcdClient, folder: string): Promise<readonly Claim[]> {
  const prefix = `${folder}/locks/`;
  const { kvs } = await client.repeatable(KV.method.range, {
    key: Buffer.from(prefix),
    rangeEnd: prefixEnd(prefix),
    sortTarget: SortTarget.CREATE,
    sortOrder: SortOrder.ASCEND,
  });
  return kvs.map((kv) => ({
    folder,
    contents: Buffer.from(kv.value).toString(),
    id: Buffer.from(kv.key).toString().slice(prefix.length),
    term: Number(kv.createRevision),
    ttlMs: 0, // Not known of other holders' leases.
  }));
}
