/**
 * The answer to one statement, pushed by the gateway and pulled by the application as batches of rows. At most
 * `heldBytesMax` (and what one batch adds) wait here: the gateway pauses the shards until there is room again.
 */
import { VtError } from "../base/errors.ts";
import { statusFlag } from "../mysql/packets/capabilities.ts";
import type { Answer } from "../mysql/session.ts";
import type { Column, ResultTrailer, RowBatch, RowFormat } from "../sqltypes/result.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import type { StatementError } from "./client.ts";

const heldBytesMax = 1 << 20;

export class RowStream implements Answer {
  onRoom: (() => void) | undefined;
  columnsSent: readonly Column[] = [];
  trailer: ResultTrailer | undefined;
  readonly #format: RowFormat;
  #collector: RowCollector | undefined;
  #batches: RowBatch[] = [];
  #batchBytes = 0;
  #error: StatementError | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  /** Of the rows that servers send. */
  constructor(format: RowFormat) {
    this.#format = format;
  }

  /** Its end has come, though rows may still wait. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isFull(): boolean {
    return this.#batchBytes + (this.#collector?.size ?? 0) >= heldBytesMax;
  }

  columns(columns: readonly Column[]): void {
    if (this.#collector !== undefined) this.#error ??= VtError.of("VT12001", "several results of one statement");
    this.columnsSent = columns;
    this.#collector = new RowCollector(columns, this.#format);
    this.#awake();
  }

  rows(chunk: Buffer): boolean {
    this.#collector?.push(chunk);
    this.#awake();
    return !this.isFull;
  }

  batch({ columns, format, bytes, offsets, count }: RowBatch): boolean {
    this.#takeCollected();
    this.#put({ columns, format, bytes: Buffer.from(bytes), offsets: Array.from(offsets), count });
    this.#awake();
    return !this.isFull;
  }

  end(trailer: ResultTrailer): void {
    if ((trailer.statusFlags & statusFlag.moreResults) !== 0) return; // Of a CALL: its own end is still to come.
    this.trailer = trailer;
    this.#isOver = true;
    this.#awake();
  }

  fail(error: StatementError): void {
    this.#error ??= error;
    this.#isOver = true;
    this.#awake();
  }

  /** The next rows; undefined: that was all. Rejects with the statement's error. */
  async next(): Promise<RowBatch | undefined> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const wasFull = this.isFull;
      this.#takeCollected();
      const batch = this.#batches.shift();
      this.#batchBytes -= batch?.bytes.length ?? 0;
      if (wasFull && !this.isFull) this.onRoom?.();
      if (batch !== undefined || this.trailer !== undefined) return batch;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Rows that still come are thrown away; resolves when the session is free. */
  async drained(): Promise<void> {
    while (!this.#isOver) {
      this.#collector?.take();
      this.#batches = [];
      this.#batchBytes = 0;
      this.onRoom?.();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #takeCollected(): void {
    if (this.#collector !== undefined && this.#collector.count > 0) this.#put(this.#collector.take());
  }

  #put(batch: RowBatch): void {
    this.#batches.push(batch);
    this.#batchBytes += batch.bytes.length;
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
