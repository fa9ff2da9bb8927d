/** Small results that the gateway makes itself, as text rows: columns of text, unless they are given with a type. */
import { madeColumn } from "../sqltypes/column-packet.ts";
import type { Column, RowBatch } from "../sqltypes/result.ts";
import { textBatch } from "../sqltypes/text-row.ts";

export type Cell = string | number | null;

export function madeRows(columns: readonly (string | Column)[], rows: readonly (readonly Cell[])[]): RowBatch {
  return textBatch(
    columns.map((column) => (typeof column === "string" ? madeColumn(column) : column)),
    rows,
  );
}
