/** MySQL clients of the gateways that live tests start: on this machine, as `app`, with rows as arrays. */
import mysql from "mysql2/promise";
import { parseVSchema } from "../vschema/parse-vschema.ts";
import type { VSchema } from "../vschema/vschema.ts";

/** Values as servers write them: nothing is rounded, and no time is moved. */
export const exactValues = {
  rowsAsArray: true,
  dateStrings: true,
  supportBigNumbers: true,
  bigNumberStrings: true,
} as const satisfies mysql.ConnectionOptions;

export function connectGateway(port: number, options: mysql.ConnectionOptions = {}): Promise<mysql.Connection> {
  return mysql.createConnection({ host: "127.0.0.1", port, user: "app", rowsAsArray: true, ...options });
}

/** Keyspace commerce on one shard; in keyspace customer `tables`, by the hash of their column id. */
export function customersById(...tables: readonly string[]): VSchema {
  const byId = { column_vindexes: [{ column: "id", name: "hash" }] };
  return parseVSchema({
    keyspaces: {
      commerce: {},
      customer: {
        sharded: true,
        vindexes: { hash: { type: "hash" } },
        tables: Object.fromEntries(tables.map((table) => [table, byId])),
      },
    },
  });
}
