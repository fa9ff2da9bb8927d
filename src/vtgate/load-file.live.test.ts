/**
 * LOAD DATA LOCAL INFILE through the gateway, to an unsharded keyspace and over shards, against a plain server: the same
 * tables and the same counts. Clients are asked for what their statement names, and for nothing else.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import mysql from "mysql2/promise";
import { connect as connectTo } from "../mysql/client.ts";
import { statement } from "../mysql/sql.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { testProgram } from "../testing/programs.ts";
import { appUser, flavours, testEnvironment } from "../testing/throwaway-database.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";

const columns = [{ name: "id" }, { name: "name" }, { name: "n" }, { name: "d" }];
const vschema = parseVSchema({
  keyspaces: {
    commerce: { tables: { t: { columns, column_list_authoritative: true } } },
    customer: {
      sharded: true,
      vindexes: { hash: { type: "hash" } },
      tables: {
        t: { column_vindexes: [{ column: "id", name: "hash" }], columns, column_list_authoritative: true },
      },
    },
  },
});
const table =
  "create table t (id bigint primary key, name varchar(40) default 'none', n int not null default 7, d date)";

const many = Array.from(
  { length: 3000 },
  (_, i) => `${i}\tname ${i}\t${i * 3}\t2024-01-${String((i % 28) + 1).padStart(2, "0")}`,
);
const stories: readonly (readonly [clause: string, file: string])[] = [
  ["into table t", "1\ta\t5\t2024-01-02\n2\t\\N\t6\t\\N\n3\tü€😀\t7\t2024-02-03\n"],
  ["into table t", "1\ta\t5\t2024-01-02\n1\tb\t6\t2024-01-03\n4\tshort\n5\tlong\t1\t2024-01-01\tmore\t\n"],
  ["replace into table t", "1\ta\t5\t2024-01-02\n1\tb\t6\t2024-01-03\n2\tc\t1\t\\N\n"],
  ["ignore into table t (id, name)", "9\tx\n9\ty\n10\tz"],
  [
    "into table t character set utf8mb4 fields terminated by ',' optionally enclosed by '\"' lines terminated by '\\r\\n' ignore 1 lines (id, @n, name) set n = @n * 2 + 1, d = '2020-02-02'",
    'id,n,name\r\n1,10,"a, ""b"""\r\n2,20,"line\r\nbreak"\r\n3,30,NULL\r\n',
  ],
  ["into table t (id, name, @rest)", "1\ta\tb\tc\n2\tb\n"],
  ["into table t (name, id)", ""],
  ["into table t", `${many.join("\n")}\n`],
];

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    const at = (port: number, more: mysql.ConnectionOptions = {}) =>
      mysql.createConnection({ host: "127.0.0.1", port, user: appUser.username, rowsAsArray: true, ...more });
    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      const root = await connectTo(testEnvironment, {
        address: { path: live.databases[0]?.socketPath ?? "" },
        username: "root",
      });
      await root.query(statement("set global local_infile = 1"));
      await root.query(statement("create database plain"));
      root.close();
    });
    after(() => live.stop());

    const plain = () => at(live.databases[0]?.port ?? 0, { password: appUser.password, database: "plain" });
    const ours = (database: string) => at(live.server.port, { database });
    const load = async (db: mysql.Connection, clause: string, file: string) => {
      const asked: string[] = [];
      const [result] = await db.query({
        sql: `load data local infile 'the file' ${clause}`,
        infileStreamFactory: (name: string) => {
          asked.push(name);
          return Readable.from(file === "" ? [] : [Buffer.from(file)]); // An empty piece would be the end.
        },
      } as mysql.QueryOptions);
      const { affectedRows, info } = result as mysql.ResultSetHeader;
      return { asked: asked.length, affectedRows, counts: info.replace(/ +Warnings.*/, "") };
    };

    test("the same rows and counts as a plain server, unsharded and over shards", async () => {
      const all = { plain: await plain(), commerce: await ours("commerce"), customer: await ours("customer") };
      for (const [clause, file] of stories) {
        const seen: Record<string, unknown> = {};
        for (const [name, db] of Object.entries(all)) {
          await db.query("drop table if exists t");
          await db.query(table);
          if (name === "customer" && clause.startsWith("replace")) {
            await assert.rejects(load(db, clause, file), { errno: 1235 }); // As every REPLACE over shards.
            seen[name] = "refused";
            continue;
          }
          const result = await load(db, clause, file);
          seen[name] = { result, rows: (await db.query("select * from t order by id"))[0] };
        }
        assert.deepEqual(seen["commerce"], seen["plain"], clause);
        if (seen["customer"] !== "refused") assert.deepEqual(seen["customer"], seen["plain"], clause);
      }
      for (const db of Object.values(all)) await db.end();
    });

    test("all of it or nothing, in a transaction or not; the session goes on", async () => {
      const db = await ours("customer");
      await db.query("drop table if exists t");
      await db.query("create table t (id bigint primary key, name varchar(40) character set utf8mb4, n int, d date)");
      const bad = Buffer.from(`${many.join("\n")}\n9999\t`);
      const wrong = Buffer.concat([bad, Buffer.of(0xff, 0xfe), Buffer.from("\t1\t\\N\n")]).toString("latin1");
      const broken = (client: mysql.Connection) =>
        client.query({
          sql: "load data local infile 'f' into table t character set utf8mb4",
          infileStreamFactory: () => Readable.from([Buffer.from(wrong, "latin1")]),
        } as mysql.QueryOptions);
      await assert.rejects(broken(db), { errno: 1300 });
      assert.deepEqual((await db.query("select count(*) from t"))[0], [[0]]);
      await db.beginTransaction();
      await db.query("insert into t values (70000, 'before', 1, null), (70001, 'before', 1, null)");
      await assert.rejects(broken(db), { errno: 1300 });
      await load(db, "into table t", "80000\tin\t1\t\\N\n80001\tin\t1\t\\N\n");
      await db.commit();
      assert.deepEqual((await db.query("select id from t order by id"))[0], [[70000], [70001], [80000], [80001]]);
      await db.end();
    });

    test("refused: clients that send no files, prepared statements, what cannot be done right", async () => {
      const closed = await at(live.server.port, { database: "commerce", flags: ["-LOCAL_FILES"] });
      const sql = "load data local infile '/etc/passwd' into table t";
      await assert.rejects(closed.query(sql), { errno: flavour === "mysql" ? 3948 : 4166 });
      assert.deepEqual((await closed.query("select 1"))[0], [[1]]);
      await closed.end();
      const db = await ours("commerce");
      await assert.rejects(db.execute(sql), { errno: 1295 });
      for (const clause of ["into table t character set gbk", "into table t fields terminated by ''"])
        await assert.rejects(load(db, clause, "1\n"), { errno: 1235 });
      await assert.rejects(load(db, "into table nowhere", "1\n"), { errno: 1146 });
      await db.query("use `customer:-80`");
      await assert.rejects(load(db, "into table t", "1\n"), { errno: 1235 });
      await db.end();
    });

    test("the command line's own client", async () => {
      const folder = mkdtempSync(join(tmpdir(), "vt-infile-"));
      const file = join(folder, "rows.txt");
      writeFileSync(file, "500\tfrom a file\t1\t\\N\n501\tfrom a file\t2\t\\N\n");
      const db = await ours("customer");
      await db.query("drop table if exists t");
      await db.query(table);
      const { command, root } = testProgram(flavour);
      const plugins = `--plugin-dir=${root === "/" ? "" : root}/usr/lib/x86_64-linux-gnu/libmariadb3/plugin`;
      const own = flavour === "mariadb" ? ["--no-defaults", plugins] : ["--no-defaults"];
      const args = ["-h127.0.0.1", `-P${live.server.port}`, "-uapp", "--local-infile=1", "customer"];
      await promisify(execFile)(command, [...own, ...args, "-e", `load data local infile '${file}' into table t`]);
      assert.deepEqual((await db.query("select id, n from t order by id"))[0], [
        [500, 1],
        [501, 2],
      ]);
      await db.end();
      rmSync(folder, { recursive: true });
    });
  });
