/**
 * Cursors of prepared statements (COM_STMT_EXECUTE with CURSOR_TYPE_READ_ONLY, then COM_STMT_FETCH). As on a server the
 * result is made whole when the cursor opens, so that the session is free for other commands and what is fetched never
 * changes. It is held in memory, against one budget for all clients of the gateway; what does not fit fails with VT21001
 * and stops the statement.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_fetch.html
 */
import { VtError } from "../base/errors.ts";
import type { Column, ResultTrailer, RowBatch } from "../sqltypes/result.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import { framePacket } from "./packets/frame.ts";
import type { Answer } from "./session.ts";

/** The most cursors that one client may have open. */
export const cursorsPerClientMax = 64;

/** Bytes that all open cursors share. */
export class CursorBudget {
  readonly bytesMax: number;
  used = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** False, and nothing is taken, where they are not there. */
  take(bytes: number): boolean {
    if (this.used + bytes > this.bytesMax) return false;
    this.used += bytes;
    return true;
  }
}

/** An open cursor: the rows that are still to be fetched. `close` gives its bytes back. */
export class Cursor {
  readonly columnPackets: readonly Buffer[];
  readonly trailer: ResultTrailer;
  readonly #batch: RowBatch;
  readonly #budget: CursorBudget;
  #bytes: number;
  #at = 0;

  constructor(columnPackets: readonly Buffer[], batch: RowBatch, trailer: ResultTrailer, held: HeldBytes) {
    this.columnPackets = columnPackets;
    this.trailer = trailer;
    this.#batch = batch;
    this.#budget = held.budget;
    this.#bytes = held.bytes;
  }

  /** The next rows, at most `count`; fewer where the cursor ends. */
  next(count: number): RowBatch {
    const from = this.#at;
    const to = Math.min(this.#batch.count, from + count);
    this.#at = to;
    return { ...this.#batch, offsets: this.#batch.offsets.slice(from, to + 1), count: to - from };
  }

  close(): void {
    this.#budget.used -= this.#bytes;
    this.#bytes = 0;
  }
}

interface HeldBytes {
  readonly budget: CursorBudget;
  readonly bytes: number;
}

export interface CursorEvents {
  /** The whole result is here. */
  opened(cursor: Cursor): void;
  /** The statement had no rows to give: it is over. */
  ended(trailer: ResultTrailer): void;
  failed(error: unknown): void;
  /** Too much came: the statement is to be stopped; `failed` follows when it has. */
  stop(): void;
}

/** Gathers a statement's rows for a cursor. */
export class CursorAnswer implements Answer {
  readonly isFull = false;
  onRoom: (() => void) | undefined;
  readonly #budget: CursorBudget;
  readonly #events: CursorEvents;
  #packets: readonly Buffer[] = [];
  #collector: RowCollector | undefined;
  #bytes = 0;
  #tooMuch: VtError | undefined;
  #isOver = false;

  constructor(budget: CursorBudget, events: CursorEvents) {
    this.#budget = budget;
    this.#events = events;
  }

  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#packets = packets;
    this.#collector = new RowCollector(columns, "binary");
  }

  rows(chunk: Buffer): boolean {
    if (this.#take(chunk.length)) this.#collector?.push(chunk);
    return true;
  }

  batch({ bytes, offsets, count }: RowBatch): boolean {
    for (let row = 0; row < count; row++) {
      const payload = bytes.subarray(offsets[row] as number, offsets[row + 1] as number);
      if (this.#take(payload.length)) this.#collector?.push(framePacket(payload, 0));
    }
    return true;
  }

  #take(bytes: number): boolean {
    if (this.#isOver || this.#tooMuch !== undefined) return false;
    if (this.#budget.take(bytes)) {
      this.#bytes += bytes;
      return true;
    }
    this.#tooMuch = VtError.of(
      "VT21001",
      `${this.#budget.bytesMax} bytes in all cursors`,
      "mysql-server-cursor-memory",
    );
    this.#giveBack();
    this.#events.stop();
    return false;
  }

  #giveBack(): void {
    this.#collector = undefined;
    this.#budget.used -= this.#bytes;
    this.#bytes = 0;
  }

  end(trailer: ResultTrailer): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#tooMuch !== undefined) return this.#events.failed(this.#tooMuch);
    const collector = this.#collector;
    if (collector === undefined) return this.#events.ended(trailer);
    const held = { budget: this.#budget, bytes: this.#bytes };
    this.#events.opened(new Cursor(this.#packets, collector.take(), trailer, held));
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#giveBack();
    this.#events.failed(this.#tooMuch ?? error);
  }

  /** The client is gone, or wants it no more. */
  abandon(): void {
    this.#isOver = true;
    this.#giveBack();
  }
}
