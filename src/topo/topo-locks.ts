/**
 * Locks on keyspaces, shards, routing rules and names (inventory 2.023, 2.024), all in the global store. A lock's
 * contents are Vitess's JSON, for people and tools that look at who holds it.
 */
import type { KeyspaceName, ShardName } from "./names.ts";
import { folders, mustReadRecord, records } from "./records.ts";
import type { TopoServer } from "./server.ts";
import type { LockOptions, TopoLock } from "./topo.ts";

/** Who locks; `action` says what for ("PlannedReparentShard"). */
export interface LockOwner {
  readonly hostName: string;
  readonly userName: string;
}

export interface LockRequest {
  readonly owner: LockOwner;
  readonly action: string;
  /** lock-timeout: how long to wait. */
  readonly timeoutMs?: number;
  readonly ttlMs?: number;
  readonly signal?: AbortSignal;
}

export const lockTimeoutMsDefault = 45_000;
export const lockLeaseMsDefault = 30_000;

/** Throws no_node where the keyspace is not there. */
export async function lockKeyspace(server: TopoServer, keyspace: KeyspaceName, request: LockRequest) {
  await mustReadRecord(server.global, records.keyspace(keyspace));
  return take(server, folders.keyspace(keyspace), request);
}

/** Throws no_node where the shard is not there. */
export async function lockShard(server: TopoServer, keyspace: KeyspaceName, shard: ShardName, request: LockRequest) {
  await mustReadRecord(server.global, records.shard(keyspace, shard));
  return take(server, folders.shard(keyspace, shard), request);
}

/** As lockShard, but throws node_exists at once when somebody holds it. */
export async function tryLockShard(server: TopoServer, keyspace: KeyspaceName, shard: ShardName, request: LockRequest) {
  await mustReadRecord(server.global, records.shard(keyspace, shard));
  return server.global.tryLock(folders.shard(keyspace, shard), contentsOf(server, request), optionsOf(request));
}

export function lockRoutingRules(server: TopoServer, request: LockRequest): Promise<TopoLock> {
  return take(server, folders.routingRules, request);
}

export function lockName(server: TopoServer, name: string, request: LockRequest): Promise<TopoLock> {
  return take(server, folders.namedLock(name), request);
}

/** Runs `work` under a lock that `lock` takes, and gives it up after; the first error counts. */
export async function withLock<T>(lock: Promise<TopoLock>, work: (lock: TopoLock) => Promise<T>): Promise<T> {
  const held = await lock;
  let answer: T;
  try {
    answer = await work(held);
  } catch (error) {
    await held.unlock().catch(() => undefined); // The work's error matters more; the lease ends by itself.
    throw error;
  }
  await held.unlock();
  return answer;
}

function take(server: TopoServer, folder: string, request: LockRequest): Promise<TopoLock> {
  return server.global.lock(folder, contentsOf(server, request), optionsOf(request));
}

function optionsOf(request: LockRequest): LockOptions {
  return {
    timeoutMs: request.timeoutMs ?? lockTimeoutMsDefault,
    ttlMs: request.ttlMs ?? lockLeaseMsDefault,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
}

function contentsOf(server: TopoServer, { action, owner }: LockRequest): string {
  const time = new Date(server.clock.nowMs()).toISOString();
  const { hostName: HostName, userName: UserName } = owner;
  return JSON.stringify({ Action: action, HostName, UserName, Time: time, Status: "Running" }, undefined, 2);
}
