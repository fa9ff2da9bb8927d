/**
 * One statement on one shard: finds a tablet, joins or begins the session's transaction there, and tries another tablet
 * where the first one could not have run it. Rows pass through raw.
 */
import { ServerError, VtError } from "../base/errors.ts";
import type { CallState, QueryRequest, ResultReader, RunningQuery, Target } from "../rpc/query-service.ts";
import type { Column, ResultTrailer, RowFormat } from "../sqltypes/result.ts";
import type { Effect, ShardCall } from "../engine/primitive.ts";
import type { CallWishes } from "./call-wishes.ts";
import type { Cluster, PickedTablet } from "./cluster.ts";
import { clientError, clientTrailer } from "./database-names.ts";
import type { SessionState, ShardSession } from "./session-state.ts";

/** How often a statement is tried again: a replica that refuses has others beside it; a primary comes back. */
const retriesMax = { replica: 2, primary: 50 } as const;

export interface CallReader {
  columns(columns: readonly Column[], packets: readonly Buffer[]): void;
  rows(chunk: Buffer): boolean;
  end(trailer: ResultTrailer): void;
  fail(error: VtError | ServerError): void;
}

export interface CallOptions {
  readonly format: RowFormat;
  readonly effect: Effect;
  readonly inTransaction: boolean;
  /** Savepoint statements that a shard gets when it joins the transaction for this call. */
  readonly savepoints: readonly string[];
  readonly wishes: CallWishes;
}

/** Tablets that refused; most statements meet none. */
const none: ReadonlySet<string> = new Set();
const noSavepoints: readonly string[] = [];

export class ShardQuery implements RunningQuery, ResultReader {
  readonly #cluster: Cluster;
  readonly #session: SessionState;
  readonly #call: ShardCall;
  readonly #options: CallOptions;
  readonly #reader: CallReader;
  readonly #target: Target;
  #tablet: PickedTablet | undefined;
  #tried = none;
  #running: RunningQuery | undefined;
  #isCancelled = false;
  #hasColumns = false;
  #retries = 0;
  #isPicking = false;

  constructor(cluster: Cluster, session: SessionState, call: ShardCall, options: CallOptions, reader: CallReader) {
    this.#cluster = cluster;
    this.#session = session;
    this.#call = call;
    this.#options = options;
    this.#reader = reader;
    const { keyspace, shard } = call;
    this.#target = { keyspace, shard, tabletType: session.target.tabletType, cell: cluster.cell };
  }

  start(): void {
    const held = this.#session.find(this.#call.keyspace, this.#call.shard);
    if (held !== undefined) {
      if (held.beating === undefined) this.#sendHeld(held);
      else void held.beating.then(() => this.start());
      return;
    }
    this.#pick();
  }

  #sendHeld(held: ShardSession): void {
    try {
      this.#send(this.#cluster.tablet(held.tabletAlias), held);
    } catch (thrown) {
      this.fail(thrown as VtError, { transactionId: 0, reservedId: 0, tabletAlias: held.tabletAlias });
    }
  }

  resume(): void {
    this.#running?.resume();
  }
  cancel(): void {
    this.#isCancelled = true;
    if (this.#isPicking) {
      this.#isPicking = false; // What is picked later is not asked.
      this.#reader.fail(VtError.of("VT20015"));
    } else this.#running?.cancel();
  }

  #pick(): void {
    const wanted = this.#session.target.tabletAlias;
    const picked =
      wanted === undefined
        ? this.#cluster.pick(this.#target, this.#tried, this.#session.uuid)
        : Promise.resolve().then(() => this.#cluster.tablet(wanted));
    if (!(picked instanceof Promise)) return this.#send(picked, undefined);
    this.#isPicking = true;
    const ifStillWanted = (act: () => void) => {
      if (!this.#isPicking) return;
      this.#isPicking = false;
      act();
    };
    picked.then(
      (tablet) => ifStillWanted(() => this.#send(tablet, undefined)),
      (thrown: unknown) => ifStillWanted(() => this.#reader.fail(thrown as VtError)),
    );
  }

  #send(tablet: PickedTablet, held: ShardSession | undefined): void {
    if (held !== undefined) held.isBusy = true;
    this.#tablet = tablet;
    this.#running = tablet.service.execute(this.#request(held), this);
    if (this.#isCancelled) this.#running.cancel();
  }

  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#hasColumns = true;
    this.#reader.columns(columns, packets);
  }
  rows(chunk: Buffer): boolean {
    return this.#reader.rows(chunk);
  }
  end(trailer: ResultTrailer, state: CallState): void {
    this.#remember(state);
    this.#reader.end(clientTrailer(trailer, this.#call.keyspace));
  }

  #request(held: ShardSession | undefined): QueryRequest {
    const session = this.#session;
    const { inTransaction, format, savepoints, wishes } = this.#options;
    const transactionId = held?.transactionId ?? 0;
    const begin = inTransaction && transactionId === 0;
    const options = session.optionsFor(format, wishes.timeoutMs);
    return {
      target: this.#target,
      sql: this.#call.sql,
      binds: this.#call.binds,
      transactionId,
      reservedId: held?.reservedId ?? 0,
      begin,
      savepoints: begin ? savepoints : noSavepoints,
      settings: session.settingStatements,
      reserve: session.reserves && (held?.reservedId ?? 0) === 0,
      describe: session.describes,
      caller: session.caller,
      options: wishes.hints === undefined ? options : { ...options, ...wishes.hints.options },
    };
  }

  /** Keeps what the session must know of this shard, also after a failure. */
  #remember({ transactionId, reservedId, tabletAlias }: CallState): void {
    const { keyspace, shard } = this.#call;
    const session = this.#session;
    const held = session.find(keyspace, shard);
    const isWrite = this.#options.effect === "write" || this.#options.effect === "write-copies";
    if (transactionId === 0 && reservedId === 0) {
      if (held === undefined) return;
      if (held.transactionId !== 0 && session.inTransaction) session.isBroken = true;
      session.shardSessions = session.shardSessions.filter((s) => s !== held);
      return;
    }
    if (held !== undefined) {
      held.isBusy = false;
      held.transactionId = transactionId;
      held.reservedId = reservedId;
      held.hasWritten ||= isWrite;
      return;
    }
    const tabletType = session.target.tabletType;
    session.shardSessions.push({
      keyspace,
      shard,
      tabletType,
      transactionId,
      reservedId,
      tabletAlias,
      hasWritten: isWrite,
    });
  }

  fail(error: VtError | ServerError, state: CallState): void {
    const isFirst = this.#session.find(this.#call.keyspace, this.#call.shard) === undefined;
    if (!isFirst || !this.#mayRetry(error)) {
      this.#remember(state);
      return this.#reader.fail(clientError(error, this.#call.keyspace));
    }
    this.#retries++;
    if (this.#tablet !== undefined) this.#tried = new Set([...this.#tried, this.#tablet.alias]);
    this.#cluster.suspect(this.#target, state.tabletAlias);
    if (state.transactionId === 0 && state.reservedId === 0) return this.#pick();
    this.#letGo(state).then(
      () => this.#pick(),
      () => this.#pick(), // The tablet is gone, and what was begun there with it.
    );
  }

  /** What this very call began is begun anew where it runs next. */
  async #letGo({ transactionId, reservedId, tabletAlias }: CallState): Promise<void> {
    const { service } = this.#cluster.tablet(tabletAlias);
    await service.release(this.#target, transactionId, reservedId);
  }

  /** Only where nothing of it can have happened, or nothing comes of its happening twice. */
  #mayRetry(error: VtError | ServerError): boolean {
    if (this.#isCancelled || this.#hasColumns || this.#session.target.tabletAlias !== undefined) return false;
    const isPrimary = this.#target.tabletType === "PRIMARY";
    if (this.#retries >= (isPrimary ? retriesMax.primary : retriesMax.replica)) return false;
    if (error instanceof ServerError) return isPrimary && isFenced(error);
    if (nothingDone.has(error.code)) return true;
    return error.grpc === "unavailable" && this.#options.effect === "read";
  }
}

/** Refusals of a tablet that promise that nothing was begun: it does not serve, is another, or has no server. */
const nothingDone: ReadonlySet<string> = new Set(["VT26001", "VT26002", "VT26012"]);

/** A primary that was just demoted, or is not yet open, refuses a write whole. */
function isFenced({ errno, message }: ServerError): boolean {
  return errno === optionPreventsStatement && /read[-_]only/.test(message);
}
const optionPreventsStatement = 1290;
