/**
 * Parity of queries that nobody wrote: over random tables and VSchemas the same queries go to one plain server and to the
 * gateway over two and four shards, text and prepared in turns. Rows and columns must be equal; a difference is shrunk and
 * shown with its seed. PARITY_SEED and PARITY_QUERIES run it otherwise or longer.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { seededRandom } from "../base/random.ts";
import { type Environment, mariadbEnvironment, mysqlEnvironment } from "../sqlparser/environment.ts";
import { parse } from "../sqlparser/parse.ts";
import { isPlannable, plan } from "../planner/plan.ts";
import { connectGateway, exactValues } from "../testing/gateway-client.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { QueryGenerator } from "../testing/queries/generated-query.ts";
import {
  creationOf,
  type GeneratedTable,
  generateTables,
  insertionOf,
  rowsOf,
  vschemaTables,
} from "../testing/queries/generated-schema.ts";
import { shrink } from "../testing/queries/shrink.ts";
import { flavours } from "../testing/throwaway-database.ts";
import type { JsonObject } from "@bufbuild/protobuf";
import { parseVSchema } from "../vschema/parse-vschema.ts";
import type { VSchema } from "../vschema/vschema.ts";

const seed = Number(process.env["PARITY_SEED"] ?? 20_261_128);
const queriesMax = Number(process.env["PARITY_QUERIES"] ?? 340);
const schemaCount = 4;
const firingsMin = 20;
const differencesMax = 8;
/** Servers cut long names of columns. */
const nameMax = 200;
const fired = new Map<string, number>();
const layout = { two: ["-80", "80-"], four: ["-40", "40-80", "80-c0", "c0-"] };
/** Rules that queries of these kinds must bring to fire. */
const wantedRules = [
  "source-becomes-route",
  "conditions-narrow-route",
  "sources-merge",
  "nested-merges",
  "block-becomes-route",
  "union-becomes-route",
  "derived-becomes-its-query",
  "sorted-rows-merge",
  "groups-combine",
  "gather-groups",
  "gather-distinct-rows",
  "gather-sorted-rows",
  "gather-whole-query",
  "gather-table",
  "gather-by-keys",
  "gather-from-keyspaces",
  "join-by-keys",
];

interface Outcome {
  readonly rows: readonly string[];
  readonly columns: string;
  readonly error: string | undefined;
}

for (const flavour of flavours)
  describe(`${flavour}, seed ${seed}`, () => {
    let live: LiveGateway;
    let plain: mysql.Connection;
    /** The same tables with their rows the other way round: a query that answers otherwise there leaves room. */
    let other: mysql.Connection;
    const ours: mysql.Connection[] = [];
    const random = seededRandom(seed);
    const schemas: (readonly GeneratedTable[])[] = Array.from({ length: schemaCount }, (_, i) =>
      generateTables(random, `s${i}_`),
    );
    const keyspace = {
      sharded: true,
      vindexes: { hash: { type: "hash" }, xx: { type: "xxhash" } },
      tables: tablesOf(schemas, false),
    };
    // Tables of the third keyspace have no name there that says so.
    const rules = [...tablesApart(schemas)].flatMap(({ name }) =>
      ["two", "four"].map((from) => ({ from_table: `${from}.${name}`, to_tables: [`apart.${name}`] })),
    );
    const vschema: VSchema = parseVSchema({
      keyspaces: { two: keyspace, four: keyspace, apart: { tables: tablesOf(schemas, true) } },
      routing_rules: { rules },
    });
    const environment: Environment = flavour === "mysql" ? { ...mysqlEnvironment, version: 90700 } : mariadbEnvironment;

    before(async () => {
      live = await startLiveGateway(flavour, vschema, { ...layout, apart: ["0"] });
      const charset = flavour === "mysql" ? "UTF8MB4_0900_AI_CI" : "UTF8MB4_GENERAL_CI";
      const options = { ...exactValues, charset };
      for (const database of Object.keys(layout)) {
        const { port } = live.server;
        ours.push(await connectGateway(port, { database, ...options }));
      }
      const { port } = live.server;
      const apart = await connectGateway(port, { database: "apart", ...options });
      const socketPath = live.databases[0]?.socketPath ?? "";
      plain = await mysql.createConnection({ socketPath, user: "root", ...options });
      await plain.query("create database plain");
      await plain.query("use plain");
      other = await mysql.createConnection({ socketPath, user: "root", ...options });
      await other.query("create database other");
      await other.query("use other");
      for (const table of schemas.flat()) {
        const rows = rowsOf(random, table);
        const alike = table.isApart ? [plain, apart] : [plain, ...ours];
        for (const connection of alike) await connection.query(creationOf(table));
        await other.query(creationOf(table).replace(" primary key", ""));
        for (const connection of alike) await connection.query(insertionOf(table, rows));
        await other.query(insertionOf(table, rows.toReversed()));
      }
      await apart.end();
    });
    after(async () => {
      for (const connection of [plain, other, ...ours]) await connection.end();
      await live.stop();
    });

    const ask = async (db: mysql.Connection, sql: string, isPrepared: boolean): Promise<Outcome> => {
      try {
        const [found, fields] = isPrepared ? await db.execute(sql) : await db.query(sql);
        const rows = (found as unknown[][]).map((row) => JSON.stringify(row.map(shownCell)));
        const columns = fields.map(({ name, columnType, characterSet, decimals }) =>
          [name.slice(0, nameMax), ...shownType(columnType ?? 0, decimals ?? 0), characterSet].join(" "),
        );
        return { rows, columns: columns.join(", "), error: undefined };
      } catch (error) {
        const { errno = 0, message = "" } = error as { errno?: number; message?: string };
        return { rows: [], columns: "", error: `${errno} ${message}` };
      }
    };

    interface Compared {
      readonly wanted: Outcome;
      readonly isRefused: boolean;
      /** What differs, if anything. */
      readonly difference: string | undefined;
    }

    const compare = async (sql: string, isPrepared: boolean): Promise<Compared> => {
      const isSame = /order by[^)]*$/.test(sql) ? sameRows : sameRowsInAnyOrder;
      const wanted = await ask(plain, sql, isPrepared);
      const settled = await ask(other, sql, isPrepared);
      // MariaDB does not find some columns that are there.
      const leavesRoom = !isSame(wanted.rows, settled.rows) || wanted.error?.startsWith("1054") === true;
      let isRefused = false;
      for (const connection of leavesRoom ? [] : ours) {
        const found = await ask(connection, sql, isPrepared);
        if (found.error?.includes("VT12001") === true) isRefused = true;
        else {
          const difference = differenceOf(found, wanted, isSame);
          if (difference !== undefined) return { wanted, isRefused, difference };
        }
      }
      return { wanted, isRefused, difference: undefined };
    };

    test(`${queriesMax} queries`, async () => {
      const counts = { refused: 0, rows: 0, failed: 0 };
      const found: string[] = [];
      for (let i = 0; i < queriesMax && found.length < differencesMax; i++) {
        const generator = new QueryGenerator(random, schemas[i % schemaCount] ?? []);
        const sql = generator.query();
        const isPrepared = i % 3 === 0;
        for (const rule of rulesOf(sql)) fired.set(rule, (fired.get(rule) ?? 0) + 1);
        const { wanted, isRefused, difference } = await compare(sql, isPrepared);
        if (isRefused) counts.refused++;
        if (wanted.error !== undefined) counts.failed++;
        else if (wanted.rows.length > 0) counts.rows++;
        if (difference === undefined) continue;
        const kindOf = (what: string | undefined) => what?.split(" ")[0];
        const isStill = async (text: string) =>
          kindOf((await compare(text, isPrepared)).difference) === kindOf(difference);
        const small = await shrink(sql, environment, isStill);
        const still = (await compare(small, isPrepared)).difference ?? `${difference}, once`;
        found.push(`${isPrepared ? "prepared" : "text"}: ${small}\n    ${still}`);
      }
      const asked = (n: number) => `${((100 * n) / queriesMax).toFixed(1)} %`;
      console.log(
        `${flavour}, seed ${seed}: ${queriesMax} queries, ${asked(counts.rows)} with rows, ${asked(counts.refused)} refused, ` +
          `${asked(counts.failed)} in error; rules ${JSON.stringify(Object.fromEntries(fired))}`,
      );
      assert.equal(found.length, 0, found.join("\n"));
      assert.ok(counts.refused <= 0.3 * queriesMax, "at most 30 % refused");
      assert.ok(counts.rows >= 0.5 * queriesMax, "at least 50 % with rows");
    });

    function rulesOf(sql: string): ReadonlySet<string> {
      const statement = parse(sql, environment);
      assert.ok(isPlannable(statement), sql);
      try {
        return plan(statement, vschema, { keyspace: "four", tabletType: "PRIMARY" }, { text: sql, environment }).rules;
      } catch {
        return new Set(); // Refused: counted where it is asked.
      }
    }
  });

type Schemas = readonly (readonly GeneratedTable[])[];
function tablesApart(schemas: Schemas) {
  return schemas.flat().filter(({ isApart }) => isApart);
}
function tablesOf(schemas: Schemas, apart: boolean): JsonObject {
  return vschemaTables(schemas.flat().filter(({ isApart }) => isApart === apart)) as JsonObject;
}

function differenceOf(found: Outcome, wanted: Outcome, isSame: typeof sameRows): string | undefined {
  if (wanted.error !== undefined || found.error !== undefined) {
    const isOne = wanted.error?.split(" ")[0] === found.error?.split(" ")[0];
    return isOne ? undefined : `error ${found.error} instead of ${wanted.error}`;
  }
  if (found.columns !== wanted.columns) return `columns ${found.columns} instead of ${wanted.columns}`;
  if (isSame(found.rows, wanted.rows)) return undefined;
  return `rows ${found.rows.join()} instead of ${wanted.rows.join()}`;
}

/** How wide a computed integer is, and the decimals of a text, follow from how the server went about it. */
function shownType(type: number, decimals: number): readonly (string | number)[] {
  if ([1, 2, 3, 8, 9, 13].includes(type)) return ["integer"];
  if (type === 253 || type === 254) return ["text"];
  return type >= 249 && type <= 252 ? [type] : [type, decimals];
}

test("every rule fired often enough", () => {
  for (const rule of wantedRules)
    assert.ok((fired.get(rule) ?? 0) >= firingsMin, `${rule} fired ${fired.get(rule) ?? 0} times`);
});

/** Texts that differ in case are equal to the collations in use: either may stand for a group. */
function shownCell(cell: unknown): string | null {
  if (cell === null) return null;
  return Buffer.isBuffer(cell) ? `0x${cell.toString("hex")}` : `${cell as string}`.toLowerCase();
}

const sameRows = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((row, i) => row === b[i]);
const sameRowsInAnyOrder = (a: readonly string[], b: readonly string[]) => sameRows(a.toSorted(), b.toSorted());
