/** How large the tables of a database are, as the server estimates it: for metrics alone. */
import { sql, value } from "../../mysql/sql.ts";
import type { Connection } from "../../mysql/client.ts";

export interface TableSize {
  readonly rows: number;
  readonly rowBytes: number;
  readonly indexBytes: number;
  readonly freeBytes: number;
}

export async function readTableSizes(
  connection: Pick<Connection, "query" | "flavour">,
  database: string,
  tablesMax: number,
): Promise<ReadonlyMap<string, TableSize>> {
  // MySQL would keep what it finds for a day, and show it to everybody: look without keeping.
  if (connection.flavour === "mysql") await connection.query(sql`set session information_schema_stats_expiry = 0`);
  const listed = await connection.query(
    sql`select table_name, coalesce(table_rows, 0), coalesce(data_length, 0), coalesce(index_length, 0), coalesce(data_free, 0)
      from information_schema.tables where table_schema = ${value(database)} and table_type = 'BASE TABLE'
      order by table_name limit ${value(tablesMax)}`,
    { rowsMax: tablesMax },
  );
  return new Map(
    listed.rows.map(([name, ...numbers]) => {
      const [rows = 0, rowBytes = 0, indexBytes = 0, freeBytes = 0] = numbers.map(Number);
      return [name ?? "", { rows, rowBytes, indexBytes, freeBytes }];
    }),
  );
}
