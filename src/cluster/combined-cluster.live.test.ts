/** A cluster in one process, on both flavours: it serves, changes its primaries, and comes back with its data. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type mysql from "mysql2/promise";
import { fromJson } from "@bufbuild/protobuf";
import { KeyspaceSchema } from "../proto/generated/vschema_pb.js";
import { TestCombined } from "../testing/combined.ts";
import { flavours } from "../testing/throwaway-database.ts";

const vSchema = fromJson(KeyspaceSchema, {
  sharded: true,
  vindexes: { hash: { type: "hash" } },
  tables: { thing: { columnVindexes: [{ column: "id", name: "hash" }] } },
});

for (const flavour of flavours)
  describe(flavour, () => {
    let cluster: TestCombined;
    let db: mysql.Connection;
    const bring = async () => {
      const { vtctld } = cluster.running;
      await vtctld.applyVSchema({ keyspace: "ks", vSchema });
      db = await cluster.connect({ database: "ks" });
    };
    const ids = async () => (await db.query<mysql.RowDataPacket[]>("select id from thing order by id"))[0].flat();

    before(async () => {
      const keyspaces = [{ name: "ks", shards: ["-80", "80-"], replicas: 1 }];
      cluster = await TestCombined.start({ flavour, keyspaces });
      const sql = ["create table thing (id bigint primary key)"];
      await cluster.running.vtctld.applySchema({ keyspace: "ks", sql, ddlStrategy: "direct" });
      await bring();
    });
    after(async () => {
      await db?.end();
      await cluster?.remove();
    });

    test("rows over two shards", async () => {
      await db.query("insert into thing (id) values (1), (2), (3), (4), (5)");
      assert.deepEqual(await ids(), [1, 2, 3, 4, 5]);
    });

    test("a primary changes while it is written to, and no statement fails", async () => {
      const { vtctld } = cluster.running;
      let [id, isOver] = [100, false];
      const writing = (async () => {
        while (!isOver) await db.query(`insert into thing (id) values (${id++})`);
      })();
      const newPrimary = { cell: "zone1", uid: 101 };
      await vtctld.plannedReparentShard({ keyspace: "ks", shard: "-80", newPrimary });
      isOver = true;
      await writing;
      assert.equal((await ids()).length, 5 + id - 100);
      await db.query("delete from thing where id >= 100");
    });

    test("a second start finds the rows of the first", async () => {
      const { vtctld } = cluster.running;
      await vtctld.plannedReparentShard({ keyspace: "ks", shard: "-80", newPrimary: { cell: "zone1", uid: 100 } });
      await db.end();
      await cluster.stop();
      await cluster.start();
      await bring();
      assert.deepEqual(await ids(), [1, 2, 3, 4, 5]);
    });
  });
