/** Named locks and temporary tables: what sessions hold on connections of their own, over real servers of both flavours. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { must } from "../base/assert.ts";
import mysql from "mysql2/promise";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";

const vschema = parseVSchema({
  keyspaces: {
    commerce: { tables: { product: {} } },
    customer: {
      sharded: true,
      vindexes: { hash: { type: "hash" } },
      tables: { person: { column_vindexes: [{ column: "id", name: "hash" }] } },
    },
  },
});

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    let db: mysql.Connection;
    let other: mysql.Connection;
    const open = (database = "customer") =>
      mysql.createConnection({ host: "127.0.0.1", port: live.server.port, user: "app", database, rowsAsArray: true });
    const ask = async (connection: mysql.Connection, sql: string) => {
      const [found] = await connection.query(sql);
      return Array.isArray(found) ? (found as unknown[][]).map((row) => row.map(String).join("|")) : [];
    };
    const heldConnections = () => [...live.tablets.values()].reduce((sum, { held }) => sum + held.size, 0);
    const untilNoneIsHeld = async () => {
      while (heldConnections() > 0) await new Promise((resolve) => setImmediate(resolve));
    };

    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      const first = await open();
      await first.query("create table person (id bigint primary key, age int)");
      await first.query("use commerce");
      await first.query("create table product (id bigint primary key, name varchar(20))");
      await first.end();
    });
    beforeEach(async () => {
      [db, other] = await Promise.all([open(), open("commerce")]);
    });
    afterEach(async () => {
      await Promise.all([db.end(), other.end()]);
      await untilNoneIsHeld();
    });
    after(() => live.stop());

    test("sessions of all keyspaces meet at one lock, and whoever leaves lets go of it", async () => {
      const [[id]] = (await db.query("select connection_id()"))[0] as unknown as [[number]];
      assert.deepEqual(await ask(db, "select get_lock('job', 5)"), ["1"]);
      assert.deepEqual(await ask(other, "select get_lock('job', 0), is_free_lock('job')"), ["0|0"]);
      assert.deepEqual(await ask(other, "select is_used_lock('job'), is_used_lock('none')"), [`${id}|null`]);
      assert.deepEqual(await ask(other, "select release_lock('job')"), ["0"]);
      const waiting = ask(other, "select get_lock('job', 10)");
      await db.end();
      assert.deepEqual(await waiting, ["1"]);
      db = await open();
      assert.deepEqual(await ask(db, "select is_free_lock('job')"), ["0"]);
      await other.changeUser({ user: "app" });
      while ((await ask(db, "select is_free_lock('job')"))[0] !== "1"); // The server sees it go a moment later.
    });

    test("the connection goes with the last lock", async () => {
      await db.query("select get_lock('a', 0), get_lock('b', 0)");
      assert.equal(heldConnections(), 1);
      await db.query("select release_lock('a')");
      assert.equal(heldConnections(), 1);
      await db.query("do release_lock('b')");
      await untilNoneIsHeld();
      await db.execute("select get_lock(?, ?)", ["c", 0]);
      assert.equal(heldConnections(), 1);
      await db.query("select release_all_locks()");
      await untilNoneIsHeld();
    });

    test("locks beside tables are refused, and a lost connection is told of", async () => {
      await assert.rejects(db.query("select get_lock('a', 0), id from person"), /VT12001.*GET_LOCK\(\) beside tables/);
      await db.query("select get_lock('a', 0)");
      for (const tablet of live.tablets.values()) tablet.held.dropAll("the test takes them");
      await assert.rejects(db.query("select release_lock('a')"), /VT26003/);
      await assert.rejects(db.query("select release_lock('a')"), /VT20043/);
      assert.deepEqual(await ask(db, "select get_lock('a', 0)"), ["1"]);
    });

    test("temporary tables are the session's own, in transactions and out of them, until it ends", async () => {
      await db.query("use commerce");
      await db.query("insert into product (id, name) values (1, 'tea'), (2, 'rum')");
      await db.query("create temporary table basket (id bigint primary key, count int)");
      const [{ info }] = (await db.query("insert into basket (id, count) values (1, 5), (2, 7)")) as [
        mysql.ResultSetHeader,
        unknown,
      ];
      assert.match(info, /Records: 2/);
      const joined = "select p.name, b.count from product p join basket b on b.id = p.id order by p.id";
      assert.deepEqual(await ask(db, joined), ["tea|5", "rum|7"]);
      await assert.rejects(other.query("select count from basket"), { errno: 1146 });
      await db.query("begin");
      await db.query("update basket set count = 6 where id = 1");
      await db.query("update product set name = 'chai' where id = 1");
      await db.query("create temporary table second as select id from basket where count > 6");
      assert.deepEqual(await ask(db, "select id from second"), ["2"]);
      await db.query("rollback");
      assert.deepEqual(await ask(db, joined), ["tea|5", "rum|7"]);
      await db.query("begin");
      await db.query("update basket set count = 8 where id = 1");
      await db.query("commit");
      assert.deepEqual(await ask(other, "select name from product where id = 1"), ["tea"]);
      const [prepared] = await db.execute("select count from basket where id = ?", [1]);
      assert.deepEqual(prepared, [[8]]);
      await db.query("insert into product (id, name) values (3, 'gin')"); // It commits by itself.
      assert.deepEqual(await ask(other, "select name from product where id = 3"), ["gin"]);
      await db.query("drop temporary table second");
      await assert.rejects(db.query("select id from second"), { errno: 1146 });
      await db.query("drop table basket");
      await assert.rejects(db.query(joined), { errno: 1146 });
      await db.query("delete from product");
      await db.end();
      await untilNoneIsHeld();
      db = await open();
    });

    test("temporary tables need a single shard", async () => {
      await assert.rejects(db.query("create temporary table t (id int)"), /VT12001.*temporary tables/);
      await db.query("use `customer:-80`");
      await db.query("create temporary table t (id int)");
      await db.query("insert into t values (4)");
      assert.deepEqual(await ask(db, "select id from t"), ["4"]);
      await db.changeUser({ user: "app", database: "customer" });
      await untilNoneIsHeld();
    });

    test("reserved connections are in no pool, and hear from their sessions", async () => {
      const many = await Promise.all(Array.from({ length: 25 }, () => open("commerce")));
      await Promise.all(many.map((one, i) => ask(one, `select get_lock('many ${i}', 0)`)));
      await other.query("begin");
      await other.query("insert into product (id) values (9)");
      await other.query("rollback");
      const tablet = must(live.tablets.get("commerce/0"), "the lock shard's tablet");
      await new Promise<void>((heard) => {
        const execute = tablet.execute.bind(tablet);
        tablet.execute = (request, reader) => {
          if (request.sql === "select 1" && request.reservedId !== 0) heard();
          return execute(request, reader);
        };
      });
      assert.deepEqual(await ask(must(many[0], "a client"), "select release_lock('many 0')"), ["1"]);
      await Promise.all(many.map((one) => one.end()));
    });
  });
