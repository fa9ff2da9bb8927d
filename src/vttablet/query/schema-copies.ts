/**
 * The copies of the schema in `_vt.tables`, `_vt.views` and `_vt.udfs` (inventory 7.016): what the shard's last primary
 * told gateways. A new primary compares itself with them, so that no change is lost when primaries change. They are
 * written by a user that read_only stops, for a tablet that was just demoted must not write.
 */
import type { Connection } from "../../mysql/client.ts";
import { identifier, join, sql, tuple, value } from "../../mysql/sql.ts";
import { sidecarName } from "../sidecar/tables.ts";
import type { SchemaChange, SchemaSnapshot, TableShape } from "./schema-model.ts";

type CopyConnection = Pick<Connection, "query">;
const copy = (name: "tables" | "views" | "udfs") => identifier(sidecarName, name);
const limits = { rowsMax: 100_000, bytesMax: 512 * 1024 * 1024, timeoutMs: 30_000 };
const writeLimits = { timeoutMs: 30_000 };

/** How the copies differ from `snapshot`. */
export async function compareCopies(
  connection: CopyConnection,
  database: string,
  snapshot: SchemaSnapshot,
): Promise<SchemaChange> {
  const differing = async (name: "tables" | "views", isView: boolean) => {
    const rows = await connection.query(
      sql`select table_name, create_statement from ${copy(name)} where table_schema = ${value(database)}`,
      limits,
    );
    const copies = new Map(rows.rows.map(([table, create]) => [table ?? "", create ?? ""]));
    const own = [...snapshot.tables.values()].filter(({ kind }) => (kind === "view") === isView);
    const changed = own.filter((table) => copies.get(table.name) !== table.create).map((table) => table.name);
    const present = new Set(own.map((table) => table.name));
    return [...changed, ...[...copies.keys()].filter((table) => !present.has(table))];
  };
  const rows = await connection.query(
    sql`select function_name, function_return_type, function_type from ${copy("udfs")} order by function_name`,
    limits,
  );
  const udfs = rows.rows.map((row) => row.join(" "));
  return {
    tables: await differing("tables", false),
    views: await differing("views", true),
    udfs: JSON.stringify(udfs) !== JSON.stringify(udfRows(snapshot).map((row) => row.join(" "))),
  };
}

/** Brings what changed to the copies, in one transaction. */
export async function writeCopies(
  connection: CopyConnection,
  database: string,
  snapshot: SchemaSnapshot,
  change: SchemaChange,
): Promise<void> {
  const write = (text: ReturnType<typeof sql>) => connection.query(text, writeLimits);
  const presentOf = (names: readonly string[], isView: boolean) =>
    names
      .map((name) => snapshot.tables.get(name))
      .filter((table): table is TableShape => table !== undefined && (table.kind === "view") === isView);
  await write(sql`begin`);
  if (change.tables.length > 0) await write(removal("tables", database, change.tables));
  for (const { name, create, createdSeconds } of presentOf(change.tables, false))
    await write(
      sql`insert into ${copy("tables")} (table_schema, table_name, create_statement, create_time)
        values ${tuple([database, name, create, createdSeconds])}`,
    );
  if (change.views.length > 0) await write(removal("views", database, change.views));
  for (const { name, create, viewQuery } of presentOf(change.views, true))
    await write(
      sql`insert into ${copy("views")} (table_schema, table_name, create_statement, view_definition)
        values ${tuple([database, name, create, viewQuery])}`,
    );
  if (change.udfs) {
    await write(sql`delete from ${copy("udfs")}`);
    for (const row of udfRows(snapshot))
      await write(
        sql`insert into ${copy("udfs")} (function_name, function_return_type, function_type) values ${tuple(row)}`,
      );
  }
  await write(sql`commit`);
}

function removal(name: "tables" | "views", database: string, names: readonly string[]) {
  const list = join(names.map((one) => value(one)));
  return sql`delete from ${copy(name)} where table_schema = ${value(database)} and table_name in (${list})`;
}

function udfRows({ udfs }: SchemaSnapshot): readonly (readonly string[])[] {
  return udfs.map(({ name, isAggregate, returns }) => [
    name,
    udfTypeNames[returns],
    isAggregate ? "aggregate" : "function",
  ]);
}

const udfTypeNames = { CHAR: "char", FLOAT64: "double", INT64: "integer", DECIMAL: "decimal" } as const;
