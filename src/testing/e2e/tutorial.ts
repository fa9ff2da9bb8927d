/**
 * The tutorial, told from outside: a cluster as `npm start` makes it, then only what a user has: vtctldclient, mysql2 and
 * the servers' own command lines. Steps build on each other. Which customer belongs to which shard is what Vitess's own
 * example shows: hash puts 1, 2, 3 and 5 into -80, 4 into 80-.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { sleep, systemClock } from "../../base/clock.ts";
import type { Flavour } from "../../mysql/client.ts";
import { TestCluster, type Ended } from "./test-cluster.ts";

const keyspaces = [
  { name: "commerce", shards: ["0"] },
  { name: "customer", shards: ["-80", "80-"] },
];
const alias = {
  commerce: "zone1-0000000100",
  low: "zone1-0000000102",
  lowReplica: "zone1-0000000103",
  high: "zone1-0000000104",
};
const commerceSchema = `
  create table product (sku varbinary(128) primary key, description varbinary(128), price bigint);
  create table customer_seq (id bigint primary key, next_id bigint, cache bigint) comment 'vitess_sequence';
  insert into customer_seq (id, next_id, cache) values (0, 1, 3)`;
const customerSchema =
  "create table customer (customer_id bigint primary key, email varchar(128) not null, born date, worth decimal(10,2))";
const commerceVschema = { tables: { product: {}, customer_seq: { type: "sequence" } } };
const customerVschema = {
  sharded: true,
  vindexes: { hash: { type: "hash" } },
  tables: {
    customer: {
      column_vindexes: [{ column: "customer_id", name: "hash" }],
      auto_increment: { column: "customer_id", sequence: "customer_seq" },
    },
  },
};
const seenTimeoutMs = 30_000;
const pollMs = 100;

export function describeTutorial(flavour: Flavour, topo: "sqlite" | "etcd"): void {
  describe(`${flavour} on ${topo}`, { timeout: 160_000 }, () => {
    let cluster: TestCluster;
    let connection: mysql.Connection;

    const connectAgain = async () => {
      connection = await mysql.createConnection({ ...cluster.gateway, database: "customer", dateStrings: true });
    };
    const done = async (ended: Promise<Ended>) => {
      const { code, out, err } = await ended;
      assert.equal(code, 0, `${out}\n${err}\n${cluster.logs()}`);
      return out;
    };
    const vtctldclient = (...args: readonly string[]) => done(cluster.client(...args));
    const rows = async (sql: string) => {
      const [found] = await connection.query({ sql, rowsAsArray: true });
      return found as unknown as (string | number | null)[][];
    };
    /** Customers by number: over several shards their order is nobody's promise. */
    const customers = async (where = "") =>
      (await rows(`select customer_id, email from customer ${where}`)).sort(([a], [b]) => Number(a) - Number(b));

    before(async () => {
      cluster = await TestCluster.start({ flavour, topo, keyspaces });
      await connectAgain();
    });
    after(async () => {
      connection?.destroy();
      await cluster?.remove();
    });

    test("the topology says what was asked for", async () => {
      assert.equal(await vtctldclient("GetCellInfoNames"), "zone1\n");
      const names = JSON.parse(await vtctldclient("GetKeyspaces")) as { name: string }[];
      assert.deepEqual(
        names.map(({ name }) => name),
        ["commerce", "customer"],
      );
      const { shard } = JSON.parse(await vtctldclient("GetShard", "customer/-80")) as {
        shard: { primary_alias: object; key_range: object; is_primary_serving: boolean };
      };
      assert.deepEqual(shard.primary_alias, { cell: "zone1", uid: 102 });
      assert.deepEqual(shard.key_range, { start: "", end: "gA==" });
      assert.equal(shard.is_primary_serving, true);
      const tablets = (await vtctldclient("GetTablets")).trim().split("\n");
      assert.deepEqual(
        tablets.map((line) => line.split(" ").slice(0, 4).join(" ")),
        [
          `${alias.commerce} commerce 0 primary`,
          "zone1-0000000101 commerce 0 replica",
          `${alias.low} customer -80 primary`,
          `${alias.lowReplica} customer -80 replica`,
          `${alias.high} customer 80- primary`,
          "zone1-0000000105 customer 80- replica",
        ],
      );
    });

    test("schema and VSchema come from vtctldclient; everything is in order then", async () => {
      await vtctldclient("ApplySchema", "--sql", commerceSchema, "commerce");
      await vtctldclient("ApplySchema", "--sql", customerSchema, "customer");
      await vtctldclient("ApplyVSchema", "--vschema", JSON.stringify(commerceVschema), "commerce");
      await vtctldclient("ApplyVSchema", "--vschema", JSON.stringify(customerVschema), "customer");
      const kept = JSON.parse(await vtctldclient("GetVSchema", "customer")) as typeof customerVschema;
      assert.equal(kept.sharded, true);
      assert.deepEqual(kept.tables.customer.auto_increment, customerVschema.tables.customer.auto_increment);
      await vtctldclient("Validate");
      await untilSeen(() => connection.query("select email from customer.customer where customer_id = 1"));
      await untilSeen(() => connection.query("select sku from commerce.product"));
    });

    test("rows without a number get one from the sequence and go to their shards", async () => {
      const emails = ["alice", "bob", "charlie", "dan", "eve"].map((name) => `${name}@domain.com`);
      for (const email of emails.slice(0, 2))
        await connection.query("insert into customer (email) values (?)", [email]);
      await connection.query("insert into customer (email) values (?), (?), (?)", emails.slice(2));
      assert.deepEqual(
        await customers(),
        emails.map((email, i) => [i + 1, email]),
      );
      const at = async (tablet: string) => {
        const found = await cluster.rowsAt(tablet, "select customer_id from vt_customer.customer order by 1");
        return found.flat().join();
      };
      assert.equal(await at(alias.low), "1,2,3,5");
      assert.equal(await at(alias.high), "4");
    });

    test("reads by key, by several keys and over all shards; writes by key", async () => {
      assert.deepEqual(await customers("where customer_id = 4"), [[4, "dan@domain.com"]]);
      assert.deepEqual(await customers("where customer_id in (4, 1, 99)"), [
        [1, "alice@domain.com"],
        [4, "dan@domain.com"],
      ]);
      assert.deepEqual(await customers("where email = 'eve@domain.com'"), [[5, "eve@domain.com"]]);
      const [changed] = await connection.query<mysql.ResultSetHeader>(
        "update customer set email = 'dan@new.com' where customer_id = 4",
      );
      assert.equal(changed.affectedRows, 1);
      assert.deepEqual(await customers("where customer_id = 4"), [[4, "dan@new.com"]]);
    });

    test("prepared statements bind and answer in the binary protocol", async () => {
      const insert = "insert into customer (customer_id, email, born, worth) values (?, ?, ?, ?)";
      await connection.execute(insert, [10, "jo@domain.com", "1999-12-31", "12345.67"]);
      await connection.execute(insert, [11, "kim", null, null]);
      const byKey = "select customer_id, email, born, worth from customer where customer_id = ?";
      const find = async (id: number) =>
        (await connection.execute<mysql.RowDataPacket[][]>({ sql: byKey, rowsAsArray: true }, [id]))[0];
      assert.deepEqual(await find(10), [[10, "jo@domain.com", "1999-12-31", "12345.67"]]);
      assert.deepEqual(await find(11), [[11, "kim", null, null]]);
      assert.deepEqual(await find(12), []);
      const [gone] = await connection.execute<mysql.ResultSetHeader>(
        "delete from customer where customer_id in (?, ?)",
        [10, 11],
      );
      assert.equal(gone.affectedRows, 2);
    });

    test("a transaction over both shards is kept by commit and undone by rollback", async () => {
      await connection.beginTransaction();
      await connection.query("insert into customer (customer_id, email) values (21, 'a'), (22, 'b'), (23, 'c')");
      await connection.query("update customer set email = 'd' where customer_id = 4");
      assert.equal((await customers("where customer_id in (21, 22, 23)")).length, 3);
      const others = await done(
        cluster.commandLine("mariadb", "select email from customer.customer where customer_id = 4"),
      );
      assert.equal(others, "dan@new.com\n", "nobody else sees it before the commit");
      await connection.rollback();
      assert.deepEqual(await customers("where customer_id in (4, 21, 22, 23)"), [[4, "dan@new.com"]]);
      await connection.beginTransaction();
      await connection.query("update customer set email = 'alice@new.com' where customer_id = 1");
      await connection.query("update customer set email = 'dan@domain.com' where customer_id = 4");
      await connection.commit();
      assert.deepEqual(await customers("where customer_id in (1, 4)"), [
        [1, "alice@new.com"],
        [4, "dan@domain.com"],
      ]);
    });

    for (const program of ["mariadb", "mysql"] as const)
      test(`the ${program} command line reads and writes, plain and prepared`, async () => {
        const product = `sku-${program}`;
        const out = await done(
          cluster.commandLine(
            program,
            `insert into commerce.product (sku, description, price) values ('${product}', 'Monitor', 100);
             select description, price from commerce.product where sku = '${product}';
             select email from customer where customer_id = 5;
             prepare by_key from 'select email from customer where customer_id = ?';
             set @wanted = 2;
             execute by_key using @wanted;
             deallocate prepare by_key`,
            "customer",
          ),
        );
        assert.equal(out, "Monitor\t100\neve@domain.com\nbob@domain.com\n");
        const refused = await cluster.commandLine(program, "select nothing_such from customer.customer");
        assert.equal(refused.code, 1);
        assert.match(refused.err, /^ERROR 1054 \(42S22\)/m);
      });

    test("a planned reparent changes the primary, for the topology and for the gateway", async () => {
      const said = await vtctldclient("PlannedReparentShard", "customer/-80", "--new-primary", alias.lowReplica);
      assert.match(said, new RegExp(alias.lowReplica));
      await untilSeen(async () => {
        await connection.query("insert into customer (customer_id, email) values (30, 'after')");
      });
      const shown = (await vtctldclient("GetTablets", "--keyspace", "customer", "--shard", "-80")).trim().split("\n");
      assert.deepEqual(
        shown.map((line) => line.split(" ").slice(0, 4).join(" ")),
        [`${alias.low} customer -80 replica`, `${alias.lowReplica} customer -80 primary`],
      );
      await untilSeen(async () => {
        const tablets = await rows("show vitess_tablets");
        const places = tablets.map((tablet) => tablet.slice(1, 6).join(" "));
        assert.ok(places.includes(`customer -80 PRIMARY SERVING ${alias.lowReplica}`), places.join("; "));
      });
      await untilSeen(async () => assert.equal((await customers("where customer_id = 30")).length, 1));
      await untilSeen(async () => {
        const at = await cluster.rowsAt(alias.low, "select count(*) from vt_customer.customer where customer_id = 30");
        assert.deepEqual(at, [["1"]], "the old primary follows");
      });
    });

    test("stopped and started again, everything is there, and the primary is the one it was", async () => {
      const expected = await customers();
      assert.equal(expected.length, 6);
      connection.destroy();
      await cluster.stop();
      await cluster.start();
      await connectAgain();
      await untilSeen(async () => assert.deepEqual(await customers(), expected));
      const { shard } = await cluster.running.vtctld.getShard({ keyspace: "customer", shardName: "-80" });
      assert.equal(shard?.shard?.primaryAlias?.uid, 103);
      await untilSeen(() => connection.query("insert into customer (email) values ('last@domain.com')"));
      const last = await customers("where email = 'last@domain.com'");
      assert.ok(Number(last[0]?.[0]) > 5, "the sequence goes on");
    });
  });
}

/** What is seen by watching comes a moment later. */
async function untilSeen(look: () => Promise<unknown>): Promise<void> {
  const until = systemClock.monotonicMs() + seenTimeoutMs;
  for (;;) {
    try {
      await look();
      return;
    } catch (error) {
      if (systemClock.monotonicMs() > until) throw error;
      await sleep(systemClock, pollMs);
    }
  }
}
