/**
 * The gateway's own pages (inventory 4.071): the statements that it ran, by sort; their plans; the VSchema; its tablets; the
 * query log as it happens. Vitess's paths; /debug/insights is ours.
 */
import type { Clock } from "../base/clock.ts";
import { html, page, table } from "../servenv/html.ts";
import type { Route } from "../servenv/http.ts";
import { logRoutes } from "../servenv/log-pages.ts";
import type { Cluster } from "./cluster.ts";
import { bucketBoundsMs } from "./insights.ts";
import type { PlainCounts } from "./merged-counts.ts";
import type { QueryLog } from "./query-log.ts";

export interface PageParts {
  /** What all workers counted, with their plans where asked for. */
  readonly statements: (withPlans: boolean) => Promise<readonly PlainCounts[]>;
  readonly queryLog: QueryLog;
  readonly clock: Clock;
  /** Undefined until the gateway is open. */
  readonly cluster: () => Cluster | undefined;
}

const logPlace = { streamPath: "/debug/querylog", tablePath: "/debug/querylogz", title: "Query log" };

export function gatewayRoutes(parts: PageParts): readonly Route[] {
  const { statements, cluster } = parts;
  const get = (path: string, answer: Route["answer"]): Route => ({
    method: "GET",
    path,
    permission: "debugging",
    answer,
  });
  return [
    get("/debug/insights", async (c) => c.json((await statements(false)).map(insightOf))),
    get("/debug/queryz", async () => queryPage(await statements(false))),
    get("/debug/query_plans", async (c) => c.json((await statements(true)).flatMap(planOf))),
    get("/debug/scatter_stats", async () => scatterPage(await statements(false))),
    get("/debug/vschema", (c) => c.json(vschemaOf(cluster()))),
    get("/debug/gateway", () => gatewayPage(cluster())),
    ...logRoutes(parts.queryLog, logPlace, parts.clock),
  ];
}

/** One sort of statements as the web page and other tools read it. Times are in milliseconds. */
export function insightOf({ sort, ...counts }: PlainCounts) {
  const { count, errors, rowsReturned, rowsAffected, shards, totalMs, maxMs } = counts;
  const histogram = Array.from(counts.buckets, (calls, i) => ({ belowMs: bucketBoundsMs[i] ?? null, calls }));
  return {
    ...sort,
    count,
    errors,
    rowsReturned,
    rowsAffected,
    shards,
    totalMs,
    maxMs,
    histogram: histogram.filter(({ calls }) => calls > 0),
  };
}

const byTime = (all: readonly PlainCounts[]) => all.toSorted((a, b) => b.totalMs - a.totalMs);
const average = (total: number, { count }: PlainCounts) => (count === 0 ? "" : (total / count).toFixed(3));

function queryPage(all: readonly PlainCounts[]): Response {
  const rows = byTime(all).map((one) => [
    one.sort.query,
    one.sort.keyspace,
    one.sort.tabletType,
    one.sort.plan,
    one.count,
    (one.totalMs / 1000).toFixed(3),
    one.shards,
    one.rowsReturned,
    one.rowsAffected,
    one.errors,
    average(one.totalMs, one),
    average(one.shards, one),
    average(one.rowsReturned, one),
  ]);
  const head = ["query", "keyspace", "tablet type", "plan", "count", "seconds", "shard queries", "rows returned"];
  const more = ["rows affected", "errors", "ms per query", "shard queries per query", "rows per query"];
  return page("Statements", table([...head, ...more], rows));
}

function planOf({ sort, instructions }: PlainCounts) {
  if (instructions === undefined) return [];
  return [
    {
      Key: sort.query,
      Value: {
        QueryType: sort.statementType,
        Original: sort.query,
        Type: sort.plan,
        Instructions: instructions,
        TablesUsed: sort.tables,
      },
    },
  ];
}

function scatterPage(all: readonly PlainCounts[]): Response {
  const scattered = byTime(all).filter(({ sort, count }) => sort.plan === "Scatter" && count > 0);
  const [calls, ms] = [sum(all, ({ count }) => count), sum(all, ({ totalMs }) => totalMs)];
  const share = (part: number, whole: number) => (whole === 0 ? "0 %" : `${((100 * part) / whole).toFixed(2)} %`);
  const rows = scattered.map((one) => [
    one.sort.query,
    one.count,
    share(one.count, calls),
    (one.totalMs / 1000).toFixed(3),
    share(one.totalMs, ms),
    average(one.totalMs, one),
  ]);
  const body = html`<p>${scattered.length} of ${all.length} sorts of statements go to all shards.</p>
${table(["query", "count", "of all statements", "seconds", "of all time", "ms per query"], rows)}`;
  return page("Scatter statistics", body);
}

const sum = (all: readonly PlainCounts[], of: (one: PlainCounts) => number) =>
  all.reduce((total, one) => total + of(one), 0);

function vschemaOf(cluster: Cluster | undefined) {
  if (cluster === undefined) return {};
  const keyspaces = [...cluster.vschema().keyspaces.values()].map((keyspace) => {
    const tables = [...keyspace.tables.values()].map((one) => [
      one.name,
      {
        type: one.type,
        column_vindexes: one.columnVindexes.map(({ columns, vindex }) => ({ columns, name: vindex.name })),
        columns: one.columns.map(({ name, type, collation }) => ({ name, type, collation })),
        column_list_authoritative: one.isColumnListAuthoritative,
      },
    ]);
    const vindexes = [...keyspace.vindexes.values()].map(({ name, type }) => [name, { type }]);
    const { isSharded: sharded, problems } = keyspace;
    return [
      keyspace.name,
      { sharded, problems, vindexes: Object.fromEntries(vindexes), tables: Object.fromEntries(tables) },
    ];
  });
  return { keyspaces: Object.fromEntries(keyspaces) as Readonly<Record<string, unknown>> };
}

function gatewayPage(cluster: Cluster | undefined): Response {
  const rows = (cluster?.tablets() ?? []).map((tablet) => [
    tablet.keyspace,
    tablet.shard,
    tablet.tabletType.toLowerCase(),
    tablet.alias,
    tablet.hostname,
    tablet.isServing ? "serving" : "not serving",
  ]);
  return page("Gateway", table(["keyspace", "shard", "type", "tablet", "host", "state"], rows));
}
