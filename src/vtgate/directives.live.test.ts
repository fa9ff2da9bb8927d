/** Directives and the gateway's bounds on statements, over two shards of real servers. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type mysql from "mysql2/promise";
import { connectGateway, customersById } from "../testing/gateway-client.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { defaultStatementGuards } from "./statement-guards.ts";

const vschema = customersById("person");
const target = { keyspace: "customer", shard: "80-", tabletType: "PRIMARY", cell: "zone1" } as const;

// By vindex hash: 1, 2, 3 are on -80; 4 and 6 are on 80-.
for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    let db: mysql.Connection;
    const open = () => connectGateway(live.server.port, { database: "customer" });
    const ask = async (sql: string) => {
      const [found] = await db.query(sql);
      return Array.isArray(found) ? (found as unknown[][]).map((row) => row.map(String).join("|")) : [];
    };

    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      const first = await open();
      await first.query("create table person (id bigint primary key, age int)");
      await first.end();
    });
    beforeEach(async () => {
      db = await open();
      await db.query("delete from person");
      await db.query("insert into person (id, age) values (1, 10), (2, 20), (4, 40), (6, 60)");
    });
    afterEach(async () => {
      Object.assign(live.guards, defaultStatementGuards);
      live.tablets.get("customer/80-")?.setServing(target, true, "");
      await db.end();
    });
    after(() => live.stop());

    const tooLong = { errno: 3024 };
    test("a statement stops after its time: by its directive, its session, the gateway's flag", async () => {
      await assert.rejects(db.query("select /*vt+ QUERY_TIMEOUT_MS=60 */ id, sleep(5) from person"), tooLong);
      await assert.rejects(
        db.query("select /*vt+ QUERY_TIMEOUT_MS=60 */ id, sleep(5) as s from person order by s, id"),
        tooLong,
      );
      await assert.rejects(db.query("update /*vt+ QUERY_TIMEOUT_MS=60 */ person set age = sleep(5)"), tooLong);
      assert.deepEqual(await ask("select sum(age) from person"), ["130"]);
      await db.query("set query_timeout = 60");
      assert.deepEqual(await ask("select @@query_timeout"), ["60"]);
      for (let i = 0; i < 3; i++)
        await assert.rejects(db.query("select id, sleep(5) from person where id = 1"), tooLong);
      assert.deepEqual(await ask("select /*vt+ QUERY_TIMEOUT_MS=0 */ sleep(0.3) from person where id = 1"), ["0"]);
      await assert.rejects(db.execute("select sleep(5) from person where id = ?", [1]), tooLong);
      await db.query("set query_timeout = 0");
      live.guards.queryTimeoutMs = 60;
      await assert.rejects(db.query("select sleep(5)"), tooLong);
      await db.query("use `customer:-80`");
      await assert.rejects(db.query("select sleep(5)"), tooLong);
    });

    test("a transaction goes on after a statement that took too long, and ends after its own time", async () => {
      await db.query("begin");
      await db.query("update person set age = 11 where id = 1");
      await assert.rejects(db.query("select /*vt+ QUERY_TIMEOUT_MS=60 */ sleep(5) from person where id = 1"), tooLong);
      await db.query("update person set age = 41 where id = 4");
      await db.query("commit");
      assert.deepEqual(await ask("select sum(age) from person"), ["132"]);
      await db.query("set transaction_timeout = 150");
      await db.query("begin");
      await db.query("update person set age = 12 where id = 1");
      await assert.rejects(db.query("select sleep(5) from person where id = 1"), /VT26003/);
      await db.query("rollback");
      assert.deepEqual(await ask("select sum(age) from person"), ["132"]);
    });

    test("shards that fail are warned of, as long as one answers", async () => {
      const partial = "/*vt+ SCATTER_ERRORS_AS_WARNINGS */";
      live.tablets.get("customer/80-")?.setServing(target, false, "the test says so");
      await assert.rejects(db.query("select id from person"), /VT26001/);
      for (const tail of ["id from person", "id from person order by id", "id from person where age + id > 0"]) {
        assert.deepEqual((await ask(`select ${partial} ${tail}`)).sort(), ["1", "2"], tail);
        const [warning, ...more] = await ask("show warnings");
        assert.match(warning ?? "", /^Warning\|1053\|VT26001/);
        assert.deepEqual(more, []);
      }
      assert.deepEqual(await ask(`select ${partial} count(*), max(id) from person`), ["2|2"]);
      await assert.rejects(db.query(`select ${partial} id from person where id = 4`), /VT26001/);
      await assert.rejects(db.query(`update ${partial} person set age = 1`), /VT26001/);
      assert.deepEqual(await ask("select age from person where id = 1"), ["10"]);
    });

    test("each shard commits by itself where a write asks for it", async () => {
      const all = "select id from person order by id";
      await assert.rejects(db.query("insert into person (id, age) values (3, 0), (4, 0)"), { errno: 1062 });
      assert.deepEqual(await ask(all), ["1", "2", "4", "6"]);
      const sql = "insert /*vt+ MULTI_SHARD_AUTOCOMMIT=1 */ into person (id, age) values (3, 0), (4, 0)";
      await assert.rejects(db.query(sql), { errno: 1062 });
      assert.deepEqual(await ask(all), ["1", "2", "3", "4", "6"]);
      await db.query("begin");
      await db.query("delete /*vt+ MULTI_SHARD_AUTOCOMMIT=1 */ from person");
      await db.query("rollback");
      assert.deepEqual(await ask(all), ["1", "2", "3", "4", "6"]);
    });

    test("rows in memory, long texts and scatters have bounds that directives lift", async () => {
      const gathered = "id, sum(age) over (order by id) from person where id < 3";
      live.guards.memoryRowsMax = 1;
      await assert.rejects(db.query(`select ${gathered}`), /VT21001.*max-memory-rows/);
      assert.equal((await ask(`select /*vt+ IGNORE_MAX_MEMORY_ROWS=1 */ ${gathered}`)).length, 2);
      live.guards.payloadBytesMax = 60;
      await assert.rejects(db.query(`select id from person where id = 1 or age = ${"1".repeat(60)}`), { errno: 1153 });
      const ignores = `select /*vt+ IGNORE_MAX_PAYLOAD_SIZE=1 */ id from person where id = ${" ".repeat(60)}1`;
      for (let i = 0; i < 3; i++) assert.deepEqual(await ask(ignores), ["1"]);
      live.guards.payloadBytesMax = 0;
      live.guards.refusesScatter = true;
      for (const sql of [
        "select id, age from person",
        "select max(age) from person",
        "select age from person order by age",
      ])
        await assert.rejects(db.query(sql), /plan includes scatter/, sql);
      assert.deepEqual(await ask("select /*vt+ ALLOW_SCATTER */ sum(age) from person"), ["130"]);
      assert.deepEqual(await ask("select age from person where id = 4"), ["40"]);
    });

    test("plans are not kept where a statement or its session says so; a wrong priority is refused", async () => {
      await ask("select id from person where id = 1");
      const before = live.gateway.planCount;
      assert.deepEqual(await ask("select /*vt+ SKIP_QUERY_PLAN_CACHE=1 */ id from person where id = 2"), ["2"]);
      await db.query("set skip_query_plan_cache = on");
      assert.deepEqual(await ask("select id, id + 1 from person where id = 2"), ["2|3"]);
      await db.query("set skip_query_plan_cache = off");
      assert.equal(live.gateway.planCount, before + 1); // SET … = off itself is remembered.
      await assert.rejects(db.query("select /*vt+ PRIORITY=101 */ id from person"), /invalid priority/);
    });
  });
