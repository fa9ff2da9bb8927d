/** VEXPLAIN, and what the gateway counts and logs of statements: on real servers of both flavours. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type mysql from "mysql2/promise";
import { systemClock } from "../base/clock.ts";
import { silentLogger } from "../base/log.ts";
import { httpApp } from "../servenv/http.ts";
import { connectGateway, customersById } from "../testing/gateway-client.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { plainCounts } from "./merged-counts.ts";
import { gatewayRoutes, insightOf } from "./pages.ts";

const vschema = customersById("customer");

interface Node {
  readonly OperatorType: string;
  readonly Variant?: string;
  readonly Inputs?: readonly Node[];
  readonly [field: string]: unknown;
}

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    let db: mysql.Connection;
    const rows = async (sql: string) => (await db.query(sql))[0] as unknown[][];
    const json = async (sql: string) => JSON.parse(String((await rows(sql))[0]?.[0])) as Node;
    const pages = (path: string) => {
      const { insights, queryLog } = live.gateway.env;
      const statements = (withPlans: boolean) =>
        Promise.resolve(plainCounts(insights.all, withPlans ? live.gateway.cluster : undefined));
      const routes = gatewayRoutes({ statements, queryLog, clock: systemClock, cluster: () => live.gateway.cluster });
      return httpApp(routes, { policy: "", logger: silentLogger }).request(path);
    };
    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      const { port } = live.server;
      db = await connectGateway(port, { database: "customer" });
      await db.query("create table customer (id bigint primary key, name varchar(20))");
      await db.query("insert into customer (id, name) values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')");
    });
    after(async () => {
      await db.end();
      await live.stop();
    });

    test("the plan as JSON", async () => {
      for (const sql of [
        "vexplain plan select name from customer where id = 1",
        "explain format = vitess select name from customer where id = 1",
      ]) {
        const plan = (await json(sql)) as unknown as {
          QueryType: string;
          Type: string;
          Instructions: Node;
          TablesUsed: string[];
        };
        assert.deepEqual(
          [plan.QueryType, plan.Type, plan.TablesUsed],
          ["SELECT", "Passthrough", ["customer.customer"]],
        );
        const { OperatorType, Variant, Keyspace, Vindex, Values } = plan.Instructions;
        assert.deepEqual([OperatorType, Variant, Vindex, Values], ["Route", "EqualUnique", "hash", ["1"]]);
        assert.deepEqual(Keyspace, { Name: "customer", Sharded: true });
      }
      const plan = await json("vexplain plan update customer set name = 'x' where id = 1");
      assert.equal((plan["Instructions"] as Node).OperatorType, "Update");
      const sorted = await json("vexplain plan select id from customer order by id limit 2");
      const limit = sorted["Instructions"] as Node;
      assert.equal(limit.OperatorType, "Limit");
      assert.equal(limit.Inputs?.[0]?.Inputs?.[0]?.Variant, "Scatter");
    });

    test("the queries that a statement sends, and the servers' plans of them", async () => {
      const sent = await rows("vexplain queries select name from customer where id in (1, 2, 3, 4)");
      assert.deepEqual(
        sent.map(([i, keyspace, shard]) => [i, keyspace, shard]),
        [
          [0, "customer", "-80"],
          [1, "customer", "80-"],
        ],
      );
      assert.match(String(sent[0]?.[3]), /^select name from customer/i);
      const explained = await rows("vexplain all select name from customer where id = 1");
      assert.equal(explained.length, 1);
      assert.match(String(explained[0]?.[3]), /"query_(block|plan)"/);
      await assert.rejects(db.query("vexplain queries delete from customer where id = 1"), /VT09008/);
      assert.deepEqual(await rows("select count(*) from customer where id = 1"), [[1]]);
      for (const asked of [
        "vexplain /*vt+ EXECUTE_DML_QUERIES */ queries delete from customer where id = 4",
        "vexplain queries delete /*vt+ EXECUTE_DML_QUERIES */ from customer where id = 4",
      ])
        assert.equal((await rows(asked)).length, 1);
      assert.deepEqual(await rows("select count(*) from customer where id = 4"), [[0]]);
    });

    test("columns to shard by, and where a vindex leads", async () => {
      const usage = await json(
        "vexplain keys select c.name, count(*) from customer c join customer d on d.id = c.name where c.id > 5 and 'x' <> d.name group by c.name",
      );
      assert.deepEqual(usage as unknown, {
        statementType: "SELECT",
        groupingColumns: ["customer.name"],
        filterColumns: ["customer.id >", "customer.name !="],
        selectColumns: ["customer.name"],
        joinPredicates: ["customer.id = customer.name"],
      });
      const found = await rows("select id, hex_keyspace_id, shard, range_start from hash where id in (1, 4)");
      assert.deepEqual(
        found.map((row) => row.map(String)),
        [
          ["1", "166b40b44aba4bd6", "-80", ""],
          ["4", "d2fd8867d50d2dfe", "80-", "\ufffd"],
        ],
      );
      const [prepared, fields] = await db.execute("select * from customer.hash where id = ?", [1]);
      assert.equal((prepared as unknown[]).length, 1);
      assert.deepEqual(
        fields.map(({ name }) => name),
        ["id", "keyspace_id", "range_start", "range_end", "hex_keyspace_id", "shard"],
      );
      await assert.rejects(db.query("select * from hash where id > 1"), /VT12001.*vindex function/);
    });

    test("what each part of a plan did", async () => {
      const traced = await json("vexplain trace select id from customer order by id limit 2");
      assert.deepEqual([traced.OperatorType, traced["NoOfCalls"], traced["AvgNumberOfRows"]], ["Limit", 1, 2]);
      assert.equal(traced.Inputs?.[0]?.["ShardsQueried"], 2);
    });

    test("statements are counted by sort, whichever way they come", async () => {
      const all = () => live.gateway.env.insights.all.map(insightOf);
      const find = () => all().find(({ query }) => /^select name from customer where id = :v1$/i.test(query));
      const before = find()?.count ?? 0;
      for (const id of [1, 2, 3]) await db.query(`select name from customer where id = ${id}`);
      await db.execute("select name from customer where id = ?", [1]);
      const { count = 0, rowsReturned = 0, shards = 0, plan } = find() ?? {};
      assert.deepEqual([count - before, plan], [4, "Passthrough"]);
      assert.ok(rowsReturned >= 4 && shards >= 4);
      await assert.rejects(db.query("select nothing from customer where id = 1"), { errno: 1054 });
      assert.equal(all().find(({ query }) => query.includes("nothing"))?.errors, 1);
    });

    test("the pages show it", async () => {
      await db.query("select id from customer");
      for (const path of ["queryz", "scatter_stats", "gateway"]) {
        const page = await pages(`/debug/${path}`);
        assert.equal(page.status, 200);
        assert.match(await page.text(), path === "gateway" ? /zone1-0000000100/ : /from customer/);
      }
      const plans = (await (await pages("/debug/query_plans")).json()) as {
        Key: string;
        Value: { Instructions: Node };
      }[];
      assert.ok(plans.some(({ Value }) => Value.Instructions.Variant === "Scatter"));
      const shown = (await (await pages("/debug/vschema")).json()) as {
        keyspaces: Record<string, { sharded: boolean }>;
      };
      assert.equal(shown.keyspaces["customer"]?.sharded, true);
      const insights = (await (await pages("/debug/insights")).json()) as { query: string; count: number }[];
      assert.ok(insights.some(({ query, count }) => /from customer/.test(query) && count > 0));
    });

    test("the query log tells of statements as they end", async () => {
      const answer = await pages("/debug/querylog?limit=2");
      await db.query("select name from customer where id = 2");
      await assert.rejects(db.query("select absent from customer where id = 2"), { errno: 1054 });
      const lines = (await answer.text()).trim().split("\n");
      assert.equal(lines.length, 2);
      assert.match(lines[0] ?? "", /\tSELECT\t"select name from customer where id = 2"\t1\t1\t""\tcustomer\tprimary\t/);
      assert.match(lines[1] ?? "", /Unknown column/);
    });
  });
