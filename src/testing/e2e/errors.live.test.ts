/**
 * What a user gets for wrong passwords, names that are unknown or none, and truncated or foreign records in the topology:
 * each a clear error that names what is wrong, while everything else goes on and nothing is lost.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { children } from "../../base/child.ts";
import { sleep, systemClock } from "../../base/clock.ts";
import { disk } from "../../base/disk.ts";
import { cellName } from "../../topo/names.ts";
import { TopoServer } from "../../topo/server.ts";
import type { Topo } from "../../topo/topo.ts";
import { flavours, freePort } from "../throwaway-database.ts";
import { TestCluster } from "./test-cluster.ts";

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const triesMax = 200;
const pollMs = 100;

for (const flavour of flavours)
  describe(`errors on ${flavour}, sqlite`, { timeout: 85_000 }, () => {
    let cluster: TestCluster;
    let connection: mysql.Connection;
    let topo: TopoServer;

    const refused = async (pattern: RegExp, ...args: readonly string[]) => {
      const { code, out, err } = await cluster.client(...args);
      assert.notEqual(code, 0, `${args.join(" ")} must be refused: ${out}`);
      assert.match(err, pattern);
      assert.doesNotMatch(err, /\n\s+at /, "a user needs no stack");
    };
    const stillServes = async () => {
      await connection.query("update kept set version = version + 1 where id = 1");
      const [rows] = await connection.query<mysql.RowDataPacket[]>("select id from main.kept");
      assert.equal(rows.length, 1);
    };
    /** Puts other bytes in place of a record, or makes one; answers how to undo it. */
    const spoil = async (store: Topo, path: string, change: (was: Buffer) => Buffer) => {
      const was = await store.read(path);
      const version = await store.write(path, change(was?.bytes ?? Buffer.alloc(0)), was?.version ?? 0);
      return () => (was === undefined ? store.delete(path, version) : store.write(path, was.bytes, version));
    };

    before(async () => {
      cluster = await TestCluster.start({
        flavour,
        topo: "sqlite",
        keyspaces: [{ name: "main", shards: ["0"] }],
      });
      const { plan, vtctld } = cluster.running;
      const sql = ["create table kept (id bigint primary key, version int)", "insert into kept values (1, 1)"];
      await vtctld.applySchema({ keyspace: "main", sql, ddlStrategy: "direct" }, { timeoutMs: 60_000 });
      connection = await mysql.createConnection({ ...cluster.gateway, database: "main" });
      topo = await TopoServer.open(
        { clock: systemClock, disk, memoryStores: new Map() },
        { implementation: "sqlite", globalAddress: plan.topo.address, globalRoot: plan.topo.globalRoot },
      );
    });
    after(async () => {
      connection?.destroy();
      await topo?.close();
      await cluster?.remove();
    });

    test("unknown keyspaces, tables and columns", async () => {
      const port = cluster.gateway.port;
      const fails = (sql: string, errno: number, message: RegExp) =>
        assert.rejects(connection.query(sql), (error: Error & { errno?: number }) => {
          assert.equal(error.errno, errno, error.message);
          assert.match(error.message, message);
          return true;
        });
      await fails("use nothing_such", 1049, /nothing_such/);
      await fails("select 1 from nothing_such.t", 1049, /nothing_such/);
      await fails("select 1 from nothing_such", 1146, /nothing_such/);
      await fails("select nothing_such from kept", 1054, /nothing_such/);
      await fails("select from where", 1064, /./);
      await assert.rejects(
        mysql.createConnection({ host: "127.0.0.1", port, user: "root", database: "nothing_such" }),
        /nothing_such/,
      );
      await refused(/nothing_such/, "GetKeyspace", "nothing_such");
      await refused(/nothing_such/, "ApplySchema", "--sql", "create table t (a int)", "nothing_such");
      await stillServes();
    });

    test("names that are none", async () => {
      await refused(/a\/b/, "CreateKeyspace", "a/b");
      await refused(/80-40/, "CreateShard", "main/80-40");
      await refused(/zone1/, "GetTablet", "zone1");
      const { keyspaces } = await cluster.running.vtctld.getKeyspaces({});
      assert.deepEqual(
        keyspaces.map(({ name }) => name),
        ["main"],
      );
      await stillServes();
    });

    test("truncated and foreign records: named in the error, served around, and left as they are", async () => {
      const restoreShard = await spoil(topo.global, "keyspaces/main/shards/0/Shard", (was) => was.subarray(0, -3));
      await refused(/keyspaces\/main\/shards\/0\/Shard/, "GetShard", "main/0");
      await refused(/Shard/, "PlannedReparentShard", "main/0");
      await stillServes();
      await restoreShard();

      const foreign = Buffer.from('{"this": "is JSON"}');
      const restoreTablet = await spoil(
        await topo.cell(cellName("zone1")),
        "tablets/zone1-0000000999/Tablet",
        () => foreign,
      );
      const listed = await cluster.client("GetTablets");
      assert.equal(listed.code, 0, listed.err);
      assert.equal(listed.out.trim().split("\n").length, 2, "the others are shown");
      await refused(/zone1-0000000999/, "GetTablet", "zone1-0000000999");
      await stillServes();
      await restoreTablet();
      const { shard } = await cluster.running.vtctld.getShard({ keyspace: "main", shardName: "0" });
      assert.equal(shard?.shard?.primaryAlias?.uid, 100);
    });

    test("wrong passwords and unknown users", async () => {
      const { plan } = cluster.running;
      const port = await freePort();
      const users = `${cluster.options.root}/users.json`;
      disk.writeFileSync(users, '{"app": [{"Password": "secret"}]}');
      const flags = {
        "topo-implementation": plan.topo.implementation,
        "topo-global-server-address": plan.topo.address,
        "topo-global-root": plan.topo.globalRoot,
        cell: "zone1",
        "cells-to-watch": "zone1",
        "tablet-types-to-wait": "PRIMARY",
        port: String(await freePort()),
        "grpc-port": String(await freePort()),
        "mysql-server-port": String(port),
        "mysql-auth-server-impl": "static",
        "mysql-auth-server-static-file": users,
      };
      const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
      const child = children.spawn(process.execPath, [main, "vtgate", ...words], { stdio: "ignore" });
      const login = (user: string, password: string) =>
        mysql.createConnection({ host: "127.0.0.1", port, user, password, database: "main" });
      try {
        for (let tries = 0; ; tries++) {
          try {
            const one = await login("app", "secret");
            await one.query("select id from kept");
            one.destroy();
            break;
          } catch (error) {
            if (tries > triesMax || child.exitCode !== null) throw error;
            await sleep(systemClock, pollMs);
          }
        }
        for (const [user, password] of [
          ["app", "wrong"],
          ["app", ""],
          ["nobody", "secret"],
        ] as const)
          await assert.rejects(login(user, password), (error: Error & { errno?: number }) => {
            assert.equal(error.errno, 1045, error.message);
            assert.match(error.message, new RegExp(user));
            return true;
          });
      } finally {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
    });
  });
