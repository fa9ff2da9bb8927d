/** Small results that the gateway makes itself: every column is text. In the binary format for prepared statements. */
import { madeColumn } from "../sqltypes/column-packet.ts";
import type { RowBatch, RowFormat } from "../sqltypes/result.ts";
import { textBatch } from "../sqltypes/text-row.ts";
import { WireWriter } from "../sqltypes/wire.ts";

export type Cell = string | number | null;

export function madeRows(names: readonly string[], rows: readonly (readonly Cell[])[], format: RowFormat): RowBatch {
  const columns = names.map((name) => madeColumn(name));
  if (format === "text") return textBatch(columns, rows);
  const to = new WireWriter(256);
  const offsets = [0];
  for (const row of rows) {
    to.u8(0);
    const nulls = Buffer.alloc(Math.floor((row.length + 9) / 8));
    for (const [i, cell] of row.entries())
      if (cell === null) nulls[(i + 2) >> 3] = (nulls[(i + 2) >> 3] ?? 0) | (1 << ((i + 2) & 7));
    to.raw(nulls);
    for (const cell of row) if (cell !== null) to.lenencRaw(Buffer.from(String(cell)));
    offsets.push(to.size);
  }
  return { columns, format, bytes: to.finish(), offsets, count: rows.length };
}
