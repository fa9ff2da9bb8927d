/** A cluster over two cells: the gateway of one sees and uses the tablets of both, and a primary may move between them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { sleep, systemClock } from "../../base/clock.ts";
import { flavours } from "../throwaway-database.ts";
import { TestCluster } from "./test-cluster.ts";

const waitMsMax = 30_000;

for (const flavour of flavours)
  describe(flavour, { timeout: 90_000 }, () => {
    let cluster: TestCluster;
    let db: mysql.Connection;
    const ids = async () =>
      (await db.query<(mysql.RowDataPacket & { id: number })[]>("select id from thing order by id"))[0].map(
        ({ id }) => id,
      );

    before(async () => {
      const keyspaces = [{ name: "ks", shards: ["0"] }];
      cluster = await TestCluster.start({ flavour, topo: "sqlite", keyspaces, cells: ["east", "west"] });
      db = await mysql.createConnection({ ...cluster.gateway, database: "ks" });
      await db.query("create table thing (id int primary key)");
    });
    after(async () => {
      await db?.end();
      await cluster?.remove();
    });

    test("each cell has its own records, and the gateway sees the tablets of both", async () => {
      const [tablets] =
        await db.query<(mysql.RowDataPacket & { Cell: string; TabletType: string })[]>("show vitess_tablets");
      assert.deepEqual(tablets.map(({ Cell, TabletType }) => `${Cell} ${TabletType}`).sort(), [
        "east PRIMARY",
        "west REPLICA",
      ]);
      const { names } = await cluster.running.vtctld.getCellInfoNames({});
      assert.deepEqual(names, ["east", "west"]);
    });

    test("a replica of the other cell is read from", async () => {
      await db.query("insert into thing values (1), (2)");
      await db.query("use `ks@replica`");
      const until = systemClock.monotonicMs() + waitMsMax;
      while ((await ids()).length < 2 && systemClock.monotonicMs() < until) await sleep(systemClock, 50);
      assert.deepEqual(await ids(), [1, 2]);
      await assert.rejects(db.query("insert into thing values (3)"), /VT09002/);
      await db.query("use ks");
    });

    test("the primary moves to the other cell, and writes follow it", async () => {
      const newPrimary = { cell: "west", uid: 101 };
      await cluster.running.vtctld.plannedReparentShard({ keyspace: "ks", shard: "0", newPrimary });
      await db.query("insert into thing values (4)");
      assert.deepEqual(await ids(), [1, 2, 4]);
      const [[place]] = await db.query<(mysql.RowDataPacket & { host: number })[]>("select @@port as host");
      assert.equal(place?.host, cluster.running.database("west-0000000101").config.port);
    });
  });
