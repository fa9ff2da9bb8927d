/** Two servers of each flavour follow each other: positions, waits, semi-sync, the fence, changing places. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { containsPosition, parsePosition } from "../binlog/gtid.ts";
import { ServerError, VtError } from "../base/errors.ts";
import { connect } from "../mysql/client.ts";
import { sql, type Sql, value } from "../mysql/sql.ts";
import { mysqldTestEnvironment as env } from "../testing/managed-servers.ts";
import { flavours, freePort } from "../testing/throwaway-database.ts";
import { templatesFolder } from "./installed.ts";
import { type Mysqld, openMysqld } from "./mysqld.ts";
import { mysqldDefaults } from "./mysqld-config.ts";
import type { DatabaseServer } from "./replication.ts";

const waitMs = 20_000;

for (const flavour of flavours)
  describe(flavour, () => {
    let dataRoot = "";
    let mysqlds: Mysqld[] = [];
    let a: DatabaseServer;
    let b: DatabaseServer;
    before(async () => {
      dataRoot = mkdtempSync(join(tmpdir(), "vt-r-"));
      const ports = [await freePort(), await freePort()];
      mysqlds = ports.map((port, i) =>
        openMysqld(
          {
            ...mysqldDefaults,
            flavour,
            dataRoot,
            uid: 201 + i,
            port,
            loadTimeZones: false,
            templates: templatesFolder(env.environment),
            passwords: { vt_repl: "r" },
          },
          env,
        ),
      );
      for (const mysqld of mysqlds) await mysqld.init();
      [a, b] = (await Promise.all(mysqlds.map((mysqld) => mysqld.server()))) as [DatabaseServer, DatabaseServer];
    });
    after(async () => {
      await Promise.all([a.close(), b.close()]);
      await Promise.all(mysqlds.map((mysqld) => mysqld.teardown(waitMs, true)));
      rmSync(dataRoot, { recursive: true });
    });

    const run = (server: DatabaseServer, text: Sql) => server.withDba((connection) => connection.query(text));
    const count = async (server: DatabaseServer) => Number((await run(server, sql`select count(*) from d.t`)).scalar);
    const portOf = (server: DatabaseServer) => (server === a ? mysqlds[0] : mysqlds[1])?.config.port ?? 0;
    const follow = (replica: DatabaseServer, source: DatabaseServer, start = true) =>
      replica.setReplicationSource({
        host: "127.0.0.1",
        port: portOf(source),
        connectRetrySeconds: 1,
        heartbeatSeconds: 0.5,
        start,
      });
    const caughtUp = async (replica: DatabaseServer, source: DatabaseServer) =>
      replica.waitForPosition(await source.primaryPosition(), waitMs);
    const until = async (what: string, condition: () => Promise<boolean>) => {
      for (const startMs = Date.now(); !(await condition()); await delay(50))
        assert.ok(Date.now() - startMs < waitMs, `never: ${what}`);
    };

    /** `a` takes writes and waits for nobody, `b` follows: where each later test begins, however the one before ended. */
    const settle = async () => {
      for (const server of [a, b]) await server.setSemiSync({ primary: false, replica: false });
      if ((await a.replicationStatus()) !== undefined) {
        await a.stopReplication();
        await a.resetReplicationParameters();
      }
      await b.setReadOnly(true);
      await a.setReadOnly(false);
      await follow(b, a);
    };

    test("a fresh server follows another with its position, and says so", async () => {
      assert.equal(await b.replicationStatus(), undefined);
      await a.setReadOnly(false);
      await run(a, sql`create database d`);
      await run(a, sql`create table d.t (id int primary key)`);
      await run(a, sql`insert into d.t values (1)`);
      await follow(b, a);
      await caughtUp(b, a);
      assert.equal(await count(b), 1);
      assert.equal(await b.primaryPosition(), await a.primaryPosition());
      const status = await b.replicationStatus();
      assert.ok(status !== undefined);
      const { position, relayLogPosition, ioState, sqlState, sourceHost, sourcePort, sourceUser, sourceServerId } =
        status;
      assert.deepEqual(
        { position, relayLogPosition, ioState, sqlState, sourceHost, sourcePort, sourceUser, sourceServerId },
        {
          position: await a.primaryPosition(),
          relayLogPosition: await a.primaryPosition(),
          ioState: "running",
          sqlState: "running",
          sourceHost: "127.0.0.1",
          sourcePort: portOf(a),
          sourceUser: "vt_repl",
          sourceServerId: 201,
        },
      );
      const { usingGtid, autoPosition, hasFilters, isTls } = status;
      const isEncrypted = flavour === "mysql"; // 9.7 encrypts by itself.
      const flags = { usingGtid: true, autoPosition: true, hasFilters: false, isTls: isEncrypted };
      assert.deepEqual({ usingGtid, autoPosition, hasFilters, isTls }, flags);
      assert.equal(status.connectRetrySeconds, 1);
      assert.match(status.filePosition, /^FilePos\/vt-0000000201-bin\.0+\d:\d+$/);
      assert.match((await a.primaryStatus()).filePosition, /^FilePos\/vt-0000000201-bin\.0+\d:\d+$/);
      assert.deepEqual(await a.replicas(), ["127.0.0.1"]);
    });

    test("a wait ends when the position comes, when time is over, when it is called off", async () => {
      await b.stopReplication();
      await run(a, sql`insert into d.t values (2)`);
      const position = await a.primaryPosition();
      assert.ok(!containsPosition(parsePosition(await b.primaryPosition()), parsePosition(position)));
      await assert.rejects(
        b.waitForPosition(position, 300),
        (error) => error instanceof VtError && error.code === "VT22011",
      );
      const controller = new AbortController();
      const calledOff = assert.rejects(b.waitForPosition(position, waitMs, controller.signal), /enough/);
      controller.abort(new Error("enough"));
      await calledOff;
      const waiting = b.waitForPosition(position, waitMs);
      await b.startReplication();
      await waiting;
      assert.equal(await count(b), 2);
    });

    test("executing stops where it is told to", async () => {
      await b.stopReplication();
      await run(a, sql`insert into d.t values (3)`);
      const position = await a.primaryPosition();
      await run(a, sql`insert into d.t values (4)`);
      await b.startReplicationUntilAfter(position);
      await b.waitForPosition(position, waitMs);
      await until("the SQL thread stops", async () => (await b.replicationStatus())?.sqlState === "stopped");
      assert.equal(await count(b), 3);
      await b.stopReplication();
      await b.startReplication();
      await caughtUp(b, a);
    });

    test("semi-sync: a commit waits for the replica, however long it takes", async () => {
      await a.setSemiSync({ primary: true, replica: false });
      await b.setSemiSync({ primary: false, replica: true });
      await until("semi-sync is at work", async () => {
        const [source, replica] = await Promise.all([a.semiSync(), b.semiSync()]);
        return source.isPrimaryActive && source.primaryClients === 1 && replica.isReplicaActive;
      });
      const { isPrimaryEnabled, isReplicaEnabled, timeoutMs, waitForReplicas } = await a.semiSync();
      assert.deepEqual(
        { isPrimaryEnabled, isReplicaEnabled, waitForReplicas },
        {
          isPrimaryEnabled: true,
          isReplicaEnabled: false,
          waitForReplicas: 1,
        },
      );
      assert.equal(timeoutMs, 1e18);
      await run(a, sql`insert into d.t values (5)`);
      await b.stopIoThread();
      const insert = run(a, sql`insert into d.t values (6)`);
      assert.equal(await Promise.race([insert.then(() => "committed"), delay(1500, "waits")]), "waits");
      assert.equal(await count(a), 5, "and nobody sees the row before");
      await b.startReplication();
      await insert;
      assert.equal(await count(a), 6);
    });

    test("the fence does not wait for a replica that never answers, and nobody hears of a commit", async () => {
      await settle();
      await a.setSemiSync({ primary: true, replica: false });
      await b.setSemiSync({ primary: false, replica: true });
      await until("semi-sync is at work", async () => (await a.semiSync()).primaryClients === 1);
      await b.stopIoThread();
      await until("the replica is gone", async () => (await a.semiSync()).primaryClients === 0);
      const writers = await Promise.all(
        [200, 201, 202, 203].map(async () => connect(env, (mysqlds[0] as Mysqld).login("vt_app"))),
      );
      const cutOff = (error: unknown) => error instanceof ServerError && error.errno === 2013;
      const inserts = writers.map((writer, i) =>
        assert.rejects(writer.query(sql`insert into d.t values (${value(200 + i)})`), cutOff),
      );
      const definer = await connect(env, (mysqlds[0] as Mysqld).login("vt_app"));
      const definition = assert.rejects(definer.query(sql`create table d.u (id int)`), cutOff);
      await delay(300);
      await a.setReadOnly(true);
      await Promise.all([...inserts, definition]);
      assert.ok((await a.isReadOnly()) && (await a.semiSync()).isPrimaryEnabled);
      await b.startReplication();
      await a.setReadOnly(false);
      await run(a, sql`delete from d.t where id >= 200`);
      await run(a, sql`drop table if exists d.u`);
      await caughtUp(b, a);
    });

    test("the fence: no new write, and none that was begun, can commit", async () => {
      await settle();
      const writer = await connect(env, (mysqlds[0] as Mysqld).login("vt_app"));
      await writer.query(sql`begin`);
      await writer.query(sql`insert into d.t values (100)`);
      await a.setReadOnly(true);
      assert.ok(await a.isReadOnly());
      await assert.rejects(writer.query(sql`commit`), ServerError);
      writer.close();
      const reader = await connect(env, (mysqlds[0] as Mysqld).login("vt_app"));
      await assert.rejects(
        reader.query(sql`insert into d.t values (101)`),
        (e) => e instanceof ServerError && e.errno === 1290,
      );
      await a.setReadOnly(true); // Fenced already: whoever reads goes on.
      assert.equal((await reader.query(sql`select count(*) from d.t where id >= 100`)).scalar, "0");
      reader.close();
    });

    test("primary and replica change places, and change back", async () => {
      await settle();
      await a.setSemiSync({ primary: true, replica: false });
      await b.setSemiSync({ primary: false, replica: true });
      await caughtUp(b, a);
      const before = await count(a);
      for (const [from, to, id] of [
        [a, b, 7],
        [b, a, 8],
      ] as const) {
        await from.setReadOnly(true);
        await caughtUp(to, from);
        await to.resetReplicationParameters();
        assert.equal(await to.replicationStatus(), undefined);
        await to.setReadOnly(false);
        await from.setSemiSync({ primary: false, replica: true });
        await follow(from, to);
        await to.setSemiSync({ primary: true, replica: false });
        await run(to, sql`insert into d.t values (${value(id)})`);
        await caughtUp(from, to);
        assert.equal(await from.primaryPosition(), await to.primaryPosition());
        assert.equal(await count(from), before + id - 6);
      }
    });

    test("a replica that is killed goes on where it was", async () => {
      const mysqld = mysqlds[1] as Mysqld;
      await settle();
      const before = await count(a);
      process.kill(Number(readFileSync(mysqld.layout.pidFile, "utf8")), "SIGKILL");
      await until("it is gone", async () => !mysqld.isRunning());
      await run(a, sql`insert into d.t values (9)`);
      await mysqld.start();
      const status = await b.replicationStatus();
      assert.deepEqual(
        [status?.ioState, status?.sqlState],
        ["stopped", "stopped"],
        "the tablet decides when to follow",
      );
      assert.equal(status?.lagSeconds, undefined);
      await b.startReplication();
      await caughtUp(b, a);
      assert.equal(await count(b), before + 1);
    });

    test("a lost password shows as an error of the I/O thread", async () => {
      await b.stopReplication();
      await run(a, sql`alter user vt_repl identified by 'other'`);
      await b.startReplication();
      await until("it says so", async () => (await b.replicationStatus())?.lastIoError.includes("vt_repl") === true);
      assert.notEqual((await b.replicationStatus())?.ioState, "running");
      await run(a, sql`alter user vt_repl identified by 'r'`);
    });

    test("a server can be given a position, or forget everything", async () => {
      await b.resetReplication();
      assert.equal(await b.primaryPosition(), flavour === "mariadb" ? "MariaDB/" : "MySQL56/");
      assert.equal(await b.replicationStatus(), undefined);
      const position = await a.primaryPosition();
      await b.setPosition(position);
      assert.equal(await b.primaryPosition(), position);
      await follow(b, a);
      await run(a, sql`insert into d.t values (10)`);
      await caughtUp(b, a);
      assert.equal(await count(b), await count(a));
      const facts = await b.facts();
      assert.equal(facts.gtidPurged, flavour === "mariadb" ? "" : position);
      assert.equal(facts.heartbeatSeconds, 0.5);
    });

    test("administrative connections: four at once, no settings left behind, none that broke used again", async () => {
      let atOnce = 0;
      let most = 0;
      const ids = await Promise.all(
        Array.from({ length: 12 }, () =>
          a.withDba(async (connection) => {
            most = Math.max(most, ++atOnce);
            await connection.query(sql`set session lock_wait_timeout = 7`);
            await connection.query(sql`do sleep(0.02)`);
            atOnce--;
            return connection.id;
          }),
        ),
      );
      assert.equal(most, 4);
      assert.equal(new Set(ids).size, 4);
      assert.notEqual((await run(a, sql`select @@session.lock_wait_timeout`)).scalar, "7");
      await run(a, sql`kill connection_id()`).catch(() => {}); // It ends itself.
      for (const id of new Set(ids)) await run(a, sql`kill ${value(id)}`).catch(() => {});
      assert.equal((await run(a, sql`select 1`)).scalar, "1");
      await assert.rejects(run(a, sql`select nonsense`), ServerError);
      assert.equal((await run(a, sql`select 2`)).scalar, "2");
    });
  });
