/**
 * One statement on its way from the database to a reader.
 *
 * A reader that is full does not hold up the database at once: up to `absorbedBytesMax` are kept here, so that the result
 * ends and its connection is free; only beyond that is the connection itself not read. Rows pass through untouched.
 *
 * The owner's `finished` is called exactly once, when the database is done with the statement (the reader may still be reading).
 */
import { type ServerError, VtError } from "../../base/errors.ts";
import { statusFlag } from "../../mysql/packets/capabilities.ts";
import type { Connection } from "../../mysql/client.ts";
import type { CallState, QueryRequest, ResultReader, RunningQuery } from "../../rpc/query-service.ts";
import type { Column, ResultSink, ResultTrailer } from "../../sqltypes/result.ts";
import { asClientError } from "./client-errors.ts";
import type { ConnectionPool, QueuePlace } from "./connection-pool.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import type { HeldConnection } from "./held-connections.ts";
import type { UsedPlan } from "./plans.ts";
import type { Listed } from "./running-list.ts";
import { SharedAnswer } from "./shared-answer.ts";
import { withWarnings } from "./warnings.ts";
import type { StatementPlan } from "./statement-plan.ts";

export type Outcome = { readonly trailer: ResultTrailer } | { readonly error: VtError | ServerError };

/** Who runs statements: told when the database is done with one, answers what its session must remember. */
export interface StatementOwner {
  /** Called after the connection is free of the statement, and puts it where it belongs. */
  finished(outcome: Outcome, running: RunningStatement): CallState | Promise<CallState>;
}

export interface StatementLimits {
  readonly absorbedBytesMax: number;
  /** 0: no cap. */
  readonly rowsMax: number;
}

/** The connection that a statement runs on, and what is to become of it afterwards. */
export interface StatementPlace {
  readonly pooled: PooledConnection;
  readonly pool: ConnectionPool;
  readonly held: HeldConnection | undefined;
  readonly plan: StatementPlan;
}

export class RunningStatement implements ResultSink, RunningQuery, Listed {
  readonly request: QueryRequest;
  readonly #reader: ResultReader;
  readonly #owner: StatementOwner;
  readonly #limits: StatementLimits;
  /** Set as soon as it is known. */
  plan: UsedPlan | undefined;
  /** Where it waits for a connection, or for a rule to go. */
  queue: QueuePlace | undefined;
  /** Whose answer it waits for. */
  following: SharedAnswer | undefined;
  // For the consolidator: its count of writes when this began, and what tells most other reads apart.
  generation = 0;
  readHash = 0;
  /** The rows that it was let begin with, where those are watched. */
  hotRow: string | undefined;
  #shared: SharedAnswer | undefined;
  /** Set as soon as it has a connection. */
  place: StatementPlace | undefined;
  #connection: Connection | undefined;
  /** Chunks that the reader had no room for. */
  #absorbed: Buffer[] = noChunks;
  #absorbedBytes = 0;
  #isReaderFull = false;
  #isConnectionPaused = false;
  #resultCount = 0;
  #hasColumns = false;
  #stopped: VtError | undefined;
  #killing: Promise<void> | undefined;
  #isOver = false;
  /** Waits until what was absorbed is read. */
  #last: (() => void) | undefined;
  rowCount = 0;
  /** When the request came. */
  receivedMs = 0;
  // For the list of running statements.
  sinceMs = 0;
  timeoutMs = 0;
  previous: Listed | undefined;
  next: Listed | undefined;

  constructor(request: QueryRequest, reader: ResultReader, owner: StatementOwner, limits: StatementLimits) {
    this.request = request;
    this.#reader = reader;
    this.#owner = owner;
    this.#limits = limits;
  }

  get connectionId(): number {
    return this.place?.pooled.connection.id ?? 0;
  }
  get heldId(): number {
    return this.place?.held?.id ?? 0;
  }

  /** The statement goes out on `connection` now; false: it was cancelled before. */
  begin(connection: Connection): boolean {
    this.#connection = connection;
    return this.#stopped === undefined;
  }

  get stopped(): VtError | undefined {
    return this.#stopped;
  }
  /** Resolves when a kill that was sent has been taken note of; undefined where none was sent. */
  get killing(): Promise<void> | undefined {
    return this.#killing;
  }

  /** Others may wait for its answer, as long as nothing of it has come: undefined afterwards. */
  share(bytesMax: number, runAlone: (waiting: RunningStatement) => void): SharedAnswer | undefined {
    if (this.#shared !== undefined) return this.#shared.isOpen ? this.#shared : undefined;
    if (this.#isOver || this.#resultCount > 0 || this.#stopped !== undefined) return undefined;
    this.#shared = new SharedAnswer(bytesMax, runAlone);
    return this.#shared;
  }

  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#hasColumns = true;
    this.#resultCount++;
    if (this.#resultCount > 1) return this.stop(VtError.of("VT12001", "a CALL that answers several results"));
    if (this.#stopped !== undefined) return;
    if (this.#shared !== undefined) this.#shared.columns(columns, packets);
    this.#reader.columns(columns, packets);
  }

  rows(chunk: Buffer): boolean {
    if (this.#stopped !== undefined) return true;
    const { rowsMax, absorbedBytesMax } = this.#limits;
    const reader = this.#reader;
    this.rowCount = this.#connection?.rowCount ?? 0;
    if (rowsMax > 0 && this.rowCount > rowsMax) {
      this.stop(VtError.of("VT26007", rowsMax));
      return true;
    }
    if (this.#shared !== undefined) this.#shared.rows(chunk);
    if (!this.#isReaderFull) {
      this.#isReaderFull = !reader.rows(chunk);
      return true;
    }
    if (this.#absorbed === noChunks) this.#absorbed = [];
    this.#absorbed.push(Buffer.from(chunk));
    this.#absorbedBytes += chunk.length;
    this.#isConnectionPaused = this.#absorbedBytes >= absorbedBytesMax;
    return !this.#isConnectionPaused;
  }

  resume(): void {
    this.#isReaderFull = false;
    while (!this.#isReaderFull && this.#absorbed.length > 0) {
      const chunk = this.#absorbed.shift() as Buffer;
      this.#absorbedBytes -= chunk.length;
      this.#isReaderFull = !this.#reader.rows(chunk);
    }
    if (this.#isReaderFull) return;
    this.#last?.();
    if (!this.#isConnectionPaused) return;
    this.#isConnectionPaused = false;
    this.#connection?.resume();
  }

  end(trailer: ResultTrailer): void {
    if ((trailer.statusFlags & statusFlag.moreResults) !== 0) return; // The last one carries what counts.
    // A write that was done before the kill came is done, and says so.
    this.#finish(
      this.#stopped === undefined || !this.#hasColumns
        ? { trailer: this.#hasColumns ? rowsTrailer(trailer) : trailer }
        : { error: this.#stopped },
    );
  }

  fail(error: VtError | ServerError): void {
    this.#finish({ error: this.#stopped ?? asClientError(error) });
  }

  #finish(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const connection = this.#connection;
    if (connection !== undefined) this.rowCount = connection.rowCount;
    if (connection === undefined || !this.#wantsWarnings(outcome)) return this.#conclude(outcome);
    void withWarnings(outcome.trailer, connection).then((trailer) => this.#conclude({ trailer }));
  }

  #wantsWarnings(outcome: Outcome): outcome is { readonly trailer: ResultTrailer } {
    return "trailer" in outcome && outcome.trailer.warnings > 0 && this.request.options.wantsWarnings === true;
  }

  #conclude(outcome: Outcome): void {
    const state = this.#owner.finished(outcome, this);
    if (this.#shared !== undefined) this.#shared.finish(outcome);
    if (state instanceof Promise) void state.then((later) => this.#tell(outcome, later));
    else this.#tell(outcome, state);
    this.#connection = undefined;
  }

  /** Tells the reader how it ended, after the rows it had no room for. */
  #tell(outcome: Outcome, state: CallState): void {
    const reader = this.#reader;
    if ("error" in outcome) {
      this.#absorbed = noChunks;
      return reader.fail(outcome.error, state);
    }
    if (this.#absorbed.length === 0) return reader.end(outcome.trailer, state);
    this.#last = () => {
      this.#last = undefined;
      reader.end(outcome.trailer, state);
    };
  }

  cancel(): void {
    this.stop(VtError.of("VT26006", "the caller gave up"));
  }

  /** Stops the statement on the server; the reader is told `why` once the server has let go. */
  stop(why: VtError): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = why;
    this.#absorbed = noChunks;
    const connection = this.#connection;
    if (this.#isOver) {
      this.#last = undefined; // Nobody reads the rest.
      return;
    }
    if (this.following?.leave(this) === true || this.queue?.leave() === true) return this.fail(why);
    if (connection === undefined) return; // Not sent yet: `begin` says so.
    this.#killing = connection.killQuery().catch(() => connection.destroy());
    if (this.#isConnectionPaused) connection.resume();
  }
}

/** A result set's end has no affected rows and no insert id. */
function rowsTrailer(trailer: ResultTrailer): ResultTrailer {
  if (trailer.affectedRows === 0 && trailer.lastInsertId === 0) return trailer;
  return { ...trailer, affectedRows: 0, lastInsertId: 0 };
}

/** Shared by all statements whose readers keep up; never written to. */
const noChunks: Buffer[] = [];
