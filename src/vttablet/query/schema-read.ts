/**
 * Reads a database's schema: a few statements over information_schema for all tables, and SHOW CREATE only for those that
 * changed since the last look. Both flavours.
 */
import { VtError } from "../../base/errors.ts";
import type { Connection } from "../../mysql/client.ts";
import { identifier, sql, value } from "../../mysql/sql.ts";
import type { UdfDefinition } from "../../rpc/query-service.ts";
import { canonicalCollation, canonicalType, type ColumnModel } from "../../schema/table.ts";
import { kindOfTable, type SchemaSnapshot, type TableShape } from "./schema-model.ts";

export type SchemaConnection = Pick<Connection, "query">;
type Draft = Omit<TableShape, "create">;

/** Columns and key parts of all tables together. */
const partsMax = 2_000_000;
const limits = { rowsMax: partsMax, bytesMax: 512 * 1024 * 1024 };

export async function readSnapshot(
  connection: SchemaConnection,
  database: string,
  known: SchemaSnapshot,
  tablesMax: number,
): Promise<SchemaSnapshot> {
  const drafts = await readDrafts(connection, database, tablesMax);
  const tables = new Map<string, TableShape>();
  for (const draft of drafts) {
    const old = known.tables.get(draft.name);
    const isSame = old?.isSettled === true && old.signature === draft.signature;
    const create = isSame ? old.create : await readCreate(connection, draft.name);
    if (create !== undefined) tables.set(draft.name, { ...draft, create });
  }
  return { tables, udfs: await readUdfs(connection) };
}

async function readDrafts(connection: SchemaConnection, database: string, tablesMax: number): Promise<Draft[]> {
  const listed = await connection.query(
    sql`select table_name, table_type, coalesce(table_comment, ''), coalesce(unix_timestamp(create_time), 0),
      coalesce(create_time < now() - interval 2 second, 0), concat_ws(' ', engine, table_collation, create_options)
      from information_schema.tables where table_schema = ${value(database)}
      and table_type in ('BASE TABLE', 'VIEW', 'SEQUENCE') order by table_name limit ${value(tablesMax + 1)}`,
    { rowsMax: tablesMax + 1 },
  );
  if (listed.cells.length > tablesMax)
    throw VtError.of("VT21001", `${tablesMax} tables`, "queryserver-config-schema-max-table-count");
  const columns = await readColumns(connection, database);
  const keys = await readKeys(connection, database);
  const references = await readReferences(connection, database);
  const views = await readViews(connection, database);
  return listed.rows.map(([name, type, comment, created, settled, options]) => {
    const table = name ?? "";
    const viewQuery = views.get(table) ?? "";
    const own = columns.get(table) ?? noColumns;
    const key = keys.get(table) ?? noKeys;
    return {
      name: table,
      kind: kindOfTable(type ?? "", comment ?? ""),
      viewQuery,
      columns: own.models,
      primaryKey: key.primary,
      uniqueKeys: [...key.unique.values()],
      createdSeconds: Math.trunc(Number(created)),
      signature: JSON.stringify([
        [type, comment, created, options, viewQuery],
        [own.signature, key.signature, references.get(table)],
      ]),
      isSettled: settled === "1",
    };
  });
}

interface Columns {
  readonly models: ColumnModel[];
  readonly signature: string[];
}
const noColumns: Columns = { models: [], signature: [] };

async function readColumns(connection: SchemaConnection, database: string): Promise<Map<string, Columns>> {
  const listed = await connection.query(
    sql`select table_name, column_name, column_type, is_nullable, collation_name,
      concat_ws(' ', coalesce(column_default, 'none'), extra, generation_expression, column_comment)
      from information_schema.columns where table_schema = ${value(database)} order by table_name, ordinal_position`,
    limits,
  );
  const tables = new Map<string, Columns>();
  for (const [table, name, type, nullable, collation, more] of listed.rows) {
    const of = entry(tables, table ?? "", () => ({ models: [], signature: [] }));
    of.models.push({
      name: name ?? "",
      type: canonicalType(type ?? ""),
      isNullable: nullable === "YES",
      ...(typeof collation === "string" ? { collation: canonicalCollation(collation) } : {}),
    });
    of.signature.push(`${name} ${type} ${nullable} ${collation} ${more}`);
  }
  return tables;
}

interface Keys {
  readonly primary: string[];
  readonly unique: Map<string, string[]>;
  readonly signature: string[];
}
const noKeys: Keys = { primary: [], unique: new Map(), signature: [] };

async function readKeys(connection: SchemaConnection, database: string): Promise<Map<string, Keys>> {
  const listed = await connection.query(
    sql`select table_name, index_name, non_unique, column_name, sub_part, collation
      from information_schema.statistics where table_schema = ${value(database)} order by table_name, index_name, seq_in_index`,
    limits,
  );
  const tables = new Map<string, Keys>();
  const overExpressions = new Set<string[]>();
  for (const [table, index, nonUnique, column, prefix, direction] of listed.rows) {
    const of = entry(tables, table ?? "", () => ({ primary: [], unique: new Map(), signature: [] }));
    of.signature.push(`${index} ${nonUnique} ${column} ${prefix} ${direction}`);
    if (nonUnique !== "0") continue;
    const parts = index === "PRIMARY" ? of.primary : entry(of.unique, index ?? "", () => []);
    // Part of a column, or an expression: equal columns are then not all that makes rows equal.
    if (typeof column !== "string" || typeof prefix === "string") overExpressions.add(parts);
    else parts.push(column);
  }
  for (const { unique } of tables.values())
    for (const [index, parts] of unique) if (overExpressions.has(parts)) unique.delete(index);
  return tables;
}

async function readReferences(connection: SchemaConnection, database: string): Promise<Map<string, string>> {
  const listed = await connection.query(
    sql`select table_name, constraint_name, referenced_table_name, update_rule, delete_rule
      from information_schema.referential_constraints where constraint_schema = ${value(database)} order by 1, 2`,
    limits,
  );
  const tables = new Map<string, string>();
  for (const [table, ...more] of listed.rows)
    tables.set(table ?? "", `${tables.get(table ?? "") ?? ""}${more.join(" ")};`);
  return tables;
}

async function readViews(connection: SchemaConnection, database: string): Promise<Map<string, string>> {
  const listed = await connection.query(
    sql`select table_name, view_definition from information_schema.views where table_schema = ${value(database)}`,
    limits,
  );
  return new Map(listed.rows.map(([name, query]) => [name ?? "", query ?? ""]));
}

/** Undefined when it was dropped a moment ago, or is a view whose tables are gone. */
async function readCreate(connection: SchemaConnection, name: string): Promise<string | undefined> {
  try {
    const shown = await connection.query(sql`show create table ${identifier(name)}`);
    return withoutCounter(shown.rows[0]?.[1] ?? "");
  } catch (thrown) {
    const errno = (thrown as { readonly errno?: number }).errno;
    if (errno === 1146 || errno === 1356) return undefined;
    throw thrown;
  }
}

/** The next auto-increment value changes with each insert and is no part of the definition. */
function withoutCounter(create: string): string {
  return create.replace(/^(\).*?) AUTO_INCREMENT=\d+/m, "$1");
}

/** By the server's numbers of result types (Item_result). */
const udfTypes: Readonly<Record<string, UdfDefinition["returns"]>> = {
  "0": "CHAR",
  "1": "FLOAT64",
  "2": "INT64",
  "4": "DECIMAL",
};

async function readUdfs(connection: SchemaConnection): Promise<readonly UdfDefinition[]> {
  const listed = await connection.query(sql`select name, ret, type from mysql.func order by name`, limits);
  return listed.rows.map(([name, returns, type]) => ({
    name: name ?? "",
    isAggregate: type === "aggregate",
    returns: udfTypes[returns ?? ""] ?? "CHAR",
  }));
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}
