/**
 * One statement on its way from the database to a reader.
 *
 * A reader that is full does not hold up the database at once: up to `absorbedBytesMax` are kept here, so that the result
 * ends and its connection is free; only beyond that is the connection itself not read. Rows pass through untouched.
 *
 * `finished` is called exactly once, when the database is done with the statement (the reader may still be reading).
 */
import { type ServerError, VtError } from "../../base/errors.ts";
import { statusFlag } from "../../mysql/packets/capabilities.ts";
import type { Connection } from "../../mysql/client.ts";
import type { CallState, ResultReader, RunningQuery } from "../../rpc/query-service.ts";
import type { Column, ResultSink, ResultTrailer } from "../../sqltypes/result.ts";
import { asClientError } from "./connection-pool.ts";

export type Outcome = { readonly trailer: ResultTrailer } | { readonly error: VtError | ServerError };

export interface StatementPorts {
  readonly reader: ResultReader;
  readonly absorbedBytesMax: number;
  /** 0: no cap. */
  readonly rowsMax: number;
  /** Answers what the session must remember; called after the connection went where it belongs. */
  readonly finished: (outcome: Outcome, running: RunningStatement) => CallState | Promise<CallState>;
}

export class RunningStatement implements ResultSink, RunningQuery {
  readonly #ports: StatementPorts;
  #connection: Connection | undefined;
  /** Chunks that the reader had no room for. */
  #absorbed: Buffer[] = [];
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
  /** For the list of running queries. */
  rowCount = 0;

  constructor(ports: StatementPorts) {
    this.#ports = ports;
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

  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#hasColumns = true;
    this.#resultCount++;
    if (this.#resultCount > 1) return this.stop(VtError.of("VT12001", "a CALL that answers several results"));
    if (this.#stopped === undefined) this.#ports.reader.columns(columns, packets);
  }

  rows(chunk: Buffer): boolean {
    if (this.#stopped !== undefined) return true;
    const { rowsMax, reader, absorbedBytesMax } = this.#ports;
    this.rowCount = this.#connection?.rowCount ?? 0;
    if (rowsMax > 0 && this.rowCount > rowsMax) {
      this.stop(VtError.of("VT26007", rowsMax));
      return true;
    }
    if (!this.#isReaderFull) {
      this.#isReaderFull = !reader.rows(chunk);
      return true;
    }
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
      this.#isReaderFull = !this.#ports.reader.rows(chunk);
    }
    if (this.#isReaderFull) return;
    this.#last?.();
    if (!this.#isConnectionPaused) return;
    this.#isConnectionPaused = false;
    this.#connection?.resume();
  }

  end(trailer: ResultTrailer): void {
    if ((trailer.statusFlags & statusFlag.moreResults) !== 0) return; // The last one carries what counts.
    this.#finish(
      this.#stopped === undefined
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
    const state = this.#ports.finished(outcome, this);
    if (state instanceof Promise) void state.then((later) => this.#tell(outcome, later));
    else this.#tell(outcome, state);
    this.#connection = undefined;
  }

  /** Tells the reader how it ended, after the rows it had no room for. */
  #tell(outcome: Outcome, state: CallState): void {
    const { reader } = this.#ports;
    if ("error" in outcome) {
      this.#absorbed = [];
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
    this.#absorbed = [];
    const connection = this.#connection;
    if (this.#isOver) {
      this.#last = undefined; // Nobody reads the rest.
      return;
    }
    if (connection === undefined) return; // Not sent yet: `begin` says so.
    this.#killing = connection.killQuery().catch(() => connection.destroy());
    if (this.#isConnectionPaused) connection.resume();
  }
}

/** A result set's end has no affected rows and no insert id. */
function rowsTrailer(trailer: ResultTrailer): ResultTrailer {
  return { ...trailer, affectedRows: 0, lastInsertId: 0 };
}
