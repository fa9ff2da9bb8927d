/**
 * Parity of changes: the same statements to one plain server and to the gateway over one, two and four shards, in a
 * transaction that is rolled back, and by themselves, as text and prepared. What the server counts and warns must be equal, and so must
 * all tables afterwards; an error is the same error, or names what is not supported.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { connectGateway, exactValues } from "../testing/gateway-client.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";
import { type ChangeStory, changeStories, tables } from "./testdata/change-stories.ts";

const by = (column: string, name = "hash") => ({ column_vindexes: [{ column, name }] });
const sharded = {
  sharded: true,
  vindexes: { hash: { type: "hash" }, xx: { type: "xxhash" } },
  tables: {
    person: by("id"),
    pet: by("owner"),
    word: by("word", "xx"),
    city: { type: "reference" },
    nokey: by("id"),
    spot: by("id"),
  },
};
/** The same tables over one, two and four shards. */
const layout = { one: ["0"], two: ["-80", "80-"], four: ["-40", "40-80", "80-c0", "c0-"] };
const keyspaces = Object.keys(layout);
const vschema = parseVSchema({ keyspaces: Object.fromEntries(keyspaces.map((name) => [name, sharded])) });

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    const ours = new Map<string, mysql.Connection>();
    let plain: mysql.Connection;
    before(async () => {
      live = await startLiveGateway(flavour, vschema, layout, "tracked");
      for (const database of keyspaces) {
        const { port } = live.server;
        ours.set(database, await connectGateway(port, { database, ...exactValues }));
      }
      const socketPath = live.databases[0]?.socketPath ?? "";
      plain = await mysql.createConnection({ socketPath, user: "root", ...exactValues });
      await plain.query("create database plain");
      await plain.query("use plain");
      for (const db of [plain, ...ours.values()]) {
        for (const { definition } of tables) await db.query(definition);
        await fill(db);
      }
    });
    after(async () => {
      for (const connection of ours.values()) await connection.end();
      await plain.end();
      await live.stop();
    });

    const fill = async (db: mysql.Connection, names: readonly string[] = tables.map(({ name }) => name)) => {
      for (const { name, rows } of tables) {
        if (!names.includes(name)) continue;
        await db.query(`delete from ${name}`);
        await db.query(rows);
      }
    };

    /** What came of it: counts, or the error; rows of RETURNING. */
    const outcomeOf = async (db: mysql.Connection, { sql, values }: ChangeStory, isPrepared: boolean) => {
      try {
        const [found] = isPrepared ? await db.execute(sql, (values ?? []) as never[]) : await db.query(sql);
        if (Array.isArray(found)) return { rows: found.map((row) => JSON.stringify(row)).toSorted() };
        const { affectedRows, insertId, info, warningStatus } = found as mysql.ResultSetHeader;
        return { affectedRows, insertId, info, warningStatus };
      } catch (thrown) {
        const { errno = 0, message = "" } = thrown as { errno?: number; message?: string };
        return { error: message.includes("VT12001") ? "unsupported" : `${errno}` };
      }
    };
    const contents = async (db: mysql.Connection, names: readonly string[]) => {
      const found: Record<string, readonly string[]> = {};
      for (const name of names) {
        const [rows] = await db.query(`select * from ${name}`);
        found[name] = (rows as unknown[][]).map((row) => JSON.stringify(row)).toSorted();
      }
      return found;
    };
    const touched = ({ sql }: ChangeStory) =>
      tables.map(({ name }) => name).filter((name) => new RegExp(`\\b${name}\\b`).test(sql));

    const compare = async (story: ChangeStory) => {
      const isPrepared = story.values !== undefined;
      const names = touched(story);
      const initial = await contents(plain, names);
      await plain.query("begin");
      const wanted = await outcomeOf(plain, story, isPrepared);
      const changed = await contents(plain, names);
      await plain.query("rollback");
      for (const [keyspace, db] of ours) {
        const isRefused = story.refused !== undefined && (keyspace !== "one" || story.refused === "anywhere");
        const expected = isRefused ? { error: "unsupported" } : wanted;
        for (const [how, begin, end] of [
          ["in a transaction", "begin", "rollback"],
          ["by itself", undefined, undefined],
        ] as const) {
          const where = `${keyspace}, ${how}`;
          if (begin !== undefined) await db.query(begin);
          assert.deepEqual(await outcomeOf(db, story, isPrepared || how === "by itself"), expected, where);
          const isChanged = !isRefused && story.anyRows !== true;
          if (isChanged) assert.deepEqual(await contents(db, names), changed, where);
          if (end !== undefined) {
            await db.query(end);
            assert.deepEqual(await contents(db, names), initial, `${where}, rolled back`);
          }
        }
        if (!isRefused && !("error" in wanted)) await fill(db, names);
      }
    };

    for (const story of changeStories.filter((s) => s.flavour === undefined || s.flavour === flavour))
      test(`${story.sql}${story.refused === undefined ? "" : `: refused ${story.refused}`}`, async () => {
        try {
          await compare(story);
        } catch (thrown) {
          for (const db of ours.values()) {
            await db.query("rollback");
            await fill(db);
          }
          await plain.query("rollback");
          throw thrown;
        }
      });
  });
