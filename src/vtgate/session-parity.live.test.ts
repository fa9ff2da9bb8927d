/**
 * Sessions in parity: the same scripts to one plain server and to the gateway over two shards. Each statement must answer
 * the same: rows, names and types of columns, affected rows, insert id, warnings, or the number of its error.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { loginCollation } from "../collation/login-collations.ts";
import { customersById } from "../testing/gateway-client.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { connectionStories } from "./testdata/connection-stories.ts";
import { sessionStories } from "./testdata/session-stories.ts";

const vschema = customersById("person");

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    let admins: readonly mysql.Connection[] = [];
    const options = { rowsAsArray: true, dateStrings: true, supportBigNumbers: true, flags: ["-IGNORE_SPACE"] };
    const oursAt = { host: "127.0.0.1", user: "app", database: "customer", ...options };
    const plainAt = { user: "root", database: "plain", ...options };

    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      const [ours, plain] = await Promise.all([
        mysql.createConnection({ ...oursAt, port: live.server.port }),
        mysql.createConnection({ ...plainAt, database: "", socketPath: live.databases[0]?.socketPath ?? "" }),
      ]);
      admins = [ours, plain];
      await plain.query("create database plain");
      await plain.query("use plain");
      for (const admin of admins)
        await admin.query("create table person (id bigint primary key, name varchar(30), age int)");
    });
    beforeEach(async () => {
      for (const admin of admins) {
        await admin.query("delete from person");
        await admin.query("insert into person (id, name, age) values (1, 'Ann', 10), (2, 'Bob', 20), (3, 'Cleo', 30)");
      }
    });
    after(async () => {
      for (const admin of admins) await admin.end();
      await live.stop();
    });

    test("the collations of logins are the servers'", async () => {
      const [found] = await (admins[1] as mysql.Connection).query(
        "select id, collation_name from information_schema.collations where id between 1 and 255 order by id",
      );
      const numbers = Array.from({ length: 255 }, (_, i) => i + 1);
      const ours = numbers.flatMap((id) => {
        const name = loginCollation(id, flavour);
        return name === undefined ? [] : [`${id} ${name}`];
      });
      assert.deepEqual(
        (found as unknown as [number, string][]).map(([id, name]) => `${id} ${name}`),
        ours,
      );
    });

    for (const story of [...sessionStories, ...connectionStories])
      if (story.only === undefined || story.only === flavour)
        test(story.name, async () => {
          const { charset } = story;
          const login = charset === undefined ? {} : { charset };
          const [ours, plain] = await Promise.all([
            mysql.createConnection({ ...oursAt, ...login, port: live.server.port }),
            mysql.createConnection({ ...plainAt, ...login, socketPath: live.databases[0]?.socketPath ?? "" }),
          ]);
          try {
            const differences: string[] = [];
            const ahead = story.apart === true ? await askAll(ours, story.statements) : undefined;
            if (ahead !== undefined) await ours.end();
            for (const [i, sql] of story.statements.entries()) {
              const found = ahead === undefined ? await ask(ours, sql, story.charsets) : ahead[i];
              const wanted = await ask(plain, sql, story.charsets);
              if (found !== wanted) differences.push(`${sql} answered ${found} and not ${wanted}`);
            }
            assert.deepEqual(differences, []);
          } finally {
            if (story.apart !== true) await ours.end();
            await plain.end();
          }
        });
  });

/**
 * What a client sees of an answer, as text. Rows are a set: the stories ask for no order. Types of columns are compared by
 * parity.live.test.ts: those of variables are what a value bound in their place has.
 */
async function ask(db: mysql.Connection, sql: string, charsets = false): Promise<string> {
  try {
    const [found, fields] = await db.query(sql);
    if (!Array.isArray(found)) {
      const { affectedRows, insertId, warningStatus, info } = found as mysql.ResultSetHeader;
      return JSON.stringify({ affectedRows, insertId, warningStatus, info });
    }
    const rows = (found as unknown as unknown[][]).map((row) =>
      row.map(shown).join("|").replaceAll(plainName, "$1customer"),
    );
    const columns = fields.map(({ name, characterSet }) => (charsets ? `${name} ${characterSet}` : name));
    return JSON.stringify({ columns, rows: rows.sort() });
  } catch (thrown) {
    const { errno, message } = thrown as { errno?: number; message: string };
    return errno === undefined ? message : `error ${errno}`;
  }
}

async function askAll(db: mysql.Connection, statements: readonly string[]): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const sql of statements) answers.push(await ask(db, sql));
  return answers;
}

/** The plain server's database in texts of warnings. */
const plainName = /(['`])plain\b/g;

const shown = (cell: unknown) =>
  cell === null ? "NULL" : Buffer.isBuffer(cell) ? `0x${cell.toString("hex")}` : (cell as string | number).toString();
