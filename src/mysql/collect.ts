/**
 * A sink that keeps a whole (small) answer as text: what admin code reads. It holds at most `rowsMax` rows and `bytesMax`
 * bytes; an answer beyond either fails with VT21001, and the rest of it is read and dropped.
 */
import { type ServerError, VtError } from "../base/errors.ts";
import { plainTrailer } from "../sqltypes/trailers.ts";
import type { Column, ResultSink, ResultTrailer, RowFormat } from "../sqltypes/result.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import { textCells } from "../sqltypes/text-row.ts";
import { MalformedBytes } from "../sqltypes/wire.ts";
import { statusFlag } from "./packets/capabilities.ts";

export interface CollectOptions {
  /** Default 10,000. */
  readonly rowsMax?: number;
  /** Default 64 MiB. */
  readonly bytesMax?: number;
  /** Default: wait for ever. Afterwards the connection is closed, for nobody knows what it is doing. */
  readonly timeoutMs?: number;
}

/** An answer in memory, as text. */
export class Rows {
  readonly columns: readonly Column[];
  readonly cells: readonly (readonly (Buffer | null)[])[];
  readonly trailer: ResultTrailer;

  constructor(columns: readonly Column[], cells: readonly (readonly (Buffer | null)[])[], trailer: ResultTrailer) {
    this.columns = columns;
    this.cells = cells;
    this.trailer = trailer;
  }

  /** Rows as arrays of text. */
  get rows(): (string | null)[][] {
    return this.cells.map((row) => row.map((cell) => cell?.toString("utf8") ?? null));
  }
  /** Rows as objects by column name. */
  get objects(): Record<string, string | null>[] {
    return this.rows.map((row) => Object.fromEntries(this.columns.map((column, i) => [column.name, row[i] ?? null])));
  }
  /** The first cell of the first row; undefined where there is no row. */
  get scalar(): string | null | undefined {
    const row = this.cells[0];
    return row === undefined ? undefined : (row[0]?.toString("utf8") ?? null);
  }
}

export interface Collected {
  /** The first result that has rows, or the only one. */
  readonly rows: Rows;
  readonly all: readonly Rows[];
}

const rowsDefaultMax = 10_000;
const bytesDefaultMax = 64 * 1024 * 1024;
const resultsMax = 1000;

export class CollectSink implements ResultSink {
  readonly #rowsMax: number;
  readonly #bytesMax: number;
  readonly #done: (error: Error | undefined, collected: Collected) => void;
  readonly #all: Rows[] = [];
  #columns: readonly Column[] = [];
  #collector: RowCollector | undefined;
  /** Why the answer cannot be had: too large, or rows that are none. */
  #failure: VtError | MalformedBytes | undefined;

  constructor(options: CollectOptions, done: (error: Error | undefined, collected: Collected) => void) {
    this.#rowsMax = options.rowsMax ?? rowsDefaultMax;
    this.#bytesMax = options.bytesMax ?? bytesDefaultMax;
    this.#done = done;
  }

  columns(columns: readonly Column[]): void {
    this.#columns = columns;
    this.#collector = new RowCollector(columns, "text" satisfies RowFormat);
  }

  rows(chunk: Buffer): boolean {
    const collector = this.#collector;
    if (this.#failure !== undefined || collector === undefined) return true;
    collector.push(chunk);
    if (collector.count > this.#rowsMax) this.#failure = VtError.of("VT21001", `${this.#rowsMax} rows`, "rowsMax");
    else if (collector.size > this.#bytesMax)
      this.#failure = VtError.of("VT21001", `${this.#bytesMax} bytes`, "bytesMax");
    if (this.#failure !== undefined) this.#collector = undefined;
    return true;
  }

  end(trailer: ResultTrailer): void {
    const cells = this.#takeCells();
    if (this.#all.length < resultsMax) this.#all.push(new Rows(this.#columns, cells, trailer));
    this.#columns = [];
    this.#collector = undefined;
    if ((trailer.statusFlags & statusFlag.moreResults) !== 0) return;
    const first = this.#all.find((rows) => rows.columns.length > 0) ?? (this.#all[0] as Rows);
    this.#done(this.#failure, { rows: first, all: this.#all });
  }

  #takeCells(): readonly (readonly (Buffer | null)[])[] {
    try {
      return this.#collector === undefined ? [] : textCells(this.#collector.take());
    } catch (thrown) {
      if (!(thrown instanceof MalformedBytes)) throw thrown;
      this.#failure = thrown;
      return [];
    }
  }

  fail(error: VtError | ServerError): void {
    this.#done(error, { rows: noRows, all: [] });
  }
}

const noRows = new Rows([], [], plainTrailer(0));
