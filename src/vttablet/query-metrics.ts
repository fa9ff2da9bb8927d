/**
 * The query service's metrics, with Vitess's names (inventory 7.031). Statements count on their plans; every few seconds what is
 * new there goes to the counters by table and plan, so that a statement costs no look-up of its own.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { Metrics } from "../base/metrics.ts";
import { Rates } from "../base/rates.ts";
import type { AclOutcome, CountAcl } from "./query/authorizer.ts";
import type { Heartbeat } from "./query/heartbeat.ts";
import type { ConnectionPool } from "./query/connection-pool.ts";
import type { SchemaEngine } from "./query/schema-engine.ts";
import type { TableSize } from "./query/table-sizes.ts";
import type { TabletQueryService } from "./query/tablet-query-service.ts";
import type { UsedPlan } from "./query/plans.ts";

const periodMs = 5000;
/** A quarter of an hour. */
const rateSamplesMax = 180;
/** Texts parsed in one go, for their tables: a few milliseconds. */
const parsedMax = 50;
const nsPerMs = 1e6;

export interface QueryMetricsParts {
  readonly service: TabletQueryService;
  readonly schema: SchemaEngine;
  /** Undefined where heartbeats are off. */
  readonly heartbeat?: Heartbeat | undefined;
  readonly tags?: () => Readonly<Record<string, string>>;
}

/** Table ACL decisions by table, group, plan and user. To be made before the tablet is opened. */
export function aclMetrics(metrics: Metrics): CountAcl {
  const labels = ["TableName", "TableGroup", "PlanID", "Username"];
  const of = (name: string, help: string) => metrics.counters(name, help, labels);
  const counters: Readonly<Record<AclOutcome, ReturnType<typeof of>>> = {
    allowed: of("TableACLAllowed", "What table ACLs allowed."),
    denied: of("TableACLDenied", "What table ACLs denied."),
    pseudoDenied: of("TableACLPseudoDenied", "What table ACLs would have denied."),
    exempt: of("TableACLExempt", "What exempt callers did."),
  };
  const exempts = metrics.counter("TableACLExemptCount", "Decisions for exempt callers.");
  return (outcome, { table, group }, planType, username) => {
    counters[outcome].bind(table, group, planType, username).add(1);
    if (outcome === "exempt") exempts.add(1);
  };
}

/** Registers them all; `cancel` ends the counting. */
export function queryMetrics(metrics: Metrics, clock: Clock, parts: QueryMetricsParts): Timer {
  const { service, schema, heartbeat, tags } = parts;
  poolMetrics(metrics, "ConnPool", service.pools.query);
  poolMetrics(metrics, "StreamConnPool", service.pools.stream);
  poolMetrics(metrics, "TransactionPool", service.pools.transaction);
  stateMetrics(metrics, service);
  if (heartbeat !== undefined) heartbeatMetrics(metrics, heartbeat);
  metrics.text("TabletTags", "The tablet's tags.", () => tags?.() ?? {});
  const rates = new Rates(clock, { periodMs, samplesMax: rateSamplesMax }, () => service.recorder.totals);
  metrics.text("QPS", "Statements per second by plan, every 5 s.", () => rates.now);
  const { plans, consolidator } = service;
  metrics.reads(
    "ConsolidatorWaits",
    "Reads that waited for an equal one's answer.",
    "counter",
    () => consolidator.waits,
  );
  metrics.reads(
    "TxLimiterRejections",
    "Transactions beyond a caller's share.",
    "counter",
    () => service.shares?.rejections ?? 0,
  );
  metrics.reads(
    "HotRowWaits",
    "Transactions that waited for others on the same rows.",
    "counter",
    () => service.hotRows?.waits ?? 0,
  );
  metrics.reads("QueryEnginePlanCacheLength", "Plans that are kept.", "gauge", () => plans.count);
  metrics.reads("QueryEnginePlanCacheSize", "Bytes of plans that are kept.", "gauge", () => plans.size);
  metrics.reads("QueryCacheLength", "Plans that are kept.", "gauge", () => plans.count);
  metrics.reads("QueryEnginePlanCacheHits", "Texts that had a plan.", "counter", () => plans.hits);
  metrics.reads("QueryEnginePlanCacheEvictions", "Plans that left for want of room.", "counter", () => plans.evictions);
  metrics.reads("QueryEnginePlanCacheCapacity", "Room for plans, in bytes.", "gauge", () => plans.sizeMax);
  metrics.reads("QueryEnginePlanCacheMisses", "Texts that had no plan.", "counter", () => plans.misses);
  metrics.reads("SchemaReloadTime", "Nanoseconds spent on looks at the schema.", "counter", () =>
    Math.round(schema.spent.ms * nsPerMs),
  );
  metrics.reads("SchemaReloadCount", "Looks at the schema.", "counter", () => schema.spent.count);
  tableMetrics(metrics, schema);
  const report = planReporter(metrics);
  plans.onDropped = (plan) => report(plan, false);
  const timer = clock.every(periodMs, () => {
    let left = parsedMax;
    for (const plan of plans.all()) {
      const isNew = plan.use.reported.count < plan.use.count;
      if (!isNew || (!plan.use.isParsed && left-- <= 0)) continue;
      report(plan, true);
    }
  });
  return {
    cancel: () => {
      timer.cancel();
      rates.close();
    },
  };
}

function heartbeatMetrics(metrics: Metrics, { counts }: Heartbeat): void {
  const counter = (name: string, help: string, read: () => number) => metrics.reads(name, help, "counter", read);
  counter("HeartbeatWrites", "Heartbeats that a primary wrote.", () => counts.writes);
  counter("HeartbeatWriteErrors", "Heartbeats that could not be written.", () => counts.writeErrors);
  counter("HeartbeatReads", "Heartbeats that a replica read.", () => counts.reads);
  counter("HeartbeatReadErrors", "Heartbeats that could not be read.", () => counts.readErrors);
  counter("HeartbeatCumulativeLagNs", "Nanoseconds of lag of all reads together.", () => counts.lagMsInAll * nsPerMs);
  metrics.reads("HeartbeatCurrentLagNs", "Nanoseconds of lag by the last read.", "gauge", () => counts.lagMs * nsPerMs);
}

/** Adds what a plan did since it was last reported; `mayParse`: its table may be asked for. */
function planReporter(metrics: Metrics): (plan: UsedPlan, mayParse: boolean) => void {
  const labels = ["Table", "Plan"];
  const counts = metrics.counters("QueryCounts", "Statements by table and plan.", labels);
  const times = metrics.counters("QueryTimesNs", "Nanoseconds by table and plan.", labels);
  const errors = metrics.counters("QueryErrorCounts", "Failed statements by table and plan.", labels);
  const affected = metrics.counters("QueryRowsAffected", "Rows changed by table and plan.", labels);
  const returned = metrics.counters("QueryRowsReturned", "Rows answered by table and plan.", labels);
  const callerLabels = ["TableName", "CallerID", "Type"];
  const ofCallers = metrics.counters("UserTableQueryCount", "Statements by table, caller and plan.", callerLabels);
  const callerNs = metrics.counters("UserTableQueryTimesNs", "Nanoseconds by table, caller and plan.", callerLabels);
  return ({ use, kind }, mayParse) => {
    const facts = mayParse || use.isParsed ? use.facts : undefined;
    const names = [facts?.tables[0] ?? (facts === undefined ? "other" : "dual"), facts?.planType ?? kind] as const;
    const now = use.totals();
    const before = use.reported;
    use.reported = now;
    counts.bind(...names).add(now.count - before.count);
    times.bind(...names).add(Math.round((now.timeMs - before.timeMs) * nsPerMs));
    errors.bind(...names).add(now.errors - before.errors);
    affected.bind(...names).add(now.rowsAffected - before.rowsAffected);
    returned.bind(...names).add(now.rowsReturned - before.rowsReturned);
    for (const [caller, totals] of use.callers) {
      const by = [names[0], caller, names[1]] as const;
      ofCallers.bind(...by).add(totals.count - totals.reportedCount);
      callerNs.bind(...by).add(Math.round((totals.timeMs - totals.reportedMs) * nsPerMs));
      totals.reportedCount = totals.count;
      totals.reportedMs = totals.timeMs;
    }
  };
}

function tableMetrics(metrics: Metrics, schema: SchemaEngine): void {
  const size = (name: string, help: string, of: (size: TableSize) => number) =>
    metrics.readsMany(name, help, "Table", () =>
      Object.fromEntries([...schema.sizes].map(([table, one]) => [table, of(one)])),
    );
  size("TableRows", "Rows, as the server estimates them.", ({ rows }) => rows);
  size(
    "TableFileSize",
    "Bytes of the table with its indexes and free space.",
    (one) => one.rowBytes + one.indexBytes + one.freeBytes,
  );
  size("TableAllocatedSize", "Bytes of the table with its indexes.", (one) => one.rowBytes + one.indexBytes);
  size("TableClusteredIndexSize", "Bytes of the table's rows.", ({ rowBytes }) => rowBytes);
  size("IndexBytes", "Bytes of the table's other indexes.", ({ indexBytes }) => indexBytes);
}

function poolMetrics(metrics: Metrics, name: string, pool: ConnectionPool): void {
  const gauge = (what: string, help: string, read: () => number) => metrics.reads(name + what, help, "gauge", read);
  const counter = (what: string, help: string, read: () => number) => metrics.reads(name + what, help, "counter", read);
  gauge("Capacity", "Connections that the pool may have.", () => pool.limits.sizeMax);
  gauge("Active", "Connections that the pool has.", () => pool.size);
  gauge("InUse", "Connections that are in use.", () => pool.size - pool.freeCount);
  gauge("Available", "Connections that could be given at once.", () =>
    Math.max(0, pool.limits.sizeMax - pool.size + pool.freeCount),
  );
  gauge("Waiters", "Callers that wait now.", () => pool.waiting);
  gauge("WaiterCap", "Callers that may wait.", () => pool.limits.waitersMax);
  gauge("IdleMax", "Connections that may be idle; 0: all.", () => pool.limits.idleMax);
  counter("WaitCount", "Callers that had to wait.", () => pool.counts.waits);
  counter("WaitTime", "Nanoseconds that callers waited.", () => Math.round(pool.counts.waitMs * nsPerMs));
  counter("WaiterRejected", "Callers that got no connection.", () => pool.counts.refused);
  counter("IdleClosed", "Connections closed because nobody used them.", () => pool.counts.idleClosed);
  counter("MaxLifetimeClosed", "Connections closed because they were old.", () => pool.counts.lifetimeClosed);
  gauge(
    "IdleTimeout",
    "Nanoseconds after which an idle connection is closed.",
    () => pool.limits.idleTimeoutMs * nsPerMs,
  );
  counter("Exhausted", "Times that no connection was free.", () => pool.counts.waits + pool.counts.refusedAtOnce);
  counter("GetCount", "Connections that were asked for.", () => pool.counts.taken);
  counter("ResetSetting", "Connections that changed their settings.", () => pool.counts.reset);
}

function stateMetrics(metrics: Metrics, { health, held, running }: TabletQueryService): void {
  metrics.reads("TabletState", "2: serving; 1: not.", "gauge", () => (health.current.isServing ? 2 : 1));
  metrics.text("TabletStateName", "SERVING or NOT_SERVING.", () =>
    health.current.isServing ? "SERVING" : "NOT_SERVING",
  );
  metrics.text("TabletType", "The tablet's type.", () => health.current.target.tabletType.toLowerCase());
  metrics.reads("TabletServerState", "2: serving; 1: not.", "gauge", () => (health.current.isServing ? 2 : 1));
  metrics.reads("TransactionsOpen", "Transactions and reserved connections now.", "gauge", () => held.size);
  metrics.reads("QueriesRunning", "Statements that run now.", "gauge", () => running.size);
}
