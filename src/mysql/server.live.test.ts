/**
 * Clients nobody here wrote, against our server in front of a real database of each flavour: what they get through us is
 * what they get from the database itself. Also TLS, wrong passwords, changes of user, large results, kills, nonsense.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { connect as connectPlain } from "node:net";
import { after, before, describe, test } from "node:test";
import * as mariadb from "mariadb";
import mysql from "mysql2/promise";
import { silentLogger } from "../base/log.ts";
import { seededRandom, systemRandom } from "../base/random.ts";
import { forwardingService } from "../testing/forwarding-service.ts";
import {
  appUser,
  flavours,
  startDatabase,
  testEnvironment,
  type ThrowawayDatabase,
} from "../testing/throwaway-database.ts";
import { selfSigned } from "../testing/certificate.ts";
import { testProgram } from "../testing/programs.ts";
import { endOfProgram } from "../testing/run-program.ts";
import { noAuthentication, staticAuthentication } from "./authentication.ts";
import { connect } from "./client.ts";
import { type MysqlServer, type ServerOptions, startServer } from "./server.ts";
import { sql, statement } from "./sql.ts";

const users = staticAuthentication(() => ({
  app: [{ password: appUser.password }],
  old: [{ nativeHash: Buffer.from("2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "hex") }],
  empty: [{ password: "" }],
}));
const environment = { ...testEnvironment, random: systemRandom, log: silentLogger };

for (const flavour of flavours)
  describe(flavour, () => {
    let database: ThrowawayDatabase;
    let server: MysqlServer;
    let tls: { key: string; cert: string };
    const start = (options: Partial<ServerOptions> = {}) =>
      startServer(
        environment,
        {
          address: { host: "127.0.0.1", port: 0 },
          authentication: users,
          serverVersion: flavour === "mysql" ? "9.7.0-vitess-ts" : "10.11.0-MariaDB-vitess-ts",
          tls: { ...tls, verifyPeer: false },
          ...options,
        },
        forwardingService(testEnvironment, { address: { path: database.socketPath }, ...appUser, database: "test" }),
      );
    before(async () => {
      database = await startDatabase(flavour);
      tls = selfSigned();
      server = await start();
      const admin = await connect(testEnvironment, {
        address: { path: database.socketPath },
        username: "root",
        database: "test",
      });
      await admin.query(statement(tableOfTypes));
      await admin.query(statement(rowsOfTypes));
      admin.close();
    });
    after(async () => {
      await server.close();
      await database.stop();
    });

    test("mysql2: text and prepared results equal the direct ones, metadata too", async () => {
      const base = {
        host: "127.0.0.1",
        user: appUser.username,
        password: appUser.password,
        database: "test",
        dateStrings: true,
      };
      const direct = await mysql.createConnection({ ...base, port: database.port });
      for (const ssl of [undefined, { rejectUnauthorized: false }]) {
        const through = await mysql.createConnection({ ...base, port: server.port, ...(ssl && { ssl }) });
        for (const query of queries) {
          assert.deepEqual(strip(await through.query(query)), strip(await direct.query(query)), query);
          assert.deepEqual(strip(await through.execute(query)), strip(await direct.execute(query)), query);
        }
        assert.deepEqual(
          strip(await through.execute("select ?, ?, ? from types where id < ?", ["é", 1.5, null, 3])),
          strip(await direct.execute("select ?, ?, ? from types where id < ?", ["é", 1.5, null, 3])),
        );
        await assert.rejects(through.query("selec 1"), { errno: 1064, sqlState: "42000" });
        await through.ping();
        await through.changeUser({ user: "old", password: "password", database: "mysql" });
        assert.deepEqual((await through.query("select database() as d"))[0], [{ d: "mysql" }]);
        await through.end();
      }
      await direct.end();
    });

    test("mariadb connector: pipelining, batches, streams of rows", async () => {
      const connection = await mariadb.createConnection({
        host: "127.0.0.1",
        port: server.port,
        user: "app",
        password: appUser.password,
        database: "test",
        allowPublicKeyRetrieval: true,
      });
      const all = await Promise.all(Array.from({ length: 100 }, (_, i) => connection.query("select ? as i", [i])));
      assert.deepEqual(
        all.map(([row]) => Number((row as { i: number }).i)),
        all.map((_, i) => i),
      );
      await connection.query("create or replace view v as select 1");
      let count = 0;
      for await (const _row of connection.queryStream(manyRows)) count++;
      assert.equal(count, 20_000);
      await connection.end();
    });

    for (const name of ["mariadb", "mysql"] as const)
      test(`the ${name} command line prints what it prints directly`, async () => {
        const program = testProgram(name);
        const plugins = `${program.root === "/" ? "" : program.root}/usr/lib/x86_64-linux-gnu/libmariadb3/plugin`;
        const own = name === "mariadb" ? [`--plugin-dir=${plugins}`] : [];
        const login = ["-uapp", `-p${appUser.password}`, "test"];
        const run = (where: readonly string[]) =>
          endOfProgram(program.command, ["--no-defaults", ...own, "-t", ...where, ...login], { input: script() });
        const insecure = name === "mysql" ? ["--ssl-mode=DISABLED", "--get-server-public-key"] : ["--skip-ssl"];
        const secure = name === "mysql" ? ["--ssl-mode=REQUIRED"] : ["--ssl"];
        const outputs: string[] = [];
        // MySQL 9's client cannot log in to MariaDB itself; through us it can.
        const direct = name === "mysql" && flavour === "mariadb" ? [] : [[`-S${database.socketPath}`]];
        for (const where of [
          ...direct,
          ...[insecure, secure].map((mode) => ["-h127.0.0.1", `-P${server.port}`, ...mode]),
        ]) {
          const ended = await run(where);
          assert.equal(ended.status, 0, ended.stderr);
          outputs.push(ended.stdout);
        }
        for (const output of outputs) assert.equal(output, outputs[0]);
      });

    test("wrong passwords, unknown users and demanded TLS are refused with the number clients know", async () => {
      const attempt = (wanted: object, port = server.port) =>
        connect(testEnvironment, {
          address: { host: "127.0.0.1", port },
          username: "app",
          password: appUser.password,
          ...wanted,
        });
      await assert.rejects(attempt({ password: "wrong" }), { errno: 1045 });
      await assert.rejects(attempt({ password: "" }), { errno: 1045 });
      await assert.rejects(attempt({ username: "nobody" }), { errno: 1045 });
      await assert.rejects(attempt({ username: "constructor" }), { errno: 1045 });
      await assert.rejects(attempt({ database: "nowhere" }), { errno: 1049 });
      (await attempt({ username: "old", password: "password" })).close();
      (await attempt({ username: "empty", password: "" })).close();
      const strict = await start({ requireTls: true });
      await assert.rejects(attempt({}, strict.port), { errno: 3159 });
      (await attempt({ tls: { verifyPeer: false } }, strict.port)).close();
      await strict.close();
      const open = await start({ authentication: noAuthentication });
      (await attempt({ username: "anybody", password: "x" }, open.port)).close();
      await open.close();
    });

    test("our own client through our own server: 20 MiB rows, 200,000 rows, kill query, kill connection", async () => {
      const connection = await connect(testEnvironment, {
        address: { host: "127.0.0.1", port: server.port },
        ...appUser,
      });
      const admin = await connect(testEnvironment, { address: { path: database.socketPath }, username: "root" });
      await admin.query(sql`set global max_allowed_packet = 67108864`);
      const large = await connect(testEnvironment, { address: { host: "127.0.0.1", port: server.port }, ...appUser });
      const rows = await large.query(sql`select repeat('x', 20000000) as a union all select 'y'`);
      assert.deepEqual(
        rows.cells.map(([cell]) => cell?.length),
        [20_000_000, 1],
      );
      const echoed = await large.query(statement(`select length('${"z".repeat(18_000_000)}')`));
      assert.equal(echoed.scalar, "18000000");
      large.close();
      const slept = assert.rejects(
        connection.query(
          sql`select count(*) from information_schema.columns a, information_schema.columns b, information_schema.columns c`,
        ),
        { errno: 1317 },
      );
      while (!server.killQuery([...server.connections.keys()][0] ?? 0)) await new Promise(setImmediate);
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (const id of server.connections.keys()) server.killQuery(id);
      await slept;
      for (const id of server.connections.keys()) server.killConnection(id);
      await assert.rejects(connection.query(sql`select 1`), { errno: 2013 });
      admin.close();
    });

    test("a reader that stops is waited for, in bounded memory; others are served meanwhile", async () => {
      const slow = spawn(process.execPath, ["-e", slowReader, String(server.port), appUser.password], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => slow.stdout.once("data", resolve));
      const before = process.memoryUsage().rss;
      const other = await connect(testEnvironment, { address: { host: "127.0.0.1", port: server.port }, ...appUser });
      for (let i = 0; i < 200; i++) await other.query(sql`select 1`);
      assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024, "a stalled reader costs memory");
      other.close();
      slow.kill("SIGKILL");
    });

    test("nonsense ends connections, never the server", async () => {
      const random = seededRandom(11);
      for (let round = 0; round < 150; round++)
        await sendNoise(server.port, random.bytes(1 + random.below(200)), round % 3 === 0);
      const connection = await connect(testEnvironment, {
        address: { host: "127.0.0.1", port: server.port },
        ...appUser,
      });
      assert.equal((await connection.query(sql`select 5`)).scalar, "5");
      connection.close();
    });
  });

const script = () =>
  `${queries.join(";\n")};\nselect 1 as a; select 'two' as b;\nshow warnings;\nuse mysql;\nselect database();`;

function sendNoise(port: number, bytes: Buffer, framed: boolean): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectPlain(port, "127.0.0.1", () => {
      const header = Buffer.from([bytes.length, 0, 0, 1]);
      socket.end(framed ? Buffer.concat([header, bytes]) : bytes);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
  });
}

/** What the driver shows of columns; the rest is its own bookkeeping. */
function strip(result: readonly unknown[]): unknown {
  const [rows, fields] = result as [unknown, readonly Record<string, unknown>[] | undefined];
  return {
    rows,
    fields: fields?.map(({ name, columnType, flags, characterSet, decimals, table }) => ({
      name,
      columnType,
      flags,
      characterSet,
      decimals,
      table,
    })),
  };
}

const queries = [
  "select * from types order by id",
  "select id, v from types where id > 1",
  "select count(*) as n, min(da) as d from types",
  "select 1 as one, null as nothing, 'é' as text",
  "select id from types where false",
];
const manyRows =
  "with recursive n as (select 1 as i union all select i + 1 from n where i < 900) select a.i, repeat('x', 50) as x from n a, n b limit 20000";
const tableOfTypes = `create table types (id int primary key, t tinyint, bu bigint unsigned, f float, d double, n decimal(20,5),
  da date, dt datetime(3), ti time(6), c char(5), v varchar(50), tx text, bl blob, e enum('x','y'), bi bit(12))`;
const rowsOfTypes = `insert into types values
  (1, -128, 18446744073709551615, 1.5, -2.25e100, 12345.678, '2024-02-29', '2024-02-29 13:14:15.123', '-838:59:58.123456',
   'abc', 'wörld', repeat('t', 300), x'00ff', 'y', b'101010101010'),
  (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
  (3, 0, 0, 0, 0, 0, '1000-01-01', '1000-01-01 00:00:00', '00:00:00', '', '', '', '', 'x', b'0')`;
const slowReader = `
  const { createConnection } = require(${JSON.stringify(`${import.meta.dirname}/../../node_modules/mysql2`)});
  const c = createConnection({ host: "127.0.0.1", port: +process.argv[1], user: "app", password: process.argv[2], database: "test" });
  c.query("select a.*, b.*, repeat('x', 1000) from information_schema.columns a, information_schema.columns b limit 2000000").on("fields", () => {
    c.stream.pause(); console.log("stalled"); setTimeout(() => {}, 60000);
  });`;
