/**
 * The serving records as a gateway or tablet reads them (inventory 2.031): the first read of a record starts a watch,
 * later reads answer the last known state at once. While the store is away, or a record cannot be read, the last good
 * one stays in force. That a record is not there is remembered for `ttlMs`, so that unknown names cost no watches.
 */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type Clock, deadline } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { SrvKeyspaceSchema } from "../proto/generated/topodata_pb.js";
import type { SrvVSchemaSchema } from "../proto/generated/vschema_pb.js";
import { type CellName, type KeyspaceName, keyspaceName } from "./names.ts";
import { folders, listNames, type RecordAt, type RecordState, records, watchRecord } from "./records.ts";
import type { TopoServer } from "./server.ts";
import { TopoError } from "./topo.ts";

export interface ServingCacheOptions {
  readonly server: TopoServer;
  readonly cell: CellName;
  readonly log: Logger;
  /** srv-topo-cache-ttl: how long an absence, a failure or a list of names is believed. */
  readonly ttlMs?: number;
  /** srv-topo-timeout: how long a first read waits for the store. */
  readonly timeoutMs?: number;
}

export type SrvVSchema = MessageShape<typeof SrvVSchemaSchema>;
export type SrvKeyspace = MessageShape<typeof SrvKeyspaceSchema>;

export const recordsWatchedMax = 10_000;

/** What a debug page shows of one record. */
export interface CachedRecord {
  readonly path: string;
  readonly version: number;
  readonly error: string | undefined;
}

export class ServingCache {
  readonly #options: Required<ServingCacheOptions>;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #watched = new Map<string, WatchedRecord<DescMessage>>();
  #names: { readonly list: readonly KeyspaceName[]; readonly readMs: number } | undefined;

  constructor(options: ServingCacheOptions) {
    this.#options = { ttlMs: 1_000, timeoutMs: 5_000, ...options };
    this.#clock = options.server.clock;
  }

  /** Throws no_node for a keyspace that the cell does not serve; unavailable or timeout before the first answer. */
  async srvKeyspace(keyspace: KeyspaceName): Promise<SrvKeyspace> {
    return this.#read(records.srvKeyspace(keyspace));
  }

  async srvVSchema(): Promise<SrvVSchema> {
    return this.#read(records.srvVSchema);
  }

  /** The last known SrvVSchema, without waiting. */
  get srvVSchemaNow(): SrvVSchema | undefined {
    return this.#watch(records.srvVSchema).message;
  }

  /** Calls `listener` with each new SrvVSchema, beginning with the one that is known. Answers how to stop that. */
  onSrvVSchema(listener: (vschema: SrvVSchema) => void): () => void {
    return this.#watch(records.srvVSchema).listen(listener);
  }

  onSrvKeyspace(keyspace: KeyspaceName, listener: (srvKeyspace: SrvKeyspace) => void): () => void {
    return this.#watch(records.srvKeyspace(keyspace)).listen(listener);
  }

  /** The keyspaces that the cell serves; the last known ones while the store is away. */
  async keyspaces(): Promise<readonly KeyspaceName[]> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#names !== undefined && nowMs - this.#names.readMs < this.#options.ttlMs) return this.#names.list;
    try {
      const topo = await this.#options.server.cell(this.#options.cell);
      this.#names = { list: await listNames(topo, folders.keyspaces, keyspaceName), readMs: nowMs };
    } catch (error) {
      if (this.#names === undefined || !(error instanceof TopoError)) throw error;
      this.#options.log.warn({ err: error }, "the topology is away: the last known list of keyspaces stays in force");
      this.#names = { list: this.#names.list, readMs: nowMs };
    }
    return this.#names.list;
  }

  get contents(): readonly CachedRecord[] {
    return [...this.#watched.values()].map(({ path, version, error }) => ({ path, version, error: error?.message }));
  }

  close(): void {
    this.#stop.abort();
  }

  async #read<S extends DescMessage>(record: RecordAt<S>): Promise<MessageShape<S>> {
    const watched = this.#watch(record);
    if (watched.message !== undefined) return watched.message;
    return watched.first(this.#clock, this.#options.timeoutMs);
  }

  #watch<S extends DescMessage>(record: RecordAt<S>): WatchedRecord<S> {
    const known = this.#watched.get(record.path);
    if (known !== undefined) return known as unknown as WatchedRecord<S>; // The path decides the schema.
    if (this.#watched.size >= recordsWatchedMax)
      throw new TopoError("resource_exhausted", record.path, `${recordsWatchedMax} records are watched`);
    const watched = new WatchedRecord<S>(record.path, this.#options.log);
    this.#watched.set(record.path, watched as unknown as WatchedRecord<DescMessage>);
    void this.#follow(record, watched);
    return watched;
  }

  /** Follows a record until it is not there and nobody listens, the first look fails, or the cache is closed. */
  async #follow<S extends DescMessage>(record: RecordAt<S>, watched: WatchedRecord<S>): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, stop.signal]);
    try {
      const topo = await this.#options.server.cell(this.#options.cell);
      for await (const state of watchRecord(topo, record, signal)) {
        watched.take(state);
        if (watched.isIdle) stop.abort();
      }
    } catch (error) {
      watched.lose(
        error instanceof TopoError ? error : new TopoError("unavailable", record.path, String(error), error),
      );
    }
    if (this.#stop.signal.aborted) return;
    this.#clock.after(this.#options.ttlMs, () => this.#again(record, watched));
  }

  #again<S extends DescMessage>(record: RecordAt<S>, watched: WatchedRecord<S>): void {
    if (this.#stop.signal.aborted) return;
    if (watched.isIdle) this.#watched.delete(record.path);
    else void this.#follow(record, watched);
  }
}

/** The last known state of a record, and those who wait for it. */
class WatchedRecord<S extends DescMessage> {
  readonly path: string;
  readonly #log: Logger;
  readonly #listeners = new Set<(message: MessageShape<S>) => void>();
  readonly #waiting = new Set<() => void>();
  message: MessageShape<S> | undefined;
  error: TopoError | undefined;
  version = 0;

  constructor(path: string, log: Logger) {
    this.path = path;
    this.#log = log;
  }

  /** There is nothing to know, and nobody who would be told. */
  get isIdle(): boolean {
    return this.message === undefined && this.#listeners.size === 0;
  }

  take(state: RecordState<S>): void {
    this.version = state.version;
    this.error = state.error;
    if (state.error !== undefined)
      this.#log.error({ err: state.error }, "a record cannot be read: the last good one stays in force");
    else {
      this.message = state.message;
      this.error = state.message === undefined ? new TopoError("no_node", this.path) : undefined;
    }
    this.#wake();
    if (state.message !== undefined) for (const listener of this.#listeners) listener(state.message);
  }

  lose(error: TopoError): void {
    this.error = error;
    this.#wake();
  }

  listen(listener: (message: MessageShape<S>) => void): () => void {
    this.#listeners.add(listener);
    if (this.message !== undefined) listener(this.message);
    return () => this.#listeners.delete(listener);
  }

  /** Waits for the first state; throws its error. */
  async first(clock: Clock, timeoutMs: number): Promise<MessageShape<S>> {
    const limit = deadline(clock, timeoutMs, () => new TopoError("timeout", this.path, `no answer in ${timeoutMs} ms`));
    try {
      while (this.message === undefined) {
        if (this.error !== undefined) throw this.error;
        limit.signal.throwIfAborted();
        await new Promise<void>((resolve) => {
          this.#waiting.add(resolve);
          limit.signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
      return this.message;
    } finally {
      limit.cancel();
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
