/**
 * Watches on etcd that outlive the loss of the server and the compaction of its history. A watch reads the present
 * state, tells how it differs from what it told before, and follows the events from there; whatever ends the stream of
 * events (a lost connection, history that was compacted away), it begins again with the present state.
 */
import { type Clock, sleep } from "../base/clock.ts";
import { Event_EventType as EventType, KV, Watch, type WatchResponse } from "../proto/generated/etcd_pb.js";
import type { EtcdClient } from "./etcd-client.ts";
import { isAway } from "./local-topo.ts";
import { type TopoChange, TopoError } from "./topo.ts";

/** One key, or the keys from `key` up to `end`. */
export interface WatchedKeys {
  readonly key: Buffer;
  readonly end: Buffer | undefined;
}

const retryMs = 500;

/** The first key after all that begin with `prefix`. */
export function prefixEnd(prefix: string): Buffer {
  return Buffer.concat([Buffer.from(prefix), Buffer.from([0xff])]); // No byte of UTF-8 is 0xff.
}

/** Paths of the changes are whole keys. Ends, without an error, when `signal` aborts. */
export async function* watchKeys(
  client: EtcdClient,
  clock: Clock,
  keys: WatchedKeys,
  signal: AbortSignal,
): AsyncIterable<TopoChange> {
  const state: WatchState = { versions: new Map(), isFirst: true };
  while (!signal.aborted) {
    try {
      const { changes, revision } = await compareAll(client, keys, state);
      yield* changes;
      for await (const response of responses(client, keys, revision + 1n, signal)) yield* applyEvents(response, state);
    } catch (error) {
      if (signal.aborted) return;
      if (!isAway(error) && !isCompacted(error)) throw error;
      if (!isCompacted(error)) await sleep(clock, retryMs, signal).catch(() => undefined); // The loop looks at the signal.
    }
  }
}

/** Waits for one event; false when the stream was lost before. Rejects with the signal's reason. */
export async function watchOnce(
  client: EtcdClient,
  keys: WatchedKeys,
  revision: bigint,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for await (const response of responses(client, keys, revision, signal)) if (response.events.length > 0) return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!isAway(error) && !isCompacted(error)) throw error;
  }
  signal.throwIfAborted();
  return false;
}

interface WatchState {
  /** What was told as being there, by key. */
  readonly versions: Map<string, number>;
  isFirst: boolean;
}

async function compareAll(client: EtcdClient, keys: WatchedKeys, state: WatchState) {
  const range = keys.end === undefined ? { key: keys.key } : { key: keys.key, rangeEnd: keys.end };
  const { kvs, header } = await client.repeatable(KV.method.range, range);
  const revision = header?.revision ?? 0n;
  const changes: TopoChange[] = [];
  const gone = new Set(state.versions.keys());
  for (const kv of kvs) {
    if (kv.lease !== 0n) continue;
    const path = Buffer.from(kv.key).toString();
    const version = Number(kv.modRevision);
    gone.delete(path);
    if (state.versions.get(path) === version) continue;
    state.versions.set(path, version);
    changes.push({ path, bytes: Buffer.from(kv.value), version });
  }
  for (const path of gone) {
    state.versions.delete(path);
    changes.push({ path, bytes: undefined, version: Number(revision) });
  }
  const isAbsent = state.isFirst && keys.end === undefined && changes.length === 0;
  if (isAbsent) changes.push({ path: keys.key.toString(), bytes: undefined, version: 0 });
  state.isFirst = false;
  return { changes: changes.sort((a, b) => a.version - b.version), revision };
}

function* applyEvents(response: WatchResponse, state: WatchState): Iterable<TopoChange> {
  for (const { type, kv } of response.events) {
    if (kv === undefined) continue;
    const path = Buffer.from(kv.key).toString();
    const version = Number(kv.modRevision);
    if (type === EventType.DELETE) {
      if (state.versions.delete(path)) yield { path, bytes: undefined, version };
    } else if (kv.lease === 0n) {
      state.versions.set(path, version);
      yield { path, bytes: Buffer.from(kv.value), version };
    }
  }
}

async function* responses(
  client: EtcdClient,
  keys: WatchedKeys,
  startRevision: bigint,
  signal: AbortSignal,
): AsyncIterable<WatchResponse> {
  const stream = client.stream(Watch.method.watch);
  const cancel = () => stream.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    if (signal.aborted) return;
    const range = keys.end === undefined ? { key: keys.key } : { key: keys.key, rangeEnd: keys.end };
    stream.write({ requestUnion: { case: "createRequest", value: { ...range, startRevision } } });
    for await (const response of stream as AsyncIterable<WatchResponse>) {
      if (response.compactRevision > 0n) throw compacted();
      if (response.canceled) throw new TopoError("unavailable", "etcd watch", response.cancelReason);
      yield response;
    }
    throw new TopoError("unavailable", "etcd watch", "etcd ended the watch");
  } catch (error) {
    throw client.streamLost(error, "etcd watch");
  } finally {
    signal.removeEventListener("abort", cancel);
    stream.cancel();
  }
}

function compacted(): TopoError {
  return new TopoError("partial_result", "etcd watch", "the history was compacted");
}

function isCompacted(error: unknown): boolean {
  return error instanceof TopoError && error.kind === "partial_result";
}
