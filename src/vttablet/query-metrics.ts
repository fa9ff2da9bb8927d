/**
 * The query service's metrics, with Vitess's names (inventory 7.031). Statements count on their plans; every few seconds what is
 * new there goes to the counters by table and plan, so that a statement costs no look-up of its own.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { Metrics } from "../base/metrics.ts";
import type { AclOutcome, CountAcl } from "./query/authorizer.ts";
import type { ConnectionPool } from "./query/connection-pool.ts";
import type { SchemaEngine } from "./query/schema-engine.ts";
import type { TabletQueryService } from "./query/tablet-query-service.ts";
import type { UsedPlan } from "./query/plans.ts";

const periodMs = 5000;
/** Texts parsed in one go, for their tables: a few milliseconds. */
const parsedMax = 50;
const nsPerMs = 1e6;

export interface QueryMetricsParts {
  readonly service: TabletQueryService;
  readonly schema: SchemaEngine;
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
export function queryMetrics(metrics: Metrics, clock: Clock, { service, schema }: QueryMetricsParts): Timer {
  poolMetrics(metrics, "ConnPool", service.pools.query);
  poolMetrics(metrics, "StreamConnPool", service.pools.stream);
  poolMetrics(metrics, "TransactionPool", service.pools.transaction);
  stateMetrics(metrics, service);
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
  metrics.reads("QueryEnginePlanCacheMisses", "Texts that had no plan.", "counter", () => plans.misses);
  metrics.reads("SchemaReloadTime", "Nanoseconds spent on looks at the schema.", "counter", () =>
    Math.round(schema.spent.ms * nsPerMs),
  );
  metrics.reads("SchemaReloadCount", "Looks at the schema.", "counter", () => schema.spent.count);
  const report = planReporter(metrics);
  plans.onDropped = (plan) => report(plan, false);
  return clock.every(periodMs, () => {
    let left = parsedMax;
    for (const plan of plans.all()) {
      const isNew = plan.use.reported.count < plan.use.count;
      if (!isNew || (!plan.use.isParsed && left-- <= 0)) continue;
      report(plan, true);
    }
  });
}

/** Adds what a plan did since it was last reported; `mayParse`: its table may be asked for. */
function planReporter(metrics: Metrics): (plan: UsedPlan, mayParse: boolean) => void {
  const labels = ["Table", "Plan"];
  const counts = metrics.counters("QueryCounts", "Statements by table and plan.", labels);
  const times = metrics.counters("QueryTimesNs", "Nanoseconds by table and plan.", labels);
  const errors = metrics.counters("QueryErrorCounts", "Failed statements by table and plan.", labels);
  const affected = metrics.counters("QueryRowsAffected", "Rows changed by table and plan.", labels);
  const returned = metrics.counters("QueryRowsReturned", "Rows answered by table and plan.", labels);
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
  };
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
  counter("WaitCount", "Callers that had to wait.", () => pool.counts.waits);
  counter("WaitTime", "Nanoseconds that callers waited.", () => Math.round(pool.counts.waitMs * nsPerMs));
  counter("WaiterRejected", "Callers that got no connection.", () => pool.counts.refused);
  counter("IdleClosed", "Connections closed because nobody used them.", () => pool.counts.idleClosed);
  counter("MaxLifetimeClosed", "Connections closed because they were old.", () => pool.counts.lifetimeClosed);
  counter("ResetSetting", "Connections that changed their settings.", () => pool.counts.reset);
}

function stateMetrics(metrics: Metrics, { health, held, running }: TabletQueryService): void {
  metrics.reads("TabletState", "2: serving; 1: not.", "gauge", () => (health.current.isServing ? 2 : 1));
  metrics.text("TabletStateName", "SERVING or NOT_SERVING.", () =>
    health.current.isServing ? "SERVING" : "NOT_SERVING",
  );
  metrics.text("TabletType", "The tablet's type.", () => health.current.target.tabletType.toLowerCase());
  metrics.reads("QPS", "Statements of the last second.", "gauge", () => health.current.qps);
  metrics.reads("TransactionsOpen", "Transactions and reserved connections now.", "gauge", () => held.size);
  metrics.reads("QueriesRunning", "Statements that run now.", "gauge", () => running.size);
}
