/**
 * Answers of a query service as query.QueryResult messages: whole, or as a stream of pieces. Rows go from the server's
 * packets into protobuf bytes once; they never become objects.
 */
import { create } from "@bufbuild/protobuf";
import { type ServerError, VtError } from "../base/errors.ts";
import { type Field, type QueryResult, QueryResultSchema } from "../proto/generated/query_pb.js";
import { toField } from "../sqltypes/proto-fields.ts";
import { rowsField } from "../sqltypes/proto-rows.ts";
import type { Column, ResultTrailer, RowBatch } from "../sqltypes/result.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import { toResult } from "./query-messages.ts";
import type { CallState, QueryRequest, QueryService, ResultReader } from "./query-service.ts";

export interface Answer {
  readonly result?: QueryResult;
  readonly error?: VtError | ServerError;
  readonly state: CallState;
}

/** The whole answer, of at most `rowsMax` rows. The promise rejects for nothing: errors are part of the answer. */
export function collectAnswer(
  service: QueryService,
  request: QueryRequest,
  rowsMax: number,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve) => {
    let fields: Field[] = [];
    let rows: RowCollector | undefined;
    let tooMany: VtError | undefined;
    const cancel = () => running.cancel();
    const done = (answer: Answer) => {
      signal.removeEventListener("abort", cancel);
      resolve(tooMany === undefined ? answer : { state: answer.state, error: tooMany });
    };
    const reader: ResultReader = {
      columns(columns) {
        fields = columns.map(toField);
        rows = new RowCollector(columns, "text");
      },
      rows(chunk) {
        if (tooMany !== undefined) return true;
        rows?.push(chunk);
        if ((rows?.count ?? 0) > rowsMax) {
          tooMany = VtError.of("VT21001", `${rowsMax} rows`, "queryserver-config-max-result-size");
          running.cancel();
        }
        return true;
      },
      end(trailer, state) {
        const result = toResult(trailer);
        result.fields = fields;
        if (rows !== undefined) result.$unknown = rowsField(rows.take());
        done({ result, state });
      },
      fail: (error, state) => done({ error, state }),
    };
    const running = service.execute(request, reader);
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
  });
}

/** A piece of a streamed answer; the last one has the counts or the error, and a tablet's state. */
export interface Piece {
  readonly result?: QueryResult;
  readonly error?: VtError | ServerError;
  readonly state?: CallState;
  readonly isLast: boolean;
}

/** Bytes of rows in one message, and bytes that may wait for a slow caller. */
const pieceSize = 32 * 1024;
const waitingSizeMax = 256 * 1024;

export async function* streamAnswer(
  service: QueryService,
  request: QueryRequest,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const pieces = new Pieces();
  const running = service.execute(request, pieces);
  const cancel = () => running.cancel();
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
  let isDone = false;
  try {
    for (;;) {
      const piece = await pieces.next();
      isDone = piece.isLast;
      yield piece;
      if (isDone) return;
      if (pieces.mayResume()) running.resume();
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    if (!isDone) running.cancel();
  }
}

/** Takes an answer in and hands it out in pieces, a bounded number of bytes at a time. */
export class Pieces {
  readonly #waiting: { readonly piece: Piece; readonly size: number }[] = [];
  #waitingSize = 0;
  #isPaused = false;
  #rows: RowCollector | undefined;
  #wake: (() => void) | undefined;

  columns(columns: readonly Column[]): void {
    this.#rows = new RowCollector(columns, "text");
    this.#put({ result: create(QueryResultSchema, { fields: columns.map(toField) }), isLast: false }, 0);
  }

  rows(chunk: Buffer): boolean {
    this.#rows?.push(chunk);
    if ((this.#rows?.size ?? 0) >= pieceSize) this.#putRows();
    return this.#hasRoom();
  }

  /** Rows that were made or merged here, as text. */
  batch(batch: RowBatch): boolean {
    this.#putRows();
    this.#putBatch(batch);
    return this.#hasRoom();
  }

  end(trailer: ResultTrailer, state?: CallState): void {
    this.#putRows();
    this.#put({ result: toResult(trailer), isLast: true, ...(state === undefined ? {} : { state }) }, 0);
  }

  fail(error: VtError | ServerError, state?: CallState): void {
    this.#put({ error, isLast: true, ...(state === undefined ? {} : { state }) }, 0);
  }

  get isFull(): boolean {
    return this.#isPaused;
  }

  #hasRoom(): boolean {
    this.#isPaused = this.#waitingSize > waitingSizeMax;
    return !this.#isPaused;
  }

  async next(): Promise<Piece> {
    for (;;) {
      const first = this.#waiting.shift();
      if (first !== undefined) {
        this.#waitingSize -= first.size;
        return first.piece;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Once after `rows` answered false, when there is room again. */
  mayResume(): boolean {
    if (!this.#isPaused || this.#waitingSize > waitingSizeMax / 2) return false;
    this.#isPaused = false;
    return true;
  }

  #putRows(): void {
    if (this.#rows === undefined || this.#rows.count === 0) return;
    this.#putBatch(this.#rows.take());
  }

  #putBatch(batch: RowBatch): void {
    const result = create(QueryResultSchema);
    result.$unknown = rowsField(batch);
    this.#put({ result, isLast: false }, batch.bytes.length);
  }

  #put(piece: Piece, size: number): void {
    this.#waiting.push({ piece, size });
    this.#waitingSize += size;
    this.#wake?.();
    this.#wake = undefined;
  }
}
