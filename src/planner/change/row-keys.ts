/** The columns that tell a table's rows apart on all its shards: its key, and what decides where a row lives. */
import type { VTable } from "../../vschema/vschema.ts";
import { unsupported } from "../unsupported.ts";

export function rowKeys(table: VTable, what: string): readonly string[] {
  const { name, keys, columns, columnVindexes } = table;
  if (keys === undefined) throw unsupported(`${what}, as the keys of ${name} are not known`);
  const isSure = (column: string) => columns.some((c) => c.name === column && !c.isNullable);
  const unique = keys.unique.find((key) => key.isWhole && key.columns.every(isSure));
  const found = keys.primary.length > 0 ? keys.primary : unique?.columns;
  if (found === undefined) throw unsupported(`${what}, as ${name} has no primary key`);
  for (const column of columns)
    if (found.includes(column.name) && (column.type === "FLOAT32" || column.type === "FLOAT64"))
      throw unsupported(`${what}, as the key of ${name} is a floating point number`);
  const placing = columnVindexes[0]?.columns ?? [];
  return [...found, ...placing.filter((column) => !found.includes(column))];
}
