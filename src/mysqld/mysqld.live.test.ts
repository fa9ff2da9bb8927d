/** One server's life on both flavours: made, started, killed, stopped, removed; who may log in; what stands in its way. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ServerError, VtError } from "../base/errors.ts";
import { connect, type Flavour } from "../mysql/client.ts";
import { identifier, sql } from "../mysql/sql.ts";
import { mysqldTestEnvironment as env } from "../testing/managed-servers.ts";
import { freePort } from "../testing/throwaway-database.ts";
import { templatesFolder } from "./installed.ts";
import { type Mysqld, openMysqld } from "./mysqld.ts";
import { type MysqldConfig, mysqldDefaults } from "./mysqld-config.ts";
import { userNames } from "./users.ts";

const shutdownMs = 60_000;

for (const flavour of ["mariadb", "mysql"] as const satisfies readonly Flavour[])
  describe(flavour, () => {
    let dataRoot = "";
    let mysqld: Mysqld;
    const config = (uid: number, port: number): MysqldConfig => ({ ...mysqldDefaults, flavour, dataRoot, uid, port });
    before(async () => {
      dataRoot = mkdtempSync(join(tmpdir(), "vt-d-"));
      mysqld = openMysqld({ ...config(101, await freePort()), passwords: { vt_app: "it's" } }, env);
    });
    after(async () => {
      await mysqld.teardown(shutdownMs, true);
      rmSync(dataRoot, { recursive: true });
    });
    const refusedWith = (pattern: RegExp) => (error: unknown) =>
      error instanceof VtError && error.code === "VT22013" && pattern.test(error.message);

    test("init makes a server that runs and is read-only; a second init is refused", async () => {
      await assert.rejects(mysqld.start(), refusedWith(/run init first/));
      await mysqld.init();
      assert.ok(mysqld.isRunning() && mysqld.isInitialized());
      await assert.rejects(mysqld.init(), refusedWith(/has data already/));
      const server = await mysqld.server();
      assert.ok(await server.isReadOnly());
      assert.equal(await server.primaryPosition(), flavour === "mariadb" ? "MariaDB/" : "MySQL56/");
      const facts = await server.facts();
      assert.deepEqual(
        [facts.serverId, facts.isLogBinOn, facts.isLogReplicaUpdatesOn, facts.binlogFormat, facts.binlogRowImage],
        [101, true, true, "ROW", "FULL"],
      );
      const zone = await server.withDba((c) =>
        c.query(sql`select convert_tz('2026-01-01 00:00:00', 'UTC', 'Asia/Tokyo')`),
      );
      assert.equal(zone.scalar, "2026-01-01 09:00:00");
      await server.close();
    });

    test("every user may log in, with its password; only the administrator may write", async () => {
      for (const user of userNames.filter((name) => name !== "vt_clone")) {
        const connection = await connect(env, mysqld.login(user));
        assert.equal((await connection.query(sql`select 1`)).scalar, "1", user);
        const write = connection.query(sql`create database ${identifier(`by_${user}`)}`);
        const isRefused = (error: unknown) => error instanceof ServerError && [1290, 1044, 1227].includes(error.errno);
        if (user === "vt_dba" && flavour === "mariadb") await write;
        else await assert.rejects(write, isRefused, user);
        connection.close();
      }
      await assert.rejects(
        connect(env, { ...mysqld.login("vt_app"), password: "" }),
        (error) => error instanceof ServerError && error.errno === 1045,
      );
    });

    test("starting twice is starting once; kill -9 is survived with all that was committed", async () => {
      await mysqld.start();
      const server = await mysqld.server();
      await server.setReadOnly(false);
      await server.withDba((c) => c.query(sql`create database kept`));
      const position = await server.primaryPosition();
      process.kill(Number(readFileSync(mysqld.layout.pidFile, "utf8")), "SIGKILL");
      while (mysqld.isRunning()) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(existsSync(mysqld.layout.pidFile) && existsSync(mysqld.layout.socket), "both are stale now");
      await assert.rejects(server.ping(), ServerError);
      await mysqld.start();
      assert.equal(await server.primaryPosition(), position);
      assert.ok(await server.isReadOnly(), "a server comes up fenced");
      const found = await server.withDba((c) => c.query(sql`show databases like 'kept'`));
      assert.equal(found.scalar, "kept");
      await server.close();
    });

    test("shutdown is clean; a pid file with another process's number is stale", async () => {
      assert.deepEqual(await mysqld.shutdown(shutdownMs), { isClean: true });
      assert.ok(!mysqld.isRunning());
      writeFileSync(mysqld.layout.pidFile, `${process.pid}\n`);
      assert.ok(!mysqld.isRunning());
      assert.deepEqual(await mysqld.shutdown(shutdownMs), { isClean: true });
    });

    test("what stands in the way is named: a port in use, a foreign server on the socket, a wrong setting", async () => {
      const other = createServer().listen(mysqld.config.port, "127.0.0.1");
      await new Promise((resolve) => other.once("listening", resolve));
      await assert.rejects(mysqld.start(), refusedWith(/port \d+ is in use/));
      await new Promise((resolve) => other.close(resolve));

      const foreign = createServer().listen(mysqld.layout.socket);
      await new Promise((resolve) => foreign.once("listening", resolve));
      await assert.rejects(mysqld.start(), refusedWith(/another process answers/));
      await new Promise((resolve) => foreign.close(resolve));

      await assert.rejects(mysqld.start(["--no-such-setting=1"]), refusedWith(/a setting that it does not know/));
    });

    test("reinitConfig takes EXTRA_MY_CNF, whose lines win", async () => {
      const extra = join(dataRoot, "extra.cnf");
      writeFileSync(extra, "max-connections=77\n");
      const again = openMysqld(mysqld.config, { ...env, environment: { ...env.environment, EXTRA_MY_CNF: extra } });
      again.reinitConfig();
      await again.start();
      const server = await again.server();
      assert.equal((await server.withDba((c) => c.query(sql`select @@max_connections`))).scalar, "77");
      await server.close();
    });

    test("a template is made once, and each server made from it is itself", async () => {
      const templates = join(dataRoot, "t");
      const made = [openMysqld({ ...config(102, await freePort()), templates }, env)];
      made.push(openMysqld({ ...config(103, await freePort()), templates }, env));
      made[1]?.initConfig();
      await Promise.all(made.map((one) => one.init())); // Both want the template at once.
      assert.equal(readdirSync(templates).length, 1);
      const uuids = new Set<string>();
      for (const [i, one] of made.entries()) {
        const server = await one.server();
        const facts = await server.facts();
        assert.equal(facts.serverId, 102 + i);
        uuids.add(facts.serverUuid);
        const zone = sql`select convert_tz('2026-01-01 00:00:00', 'UTC', 'Asia/Tokyo')`;
        assert.equal((await server.withDba((c) => c.query(zone))).scalar, "2026-01-01 09:00:00");
        assert.ok(await server.isReadOnly());
        await server.setReadOnly(false);
        await server.withDba((c) => c.query(sql`create database works`));
        await server.close();
        await one.shutdown(shutdownMs);
        await one.start();
        assert.doesNotMatch(readFileSync(one.layout.errorLog, "utf8"), /\[ERROR\]/);
        await one.teardown(shutdownMs, false);
      }
      assert.equal(uuids.size, flavour === "mysql" ? 2 : 1);
    });

    test("an initialisation that was cut off is made anew", async () => {
      const quick = { loadTimeZones: false, templates: templatesFolder(env.environment) };
      const half = openMysqld({ ...config(102, await freePort()), ...quick }, env);
      await half.init();
      writeFileSync(half.layout.unfinished, "");
      await half.shutdown(shutdownMs);
      await assert.rejects(half.start(), refusedWith(/half made/));
      await half.init();
      assert.ok(half.isRunning() && half.isInitialized());
      await half.teardown(shutdownMs, false);
      assert.ok(!existsSync(half.layout.folder));
    });
  });
