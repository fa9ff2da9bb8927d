/** Stores the rows that a query answers: they are read first, as a whole, then dealt out like rows that were written. */
import { VtError } from "../../base/errors.ts";
import type { ValueExpression } from "../../evalengine/value-expression.ts";
import type { RowBatch } from "../../sqltypes/result.ts";
import { textCells } from "../../sqltypes/text-row.ts";
import { literalRows, storable } from "../literal-rows.ts";
import { insertedOne } from "../merge-trailers.ts";
import { type Answered, emptyTrailer, type InsertRow, type InsertSelect, type Run } from "../primitive.ts";
import { insertCalls } from "./insert.ts";

export async function* executeInsertSelect(node: InsertSelect, run: Run): Answered {
  const rows: InsertRow[] = [];
  for await (const batch of run.execute(node.input)) {
    const { width = batch.columns.length } = node;
    if (batch.columns.length !== width) throw VtError.of("VT03006", rows.length + 1);
    addRows(node, batch, rows);
    if (rows.length > run.memoryRowsMax) throw VtError.of("VT21001", `${run.memoryRowsMax} rows`, "max-memory-rows");
  }
  if (rows.length === 0) return { ...emptyTrailer, info: "Records: 0  Duplicates: 0  Warnings: 0" };
  const trailer = yield* run.send(await insertCalls({ ...node.insert, rows }, run));
  return trailer.info === "" ? insertedOne(trailer) : trailer;
}

function addRows({ insert, keys, givenIds }: InsertSelect, batch: RowBatch, rows: InsertRow[]): void {
  const { columns } = batch;
  const hasSequence = insert.sequence !== undefined;
  const shown = columns.map((_, i) => i).filter((i) => i !== givenIds);
  const texts: string[] = [];
  literalRows(storable(batch), shown, { open: "", close: "" }, texts);
  for (const [i, cells] of textCells(batch).entries()) {
    const bind = `__seq${rows.length}`;
    const valueAt = (column: number): ValueExpression => {
      const cell = cells[column];
      const bytes = cell === null || cell === undefined ? undefined : Buffer.from(cell);
      return { kind: "Constant", value: { type: columns[column]?.type ?? "NULL_TYPE", bytes } };
    };
    const own = shown.length === 0 ? [] : [texts[i] ?? ""];
    rows.push({
      text: `(${[...own, ...(hasSequence ? [`:${bind}`] : [])].join(", ")})`,
      keys: keys.map((of) => of.map((key) => (key === "generated" ? { kind: "Bind", name: bind } : valueAt(key)))),
      generated: hasSequence ? { bind, given: givenIds === undefined ? undefined : valueAt(givenIds) } : undefined,
    });
  }
}
