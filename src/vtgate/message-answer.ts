/** An answer to a statement as query.QueryResult messages, in pieces; slowed to what their reader takes. */
import { type ServerError, VtError } from "../base/errors.ts";
import type { Answer } from "../mysql/session.ts";
import { type Piece, Pieces } from "../rpc/query-answers.ts";
import type { Column, ResultTrailer, RowBatch } from "../sqltypes/result.ts";
import { RowWalk } from "./row-walk.ts";

export class MessageAnswer implements Answer {
  readonly #pieces = new Pieces();
  readonly #walk = new RowWalk();
  readonly #rowsMax: number;
  #batched = 0;
  #tooMany: VtError | undefined;
  onRoom: (() => void) | undefined;
  /** Called once when there are more than `rowsMax` rows; the answer then ends with that error. */
  onTooMany: () => void = () => {};

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
  }

  get isFull(): boolean {
    return this.#pieces.isFull;
  }

  columns(columns: readonly Column[]): void {
    this.#pieces.columns(columns);
  }

  rows(chunk: Buffer): boolean {
    this.#walk.push(chunk);
    return this.#isTooMany() || this.#pieces.rows(chunk);
  }

  batch(batch: RowBatch): boolean {
    this.#batched += batch.count;
    return this.#isTooMany() || this.#pieces.batch(batch);
  }

  end(trailer: ResultTrailer): void {
    if (this.#tooMany === undefined) this.#pieces.end(trailer);
    else this.#pieces.fail(this.#tooMany);
  }

  fail(error: VtError | ServerError): void {
    this.#pieces.fail(this.#tooMany ?? error);
  }

  async next(): Promise<Piece> {
    const piece = await this.#pieces.next();
    if (this.#pieces.mayResume()) this.onRoom?.();
    return piece;
  }

  /** What comes after is thrown away. */
  #isTooMany(): boolean {
    if (this.#tooMany !== undefined) return true;
    if (this.#walk.rows + this.#batched <= this.#rowsMax) return false;
    this.#tooMany = VtError.of("VT21001", `${this.#rowsMax} rows`, "max-memory-rows");
    this.onTooMany();
    return true;
  }
}
