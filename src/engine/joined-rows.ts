/** Rows of two sides put together, cell by cell as they came: nothing is decoded. */
import type { Column, RowBatch } from "../sqltypes/result.ts";
import { findTextCells } from "../sqltypes/text-row.ts";
import type { JoinedColumn } from "./primitive.ts";
import { RowBatcher } from "./row-batcher.ts";

const nullCell = Buffer.from([0xfb]);

/** A row and where its cells are. */
export class RowView {
  readonly cells: Int32Array;
  readonly #width: number;
  bytes: Buffer = Buffer.alloc(0);
  #from = 0;

  constructor(width: number) {
    this.#width = width;
    this.cells = new Int32Array(2 * width);
  }

  look({ bytes, offsets }: RowBatch, row: number): void {
    this.bytes = bytes;
    this.#from = offsets[row] as number;
    findTextCells(bytes, this.#from, offsets[row + 1] as number, this.#width, this.cells);
  }

  /** Where a cell begins, its length with it. */
  start(i: number): number {
    return i === 0 ? this.#from : this.end(i - 1);
  }

  end(i: number): number {
    return (this.cells[2 * i] as number) + Math.max(this.cells[2 * i + 1] as number, 0);
  }
}

export class JoinedRows {
  readonly #from: readonly JoinedColumn[];
  readonly #rows: RowBatcher;

  constructor(columns: readonly Column[], from: readonly JoinedColumn[]) {
    this.#from = from;
    this.#rows = new RowBatcher(columns);
  }

  get isFull(): boolean {
    return this.#rows.isFull;
  }

  /** Without a right row its cells are NULL. */
  add(left: RowView, right: RowView | undefined): void {
    for (const { side, at } of this.#from) {
      const row = side === "left" ? left : right;
      if (row === undefined) this.#rows.append(nullCell, 0, 1);
      else this.#rows.append(row.bytes, row.start(at), row.end(at));
    }
    this.#rows.endRow();
  }

  take(): RowBatch {
    return this.#rows.take();
  }
}
