/** mysqlctl and mysqlctld as processes, with real servers: the commands, and the service over its socket. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { connect } from "../mysql/client.ts";
import { sql, type Sql } from "../mysql/sql.ts";
import { layoutOf } from "../mysqld/layout.ts";
import { openDatabaseServer } from "../mysqld/replication.ts";
import { MysqlCtl } from "../proto/generated/mysqlctl_pb.js";
import { dialGrpc } from "../rpc/grpc-client.ts";
import type { ServiceClient } from "../rpc/service.ts";
import { mysqldTestEnvironment as env } from "../testing/managed-servers.ts";
import { flavours, freePort } from "../testing/throwaway-database.ts";

const main = join(import.meta.dirname, "../cli/main.ts");
const waitMs = 60_000;

for (const flavour of flavours)
  describe(flavour, () => {
    let dataRoot = "";
    let port = 0;
    const uid = 301;
    before(async () => {
      dataRoot = mkdtempSync(join(tmpdir(), "vt-c-"));
      port = await freePort();
    });
    after(async () => {
      await mysqlctl("teardown", "--force");
      rmSync(dataRoot, { recursive: true });
    });

    const environment = () => ({ ...process.env, VTDATAROOT: dataRoot });
    const flags = () => ["--tablet-uid", String(uid), "--mysql_port", String(port), "--mysql-bind-address=127.0.0.1"];
    function mysqlctl(
      ...args: string[]
    ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
      const words = [main, "mysqlctl", ...flags(), "--flavour", flavour, ...args];
      return new Promise((resolve) => {
        const child = execFile(process.execPath, words, { env: environment() }, (_, out, err) =>
          resolve({ code: child.exitCode ?? -1, out, err }),
        );
      });
    }
    const login = () => ({ address: { path: layoutOf(dataRoot, uid).socket }, username: "vt_dba" });
    async function answers(): Promise<boolean> {
      try {
        (await connect(env, login())).close();
        return true;
      } catch {
        return false;
      }
    }

    test("init, shutdown, start, a wrong word, a second init", async () => {
      assert.deepEqual(await mysqlctl("init"), { code: 0, out: "", err: "" });
      assert.ok(await answers());
      const second = await mysqlctl("init");
      assert.equal(second.code, 1);
      assert.match(second.err, /has data already; start it, or run teardown first/);
      assert.equal((await mysqlctl("shutdown", "--wait-time=1m")).code, 0);
      assert.ok(!(await answers()));
      assert.equal((await mysqlctl("start")).code, 0);
      assert.ok(await answers());
      const wrong = await mysqlctl("strat");
      assert.deepEqual([wrong.code, wrong.err], [2, "mysqlctl: there is no command strat; did you mean start?\n"]);
    });

    test("position computes without a server", async () => {
      const position = async (...words: string[]) => (await mysqlctl("position", ...words)).out.trim();
      assert.equal(await position("equal", "MariaDB/0-1-5", "MariaDB/0-2-5"), "true");
      assert.equal(await position("at_least", "MariaDB/0-1-5", "MariaDB/0-1-6"), "false");
      assert.equal(await position("append", "MariaDB/0-1-5", "0-1-6"), "MariaDB/0-1-6");
      assert.equal((await mysqlctl("position", "equal", "x", "y")).code, 1);
    });

    test("mysqlctld serves all calls over its socket, and takes its server down with it", async () => {
      await mysqlctl("shutdown");
      const socketFile = join(dataRoot, "ctl.sock");
      const daemon = spawn(
        process.execPath,
        [main, "mysqlctld", ...flags(), "--socket_file", socketFile, "--port=0", "--bind-address=127.0.0.1"],
        { env: environment(), stdio: "ignore" },
      );
      const channel = dialGrpc(`unix:${socketFile}`, { clock: systemClock, timeoutMs: waitMs });
      try {
        await until(() => existsSync(socketFile), daemon);
        assert.ok(await answers(), "the flavour is seen from the files; the server is up before the socket");
        const client = channel.client(MysqlCtl);
        assert.match((await client.versionString({})).version, flavour === "mariadb" ? /MariaDB/ : /9\.7/);
        const { metrics } = await client.hostMetrics({});
        assert.ok((metrics["datadir-used-ratio"]?.value ?? 0) > 0 && metrics["loadavg"]?.error === undefined);
        await client.runMysqlUpgrade({});
        await client.reinitConfig({});
        await client.refreshConfig({});

        await tryBinlogs(client);

        await client.shutdown({ waitForMysqld: true, mysqlShutdownTimeout: { seconds: 60n } });
        assert.ok(!(await answers()));
        await client.start({});
        assert.ok(await answers());
      } finally {
        await channel.close();
        const ended = new Promise((resolve) => daemon.once("exit", (code) => resolve(code)));
        daemon.kill("SIGTERM");
        assert.equal(await ended, 0);
      }
      assert.ok(!(await answers()));
    });

    /** What was written is wiped, and comes back from the binary log up to a position, then whole. */
    async function tryBinlogs(client: ServiceClient<typeof MysqlCtl>): Promise<void> {
      const replicationUser = { username: "vt_repl", password: "" };
      const server = await openDatabaseServer({ ...env, dba: login(), replicationUser });
      await server.setReadOnly(false);
      const run = (text: Sql) => server.withDba((connection) => connection.query(text));
      await run(sql`create database d`);
      await run(sql`create table d.t (id int primary key)`);
      await run(sql`insert into d.t values (1)`);
      const middle = await server.primaryPosition();
      await run(sql`insert into d.t values (2)`);

      const { binLog, tmp } = layoutOf(dataRoot, uid);
      const names = readdirSync(join(binLog, "..")).filter((name) => /\.\d+$/.test(name));
      const times = await client.readBinlogFilesTimestamps({ binlogFileNames: names.sort() });
      const [first, last] = [Number(times.firstTimestamp?.seconds), Number(times.lastTimestamp?.seconds)];
      assert.ok(first <= last && Math.abs(Date.now() / 1000 - last) < 60, `${first} ${last}`);
      await assert.rejects(client.readBinlogFilesTimestamps({ binlogFileNames: ["../../../etc/passwd"] }), /VT22001/);

      await run(sql`flush binary logs`);
      const kept = join(tmp, "kept.000001");
      copyFileSync(join(binLog, "..", times.lastTimestampBinlog), kept);
      await run(sql`drop database d`);
      await server.resetReplication();
      const ids = async () => (await run(sql`select id from d.t order by id`)).rows.flat().join();
      await client.applyBinlogFile({ binlogFileName: kept, binlogRestorePosition: middle });
      assert.equal(await ids(), "1");
      await run(sql`drop database d`);
      await server.resetReplication();
      await client.applyBinlogFile({ binlogFileName: kept });
      assert.equal(await ids(), "1,2");
      await server.close();
    }
  });

async function until(condition: () => boolean, process: ChildProcess): Promise<void> {
  for (const endMs = Date.now() + waitMs; !condition(); await delay(50))
    assert.ok(Date.now() < endMs && process.exitCode === null, "the daemon did not come up");
}
