/** RPCs about the schema (inventory 3.005): read it, change it, look at it anew. Always the tablet's own database. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Connection } from "../../mysql/client.ts";
import { identifier, type Sql, sql, statement, value } from "../../mysql/sql.ts";
import type { SchemaDefinitionSchema, TableDefinitionSchema } from "../../proto/generated/tabletmanagerdata_pb.js";
import { splitScript } from "../../sqlparser/split.ts";
import { databaseName } from "./database-name.ts";
import { type TabletCalls, waitMsMax } from "./replication-calls.ts";
import type { Tablet } from "./tablet.ts";
import { tableCondition } from "./table-condition.ts";

export function schemaCalls(tablet: Tablet): TabletCalls {
  const { database, serving } = tablet.effects;
  return {
    getSchema: async ({ tables, excludeTables, includeViews, tableSchemaOnly }) => ({
      schemaDefinition: await database.withDba((connection) =>
        readSchema(connection, databaseName(tablet), {
          tables: tableCondition(tables, excludeTables),
          includeViews,
          withColumns: !tableSchemaOnly,
        }),
      ),
    }),
    applySchema: (request, context) =>
      tablet.act("ApplySchema", async () => {
        await database.withDba((connection) => applySchema(connection, databaseName(tablet), request, context.signal));
        await serving.reloadSchema();
        return {};
      }),
    reloadSchema: async ({ waitPosition }, context) => {
      if (waitPosition !== "") await database.waitForPosition(waitPosition, waitMsMax, context.signal);
      await serving.reloadSchema();
      return {};
    },
  };
}

interface SchemaWish {
  readonly tables: Sql;
  readonly includeViews: boolean;
  readonly withColumns: boolean;
}

type AdminConnection = Pick<Connection, "query">;

async function readSchema(
  connection: AdminConnection,
  name: string,
  wish: SchemaWish,
): Promise<MessageInitShape<typeof SchemaDefinitionSchema>> {
  const created = await connection.query(sql`show create database if not exists ${identifier(name)}`);
  const tables = await connection.query(
    sql`select table_name, table_type, data_length, table_rows from information_schema.tables where table_schema = ${value(name)} and ${wish.tables} order by table_name`,
  );
  const definitions: MessageInitShape<typeof TableDefinitionSchema>[] = [];
  for (const [table = null, type = null, size = null, count = null] of tables.rows) {
    const isView = type === "VIEW";
    if (table === null || (isView && !wish.includeViews)) continue;
    definitions.push({
      name: table,
      type: isView ? "VIEW" : "BASE TABLE",
      dataLength: BigInt(size ?? 0),
      rowCount: BigInt(count ?? 0),
      schema: await readDefinition(connection, name, table),
      ...(wish.withColumns ? await readColumns(connection, name, table) : {}),
    });
  }
  return { databaseSchema: created.rows[0]?.[1] ?? "", tableDefinitions: definitions };
}

/** The CREATE statement, without the counter of AUTO_INCREMENT: it differs between shards that are alike. */
async function readDefinition(connection: AdminConnection, name: string, table: string): Promise<string> {
  const rows = await connection.query(sql`show create table ${identifier(name, table)}`);
  return (rows.rows[0]?.[1] ?? "").replace(/ AUTO_INCREMENT=\d+/, "");
}

async function readColumns(connection: AdminConnection, name: string, table: string) {
  const columns = await connection.query(
    sql`select column_name from information_schema.columns where table_schema = ${value(name)} and table_name = ${value(table)} order by ordinal_position`,
  );
  const keys = await connection.query(
    sql`select column_name from information_schema.statistics where table_schema = ${value(name)} and table_name = ${value(table)} and index_name = 'PRIMARY' order by seq_in_index`,
  );
  const names = (rows: typeof columns) => rows.rows.map(([column]) => column ?? "");
  return { columns: names(columns), primaryKeyColumns: names(keys) };
}

interface SchemaChange {
  readonly sql: string;
  readonly sqlMode: string;
  readonly allowReplication: boolean;
  readonly disableForeignKeyChecks: boolean;
}

/** Runs the statements in order on one connection; the first that fails ends it, and the error names it. */
async function applySchema(connection: AdminConnection, name: string, change: SchemaChange, signal: AbortSignal) {
  const settings: Sql[] = [];
  if (change.sqlMode !== "") settings.push(sql`set session sql_mode = ${value(change.sqlMode)}`);
  if (change.disableForeignKeyChecks) settings.push(sql`set session foreign_key_checks = 0`);
  if (!change.allowReplication) settings.push(sql`set session sql_log_bin = 0`);
  await connection.query(sql`use ${identifier(name)}`);
  for (const setting of settings) await connection.query(setting);
  for (const { text } of splitScript(change.sql)) {
    signal.throwIfAborted();
    await connection.query(statement(text));
  }
}
