/** The gateway as a role: topology in memory, tablets over the query link, a real server; changes are seen while it runs. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "../mysql/client.ts";
import { statement } from "../mysql/sql.ts";
import { connectGateway } from "../testing/gateway-client.ts";
import { type LiveVtgate, startLiveVtgate } from "../testing/live-vtgate.ts";
import { testEnvironment } from "../testing/throwaway-database.ts";

let live: LiveVtgate;
before(async () => {
  live = await startLiveVtgate("mariadb");
  await live.applyVSchema("commerce", {});
});
after(() => live.stop());

test("it serves over the link, and sees a new VSchema without a restart", async () => {
  const db = await connectGateway(live.vtgate.mysqlPort);
  const [tablets] = await db.query("show vitess_tablets");
  assert.equal((tablets as unknown[]).length, 3);
  await db.query("create table commerce.product (id int primary key)");
  await db.query("insert into commerce.product values (1), (2)");
  const [counted] = await db.query("select count(*) from commerce.product");
  assert.deepEqual(counted, [[2]]);
  await assert.rejects(
    db.query("select * from customer.customer"),
    /VT09022: destination does not have exactly one shard: customer \(-80, 80-\)/,
  );
  await live.applyVSchema("customer", {
    sharded: true,
    vindexes: { hash: { type: "hash" } },
    tables: { customer: { column_vindexes: [{ column: "id", name: "hash" }] } },
  });
  for (let i = 0; i < 100 && !live.vtgate.cluster.vschema().keyspaces.has("customer"); i++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await db.query("use customer");
  await db.query("create table customer (id bigint primary key, name varchar(10))");
  await db.query("insert into customer (id, name) values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')");
  const [rows] = await db.query("select id from customer");
  assert.deepEqual(
    (rows as number[][]).flat().toSorted((a, b) => a - b),
    [1, 2, 3, 4],
  );
  const [version] = await db.query("select @@version");
  assert.match(String((version as string[][])[0]?.[0]), /MariaDB/);
  await db.end();
});

test("a session that ends in mid-transaction leaves nothing behind", async () => {
  const open = () => connectGateway(live.vtgate.mysqlPort, { database: "customer" });
  const leaving = await open();
  await leaving.beginTransaction();
  await leaving.query("update customer set name = 'x'");
  leaving.destroy();
  const db = await open();
  await db.query("set innodb_lock_wait_timeout = 5");
  await db.query("update customer set name = 'y' where id = 1");
  const [rows] = await db.query("select name from customer where id in (1, 2)");
  assert.deepEqual((rows as string[][]).flat().sort(), ["b", "y"]);
  await db.end();
});

test("texts are read as the servers read them by default", async () => {
  for (const { socketPath } of live.servers.databases) {
    const root = await connect(testEnvironment, { address: { path: socketPath }, username: "root" });
    await root.query(statement("set global sql_mode = 'ANSI_QUOTES'"));
    const { rows } = await root.query(statement("select id from information_schema.processlist where user = 'app'"));
    for (const [id] of rows) await root.query(statement(`kill ${id}`)); // They keep the mode that they began with.
    root.close();
  }
  const { mysqlPort } = await live.open();
  const db = await connectGateway(mysqlPort, { database: "customer" });
  for (let i = 0; i < 100; i++) {
    const done = await db.query('replace into customer ("id", "name") values (9, \'q\')').catch(() => undefined);
    if (done !== undefined) break; // The gateway has asked a server.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const id of [8, 9, 9]) {
    const [rows] = await db.query(`select "name" from customer where "id" = ${id}`);
    assert.deepEqual(rows, id === 9 ? [["q"]] : []);
  }
  await db.end();
});
