/** Adding up what gateways counted, its order and its quantiles; a gateway that does not answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addUp,
  type GatewaySource,
  insightOrder,
  quantileMs,
  readInsights,
  type StatementInsight,
} from "./insights.ts";

const insight = (given: Partial<StatementInsight>): StatementInsight => ({
  query: "select 1",
  statementType: "SELECT",
  plan: "Scatter",
  keyspace: "user",
  tabletType: "primary",
  tables: [],
  count: 1,
  errors: 0,
  rowsReturned: 1,
  rowsAffected: 0,
  shards: 2,
  totalMs: 3,
  maxMs: 3,
  histogram: [{ belowMs: 4, calls: 1 }],
  ...given,
});

test("statements of one sort are added up, whatever their gateway", () => {
  const other = insight({ count: 3, shards: 6, totalMs: 9, maxMs: 7, histogram: [{ belowMs: 1, calls: 3 }] });
  const replica = insight({ tabletType: "replica" });
  const [sum, ...rest] = addUp([insight({}), other, replica]);
  assert.deepEqual(rest, [replica]);
  assert.deepEqual(
    sum,
    insight({
      count: 4,
      rowsReturned: 2,
      shards: 8,
      totalMs: 12,
      maxMs: 7,
      histogram: [
        { belowMs: 1, calls: 3 },
        { belowMs: 4, calls: 1 },
      ],
    }),
  );
});

test("a quantile is the bound of its bucket, at most the longest time", () => {
  const histogram = [
    { belowMs: 1, calls: 98 },
    { belowMs: 16, calls: 1 },
    { belowMs: null, calls: 1 },
  ];
  const one = insight({ count: 100, maxMs: 90_000_000, histogram });
  assert.equal(quantileMs(one, 0.5), 1);
  assert.equal(quantileMs(one, 0.99), 16);
  assert.equal(quantileMs(one, 1), 90_000_000);
  assert.equal(quantileMs(insight({ maxMs: 3 }), 0.99), 3);
});

test("ordered, filtered, and a silent gateway is named", async () => {
  const found = [insight({ query: "insert", errors: 2 }), insight({ query: "delete", errors: 5 }), insight({})];
  const gateways: GatewaySource[] = [
    { address: "one:1", read: async () => found },
    { address: "two:2", read: () => Promise.reject(new Error("gone")) },
  ];
  const answer = (await readInsights(gateways, "errors", "")) as never as { statements: { query: string }[] };
  assert.deepEqual(
    answer.statements.map(({ query }) => query),
    ["delete", "insert", "select 1"],
  );
  const filtered = await readInsights(gateways, "count", "user INS");
  assert.equal(filtered["statements_count"], 1);
  assert.deepEqual(filtered["gateways"], [
    { address: "one:1", error: "" },
    { address: "two:2", error: "gone" },
  ]);
  assert.throws(() => insightOrder("toString"), /VT23007/);
});
