/**
 * Merges the shards' rows, each shard's in order already: at any time the smallest of the shards' first rows is next. The
 * rows come whole, with the columns of their keys; the caller takes what it wants before it asks for the next.
 */
import { VtError } from "../../base/errors.ts";
import type { Column, ResultTrailer, RowBatch } from "../../sqltypes/result.ts";
import { findTextCells } from "../../sqltypes/text-row.ts";
import { checkColumns } from "../column-agreement.ts";
import { type CellRow, compareByKey, type CompareRows, isOrdered } from "../compare.ts";
import type { Answered, Calls, Primitive, Run, SortKey } from "../primitive.ts";
import { emptyTrailer } from "../primitive.ts";
import { warningsOf } from "../warnings.ts";

/** A key's value, weight and the weight of a space. */
export const columnsPerKey = 3;

/** One shard's stream, standing at a row. */
class Cursor implements CellRow {
  readonly #stream: Answered;
  columns: readonly Column[] = [];
  bytes: Buffer = Buffer.alloc(0);
  cells = new Int32Array(0);
  from = 0;
  to = 0;
  #batch: RowBatch | undefined;
  #row = 0;
  trailer: ResultTrailer = emptyTrailer;

  constructor(stream: Answered) {
    this.#stream = stream;
  }

  /** False at the end. */
  async next(): Promise<boolean> {
    this.#row++;
    while (this.#batch === undefined || this.#row >= this.#batch.count) {
      const step = await this.#stream.next();
      if (step.done === true) {
        this.trailer = step.value;
        return false;
      }
      this.#batch = step.value;
      this.#row = 0;
      if (this.columns.length === 0) {
        this.columns = step.value.columns;
        this.cells = new Int32Array(2 * this.columns.length);
      }
    }
    const { bytes, offsets } = this.#batch;
    this.bytes = bytes;
    this.from = offsets[this.#row] as number;
    this.to = offsets[this.#row + 1] as number;
    findTextCells(bytes, this.from, this.to, this.columns.length, this.cells);
    return true;
  }

  close(): Promise<unknown> {
    return this.#stream.return(emptyTrailer);
  }
}

export interface SortedRow extends CellRow {
  readonly from: number;
  readonly to: number;
}

export interface SortedRows {
  /** All columns, those of the keys last. */
  readonly columns: readonly Column[];
  /** They can be merged here as the client wants them; else neither `compare` nor `rows` may be used. */
  readonly isMergeable: boolean;
  /** Compares the keys alone. */
  readonly compare: CompareRows;
  readonly rows: AsyncIterable<SortedRow>;
  /** Warnings of the streams that have ended. */
  trailer(): ResultTrailer;
  close(): Promise<void>;
}

export async function openSortedRows(calls: Calls, keys: readonly SortKey[], run: Run): Promise<SortedRows> {
  const cursors = run.sendEach(calls).map((stream) => new Cursor(stream));
  const close = async () => void (await Promise.all(cursors.map((cursor) => cursor.close())));
  try {
    const hasRows = await Promise.all(cursors.map((cursor) => cursor.next()));
    // A stream without columns is of a shard whose failure is forgiven.
    const columns = cursors.find((cursor) => cursor.columns.length > 0)?.columns ?? [];
    const values = (all: readonly Column[]) => all.filter((_, i) => !isWeight(i, all.length, keys.length));
    for (const [i, cursor] of cursors.entries())
      if (cursor.columns.length > 0) checkColumns(values(columns), values(cursor.columns), `number ${i + 1}`);
    const isMergeable = mergeable(columns, keys, run);
    const compare = isMergeable ? compareByKeys(columns, keys) : () => 0;
    return {
      columns,
      isMergeable,
      compare,
      rows: merge(
        cursors.filter((_, i) => hasRows[i]),
        compare,
      ),
      trailer: () => warningsOf(cursors.map(({ trailer }) => trailer)),
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function mergeable(columns: readonly Column[], keys: readonly SortKey[], { showsBinary }: Run): boolean {
  const first = columns.length - keys.length * columnsPerKey;
  if (!keys.every((_, i) => isOrdered(columns[first + i * columnsPerKey] as Column))) return false;
  return !showsBinary || !columns.slice(0, first).some(({ type }) => type === "FLOAT32");
}

/** Weights are bytes; what else their columns say follows from the values. */
function isWeight(i: number, columns: number, keys: number): boolean {
  const first = columns - keys * columnsPerKey;
  return i >= first && (i - first) % columnsPerKey !== 0;
}

function compareByKeys(columns: readonly Column[], keys: readonly SortKey[]): CompareRows {
  const first = columns.length - keys.length * columnsPerKey;
  const parts = keys.map(({ descending }, i) => {
    const compare = compareByKey(columns, first + i * columnsPerKey);
    return descending ? (a: CellRow, b: CellRow) => compare(b, a) : compare;
  });
  return (a, b) => {
    for (const compare of parts) {
      const found = compare(a, b);
      if (found !== 0) return found;
    }
    return 0;
  };
}

async function* merge(open: Cursor[], compare: CompareRows): AsyncGenerator<SortedRow> {
  let cursors = open;
  while (cursors.length > 0) {
    let smallest = cursors[0] as Cursor;
    for (let i = 1; i < cursors.length; i++) {
      const cursor = cursors[i] as Cursor;
      if (compare(cursor, smallest) < 0) smallest = cursor;
    }
    yield smallest;
    if (!(await smallest.next())) cursors = cursors.filter((cursor) => cursor !== smallest);
  }
}

/** Where the first `count` cells of a row end. */
export function endOfCells({ from, cells }: SortedRow, count: number): number {
  if (count === 0) return from;
  const size = cells[2 * count - 1] as number;
  return (cells[2 * count - 2] as number) + Math.max(size, 0);
}

/** The plan for columns that do not merge. */
export function elsewhere(otherwise: Primitive | undefined, columns: readonly Column[]): Primitive {
  if (otherwise !== undefined) return otherwise;
  const types = [...new Set(columns.map(({ type }) => type))].join(", ");
  throw VtError.of("VT12001", `order or groups over several shards of columns of the types ${types}`);
}
