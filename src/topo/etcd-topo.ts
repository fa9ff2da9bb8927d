/**
 * A topology store in etcd, with the keys where Vitess puts them: a file is "<root>/<path>", a claim on a lock is
 * "<root>/<folder>/locks/<lease id>" bound to a lease (inventory 2.025). A file's version is its mod revision.
 *
 * Keys with a lease are claims, not files. Everything that is compared before a change (a version, a lock) is compared
 * in the same etcd transaction.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "../base/clock.ts";
import {
  Compare_CompareResult as Result,
  type CompareSchema,
  Compare_CompareTarget as Target,
  KV,
  type KeyValue,
  type RequestOpSchema,
  type TxnResponse,
} from "../proto/generated/etcd_pb.js";
import { EtcdClient, type EtcdTls } from "./etcd-client.ts";
import { claimKey, etcdLeases } from "./etcd-leases.ts";
import { prefixEnd, watchKeys } from "./etcd-watch.ts";
import { defaultLeaseMs, HeldLocks } from "./lease-lock.ts";
import { mustMatch } from "./local-topo.ts";
import { checkedFolder, checkedPath, checkedRoot, childNames } from "./path.ts";
import { type LockOptions, type Topo, type TopoChange, TopoError, type TopoFile, type TopoLock } from "./topo.ts";

export interface EtcdTopoOptions {
  readonly clock: Clock;
  /** "host:port,host:port" */
  readonly endpoints: string;
  readonly root: string;
  readonly tls?: EtcdTls;
  readonly operationTimeoutMs?: number;
  readonly electionLeaseMs?: number;
}

/** Opens at once: a cluster whose etcd is away can start, and is answered `unavailable` until it comes. */
export function openEtcdTopo(options: EtcdTopoOptions): Topo {
  return new EtcdTopo(options);
}

class EtcdTopo implements Topo {
  readonly #client: EtcdClient;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #locks: HeldLocks;
  readonly #electionLeaseMs: number;
  readonly #closed = new AbortController();

  constructor(options: EtcdTopoOptions) {
    this.#client = new EtcdClient(options);
    this.#clock = options.clock;
    this.#prefix = `${checkedRoot(options.root)}/`;
    this.#locks = new HeldLocks(etcdLeases(this.#client, options.clock), options.clock, this.#prefix);
    this.#electionLeaseMs = options.electionLeaseMs ?? defaultLeaseMs;
  }

  async list(folder: string): Promise<readonly string[]> {
    const below = checkedFolder(folder) === "" ? "" : `${folder}/`;
    const kvs = await this.#range(below, true);
    if (kvs.length === 0) throw new TopoError("no_node", folder);
    return childNames(kvs.map((kv) => this.#pathOf(kv).slice(below.length)));
  }

  async readAll(prefix: string): Promise<readonly TopoFile[]> {
    return (await this.#range(prefix, false)).map((kv) => this.#fileOf(kv));
  }

  async read(path: string): Promise<TopoFile | undefined> {
    const { kvs } = await this.#client.repeatable(KV.method.range, { key: this.#key(path) });
    return kvs.filter(isFile).map((kv) => this.#fileOf(kv))[0];
  }

  async write(path: string, bytes: Uint8Array, expected: number | undefined, lock?: TopoLock): Promise<number> {
    const key = this.#key(path);
    const guards = expected === undefined ? [] : [versionIs(key, expected)];
    const put = { request: { case: "requestPut", value: { key, value: bytes } } } as const;
    const reply = await this.#change(path, guards, put, expected, lock);
    return Number(reply.header?.revision);
  }

  async delete(path: string, expected: number | undefined, lock?: TopoLock): Promise<void> {
    const key = this.#key(path);
    const remove = { request: { case: "requestDeleteRange", value: { key } } } as const;
    await this.#change(path, [expected === undefined ? exists(key) : versionIs(key, expected)], remove, expected, lock);
  }

  async *watch(path: string, signal: AbortSignal): AsyncIterable<TopoChange> {
    const key = this.#key(path);
    yield* this.#watch({ key, end: undefined }, signal);
  }

  async *watchAll(folder: string, signal: AbortSignal): AsyncIterable<TopoChange> {
    const prefix = checkedFolder(folder) === "" ? this.#prefix : `${this.#prefix}${folder}/`;
    yield* this.#watch({ key: Buffer.from(prefix), end: prefixEnd(prefix) }, signal);
  }

  async lock(folder: string, contents: string, options: LockOptions): Promise<TopoLock> {
    return this.#take(folder, contents, options, "wait");
  }

  async tryLock(folder: string, contents: string, options: LockOptions): Promise<TopoLock> {
    return this.#take(folder, contents, options, "try");
  }

  async elect(name: string, id: string, signal: AbortSignal): Promise<TopoLock> {
    const options = { timeoutMs: Number.POSITIVE_INFINITY, ttlMs: this.#electionLeaseMs, signal };
    return this.#take(`elections/${name}`, id, options, "wait");
  }

  async leader(name: string): Promise<string | undefined> {
    this.#mustBeOpen(checkedPath(name));
    return this.#locks.leader(name);
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new TopoError("interrupted", "", "the topology connection was closed"));
    await this.#locks.close();
    this.#client.close();
  }

  /** Runs `change` if all guards and the lock hold; else says which one does not. */
  async #change(
    path: string,
    guards: readonly Guard[],
    change: MessageInitShape<typeof RequestOpSchema>,
    expected: number | undefined,
    lock: TopoLock | undefined,
  ): Promise<TxnResponse> {
    if (lock?.lost.aborted) throw new TopoError("lock_lost", lock.folder);
    const lockKey = lock === undefined ? undefined : claimKey(this.#prefix + lock.folder, lock.id);
    const compare = [...guards];
    if (lock !== undefined && lockKey !== undefined) compare.push(createdAt(lockKey, lock.term));
    const look = [this.#key(path), ...(lockKey === undefined ? [] : [lockKey])];
    const failure = look.map((key) => ({ request: { case: "requestRange", value: { key } } }) as const);
    const reply = await this.#client.once(KV.method.txn, { compare, success: [change], failure });
    if (reply.succeeded) return reply;
    const [file, claim] = reply.responses.map(({ response }) =>
      response.case === "responseRange" ? response.value.kvs[0] : undefined,
    );
    if (lock !== undefined && Number(claim?.createRevision ?? 0) !== lock.term)
      throw new TopoError("lock_lost", lock.folder);
    const found = Number(file?.modRevision ?? 0);
    if (expected !== undefined) mustMatch(path, expected, found);
    throw new TopoError("no_node", path);
  }

  async #range(prefix: string, keysOnly: boolean): Promise<readonly KeyValue[]> {
    this.#mustBeOpen(prefix);
    const from = this.#prefix + prefix;
    const request = { key: Buffer.from(from), rangeEnd: prefixEnd(from), keysOnly };
    const { kvs } = await this.#client.repeatable(KV.method.range, request);
    return kvs.filter(isFile);
  }

  async *#watch(range: Parameters<typeof watchKeys>[2], signal: AbortSignal): AsyncIterable<TopoChange> {
    this.#mustBeOpen("");
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    for await (const change of watchKeys(this.#client, this.#clock, range, stop))
      yield { ...change, path: change.path.slice(this.#prefix.length) };
    if (!signal.aborted) this.#closed.signal.throwIfAborted();
  }

  async #take(folder: string, contents: string, options: LockOptions, mode: "wait" | "try"): Promise<TopoLock> {
    this.#mustBeOpen(checkedPath(folder));
    const signal = AbortSignal.any([this.#closed.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    return this.#locks.take(folder, contents, { ...options, signal }, mode);
  }

  #key(path: string): Buffer {
    this.#mustBeOpen(path);
    return Buffer.from(this.#prefix + checkedPath(path));
  }

  #mustBeOpen(path: string): void {
    if (this.#closed.signal.aborted) throw new TopoError("interrupted", path, "the topology connection was closed");
  }

  #pathOf(kv: KeyValue): string {
    return bufferOf(kv.key).toString().slice(this.#prefix.length);
  }

  #fileOf(kv: KeyValue): TopoFile {
    return { path: this.#pathOf(kv), bytes: bufferOf(kv.value), version: Number(kv.modRevision) };
  }
}

type Guard = MessageInitShape<typeof CompareSchema>;

function versionIs(key: Buffer, version: number): Guard {
  const targetUnion = { case: "modRevision", value: BigInt(version) } as const; // 0 where there is no key.
  return { key, target: Target.MOD, result: Result.EQUAL, targetUnion };
}

function createdAt(key: Buffer, revision: number): Guard {
  const targetUnion = { case: "createRevision", value: BigInt(revision) } as const;
  return { key, target: Target.CREATE, result: Result.EQUAL, targetUnion };
}

function exists(key: Buffer): Guard {
  return { key, target: Target.CREATE, result: Result.GREATER, targetUnion: { case: "createRevision", value: 0n } };
}

function isFile(kv: KeyValue): boolean {
  return kv.lease === 0n;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
