/**
 * How clients reach our server: compressed, over TLS, with certificates, through proxies, by a unix socket. Clients nobody
 * here wrote, in front of a real server of each flavour.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as mariadb from "mariadb";
import mysql from "mysql2/promise";
import { silentLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import { networkList } from "../base/network.ts";
import { systemRandom } from "../base/random.ts";
import { type TestAuthority, testAuthority } from "../testing/certificate.ts";
import { forwardingService } from "../testing/forwarding-service.ts";
import { testProgram } from "../testing/programs.ts";
import { runProgram } from "../testing/run-program.ts";
import {
  appUser,
  flavours,
  startDatabase,
  testEnvironment,
  type ThrowawayDatabase,
} from "../testing/throwaway-database.ts";
import { wireCapabilities, WireClient } from "../testing/wire-client.ts";
import { certificateAuthentication, noAuthentication, staticAuthentication } from "./authentication.ts";
import { connect } from "./client.ts";
import { nativeHash } from "./auth/scramble.ts";
import { capability, command } from "./packets/capabilities.ts";
import { type MysqlServer, type ServerOptions, startServer } from "./server.ts";
import { serverMetrics } from "./server-metrics.ts";
import { sql, statement } from "./sql.ts";

const environment = { ...testEnvironment, random: systemRandom, log: silentLogger };
const users = staticAuthentication(() => ({
  app: [{ password: appUser.password }],
  old: [{ nativeHash: nativeHash("secret") }],
  here: [{ password: "", sourceHost: "localhost" }],
}));
let authority: TestAuthority;
before(() => {
  authority = testAuthority();
});

for (const flavour of flavours)
  describe(flavour, () => {
    let database: ThrowawayDatabase;
    let folder: string;
    let server: MysqlServer;
    const servers: MysqlServer[] = [];
    const start = async (options: Partial<ServerOptions> = {}): Promise<MysqlServer> => {
      const started = await startServer(
        environment,
        {
          address: { host: "127.0.0.1", port: 0 },
          authentication: users,
          serverVersion: flavour === "mysql" ? "9.7.0-vitess-ts" : "10.11.0-MariaDB-vitess-ts",
          compression: ["zlib", "zstd"],
          ...options,
        },
        forwardingService(testEnvironment, { address: { path: database.socketPath }, ...appUser, database: "test" }),
      );
      servers.push(started);
      return started;
    };
    const tlsOf = (wanted: object = {}) => ({ ...authority.server, verifyPeer: false, ...wanted });
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), "vt-transport-"));
      database = await startDatabase(flavour, ["--max-allowed-packet=64M"]);
      server = await start({ tls: tlsOf(), socketPath: join(folder, "gate.sock") });
    });
    after(async () => {
      for (const one of servers) await one.close();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    for (const tls of [false, true])
      test(`compressed, ${tls ? "with" : "without"} TLS: command lines and drivers, small and large`, async () => {
        const base = {
          host: "127.0.0.1",
          port: server.port,
          user: "app",
          password: appUser.password,
          database: "test",
        };
        const ssl = tls ? { ssl: { rejectUnauthorized: false } } : {};
        for (const algorithm of ["zlib", "zstd"]) {
          const secure = tls ? ["--ssl-mode=REQUIRED"] : ["--ssl-mode=DISABLED", "--get-server-public-key"];
          const printed = await mysqlCommandLine(server.port, [...secure, `--compression-algorithms=${algorithm}`]);
          assert.equal(printed, expectedPrint, algorithm);
        }
        assert.equal(
          await mariadbCommandLine(server.port, [tls ? "--ssl" : "--skip-ssl", "--compress"]),
          expectedPrint,
        );
        const two = await mysql.createConnection({ ...base, ...ssl, compress: true });
        const [found] = await two.query("select repeat('ab', 4000000) as a, ? as b", ["z".repeat(3_000_000)]);
        const [row] = found as { a: string; b: string }[];
        assert.deepEqual([row?.a.length, row?.b], [8_000_000, "z".repeat(3_000_000)]);
        assert.deepEqual((await two.execute("select ? as n", [7]))[0], [{ n: 7 }]);
        await two.end();
        const four = await mariadb.createConnection({ ...base, ...ssl, compress: true, allowPublicKeyRetrieval: true });
        const all = await Promise.all(Array.from({ length: 50 }, (_, i) => four.query("select ? as i", [i])));
        assert.equal(all.length, 50);
        let count = 0;
        for await (const _row of four.queryStream(manyRows)) count++;
        assert.equal(count, 20_000);
        await four.end();
      });

    test("a statement and a row of more than 16 MiB, compressed", async () => {
      const text = `select length('${"q".repeat(17_000_000)}'), repeat('w', 17000000)`;
      for (const algorithm of ["zlib", "zstd"] as const) {
        const file = join(folder, "large.sql");
        writeFileSync(file, `${text};\n`);
        const args = ["--ssl-mode=REQUIRED", `--compression-algorithms=${algorithm}`, "--max-allowed-packet=64M", "-N"];
        const printed = await mysqlCommandLine(server.port, args, `${text};\n`);
        assert.equal(printed.length, "17000000\t\n".length + 17_000_000);
      }
    });

    test("certificates: asked for, checked, revoked; the user is their name", async () => {
      const { ca, crl, client, revoked } = authority;
      const strict = await start({
        tls: tlsOf({ verifyPeer: true, ca, crl, minVersion: "TLSv1.3" }),
        requireTls: true,
        authentication: certificateAuthentication("mysql_clear_password"),
      });
      const attempt = async (tls: object, username = "app") => {
        const address = { host: "127.0.0.1", port: strict.port };
        const wanted = { ca, verifyPeer: true, serverName: "localhost", ...tls };
        const connection = await connect(testEnvironment, { address, username, password: "", tls: wanted });
        const answer = await connection.query(sql`select 1`);
        connection.close();
        return answer.scalar;
      };
      assert.equal(await attempt(client), "1");
      await assert.rejects(attempt(client, "root"), { errno: 1045 });
      await assert.rejects(attempt(revoked));
      await assert.rejects(attempt({}));
      const plain = connect(testEnvironment, { address: { host: "127.0.0.1", port: strict.port }, username: "app" });
      await assert.rejects(plain, { errno: 3159 });
      const args = ["--ssl-mode=VERIFY_CA", `--ssl-ca=${file("ca", ca)}`, "--enable-cleartext-plugin"];
      const own = [`--ssl-cert=${file("cert", client.cert)}`, `--ssl-key=${file("key", client.key)}`];
      assert.equal(await mysqlCommandLine(strict.port, [...args, ...own]), expectedPrint);
      await assert.rejects(mysqlCommandLine(strict.port, [...args, ...own, "--tls-version=TLSv1.2"]));
    });
    const file = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };

    test("MySQL's client logs in by a native hash over TLS, and by the unix socket", async () => {
      const old = ["--user=old", "--password=secret"];
      assert.equal(await mysqlCommandLine(server.port, ["--ssl-mode=REQUIRED", ...old]), expectedPrint);
      const socketPath = join(folder, "gate.sock");
      const address = { path: socketPath };
      const connection = await connect(testEnvironment, { address, username: "here" });
      assert.equal((await connection.query(sql`select 1`)).scalar, "1");
      connection.close();
      const tcp = { host: "127.0.0.1", port: server.port };
      await assert.rejects(connect(testEnvironment, { address: tcp, username: "here" }), { errno: 1045 });
    });

    test("proxies tell where their clients are; nobody else may, and a proxy must", async () => {
      const addresses: string[] = [];
      const authentication = {
        ...noAuthentication,
        check: (attempt: Parameters<typeof noAuthentication.check>[0]) => {
          addresses.push(attempt.remoteAddress);
          return noAuthentication.check(attempt);
        },
      };
      const behind = await start({ authentication, isProxy: networkList(["127.0.0.0/8"]), loginTimeoutMs: 300 });
      const wanted = { username: "any", capabilities: wireCapabilities | capability.deprecateEof };
      const where = { host: "127.0.0.1", port: behind.port };
      for (const header of [Buffer.from("PROXY TCP4 192.0.2.7 127.0.0.1 5 6\r\n"), binaryHeader]) {
        const client = WireClient.open(where);
        for (const byte of header) client.sendBytes(Buffer.from([byte]));
        await client.logIn(wanted);
        const answered = await client.command(Buffer.concat([Buffer.from([command.query]), Buffer.from("select 5")]));
        assert.equal(answered[2]?.toString(), "\u00015");
        client.close();
      }
      assert.deepEqual(addresses, ["192.0.2.7", "198.51.100.9"]);
      for (const start of [Buffer.from("GET / HTTP/1.1\r\n"), Buffer.alloc(0)]) {
        const silent = WireClient.open(where);
        silent.sendBytes(start);
        await assert.rejects(silent.packet(), /closed/);
      }
      const foreign = await start({ authentication, isProxy: networkList(["10.0.0.0/8"]) });
      const liar = WireClient.open({ host: "127.0.0.1", port: foreign.port });
      await liar.packet();
      liar.sendBytes(Buffer.from("PROXY TCP4 192.0.2.7 127.0.0.1 5 6\r\n"));
      assert.equal((await liar.packet())[0], 0xff);
    });

    test("limits of connections and packets; what is counted", async () => {
      const metrics = new Metrics();
      const counted = serverMetrics(metrics);
      const small = await start({ connectionsMax: 2, payloadMax: 100_000, metrics: counted, tls: tlsOf() });
      const address = { host: "127.0.0.1", port: small.port };
      const plain = await connect(testEnvironment, { address, ...appUser });
      const secure = await connect(testEnvironment, { address, ...appUser, tls: { verifyPeer: false } });
      await assert.rejects(connect(testEnvironment, { address, ...appUser }), { errno: 1040 });
      assert.equal(counted.connections.value, 2);
      assert.equal(counted.perUser.bind("app").value, 2);
      assert.deepEqual(
        ["TLSv1.3", "None"].map((version) => counted.perTlsVersion.bind(version).value),
        [1, 1],
      );
      assert.deepEqual([counted.accepted.value, counted.refused.value], [3, 1]);
      await assert.rejects(plain.query(statement(`select '${"x".repeat(200_000)}'`)), { errno: 1153 });
      assert.ok(counted.connectTiming.count === 2 && counted.queryTiming.count === 0);
      await secure.query(sql`select 1`);
      assert.equal(counted.queryTiming.count, 1);
      secure.close();
      while (counted.connections.value > 0) await new Promise(setImmediate);
      assert.equal(counted.perUser.bind("app").value, 0);
    });

    test("frames that lie end the connection of who sent them", async () => {
      const capabilities = wireCapabilities | capability.compress;
      const client = WireClient.open({
        host: "127.0.0.1",
        port: (await start({ authentication: noAuthentication })).port,
      });
      await client.logIn({ username: "any", capabilities });
      client.sendBytes(Buffer.from([4, 0, 0, 0, 255, 255, 0, 1, 2, 3, 4]));
      await assert.rejects(async () => {
        for (;;) await client.packet();
      }, /closed|malformed/);
    });
  });

const script = "select 1 as a; select repeat('x', 100) as b, null as c; select 'two' as d;";
const expectedPrint = `a\n1\nb\tc\n${"x".repeat(100)}\tNULL\nd\ntwo\n`;
const manyRows =
  "with recursive n as (select 1 as i union all select i + 1 from n where i < 900) select a.i, repeat('x', 50) as x from n a, n b limit 20000";
const binaryHeader = Buffer.concat([
  Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1"),
  Buffer.from([0x21, 0x11, 0, 12, 198, 51, 100, 9, 127, 0, 0, 1, 1, 2, 3, 4]),
]);

function mysqlCommandLine(port: number, args: readonly string[], text = script): Promise<string> {
  return runProgram(testProgram("mysql").command, ["--no-defaults", ...login(port), ...args, "test"], { input: text });
}

function mariadbCommandLine(port: number, args: readonly string[]): Promise<string> {
  const { command: program, root } = testProgram("mariadb");
  const plugins = `--plugin-dir=${root === "/" ? "" : root}/usr/lib/x86_64-linux-gnu/libmariadb3/plugin`;
  return runProgram(program, ["--no-defaults", plugins, ...login(port), ...args, "test"], { input: script });
}

const login = (port: number) => ["-h127.0.0.1", `-P${port}`, "-uapp", `-p${appUser.password}`];
