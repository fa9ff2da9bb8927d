/** Gathers text rows into batches, copied: whole rows, or rows cell by cell. */
import type { Column, RowBatch } from "../sqltypes/result.ts";

const batchBytes = 32 * 1024;

export class RowBatcher {
  readonly #columns: readonly Column[];
  #bytes = Buffer.allocUnsafe(batchBytes * 2);
  #offsets: number[] = [0];
  #used = 0;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  get isFull(): boolean {
    return this.#used >= batchBytes;
  }

  add(bytes: Buffer, from: number, to: number): void {
    this.append(bytes, from, to);
    this.endRow();
  }

  /** Cells of the row under way. */
  append(bytes: Buffer, from: number, to: number): void {
    const size = to - from;
    if (this.#used + size > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + size));
      this.#bytes.copy(grown, 0, 0, this.#used);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, this.#used, from, to);
    this.#used += size;
  }
  endRow(): void {
    this.#offsets.push(this.#used);
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
    this.#offsets = [0];
    this.#used = 0;
    return batch;
  }
}
