/**
 * One statement on one shard: finds a tablet, joins or begins the session's transaction there, and tries another tablet
 * where the first one could not have run it. Rows pass through raw.
 */
import { type ServerError, VtError } from "../base/errors.ts";
import type { CallState, QueryRequest, RunningQuery, Target } from "../rpc/query-service.ts";
import type { Column, ResultTrailer, RowFormat } from "../sqltypes/result.ts";
import type { Effect, ShardCall } from "../engine/primitive.ts";
import type { Cluster, PickedTablet } from "./cluster.ts";
import { clientError } from "./database-names.ts";
import type { SessionState, ShardSession } from "./session-state.ts";

const retriesMax = 2;

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
}

export class ShardQuery implements RunningQuery {
  readonly #cluster: Cluster;
  readonly #session: SessionState;
  readonly #call: ShardCall;
  readonly #options: CallOptions;
  readonly #reader: CallReader;
  readonly #target: Target;
  readonly #tried = new Set<string>();
  #running: RunningQuery | undefined;
  #isCancelled = false;
  #hasColumns = false;

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
      try {
        this.#send(this.#cluster.tablet(held.tabletAlias), held);
      } catch (thrown) {
        this.#fail(thrown as VtError, { transactionId: 0, reservedId: 0, tabletAlias: held.tabletAlias });
      }
      return;
    }
    this.#pick();
  }

  resume(): void {
    this.#running?.resume();
  }
  cancel(): void {
    this.#isCancelled = true;
    this.#running?.cancel();
  }

  #pick(): void {
    const wanted = this.#session.target.tabletAlias;
    const picked =
      wanted === undefined
        ? this.#cluster.pick(this.#target, this.#tried)
        : Promise.resolve().then(() => this.#cluster.tablet(wanted));
    if (!(picked instanceof Promise)) return this.#send(picked, undefined);
    picked.then(
      (tablet) => {
        if (this.#isCancelled) this.#reader.fail(VtError.of("VT20015"));
        else this.#send(tablet, undefined);
      },
      (thrown: unknown) => this.#reader.fail(thrown as VtError),
    );
  }

  #send(tablet: PickedTablet, held: ShardSession | undefined): void {
    this.#tried.add(tablet.alias);
    this.#running = tablet.service.execute(this.#request(held), {
      columns: (columns, packets) => {
        this.#hasColumns = true;
        this.#reader.columns(columns, packets);
      },
      rows: (chunk) => this.#reader.rows(chunk),
      end: (trailer, state) => {
        this.#remember(state);
        this.#reader.end(trailer);
      },
      fail: (error, state) => this.#fail(error, state),
    });
    if (this.#isCancelled) this.#running.cancel();
  }

  #request(held: ShardSession | undefined): QueryRequest {
    const session = this.#session;
    const { inTransaction, format } = this.#options;
    const begin = inTransaction && (held?.transactionId ?? 0) === 0;
    return {
      target: this.#target,
      sql: this.#call.sql,
      binds: this.#call.binds,
      transactionId: held?.transactionId ?? 0,
      reservedId: held?.reservedId ?? 0,
      begin,
      savepoints: begin ? session.savepoints : [],
      settings: session.settingStatements,
      reserve: false,
      ...(session.describes && { describe: true }),
      caller: session.caller,
      options: {
        workload: session.workload,
        clientFoundRows: session.clientFoundRows,
        format,
        sqlSelectLimit: session.sqlSelectLimit,
        timeoutMs: session.queryTimeoutMs,
        transactionIsolation: session.isSnapshot
          ? "CONSISTENT_SNAPSHOT_READ_ONLY"
          : (session.nextIsolation ?? session.isolation),
        readOnlyTransaction: session.isReadOnly,
      },
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

  #fail(error: VtError | ServerError, state: CallState): void {
    this.#remember(state);
    if (this.#mayRetry(error)) return this.#pick();
    this.#reader.fail(clientError(error, this.#call.keyspace));
  }

  /** Only where nothing of it can have happened, or nothing comes of its happening twice. */
  #mayRetry(error: VtError | ServerError): boolean {
    if (!(error instanceof VtError) || this.#isCancelled || this.#hasColumns) return false;
    if (this.#tried.size > retriesMax || this.#session.target.tabletAlias !== undefined) return false;
    if (this.#session.find(this.#call.keyspace, this.#call.shard) !== undefined) return false;
    if (error.grpc === "failed_precondition") return error.code !== "VT09002";
    return error.grpc === "unavailable" && this.#options.effect === "read";
  }
}
