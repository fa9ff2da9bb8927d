/**
 * RPCs that run statements for an operator (inventory 3.005): as the administrator, the application, or with all
 * privileges. Each runs on a connection of its own that ends with it, so that nothing set here stays behind.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Connection } from "../../mysql/client.ts";
import type { Rows } from "../../mysql/collect.ts";
import { identifier, sql, statement, value } from "../../mysql/sql.ts";
import type { QueryResultSchema } from "../../proto/generated/query_pb.js";
import { toField } from "../../sqltypes/proto-fields.ts";
import { splitScript } from "../../sqlparser/split.ts";
import { databaseName } from "./database-name.ts";
import type { TabletCalls } from "./replication-calls.ts";
import type { Tablet } from "./tablet.ts";

/** Users of the tablet's server, by what they may do. */
export type DatabaseRole = "app" | "dba" | "allprivs";
/** Runs `work` on a new connection of that user, in the database if one is given, and closes it. */
export type WithRole = <T>(
  role: DatabaseRole,
  database: string,
  work: (connection: Connection) => Promise<T>,
) => Promise<T>;

const rowsDefaultMax = 10_000;

export function fetchCalls(tablet: Tablet, withRole: WithRole): TabletCalls {
  const { serving } = tablet.effects;
  const run = async (role: DatabaseRole, database: string, query: Uint8Array, maxRows: bigint) => {
    const rows = await withRole(role, database, (connection) =>
      connection.query(statement(textOf(query)), { rowsMax: rowsMaxOf(maxRows) }),
    );
    return { result: resultMessage(rows) };
  };
  return {
    executeFetchAsDba: async (request) => {
      const { query, maxRows, reloadSchema } = request;
      const rows = await withRole("dba", request.dbName, async (connection) => {
        await prepare(connection, request);
        return connection.query(statement(textOf(query)), { rowsMax: rowsMaxOf(maxRows) });
      });
      if (reloadSchema) await serving.reloadSchema();
      return { result: resultMessage(rows) };
    },
    executeMultiFetchAsDba: async (request) => {
      const results = await withRole("dba", request.dbName, async (connection) => {
        await prepare(connection, request);
        for (const { name, value: setting } of request.sessionVariables)
          await connection.query(sql`set session ${identifier(name)} = ${value(setting)}`);
        const answers: Rows[] = [];
        for (const { text } of splitScript(textOf(request.sql)))
          answers.push(await connection.query(statement(text), { rowsMax: rowsMaxOf(request.maxRows) }));
        return answers;
      });
      if (request.reloadSchema) await serving.reloadSchema();
      return { results: results.map(resultMessage) };
    },
    executeFetchAsAllPrivs: async ({ query, dbName, maxRows, reloadSchema }) => {
      const answer = await run("allprivs", dbName, query, maxRows);
      if (reloadSchema) await serving.reloadSchema();
      return answer;
    },
    executeFetchAsApp: ({ query, maxRows }) => run("app", databaseName(tablet), query, maxRows),
    executeQuery: ({ query, dbName, maxRows }) => run("app", dbName || databaseName(tablet), query, maxRows),
  };
}

interface FetchSettings {
  readonly disableBinlogs: boolean;
  readonly disableForeignKeyChecks: boolean;
}

async function prepare(connection: Connection, settings: FetchSettings): Promise<void> {
  if (settings.disableBinlogs) await connection.query(sql`set session sql_log_bin = 0`);
  if (settings.disableForeignKeyChecks) await connection.query(sql`set session foreign_key_checks = 0`);
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
const rowsMaxOf = (wanted: bigint) =>
  wanted > 0n && wanted < BigInt(rowsDefaultMax) ? Number(wanted) : rowsDefaultMax;

/** A small answer as the wire has it: every row's cells back to back, with their lengths (-1 for NULL). */
export function resultMessage(rows: Rows): MessageInitShape<typeof QueryResultSchema> {
  const { affectedRows, lastInsertId } = rows.trailer;
  return {
    fields: rows.columns.map(toField),
    rowsAffected: BigInt(affectedRows),
    insertId: BigInt(lastInsertId),
    rows: rows.cells.map((cells) => ({
      lengths: cells.map((cell) => BigInt(cell === null ? -1 : cell.length)),
      values: Buffer.concat(cells.map((cell) => cell ?? Buffer.alloc(0))),
    })),
  };
}
