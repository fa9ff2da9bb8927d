/** What INSERT of rows and INSERT of a query have in common: columns, what may be assigned, the text around the rows. */
import { VtError } from "../../base/errors.ts";
import type { InsertPlace } from "../../engine/primitive.ts";
import type { Insert } from "../../sqlparser/ast/dml.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import { print } from "../../sqlparser/printer.ts";
import { isIntegral, type SqlType } from "../../sqltypes/types.ts";
import { findTable, type TableRef, type UniqueKey, type VTable } from "../../vschema/vschema.ts";
import { isCopied } from "../build/change.ts";
import type { Builder } from "../build/builder.ts";
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

export function placeOf(table: VTable): InsertPlace {
  if (!table.isSharded) return { kind: "OneShard" };
  if (isCopied(table)) return { kind: "AllShards" };
  if (table.pinned !== undefined) return { kind: "Pinned", id: table.pinned };
  if (table.columnVindexes.length === 0) throw VtError.of("VT13001", `table ${table.name} has no primary vindex`);
  return { kind: "Vindexes" };
}

/** Without its keyspace the sequence is found by its name alone, wherever the session is. */
export function sequenceOf({ autoIncrement }: VTable, { schema }: Builder): TableRef | undefined {
  if (autoIncrement === undefined) return undefined;
  const { keyspace, table } = autoIncrement.sequence;
  const found = findTable(schema, keyspace, table, "PRIMARY");
  return { keyspace: found.keyspace, table: found.name };
}

/** ON DUPLICATE KEY UPDATE may not move a row. */
export function checkAssignments(statement: Insert, table: VTable, columns: readonly string[]): void {
  const placing = new Set(table.columnVindexes.flatMap((vindex) => vindex.columns));
  for (const { column, value } of statement.onDuplicate) {
    const name = column.name.toLowerCase();
    if (placing.has(name) && !staysAtHome(value, name, statement, columns))
      throw unsupported(`ON DUPLICATE KEY UPDATE of the vindex column ${column.name}`);
  }
}

/** The value that the row came with (it lies on this shard already), or the one that it has. */
function staysAtHome(value: Expression, name: string, statement: Insert, columns: readonly string[]): boolean {
  if (value.kind === "ValuesOf") return value.column.name.toLowerCase() === name;
  if (value.kind !== "Column") return false;
  const { rowAlias, table } = statement;
  const renamed = rowAlias?.columns[columns.indexOf(name)]?.toLowerCase();
  const asked = value.name.toLowerCase();
  if (renamed !== undefined && renamed === asked) return value.table === undefined || value.table === rowAlias?.name;
  const isOfRow = rowAlias !== undefined && value.table === rowAlias.name && rowAlias.columns.length === 0;
  const isOfTable = rowAlias === undefined && (value.table === undefined || value.table === table.name);
  return asked === name && (isOfRow || isOfTable);
}

/** REPLACE deletes the rows that the new one meets: all of them must be on its shard. */
export function checkReplace({ action }: Insert, table: VTable): void {
  const placing = table.columnVindexes[0]?.columns ?? [];
  if (action !== "REPLACE" || placing.length === 0) return;
  const { keys, name } = table;
  if (keys === undefined) throw unsupported(`REPLACE into ${name}, whose keys are not known`);
  const primary: UniqueKey = { name: "PRIMARY", columns: keys.primary, isWhole: true };
  for (const key of [...(keys.primary.length === 0 ? [] : [primary]), ...keys.unique]) {
    if (!key.isWhole || !placing.every((column) => key.columns.includes(column)))
      throw unsupported(`REPLACE into ${name}, as rows equal by its key ${key.name} may be on several shards`);
    for (const column of table.columns)
      if (placing.includes(column.name) && !(isIntegral(column.type) || bytes.has(column.type)))
        throw unsupported(`REPLACE into ${name}, as texts that are equal by ${column.name} may be on several shards`);
  }
}

const bytes: ReadonlySet<SqlType> = new Set(["BINARY", "VARBINARY"]);
