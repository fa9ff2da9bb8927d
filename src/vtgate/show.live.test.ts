/**
 * SHOW, EXPLAIN and care of tables in an unsharded keyspace, against one plain server with the same tables in a database of
 * the keyspace's name; and what only the gateway can show.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { appUser, flavours } from "../testing/throwaway-database.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";

const vschema = parseVSchema({
  keyspaces: {
    commerce: {},
    customer: {
      sharded: true,
      vindexes: { hash: { type: "hash" }, ranges: { type: "region_experimental", params: { region_bytes: "1" } } },
      tables: { customer: { column_vindexes: [{ column: "id", name: "hash" }] } },
    },
  },
});

const schema = [
  "create table parent (id bigint unsigned not null auto_increment primary key, name varchar(20) not null default 'x' comment 'a name', price decimal(10,2), unique key by_name (name)) comment='parents'",
  "create table child (id int primary key, parent_id bigint unsigned, note text, kind enum('a','b'), constraint c_p foreign key (parent_id) references parent (id) on delete cascade)",
  "create view v as select id, name from parent where id > 1",
  "create procedure p(in a int) select a",
  "create function f(a int) returns int deterministic return a + 1",
  "create trigger tr before insert on child for each row set new.note = upper(new.note)",
  "create event ev on schedule every 1 day starts '2037-01-01 00:00:00' do delete from child",
  "insert into parent (id, name) values (1, 'a'), (2, 'b')",
];

/** Times of day are not the same on two servers. */
const timed = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;

const same = [
  "show tables",
  "show full tables",
  "show tables like 'p%'",
  "show tables where Tables_in_commerce = 'parent'",
  "show full tables from commerce like 'v'",
  "show tables in commerce",
  "show columns from parent",
  "show full columns from child",
  "show fields from child from commerce like 'n%'",
  "show columns from commerce.child where `Null` = 'YES'",
  "show index from parent",
  "show keys from child in commerce",
  "show create table parent",
  "show create table commerce.child",
  "show create view v",
  "show create procedure p",
  "show create function f",
  "show create trigger tr",
  "show create event ev",
  "show create database commerce",
  "show create schema if not exists commerce",
  "show table status from commerce like 'c%'",
  "show table status where Name = 'parent'",
  "show triggers",
  "show triggers from commerce like 'child'",
  "show events from commerce",
  "show procedure status where Db = 'commerce'",
  "show function status where Db = 'commerce'",
  "show variables like 'sql_mode'",
  "show session variables like 'auto%'",
  "show global variables like 'max_allowed_packet'",
  "show variables where Variable_name in ('lower_case_table_names', 'tx_isolation', 'autocommit')",
  "show status like 'threads_connected'",
  "show warnings",
  "show errors",
  "show count(*) warnings",
  "show count(*) errors",
  "show warnings limit 1",
  "show engines",
  "show plugins",
  "show privileges",
  "show charset like 'utf8%'",
  "show collation where Charset = 'latin1'",
  "describe parent",
  "desc child note",
  "explain select * from parent where id = 1",
  "explain update parent set name = 'z' where id = 1",
  "explain insert into child (id) values (9)",
  "explain select * from parent union select * from parent",
  "analyze table parent",
  "check table parent, child",
  "checksum table parent",
];

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    let db: mysql.Connection;
    let plain: mysql.Connection;
    const options = { rowsAsArray: true, dateStrings: true } as const;
    const ask = async (on: mysql.Connection, sql: string, isPrepared = false) => {
      const [found, fields] = isPrepared ? await on.execute(sql) : await on.query(sql);
      return {
        columns: fields.map(({ name, columnType, type, db: database }) => [name, columnType ?? type, database]),
        rows: (found as unknown[][]).map((row) =>
          JSON.stringify(row.map((cell) => (timed.test(String(cell)) ? "a time" : cell))),
        ),
      };
    };
    const rows = async (sql: string) => (await ask(db, sql)).rows.map((row) => JSON.parse(row) as unknown[]);
    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      const gateway = { host: "127.0.0.1", port: live.server.port, user: "app" };
      db = await mysql.createConnection({ ...gateway, database: "commerce", ...options });
      const { username: user, password } = appUser;
      const socketPath = live.databases[1]?.socketPath ?? "";
      // The session's modes are those that a tablet's connection has.
      plain = await mysql.createConnection({ socketPath, user, password, flags: ["-IGNORE_SPACE"], ...options });
      await plain.query("create database commerce");
      await plain.query("use commerce");
      for (const sql of schema) {
        await plain.query(sql);
        await db.query(sql);
      }
    });
    after(async () => {
      await db.end();
      await plain.end();
      await live.stop();
    });

    for (const sql of same)
      test(sql, async () => {
        const [ours, theirs] = [await ask(db, sql), await ask(plain, sql)];
        assert.deepEqual(ours.columns, theirs.columns);
        assert.deepEqual(ours.rows, theirs.rows);
      });

    test("what the gateway answers, prepared as well", async () => {
      assert.deepEqual((await ask(db, "show databases like 'c%'", true)).rows, ['["commerce"]', '["customer"]']);
      assert.deepEqual(await rows("show databases where `Database` > 'commerce' and `Database` < 'd'"), [["customer"]]);
      assert.deepEqual(await rows("show databases where `Database` = 'none'"), []);
      assert.deepEqual(await rows("show keyspaces like '%mm%'"), [["commerce"]]);
      assert.deepEqual(await rows("show vitess_shards like 'cust%'"), [["customer/-80"], ["customer/80-"]]);
      assert.deepEqual(await rows("show vitess_target"), [["commerce@primary"]]);
      assert.deepEqual(await rows("show vitess_metadata variables like 'col%'"), [["colour", "green"]]);
      assert.deepEqual(await rows("show unresolved transactions"), []);
      assert.deepEqual(await rows("show vschema tables"), []);
      assert.equal((await rows("show vschema keyspaces")).length, 2);
      assert.deepEqual(await rows("show vschema vindexes"), [
        ["customer", "hash", "hash", "", ""],
        ["customer", "ranges", "region_experimental", "region_bytes=1", ""],
      ]);
      assert.deepEqual(await rows("show vschema vindexes from customer.customer"), [["id", "hash", "hash", "", ""]]);
    });

    test("warnings are of the last statement", async () => {
      await assert.rejects(db.query("select nonsense from parent"), { errno: 1054 });
      const [first] = await rows("show warnings");
      assert.deepEqual(first?.slice(0, 2), ["Error", 1054]);
      assert.deepEqual(await rows("show count(*) errors"), [[1]]);
      assert.deepEqual(await rows("show errors limit 1, 5"), []);
      await db.query("select count(*) from parent"); // Without a table MariaDB keeps them.
      assert.deepEqual(await rows("show warnings"), []);
    });

    test("variables that the gateway keeps", async () => {
      await db.query("set autocommit = 0");
      const autocommit = "show session variables like 'autocommit'";
      assert.deepEqual(await rows(autocommit), [["autocommit", "OFF"]]);
      await db.query("set autocommit = 1");
      assert.deepEqual(await rows(autocommit), [["autocommit", "ON"]]);
      assert.match(String((await rows("show global variables like 'version'"))[0]?.[1]), /-vitess-ts$/);
    });

    test("PROCESSLIST is of the gateway's own clients", async () => {
      const gateway = { host: "127.0.0.1", port: live.server.port, user: "app" };
      const slow = await mysql.createConnection({ ...gateway, database: "customer", ...options });
      const done = slow.query("select sleep(30) /* slow */").then(String, String);
      const sleeping = async () => (await rows("show processlist")).find((row) => String(row[7]).includes("slow"));
      let found = await sleeping();
      for (; found === undefined; found = await sleeping()) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual([found[3], found[4]], ["customer", "Query"]);
      await db.query(`kill ${String(found[0])}`);
      await done;
      slow.destroy();
    });

    test("positions of the binary logs, by shard", async () => {
      const byShard = await rows("show global gtid_executed from customer");
      assert.deepEqual(
        byShard.map(([keyspace, , shard]) => [keyspace, shard]),
        [
          ["customer", "-80"],
          ["customer", "80-"],
        ],
      );
      assert.match(String(byShard[0]?.[1]), flavour === "mysql" ? /^[0-9a-f-]{36}:/ : /^0-\d+-\d+/);
      assert.match(String((await rows("show global vgtid_executed"))[0]?.[1]), /^shard_gtids:\{keyspace:"commerce"/);
      assert.equal((await rows("show binary logs")).length, 1);
    });

    test("what would be of one server among several, or of the servers' users, is refused", async () => {
      for (const what of ["grants", "engine innodb status", "binlog events", "vitess_migrations", "replica status"])
        await assert.rejects(db.query(`show ${what}`), /VT12001/, what);
      await db.query("use customer");
      await assert.rejects(db.query("show binary logs"), /VT12001.*several shards/);
      await db.query("use `customer:-80`");
      assert.equal((await rows("show binary logs")).length, 1);
      await assert.rejects(db.query("show grants"), /VT12001/);
      await db.query("use commerce");
    });
  });
