/** Stores the rows that a query answers: they are read first, as a whole, then dealt out like rows that were written. */
import { VtError } from "../../base/errors.ts";
import type { ValueExpression } from "../../evalengine/value-expression.ts";
import { textCells } from "../../sqltypes/text-row.ts";
import { literalRows } from "../literal-rows.ts";
import type { Calls, InsertRow, InsertSelect, Run } from "../primitive.ts";
import { insertCalls } from "./insert.ts";

export async function insertSelectCalls({ input, insert, width, keys }: InsertSelect, run: Run): Promise<Calls> {
  const rows: InsertRow[] = [];
  for await (const batch of run.execute(input)) {
    const { columns } = batch;
    if (columns.length !== width) throw VtError.of("VT03006", rows.length + 1);
    const texts: string[] = [];
    const all = columns.map((_, i) => i);
    literalRows(batch, all, { open: "(", close: ")" }, texts);
    for (const [i, cells] of textCells(batch).entries()) {
      const valueAt = (column: number): ValueExpression => {
        const cell = cells[column];
        const bytes = cell === null || cell === undefined ? undefined : Buffer.from(cell);
        return { kind: "Constant", value: { type: columns[column]?.type ?? "NULL_TYPE", bytes } };
      };
      rows.push({ text: texts[i] ?? "", keys: keys.map((of) => of.map(valueAt)), generated: undefined });
    }
    if (rows.length > run.memoryRowsMax) throw VtError.of("VT21001", `${run.memoryRowsMax} rows`, "max-memory-rows");
  }
  return insertCalls({ ...insert, rows }, run);
}
