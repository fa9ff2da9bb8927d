/** The gateway over real servers of both flavours, by a client that nobody here wrote. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { connectGateway } from "../testing/gateway-client.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";

const vschema = parseVSchema({
  keyspaces: {
    commerce: { tables: { product: {}, customer_seq: { type: "sequence" } } },
    customer: {
      sharded: true,
      vindexes: { hash: { type: "hash" } },
      tables: {
        customer: {
          column_vindexes: [{ column: "id", name: "hash" }],
          auto_increment: { column: "id", sequence: "commerce.customer_seq" },
        },
        orders: { column_vindexes: [{ column: "customer_id", name: "hash" }] },
        country: { type: "reference" },
      },
    },
  },
});

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    let db: mysql.Connection;
    const open = (database: string) => connectGateway(live.server.port, { database });
    const rows = async (sql: string, values?: unknown[]) => {
      const [found] = values === undefined ? await db.query(sql) : await db.execute(sql, values as never[]);
      return (found as unknown[][]).map((row) => (Array.isArray(row) ? row.map(String) : row));
    };
    const sorted = async (sql: string, values?: unknown[]) =>
      (await rows(sql, values)).map((row) => (row as string[]).join("|")).sort();
    const run = async (sql: string, values?: unknown[]) => {
      const [done] = values === undefined ? await db.query(sql) : await db.execute(sql, values as never[]);
      return done as mysql.ResultSetHeader;
    };
    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      db = await open("customer");
      await run("create table commerce.product (id int primary key, name varchar(20))");
      await run(
        "create table commerce.customer_seq (id int primary key, next_id bigint, cache bigint) comment 'vitess_sequence'",
      );
      await run("insert into commerce.customer_seq values (0, 1000, 10)");
      await run("create table customer (id bigint primary key, name varchar(20), country int)");
      await run("create table orders (id bigint primary key, customer_id bigint, price decimal(10,2))");
      await run("create table country (id int primary key, name varchar(20))");
    });
    after(async () => {
      await db.end();
      await live.stop();
    });

    test("rows go to their shards and come back", async () => {
      const done = await run(
        "insert into customer (id, name, country) values (1, 'Ada', 1), (2, 'Bob', 2), (3, 'Cleo', 1), (4, 'Dan', 2)",
      );
      assert.equal(done.affectedRows, 4);
      assert.deepEqual(await rows("select name from customer where id = 3"), [["Cleo"]]);
      assert.deepEqual(await sorted("select id, name from customer"), ["1|Ada", "2|Bob", "3|Cleo", "4|Dan"]);
      assert.deepEqual(await sorted("select name from customer where id in (1, 4, 99)"), ["Ada", "Dan"]);
      assert.deepEqual(await rows("select count(*) from customer where id = 1"), [["1"]]);
      assert.deepEqual(await rows("select * from customer where id = null"), []);
      await db.query("use `customer:-80`");
      const left = Number((await rows("select count(*) from customer"))[0]?.[0]);
      await db.query("use customer");
      assert.ok(left > 0 && left < 4, `${left} of 4 rows on one shard`);
    });

    test("prepared statements answer binary rows", async () => {
      assert.deepEqual(await rows("select id, name from customer where id = ?", [2]), [["2", "Bob"]]);
      assert.deepEqual(await sorted("select id from customer where country = ?", [1]), ["1", "3"]);
      const done = await run("update customer set name = ? where id = ?", ["Bert", 2]);
      assert.equal(done.affectedRows, 1);
      assert.deepEqual(await rows("select name from customer where id = ?", [2]), [["Bert"]]);
    });

    test("a prepared query tells its columns, over one shard and over all", async () => {
      for (const text of [
        "select id, name from customer where id = ?",
        "select id, name from customer where country = ? and name <> ?",
        "select id, name from customer where id in (?, ?)",
      ]) {
        const prepared = await db.prepare(text);
        const columns = (prepared as unknown as { statement: { columns: { name: string; columnType: number }[] } })
          .statement.columns;
        assert.deepEqual(
          columns.map(({ name, columnType }) => [name, columnType]),
          [
            ["id", 8],
            ["name", 253],
          ],
          text,
        );
        await prepared.close();
      }
      await assert.rejects(db.prepare("select nothing_here from customer where id = ?"), { errno: 1054 });
    });

    test("a sequence gives ids", async () => {
      const done = await run("insert into customer (name) values ('Eve'), ('Finn')");
      assert.equal(done.insertId, 1000);
      assert.deepEqual(await sorted("select id, name from customer where id in (1000, 1001)"), [
        "1000|Eve",
        "1001|Finn",
      ]);
      assert.deepEqual(await rows("select last_insert_id()"), [["1000"]]);
      assert.equal((await run("delete from customer where id >= 1000")).affectedRows, 2);
      const copied = await run("insert into customer (name) select upper(name) from customer where id in (1, 2)");
      assert.deepEqual([copied.affectedRows, copied.insertId], [2, 1002]);
      assert.deepEqual(await sorted("select name from customer where id in (1002, 1003)"), ["ADA", "BERT"]);
      await run("insert into customer (id, name) select if(id = 1, 2000, null), 'x' from customer where id in (1, 2)");
      assert.deepEqual(await sorted("select id from customer where name = 'x'"), ["1004", "2000"]);
      assert.equal((await run("delete from customer where id >= 1000")).affectedRows, 4);
    });

    test("transactions over shards commit and roll back as one", async () => {
      await db.beginTransaction();
      await run("insert into orders (id, customer_id, price) values (1, 1, 1.5), (2, 2, 2.5), (3, 3, 3.5)");
      assert.deepEqual(await sorted("select id from orders"), ["1", "2", "3"]);
      await run("savepoint a");
      await run("update orders set price = price + 1");
      assert.deepEqual(await sorted("select price from orders"), ["2.50", "3.50", "4.50"]);
      await run("rollback to a");
      assert.deepEqual(await sorted("select price from orders"), ["1.50", "2.50", "3.50"]);
      await db.rollback();
      assert.deepEqual(await rows("select id from orders"), []);
      await db.beginTransaction();
      await run("insert into orders (id, customer_id, price) values (1, 1, 1.5), (2, 2, 2.5), (3, 3, 3.5)");
      await db.commit();
      assert.deepEqual(await sorted("select id from orders"), ["1", "2", "3"]);
    });

    test("a write over shards outside a transaction is all or nothing", async () => {
      await assert.rejects(
        run("insert into orders (id, customer_id, price) values (10, 1, 1), (3, 3, 1), (11, 2, 1)"),
        /Duplicate entry/,
      );
      assert.deepEqual(await sorted("select id from orders"), ["1", "2", "3"]);
    });

    test("joins that each shard answers", async () => {
      const found = await sorted("select c.name, o.price from customer c join orders o on o.customer_id = c.id");
      assert.deepEqual(found, ["Ada|1.50", "Bert|2.50", "Cleo|3.50"]);
      assert.deepEqual(
        await sorted("select c.name, (select count(*) from orders o where o.customer_id = c.id) from customer c"),
        ["Ada|1", "Bert|1", "Cleo|1", "Dan|0"],
      );
    });

    test("reference tables are on every shard", async () => {
      assert.equal((await run("insert into country (id, name) values (1, 'A'), (2, 'B')")).affectedRows, 2);
      assert.deepEqual(await sorted("select c.name, n.name from customer c join country n on n.id = c.country"), [
        "Ada|A",
        "Bert|B",
        "Cleo|A",
        "Dan|B",
      ]);
      assert.deepEqual(await rows("select count(*) from country"), [["2"]]);
    });

    test("what cannot be done is refused by name", async () => {
      await assert.rejects(
        run("update customer set name = 'x' limit 1"),
        /VT12001: unsupported: UPDATE by keys over several shards, as the keys of customer are not known/,
      );
      await assert.rejects(run("update customer set id = 5 where id = 1"), /VT12001.*vindex column/);
      await assert.rejects(run("select nonsense from customer where id = 1"), /Unknown column 'nonsense'/);
      await assert.rejects(run("select * from customer.absent"), /VT05005/);
      await assert.rejects(run("selct 1"), /error in your SQL syntax/);
    });

    test("errors and columns name the keyspace, not the server's database", async () => {
      await assert.rejects(run("select * from commerce.absent"), /Table 'commerce.absent' doesn't exist/);
      const [, fields] = await db.query("select id from customer where id = 1");
      assert.equal(fields[0]?.db, "customer");
    });

    test("sessions: variables, settings, targets", async () => {
      await run("set @a = 5, @b = 'x', sql_mode = 'ANSI_QUOTES'");
      assert.deepEqual(await rows("select @a, @b, @@sql_mode, database(), @@autocommit"), [
        ["5", "x", "ANSI_QUOTES", "customer", "1"],
      ]);
      assert.deepEqual(await rows('select "id" from customer where "id" = 1'), [["1"]]);
      await run("set sql_mode = default, @a = @a + 1");
      assert.deepEqual(await rows("select @a"), [["6"]]);
      await assert.rejects(run("set sql_mode = 'NONSENSE'"), /NONSENSE/);
      await assert.rejects(run("set no_such_variable = 1"), /no_such_variable/);
      await assert.rejects(run("use nowhere"), /VT05003/);
      await run("set autocommit = 0");
      await run("insert into orders (id, customer_id) values (50, 1)");
      await run("rollback");
      await run("set autocommit = 1");
      assert.deepEqual(await rows("select id from orders where customer_id = 1 and id = 50"), []);
    });

    test("SHOW", async () => {
      assert.deepEqual(await rows("show vitess_shards"), [["commerce/0"], ["customer/-80"], ["customer/80-"]]);
      assert.deepEqual((await rows("show databases like 'c%'")).flat(), ["commerce", "customer"]);
      assert.deepEqual((await rows("show tables")).flat(), ["country", "customer", "orders"]);
      assert.deepEqual((await rows("show tables from commerce")).flat(), ["customer_seq", "product"]);
      assert.match(String((await rows("show create table commerce.product"))[0]?.[1]), /CREATE TABLE `product`/);
      assert.deepEqual(
        (await rows("show columns from orders")).map((row) => (row as string[])[0]),
        ["id", "customer_id", "price"],
      );
      assert.deepEqual((await rows("show vschema tables")).flat(), ["country", "customer", "orders"]);
      assert.equal((await rows("show vitess_tablets")).length, 3);
      assert.deepEqual(
        await rows(
          "select table_schema, table_name from information_schema.tables where table_schema = 'commerce' order by 2",
        ),
        [
          ["commerce", "customer_seq"],
          ["commerce", "product"],
        ],
      );
      assert.equal((await rows("show variables like 'sql_mode'")).length, 1);
    });

    test("large results stream from both shards", async () => {
      const values = Array.from({ length: 5000 }, (_, i) => `(${10_000 + i}, ${10_000 + i}, ${i}.25)`).join(", ");
      assert.equal((await run(`insert into orders (id, customer_id, price) values ${values}`)).affectedRows, 5000);
      assert.equal(
        (await rows("select id, customer_id, repeat('x', 1000) from orders where id >= 10000")).length,
        5000,
      );
      assert.equal((await rows("select id, repeat('y', 1000) from orders where id >= ?", [10_000])).length, 5000);
      assert.equal((await run("delete from orders where id >= 10000")).affectedRows, 5000);
    });

    test("several statements in one text, and EXPLAIN of the gateway", async () => {
      const many = await connectGateway(live.server.port, { database: "customer", multipleStatements: true });
      const [answers] = await many.query("select 1; select name from customer where id = 1; set @x = 1");
      assert.deepEqual((answers as unknown[]).slice(0, 2), [[[1]], [["Ada"]]]);
      await many.end();
      assert.match(
        String((await rows("vexplain plan select * from customer where id = 1"))[0]?.[0]),
        /"Vindex": "hash"/,
      );
    });
  });
