/** What INSERT of rows and INSERT of a query have in common: columns, what may be assigned, the text around the rows. */
import { VtError } from "../../base/errors.ts";
import type { Insert } from "../../sqlparser/ast/dml.ts";
import { print } from "../../sqlparser/printer.ts";
import type { VTable } from "../../vschema/vschema.ts";
import { unsupported } from "../unsupported.ts";
import type { Source } from "./route.ts";

/** What the printed statement has before and after its rows. */
export function around(statement: Insert, source: Source): { head: string; tail: string } {
  const mark = ":__rows";
  const one: Insert = { ...statement, rows: [{ kind: "RowValues", values: [{ kind: "Bind", name: "__rows" }] }] };
  const whole = print(one, source.environment);
  const row = print(one.rows?.[0] ?? one, source.environment);
  const at = whole.indexOf(row);
  if (at < 0 || !row.includes(mark)) throw VtError.of("VT13001", "an INSERT was printed without its rows");
  return { head: whole.slice(0, at), tail: whole.slice(at + row.length) };
}

export function columnsOf(statement: Insert, table: VTable): readonly string[] {
  if (statement.columns !== undefined) return statement.columns.map(({ name }) => name.toLowerCase());
  if (!table.isColumnListAuthoritative) throw VtError.of("VT09004", table.name);
  return table.columns.filter(({ isInvisible }) => !isInvisible).map(({ name }) => name);
}

/** ON DUPLICATE KEY UPDATE may not move a row. */
export function checkAssignments(statement: Insert, table: VTable): void {
  const columns = table.columnVindexes.flatMap((vindex) => vindex.columns);
  for (const { column, value } of statement.onDuplicate) {
    const name = column.name.toLowerCase();
    // VALUES(column) is the value that the row came with: it lies on this shard already.
    const isItself = value.kind === "ValuesOf" && value.column.name.toLowerCase() === name;
    if (columns.includes(name) && !isItself)
      throw unsupported(`ON DUPLICATE KEY UPDATE of the vindex column ${column.name}`);
  }
}
