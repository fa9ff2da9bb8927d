/** What sessions of the gateway do that no plain server does, over real servers of both flavours. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type mysql from "mysql2/promise";
import { connectGateway, customersById } from "../testing/gateway-client.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours } from "../testing/throwaway-database.ts";

const vschema = customersById("person");

// By vindex hash: 1, 2, 3 are on -80; 4 and 6 are on 80-.
for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    let db: mysql.Connection;
    let other: mysql.Connection;
    const open = () => connectGateway(live.server.port, { database: "customer" });
    const ask = async (connection: mysql.Connection, sql: string) => {
      const [found] = await connection.query(sql);
      return Array.isArray(found) ? (found as unknown[][]).map((row) => row.map(String).join("|")).sort() : [];
    };

    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      const first = await open();
      await first.query("create table person (id bigint primary key, age int)");
      await first.end();
    });
    beforeEach(async () => {
      [db, other] = await Promise.all([open(), open()]);
      await db.query("delete from person");
      await db.query("insert into person (id, age) values (1, 10), (2, 20), (4, 40), (6, 60)");
    });
    afterEach(async () => {
      await db.end();
      await other.end();
    });
    after(() => live.stop());

    test("a deadlock on one shard rolls the transaction back on all", async () => {
      await db.query("begin");
      await other.query("begin");
      await db.query("update person set age = 0 where id = 4");
      await db.query("update person set age = 0 where id = 1");
      await other.query("update person set age = 1 where id = 6");
      await other.query("update person set age = 1 where id = 2");
      const waiting = ask(db, "update person set age = 0 where id = 2").catch((thrown: unknown) => thrown);
      const closing = ask(other, "update person set age = 1 where id = 1").catch((thrown: unknown) => thrown);
      const [mine, theirs] = await Promise.all([waiting, closing]);
      const lost = [mine, theirs].filter((outcome) => outcome instanceof Error);
      assert.equal(lost.length, 1);
      assert.equal((lost[0] as { errno?: number }).errno, 1213);
      await db.query("commit");
      await other.query("commit");
      const wanted = mine instanceof Error ? ["1|1", "2|1", "4|40", "6|1"] : ["1|0", "2|0", "4|0", "6|60"];
      assert.deepEqual(await ask(db, "select id, age from person"), wanted);
    });

    test("SINGLE refuses a second shard for writes", async () => {
      await db.query("set transaction_mode = 'SINGLE'");
      await db.query("begin");
      await db.query("update person set age = 11 where id = 1");
      assert.deepEqual(await ask(db, "select age from person where id = 4"), ["40"]);
      await assert.rejects(db.query("update person set age = 41 where id = 4"), /VT20014/);
      await db.query("commit");
      assert.deepEqual(await ask(other, "select id, age from person where id in (1, 4)"), ["1|11", "4|40"]);
    });

    test("a consistent snapshot is of its beginning on every shard, and may write", async () => {
      await db.query("start transaction with consistent snapshot");
      await other.query("update person set age = 99 where id in (1, 4)");
      assert.deepEqual(await ask(db, "select id, age from person where id in (1, 4)"), ["1|10", "4|40"]);
      await db.query("update person set age = 61 where id = 6");
      await db.query("commit");
      assert.deepEqual(await ask(db, "select id, age from person"), ["1|99", "2|20", "4|99", "6|61"]);
    });

    test("a session that is pointed at a shard has its variables there too", async () => {
      await db.query("use `customer:-80`");
      await db.query("set @a = 2");
      assert.deepEqual(await ask(db, "select id, @a, database() from person where id = @a"), ["2|2|customer"]);
      await db.query("select age from person where id = @a into @b");
      assert.deepEqual(await ask(db, "select @b"), ["20"]);
      await db.query("select last_insert_id(9)");
      assert.deepEqual(await ask(db, "select last_insert_id()"), ["9"]);
    });

    test("what would set something on one server alone is refused", async () => {
      await assert.rejects(db.query("select @a := 1"), /VT12001.*:=/);
      await assert.rejects(db.query("select id from person where id = last_insert_id(4)"), /VT12001.*LAST_INSERT_ID/);
      await db.query("use commerce");
      await assert.rejects(db.query("call nothing(@a)"), /VT12001.*CALL with user variables/);
    });

    test("a connection whose settings changed in a transaction is nobody else's afterwards", async () => {
      await db.query("begin");
      await db.query("update person set age = 1 where id = 1");
      await db.query("set time_zone = '+07:00'");
      assert.deepEqual(await ask(db, "select @@time_zone from person where id = 1"), ["+07:00"]);
      await db.query("commit");
      for (let i = 0; i < 3; i++) {
        await other.query("begin");
        assert.notDeepEqual(await ask(other, "select @@time_zone from person where id = 1"), ["+07:00"]);
        await other.query("rollback");
      }
    });

    test("what only Vitess's gateways know is checked and kept", async () => {
      await db.query("set @@ddl_strategy = 'vitess --postpone-completion'");
      assert.deepEqual(await ask(db, "select @@ddl_strategy"), ["vitess --postpone-completion"]);
      await assert.rejects(db.query("set ddl_strategy = 'magic'"), { errno: 1231 });
      await assert.rejects(db.query("alter table person add column b int"), /VT12001.*ddl_strategy vitess/);
      await db.query("set ddl_strategy = ''");
      await assert.rejects(db.query("set transaction_mode = 'twopc'"), /VT12001.*TWOPC/);
      await assert.rejects(db.query("set transaction_mode = 'twice'"), { errno: 1231 });
      await db.query("lock tables person read");
      assert.match((await ask(db, "show warnings"))[0] ?? "", /^Warning\|1235\|LOCK TABLES/);
      await db.query("unlock tables");
    });

    test("variables that mean something else over many servers are refused", async () => {
      await assert.rejects(db.query("set global sort_buffer_size = 300000"), /VT12001.*SET GLOBAL/);
      await assert.rejects(db.query("set sql_auto_is_null = 1"), /VT12001.*sql_auto_is_null/);
      await db.query("set sql_auto_is_null = 0");
      await assert.rejects(db.query("set insert_id = 5"), /VT12001.*insert_id/);
      await db.query("set names latin1");
      assert.deepEqual(await ask(db, "select id from person where id = 1"), ["1"]);
      await assert.rejects(db.query("select id from person order by id"), /VT12001.*character_set_results latin1/);
      await db.query("set names utf8mb4");
      assert.deepEqual(await ask(db, "select id from person order by id limit 1"), ["1"]);
    });

    test("a lost shard leaves nothing but ROLLBACK", async () => {
      await db.query("begin");
      await db.query("update person set age = 0 where id = 4");
      for (const tablet of live.tablets.values()) tablet.held.dropAll("the test takes them");
      await assert.rejects(db.query("update person set age = 0 where id = 4"), /VT26003/);
      await assert.rejects(db.query("select age from person where id = 1"), /VT09032/);
      await db.query("rollback");
      assert.deepEqual(await ask(db, "select age from person where id = 4"), ["40"]);
    });
  });
