/**
 * Results, raw. A `Column` describes one column; a `RowBatch` holds rows as a server sent them, undecoded.
 *
 * In a RowBatch `bytes` holds row payloads back to back (no packet headers), `offsets[i]` is where row i begins and
 * `offsets[count]` is the end. Text rows: a length-encoded string per column, 0xfb for NULL. Binary rows: MySQL's
 * binary row (0x00, NULL bitmap, values). Decode lazily with `text-row.ts` / `binary-row.ts`.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html
 */
import type { ServerError, VtError } from "../base/errors.ts";
import type { SqlType } from "./types.ts";

export interface Column {
  readonly name: string;
  readonly type: SqlType;
  readonly table: string;
  readonly orgTable: string;
  readonly database: string;
  readonly orgName: string;
  /** Length in bytes as the server says. */
  readonly columnLength: number;
  /** Collation number (33 = utf8_general_ci, 63 = binary …). */
  readonly collation: number;
  readonly decimals: number;
  /** MySQL's column flags (NOT_NULL 1, PRI_KEY 2, UNSIGNED 32 …). */
  readonly flags: number;
  /** The type's number in the column packet, where the server sent another than `type` usually has. */
  readonly wire?: number;
}

export type RowFormat = "text" | "binary";

export interface RowBatch {
  readonly columns: readonly Column[];
  readonly format: RowFormat;
  readonly bytes: Buffer;
  /** count + 1 entries. */
  readonly offsets: Uint32Array | readonly number[];
  readonly count: number;
}

/** A row of SHOW WARNINGS. */
export interface ServerWarning {
  readonly level: "Note" | "Warning" | "Error";
  readonly code: number;
  readonly text: string;
}

/** What ends every answer: the fields of an OK packet. Zeros after a result set, but for status and warnings. */
export interface ResultTrailer {
  readonly affectedRows: number;
  /** As decimal text when above 2^53, so that no digit is lost. */
  readonly lastInsertId: number | string;
  readonly statusFlags: number;
  readonly warnings: number;
  /** What they say, where that was asked for. */
  readonly warningList?: readonly ServerWarning[];
  readonly info: string;
  /** Session state changes of the OK packet, raw; empty where none. */
  readonly sessionState: Buffer;
}

/**
 * Where an answer is pushed to: `columns` (only when there are rows to come), `rows` any number of times, then `end` or
 * `fail`. An `end` whose status says "more results" (flag 8) is followed by another result; any other is the last call.
 */
export interface ResultSink {
  /** `packets` are the column definition payloads as the server sent them. Both may be kept: nobody changes them. */
  columns(columns: readonly Column[], packets: readonly Buffer[]): void;
  /**
   * Row packets in wire form, with their headers; whole packets unless one is larger than a chunk. Valid only during the
   * call. False: the sink is full, stop sending until told to resume.
   */
  rows(chunk: Buffer): boolean;
  end(trailer: ResultTrailer): void;
  fail(error: VtError | ServerError): void;
}

/** A whole result in memory. `columns` is empty for statements that answer OK. Always bounded by the asker. */
export interface QueryResult {
  readonly columns: readonly Column[];
  readonly batches: readonly RowBatch[];
  readonly trailer: ResultTrailer;
}
