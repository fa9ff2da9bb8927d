/** The debug pages and metrics over a query service that never meets a database. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Clock, systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { resolveFlags } from "../base/flag-sources.ts";
import { LiveFlags } from "../base/live-flags.ts";
import { silentLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import { systemRandom } from "../base/random.ts";
import { emptyTrailer } from "../mysql/packets/answers.ts";
import { everyStatement } from "../servenv/event-log.ts";
import { httpApp } from "../servenv/http.ts";
import { integerValue } from "../sqltypes/value.ts";
import { ask, requestOf, testCaller, testTarget } from "../testing/query-requests.ts";
import { testEnvironment } from "../testing/throwaway-database.ts";
import { vttabletFlags } from "./flags.ts";
import { tabletPages } from "./pages.ts";
import { Authorizer } from "./query/authorizer.ts";
import type { HeldConnection } from "./query/held-connections.ts";
import { Plans } from "./query/plans.ts";
import { parseQueryRules } from "./query/query-rules.ts";
import { Recorder } from "./query/recorder.ts";
import { SchemaEngine } from "./query/schema-engine.ts";
import { parseTableAcl } from "./query/table-acl.ts";
import { TabletQueryService } from "./query/tablet-query-service.ts";
import { aclMetrics, queryMetrics } from "./query-metrics.ts";

const env = { ...testEnvironment, log: silentLogger };
const app = { address: { path: "/nowhere/at/all.sock" }, username: "app", database: "vt_ks" };
const schema = new SchemaEngine(env, app);
const metrics = new Metrics();
const plans = new Plans(3000);
const aclOptions = { database: "vt_ks", isStrict: true, isDryRun: false, exemptGroup: "" };
const authorizer = new Authorizer(aclOptions, plans, aclMetrics(metrics));
const service = new TabletQueryService({
  env,
  tabletAlias: "zone1-0000000100",
  target: testTarget,
  app,
  schema,
  plans,
  authorizer,
  recorder: new Recorder({
    metrics,
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    filter: everyStatement,
    warnRows: () => 0,
  }),
});
const required = ["--tablet-path=zone1-0000000100", "--init-keyspace=ks", "--init-shard=0"];
const ticks: (() => void)[] = [];
const tick = () => {
  for (const run of ticks) run();
};
const manual: Clock = {
  ...systemClock,
  every: (_periodMs, run) => {
    ticks.push(run);
    return { cancel: () => {} };
  },
};
queryMetrics(metrics, manual, { service, schema });
const flags = new LiveFlags(vttabletFlags, resolveFlags(vttabletFlags, { args: required, environment: {}, disk }));
const routes = tabletPages({
  service,
  schema,
  logger: silentLogger,
  clock: systemClock,
  flags,
  degradedMs: () => flags.values.degradedThresholdMs,
  logPaths: { statements: "/debug/querylog", transactions: "/debug/txlog" },
});
const server = httpApp(routes, { policy: "", logger: silentLogger });
const careful = httpApp(routes, { policy: "read-only", logger: silentLogger });
const post = (path: string, fields: Record<string, string>, on = server) =>
  on.request(path, { method: "POST", body: new URLSearchParams(fields) });

after(async () => {
  schema.close();
  await service.close();
});

test("statistics by plan; texts are escaped", async () => {
  const { use } = plans.of("select '<script>' from t where id = :id");
  use.record(2, 3, { trailer: emptyTrailer });
  use.record(4, 3, { trailer: emptyTrailer });
  const [stats] = (await (await server.request("/debug/query_stats")).json()) as Record<string, unknown>[];
  const { Table, Plan, QueryCount, Time, RowsReturned } = stats ?? {};
  assert.deepEqual([Table, Plan, QueryCount, Time, RowsReturned], ["t", "Select", 2, 6_000_000, 6]);
  const text = await (await server.request("/queryz")).text();
  assert.match(text, /select &#39;&lt;script&gt;&#39; from t/);
  assert.doesNotMatch(text, /<script/);
});

test("the logs as a table and as a stream; statements that are refused are counted", async () => {
  const get = async (path: string) => (await server.request(path)).text();
  const tables = Promise.all([get("/querylogz?limit=1&timeout=30"), get("/txlogz?limit=1&timeout=30")]);
  const streams = Promise.all([get("/debug/querylog?limit=1"), get("/debug/txlog?limit=1")]);
  await new Promise((resolve) => setImmediate(resolve));
  await ask(service, "select '<i>' from t where id = :id", { binds: { id: integerValue(7) } }); // Nobody serves it.
  assert.equal((metrics.vars()["Errors"] as Record<string, number>)["CLUSTER_EVENT"], 1);
  const { recorder } = service;
  assert.ok(recorder.statements.isHeard && recorder.transactions.isHeard);
  const held = { id: 9, caller: testCaller, sinceMs: 0, texts: [] as string[] } as unknown as HeldConnection;
  const running = {
    request: requestOf("delete from t where a = '<b>'"),
    receivedMs: 0,
    sinceMs: 0,
    rowCount: 3,
  } as never;
  recorder.inTransaction(held, running);
  recorder.transactionEnded(held, "kill");
  recorder.ended(running, plans.of("delete from t where a = '<b>'"), { trailer: emptyTrailer });
  const [statements, transactions] = await tables;
  assert.match(statements, /delete from t where a = &#39;&lt;b&gt;&#39;/);
  assert.match(transactions, /<td>9<\/td>.*<td>kill<\/td>/s);
  const [first, second] = await streams;
  assert.match(first, /^tester\t.*\tDelete\t"delete from t/);
  assert.match(second, /^9\t\ttester\t.*\tkill\t"delete from t where a = '<b>'"\n$/);
  assert.equal(recorder.statements.isHeard || recorder.transactions.isHeard, false);
  assert.equal((metrics.vars()["Kills"] as Record<string, number>)["Transactions"], 1);
  assert.deepEqual(metrics.vars()["UserTransactionCount"], { "tester.kill": 1 });
});

test("counters grow by what is new, also when a plan leaves", () => {
  tick();
  const counts = () => metrics.vars()["QueryCounts"] as Record<string, number>;
  assert.equal(counts()["t.Select"], 2);
  tick();
  assert.equal(counts()["t.Select"], 2);
  const { use } = plans.of("select '<script>' from t where id = :id");
  use.record(1, 1, { error: new Error("gone") as never });
  for (let i = 0; i < 20; i++) plans.of(`select ${i} from u`);
  for (let i = 0; i < 20; i++) plans.of(`select ${i} from v`);
  assert.equal(counts()["t.Select"], 3);
  assert.deepEqual(metrics.vars()["UserTableQueryCount"], { "t.tester.Delete": 1 });
  assert.equal((metrics.vars()["QueryErrorCounts"] as Record<string, number>)["t.Select"], 1);
  assert.equal(metrics.vars()["ConnPoolCapacity"], 16);
  assert.equal(metrics.vars()["TabletStateName"], "NOT_SERVING");
  assert.equal((metrics.vars()["QPS"] as Record<string, number[]>)["All"]?.length, 2);
});

test("limits change at run time, by admins alone", async () => {
  assert.equal((await post("/debug/env", { varname: "PoolSize", value: "5" })).status, 200);
  assert.equal(service.pools.query.limits.sizeMax, 5);
  assert.equal((await post("/debug/env", { varname: "Consolidator", value: "disable" })).status, 200);
  assert.equal((await post("/debug/env", { varname: "WarnResultSize", value: "5000" })).status, 200);
  assert.equal((await post("/debug/env", { varname: "UnhealthyThreshold", value: "90s" })).status, 200);
  assert.deepEqual([flags.values.queryserverConfigWarnResultSize, flags.values.unhealthyThresholdMs], [5000, 90_000]);
  assert.equal(service.consolidator.options.mode, "disable");
  for (const [varname, value] of [
    ["PoolSize", "0"],
    ["UnhealthyThreshold", "soon"],
    ["PoolSize", "many"],
    ["Nothing", "1"],
    ["toString", "1"],
    ["Consolidator", "x"],
  ] as const)
    assert.equal((await post("/debug/env", { varname, value })).status, 400);
  assert.equal((await post("/debug/env", { varname: "PoolSize", value: "9" }, careful)).status, 403);
  assert.equal(service.pools.query.limits.sizeMax, 5);
  assert.match(await (await careful.request("/debug/env")).text(), /TxPoolSize/);
});

test("lag that is much is told, and how much that is may change", async () => {
  const lagState = async () => {
    const details = (await (await server.request("/debug/status_details")).json()) as { Key: string; Class: string }[];
    return details.find(({ Key }) => Key === "Replication Lag")?.Class;
  };
  service.health.setLag(40);
  assert.equal(await lagState(), "unhappy");
  flags.set("degraded-threshold", "1m");
  assert.equal(await lagState(), "healthy");
});

test("what runs now, and its end", async () => {
  assert.deepEqual(await (await server.request("/livequeryz/?format=json")).json(), []);
  assert.equal((await post("/livequeryz/terminate", { connID: "7" })).status, 404);
  assert.equal((await post("/livequeryz/terminate", { connID: "x" })).status, 400);
  assert.equal((await post("/livequeryz/terminate", { connID: "7" }, careful)).status, 403);
});

test("ACLs and rules as they are in force", async () => {
  authorizer.acl = parseTableAcl(
    '{"table_groups":[{"name":"g","table_names_or_prefixes":["t","u%"],"readers":["a"]}]}',
  );
  authorizer.setRules("file", parseQueryRules('[{"Name":"r","Plans":["Delete"]}]'));
  assert.deepEqual(await (await server.request("/debug/acl")).json(), {
    table_groups: [{ name: "g", table_names_or_prefixes: ["t", "u%"], readers: ["a"], writers: [], admins: [] }],
  });
  const [rule] = (await (await server.request("/debug/query_rules")).json()) as { Name: string }[];
  assert.equal(rule?.Name, "r");
  for (const path of [
    "/schemaz",
    "/debug/schema",
    "/debug/tablet_plans",
    "/debug/query_plans",
    "/debug/status_details",
    "/streamqueryz",
    "/debug/consolidations",
    "/debug/hotrows",
    "/livequeryz/",
  ])
    assert.equal((await server.request(path)).status, 200, path);
});
