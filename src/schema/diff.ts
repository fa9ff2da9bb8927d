/**
 * What must be done to a table so that it becomes another one. Pure: the answer is data, in an order in which it can be
 * run as one ALTER TABLE. Columns that the wanted table lacks are dropped; names compare without case, as servers do.
 */
import { type ColumnModel, canonicalCollation, canonicalType, type TableModel } from "./table.ts";

export type TableChange =
  | { readonly kind: "add-column"; readonly column: ColumnModel; readonly after: string | undefined }
  | { readonly kind: "change-column"; readonly column: ColumnModel }
  | { readonly kind: "drop-column"; readonly name: string }
  | { readonly kind: "change-primary-key"; readonly from: readonly string[]; readonly to: readonly string[] };

/** The changes that lead from `found` to `wanted`; empty when they are alike. */
export function diffTables(found: TableModel, wanted: TableModel): readonly TableChange[] {
  const changes: TableChange[] = [];
  const present = new Map(found.columns.map((column) => [column.name.toLowerCase(), column]));
  let after: string | undefined;
  for (const column of wanted.columns) {
    const old = present.get(column.name.toLowerCase());
    if (old === undefined) changes.push({ kind: "add-column", column, after });
    else if (!sameColumn(old, column)) changes.push({ kind: "change-column", column });
    present.delete(column.name.toLowerCase());
    after = column.name;
  }
  for (const column of present.values()) changes.push({ kind: "drop-column", name: column.name });
  if (!sameNames(found.primaryKey, wanted.primaryKey))
    changes.push({ kind: "change-primary-key", from: found.primaryKey, to: wanted.primaryKey });
  return changes;
}

function sameColumn(a: ColumnModel, b: ColumnModel): boolean {
  if (canonicalType(a.type) !== canonicalType(b.type) || a.isNullable !== b.isNullable) return false;
  if (b.collation === undefined || a.collation === undefined) return true; // The table's own: nobody asked for one.
  return canonicalCollation(a.collation) === canonicalCollation(b.collation);
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name.toLowerCase() === b[i]?.toLowerCase());
}
