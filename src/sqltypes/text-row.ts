/**
 * Rows of the text protocol: a length-encoded string per column, 0xfb for NULL. `cellsOf` marks where each cell begins and
 * ends without making strings; `encodeTextRow` goes the other way. Text rows of servers are trusted no further than their
 * length: a cell that would end beyond its row throws MalformedBytes.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html
 */
import type { RowBatch } from "./result.ts";
import { MalformedBytes, WireWriter } from "./wire.ts";

/** In `cells`, the size of a NULL. */
export const nullSize = -1;

/**
 * Fills `cells` with two numbers per column: where the cell's bytes begin in `bytes` and how many they are (nullSize for
 * NULL). `cells` belongs to the caller and can serve for every row.
 */
export function findTextCells(bytes: Buffer, from: number, to: number, columns: number, cells: Int32Array): void {
  let at = from;
  for (let i = 0; i < columns; i++) {
    if (at >= to) throw new MalformedBytes("a row with too few cells");
    const first = bytes[at] as number;
    let size = first;
    at++;
    if (first === 0xfb) {
      cells[2 * i] = at;
      cells[2 * i + 1] = nullSize;
      continue;
    }
    if (first > 0xfb) {
      const width = first === 0xfc ? 2 : first === 0xfd ? 3 : 8;
      if (at + width > to) throw new MalformedBytes("a row that ends inside a length");
      size = width === 8 ? bytes.readUIntLE(at, 6) : bytes.readUIntLE(at, width);
      at += width;
    }
    if (at + size > to) throw new MalformedBytes("a cell that ends beyond its row");
    cells[2 * i] = at;
    cells[2 * i + 1] = size;
    at += size;
  }
}

/** Every row as cells: a view of the bytes, or null. For small results: admin work, tests. */
export function textCells(batch: RowBatch): (Buffer | null)[][] {
  const width = batch.columns.length;
  const cells = new Int32Array(2 * width);
  const rows: (Buffer | null)[][] = [];
  for (let row = 0; row < batch.count; row++) {
    findTextCells(batch.bytes, batch.offsets[row] as number, batch.offsets[row + 1] as number, width, cells);
    const out: (Buffer | null)[] = [];
    for (let i = 0; i < width; i++) {
      const at = cells[2 * i] as number;
      const size = cells[2 * i + 1] as number;
      out.push(size === nullSize ? null : batch.bytes.subarray(at, at + size));
    }
    rows.push(out);
  }
  return rows;
}

/** Appends the payload of one row. */
export function writeTextRow(to: WireWriter, cells: readonly (Uint8Array | null | undefined)[]): void {
  for (const cell of cells) {
    if (cell === null || cell === undefined) to.u8(0xfb);
    else to.lenencRaw(cell);
  }
}

/** A batch of rows that we make: cells are text. */
export function textBatch(
  columns: RowBatch["columns"],
  rows: readonly (readonly (string | number | null)[])[],
): RowBatch {
  return cellBatch(
    columns,
    rows.map((row) => row.map((cell) => (cell === null ? null : Buffer.from(String(cell))))),
  );
}

/** The same of cells in bytes. */
export function cellBatch(columns: RowBatch["columns"], rows: readonly (readonly (Buffer | null)[])[]): RowBatch {
  const to = new WireWriter(256);
  const offsets = [0];
  for (const row of rows) {
    writeTextRow(to, row);
    offsets.push(to.size);
  }
  return { columns, format: "text", bytes: to.finish(), offsets, count: rows.length };
}
