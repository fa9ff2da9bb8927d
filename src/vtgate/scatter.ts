/**
 * Runs the calls of one statement on their shards at once, and passes all they answer to one sink: the columns of the
 * first shard (the others must agree), rows as they come, counts added up.
 *
 * It also holds the statement's atomicity: a write to several shards outside a transaction gets one of its own; within one
 * its shards go back to a savepoint where it fails on some of them, for half of a statement must not stay.
 */
import { type ServerError, VtError } from "../base/errors.ts";
import { checkColumns } from "../engine/column-agreement.ts";
import { type Calls, emptyTrailer, type ShardCall } from "../engine/primitive.ts";
import { decodeSessionState, gtidOf } from "../mysql/packets/session-state.ts";
import type { RunningQuery } from "../rpc/query-service.ts";
import type { Column, ResultSink, ResultTrailer, RowFormat } from "../sqltypes/result.ts";
import { type CallWishes, noWishes } from "./call-wishes.ts";
import type { Cluster } from "./cluster.ts";
import { clientColumns } from "./database-names.ts";
import { addTrailers, insertedOne } from "../engine/merge-trailers.ts";
import { RowWalk } from "./row-walk.ts";
import type { SessionState } from "./session-state.ts";
import { type CallReader, ShardQuery } from "./shard-call.ts";
import { markStatement, statementSavepoint, undoStatement } from "./statement-savepoint.ts";
import { commit } from "./transactions.ts";

/** Bytes kept of shards that answer while another one's row is not finished. */
const heldBytesMax = 64 * 1024 * 1024;

/** Throws before anything is sent; whatever comes later goes to the sink. */
export function scatter(
  cluster: Cluster,
  session: SessionState,
  work: Calls,
  format: RowFormat,
  sink: ResultSink,
  wishes: CallWishes = noWishes,
): RunningQuery {
  const isWrite = work.effect === "write" || work.effect === "write-copies";
  if (isWrite && session.target.tabletType !== "PRIMARY")
    throw VtError.of("VT09002", "DML", session.target.tabletType.toLowerCase());
  if (session.isBroken) throw VtError.of("VT09032");
  if (isWrite && isReadOnly(session)) throw VtError.of("VT20016");
  if (session.transactionMode === "SINGLE" && isWrite) checkSingle(session, work);
  if (!session.inTransaction && work.effect !== "change") {
    if (!session.autocommit) beginTransaction(session);
    else if (isWrite && (isSpread(work, wishes) || session.nextIsolation !== undefined)) {
      beginTransaction(session);
      session.isImplicit = true;
    }
  }
  const running = new Scatter(cluster, session, work, format, sink, wishes);
  const isPart = isWrite && session.isInOwnTransaction && work.calls.length > 1 && !session.isHeld;
  if (isPart) running.startMarked();
  else running.start();
  return running;
}

/** Over several shards that must commit together. */
const isSpread = ({ calls }: Calls, { hints }: CallWishes) => calls.length > 1 && hints?.commitsByShard !== true;

/** Of the transaction that is open, or of the one that a statement outside of any is. */
export function isReadOnly(session: SessionState): boolean {
  return session.inTransaction ? session.isReadOnly : (session.nextReadOnly ?? session.readOnlyDefault);
}

/** Takes over what was SET for the next transaction. */
export function beginTransaction(session: SessionState): void {
  session.inTransaction = true;
  session.isReadOnly = session.nextReadOnly ?? session.readOnlyDefault;
}

function checkSingle(session: SessionState, { calls }: Calls): void {
  const [first, ...more] = calls;
  if (first === undefined) return;
  const elsewhere = session.shardSessions.some(
    (s) => s.hasWritten && (s.keyspace !== first.keyspace || s.shard !== first.shard),
  );
  if (more.length > 0 || elsewhere) throw VtError.of("VT20014");
}

/** One shard's answer, on its way into the whole. */
class Lane implements CallReader {
  readonly call: ShardCall;
  readonly walk = new RowWalk();
  readonly #whole: Scatter;

  constructor(whole: Scatter, call: ShardCall) {
    this.#whole = whole;
    this.call = call;
  }
  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#whole.columns(this, columns, packets);
  }
  rows(chunk: Buffer): boolean {
    return this.#whole.rows(this, chunk);
  }
  end(trailer: ResultTrailer): void {
    this.#whole.end(trailer);
  }
  fail(error: VtError | ServerError): void {
    this.#whole.fail(this, error);
  }
}

interface HeldChunk {
  readonly from: Lane;
  readonly chunk: Buffer;
}

class Scatter implements RunningQuery {
  readonly #cluster: Cluster;
  readonly #session: SessionState;
  readonly #work: Calls;
  readonly #format: RowFormat;
  readonly #sink: ResultSink;
  readonly #queries: ShardQuery[] = [];
  readonly #lanes: Lane[] = [];
  /** Chunks of other shards, kept while `#insideOf` is in mid-row. */
  #held: HeldChunk[] = [];
  #heldBytes = 0;
  #insideOf: Lane | undefined;
  #columns: readonly Column[] | undefined;
  #trailer: ResultTrailer | undefined;
  #error: VtError | ServerError | undefined;
  #left: number;
  readonly #isInsertOfMany: boolean;
  readonly #wishes: CallWishes;
  /** Failures that are only warned of. */
  #forgiven = 0;
  #isMarked = false;
  #isCancelled = false;

  constructor(
    cluster: Cluster,
    session: SessionState,
    work: Calls,
    format: RowFormat,
    sink: ResultSink,
    wishes: CallWishes,
  ) {
    this.#wishes = wishes;
    this.#cluster = cluster;
    this.#session = session;
    this.#work = work;
    this.#format = format;
    this.#sink = sink;
    this.#left = work.calls.length;
    this.#isInsertOfMany =
      work.effect === "write" && this.#left > 1 && /^\s*(insert|replace)\b/i.test(work.calls[0]?.sql ?? "");
  }

  /** Its shards get a savepoint first: those of the transaction now, those that join it as they do. */
  startMarked(): void {
    this.#isMarked = true;
    markStatement(this.#cluster, this.#session, this.#work.calls).then(
      () => {
        if (this.#isCancelled) this.#sink.fail(VtError.of("VT20015"));
        else this.start();
      },
      (thrown: unknown) => this.#sink.fail(thrown as VtError),
    );
  }

  start(): void {
    const { calls, effect } = this.#work;
    const inTransaction = this.#session.inTransaction && effect !== "change";
    const own = this.#session.savepoints;
    const isMarked = this.#isMarked || (this.#session.isHeld && this.#session.isInOwnTransaction);
    const savepoints = isMarked ? [...own, statementSavepoint] : own;
    const options = { format: this.#format, effect, inTransaction, savepoints, wishes: this.#wishes };
    for (const call of calls) {
      const lane = new Lane(this, call);
      this.#lanes.push(lane);
      this.#queries.push(new ShardQuery(this.#cluster, this.#session, call, options, lane));
    }
    if (calls.length === 0) this.#finish();
    for (const query of this.#queries) query.start();
  }

  resume(): void {
    for (const query of this.#queries) query.resume();
  }
  cancel(): void {
    this.#isCancelled = true;
    for (const query of this.#queries) query.cancel();
  }

  columns({ call: { keyspace, shard } }: Lane, columns: readonly Column[], packets: readonly Buffer[]): void {
    if (this.#error !== undefined) return;
    if (this.#columns === undefined) {
      this.#columns = columns;
      const shown = clientColumns(columns, packets, keyspace);
      this.#sink.columns(shown.columns, shown.packets);
      return;
    }
    try {
      checkColumns(this.#columns, columns, shard);
    } catch (thrown) {
      this.#stop(thrown as VtError);
    }
  }

  rows(from: Lane, chunk: Buffer): boolean {
    if (this.#error !== undefined) return true;
    if (this.#insideOf !== undefined && this.#insideOf !== from) {
      this.#held.push({ from, chunk: Buffer.from(chunk) });
      this.#heldBytes += chunk.length;
      if (this.#heldBytes > heldBytesMax) this.#stop(VtError.of("VT21001", `${heldBytesMax} bytes`, "heldBytesMax"));
      return false;
    }
    return this.#pass(from, chunk);
  }

  #pass(from: Lane, chunk: Buffer): boolean {
    const { walk } = from;
    walk.push(chunk);
    this.#insideOf = walk.isInsideRow ? from : undefined;
    let hasRoom = this.#sink.rows(chunk);
    while (this.#insideOf === undefined && this.#held.length > 0) {
      const held = this.#held;
      this.#held = [];
      this.#heldBytes = 0;
      for (const { from: other, chunk: kept } of held) hasRoom = this.rows(other, kept) && hasRoom;
      if (hasRoom) this.resume();
    }
    return hasRoom;
  }

  end(trailer: ResultTrailer): void {
    if (trailer.sessionState.length > 0) this.#session.committed(gtidOf(decodeSessionState(trailer.sessionState)));
    const isCopy = this.#work.effect === "write-copies" && this.#trailer !== undefined;
    if (!isCopy) {
      const counted = this.#isInsertOfMany && trailer.info === "" ? insertedOne(trailer) : trailer;
      this.#trailer = this.#trailer === undefined ? counted : addTrailers(this.#trailer, counted);
    }
    this.#oneIsDone();
  }

  fail(from: Lane, error: VtError | ServerError): void {
    if (this.#mayForgive(from)) this.#forgive(error);
    else this.#stop(error);
    this.#oneIsDone();
  }

  /** SCATTER_ERRORS_AS_WARNINGS: one shard at least must answer, and none be left in mid-row. */
  #mayForgive(from: Lane): boolean {
    const { effect, calls } = this.#work;
    if (this.#wishes.hints?.isPartial !== true || effect !== "read" || this.#isCancelled) return false;
    return this.#insideOf !== from && this.#forgiven + 1 < calls.length;
  }

  #forgive(error: VtError | ServerError): void {
    this.#forgiven++;
    this.#session.warn({ level: "Warning", code: error.errno, text: error.message });
  }

  #stop(error: VtError | ServerError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    const commitsByShard = this.#wishes.hints?.commitsByShard === true && !this.#session.inTransaction;
    if (!commitsByShard) this.cancel();
  }

  #oneIsDone(): void {
    this.#left--;
    if (this.#left === 0) this.#finish();
  }

  #finish(): void {
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#undo(error).then(
        (shown) => this.#sink.fail(shown),
        () => this.#sink.fail(error),
      );
      return;
    }
    const trailer = this.#trailer ?? emptyTrailer;
    this.#remember(trailer);
    if (!this.#session.isImplicit || this.#session.isHeld) return this.#end(trailer);
    commit(this.#cluster, this.#session).then(
      () => this.#end(trailer),
      (thrown: unknown) => this.#sink.fail(thrown as VtError),
    );
  }

  #end(trailer: ResultTrailer): void {
    const lastInsertId = this.#work.firstGenerated ?? trailer.lastInsertId;
    const { statusFlags } = this.#session;
    const { sessionState } = emptyTrailer; // What a server tells of its session is not of the client's.
    const isSaid =
      trailer.lastInsertId === lastInsertId && trailer.statusFlags === statusFlags && trailer.sessionState.length === 0;
    this.#sink.end(isSaid ? trailer : { ...trailer, lastInsertId, statusFlags, sessionState });
  }

  #remember(trailer: ResultTrailer): void {
    const session = this.#session;
    const generated = this.#work.firstGenerated ?? trailer.lastInsertId;
    if (generated !== 0) session.lastInsertId = generated;
    const hasRows = this.#columns !== undefined;
    session.rowCount = hasRows ? -1 : trailer.affectedRows;
    if (hasRows) session.foundRows = this.#lanes.reduce((sum, { walk }) => sum + walk.rows, 0);
  }

  /** Whoever holds the statement together undoes all of it. */
  #undo(error: VtError | ServerError): Promise<VtError | ServerError> {
    if (this.#session.isHeld) return Promise.resolve(error);
    return undoStatement(this.#cluster, this.#session, error, this.#isMarked ? this.#work.calls : undefined);
  }
}
