/** Rows of two sides put together, cell by cell as they came: nothing is decoded. */
import type { Column, RowBatch } from "../sqltypes/result.ts";
import { findTextCells } from "../sqltypes/text-row.ts";
import type { JoinedColumn } from "./primitive.ts";

const batchBytes = 32 * 1024;
const nullCell = 0xfb;

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
  readonly #columns: readonly Column[];
  readonly #from: readonly JoinedColumn[];
  #bytes = Buffer.allocUnsafe(batchBytes * 2);
  #used = 0;
  #offsets: number[] = [0];

  constructor(columns: readonly Column[], from: readonly JoinedColumn[]) {
    this.#columns = columns;
    this.#from = from;
  }

  get isFull(): boolean {
    return this.#used >= batchBytes;
  }

  /** Without a right row its cells are NULL. */
  add(left: RowView, right: RowView | undefined): void {
    for (const { side, at } of this.#from) {
      const row = side === "left" ? left : right;
      if (row === undefined) {
        this.#grow(1);
        this.#bytes[this.#used++] = nullCell;
        continue;
      }
      const start = row.start(at);
      const size = row.end(at) - start;
      this.#grow(size);
      row.bytes.copy(this.#bytes, this.#used, start, start + size);
      this.#used += size;
    }
    this.#offsets.push(this.#used);
  }

  #grow(size: number): void {
    if (this.#used + size <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + size));
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }

  take(): RowBatch {
    const batch: RowBatch = {
      columns: this.#columns,
      format: "text",
      bytes: this.#bytes.subarray(0, this.#used),
      offsets: this.#offsets,
      count: this.#offsets.length - 1,
    };
    this.#bytes = Buffer.allocUnsafe(batchBytes * 2);
    this.#used = 0;
    this.#offsets = [0];
    return batch;
  }
}
