/**
 * Makes the sidecar database what `tables.ts` says, by difference: reads what is there, runs what is missing
 * (inventory 7.032). Runs at start on whoever is primary; replicas get it through replication. Running it again changes
 * nothing. Nothing is ever dropped but columns that no version of ours uses.
 */
import { never } from "../../base/assert.ts";
import type { Connection } from "../../mysql/client.ts";
import { identifier, join, type Sql, sql, statement, value } from "../../mysql/sql.ts";
import { diffTables, type TableChange } from "../../schema/diff.ts";
import type { ColumnModel, TableModel } from "../../schema/table.ts";

export type AdminConnection = Pick<Connection, "query">;

/** Answers the statements that it ran: empty where all was as it should be. */
export async function repairSidecar(
  connection: AdminConnection,
  database: string,
  tables: readonly TableModel[],
): Promise<readonly string[]> {
  const ran: string[] = [];
  const run = async (text: Sql) => {
    await connection.query(text);
    ran.push(text.text);
  };
  const schemas = await connection.query(
    sql`select 1 from information_schema.schemata where schema_name = ${value(database)}`,
  );
  if (schemas.rows.length === 0) await run(sql`create database if not exists ${identifier(database)}`);
  const present = await readTables(connection, database);
  for (const table of tables) {
    const found = present.get(table.name.toLowerCase());
    if (found === undefined) await run(createTable(database, table));
    else {
      const changes = diffTables(found, table);
      if (changes.length > 0) await run(alterTable(database, table.name, changes));
    }
  }
  return ran;
}

/** The tables of a database as models, by lower-case name. */
async function readTables(connection: AdminConnection, database: string): Promise<Map<string, TableModel>> {
  const columns = await connection.query(
    sql`select table_name, column_name, column_type, is_nullable, collation_name from information_schema.columns where table_schema = ${value(database)} order by table_name, ordinal_position`,
  );
  const keys = await connection.query(
    sql`select table_name, column_name from information_schema.statistics where table_schema = ${value(database)} and index_name = 'PRIMARY' order by table_name, seq_in_index`,
  );
  const tables = new Map<string, { name: string; columns: ColumnModel[]; primaryKey: string[] }>();
  for (const [table = null, name = null, type = null, nullable = null, collation = null] of columns.rows) {
    const key = (table ?? "").toLowerCase();
    const model = tables.get(key) ?? { name: table ?? "", columns: [], primaryKey: [] };
    tables.set(key, model);
    model.columns.push({
      name: name ?? "",
      type: type ?? "",
      isNullable: nullable === "YES",
      ...(collation === null ? {} : { collation }),
    });
  }
  for (const [table = null, column = null] of keys.rows)
    tables.get((table ?? "").toLowerCase())?.primaryKey.push(column ?? "");
  return tables;
}

function createTable(database: string, table: TableModel): Sql {
  const columns = join(table.columns.map(columnText), ", ");
  const key = names(table.primaryKey);
  return sql`create table if not exists ${identifier(database, table.name)} (${columns}, primary key (${key})) engine = InnoDB default character set utf8mb4`;
}

function alterTable(database: string, name: string, changes: readonly TableChange[]): Sql {
  return sql`alter table ${identifier(database, name)} ${join(changes.map(changeText), ", ")}`;
}

function changeText(change: TableChange): Sql {
  switch (change.kind) {
    case "add-column": {
      const place = change.after === undefined ? sql`first` : sql`after ${identifier(change.after)}`;
      return sql`add column ${columnText(change.column)} ${place}`;
    }
    case "change-column":
      return sql`modify column ${columnText(change.column)}`;
    case "drop-column":
      return sql`drop column ${identifier(change.name)}`;
    case "change-primary-key":
      return change.from.length === 0
        ? sql`add primary key (${names(change.to)})`
        : sql`drop primary key, add primary key (${names(change.to)})`;
    default:
      return never(change);
  }
}

function columnText(column: ColumnModel): Sql {
  const collation = column.collation === undefined ? sql`` : sql` collate ${identifier(column.collation)}`;
  const type = statement(column.type); // From the table in tables.ts, never from outside.
  return sql`${identifier(column.name)} ${type}${collation} ${column.isNullable ? sql`null` : sql`not null`}`;
}

function names(list: readonly string[]): Sql {
  return join(list.map((name) => identifier(name)));
}
