/** What workers counted of each sort of statement, as plain data and added up: what the debug pages show. */
import { describePlan } from "../planner/plan-json.ts";
import type { Cluster } from "./cluster.ts";
import type { Sort, StatementCounts } from "./insights.ts";

/** Counts without what counts. */
export type PlainCounts = Pick<
  StatementCounts,
  "sort" | "buckets" | "count" | "errors" | "rowsReturned" | "rowsAffected" | "shards" | "totalMs" | "maxMs"
> & { readonly instructions?: unknown };

/** With a cluster, plans come along as they are shown. */
export function plainCounts(all: readonly StatementCounts[], cluster: Cluster | undefined): readonly PlainCounts[] {
  const isSharded = (keyspace: string) => cluster?.vschema().keyspaces.get(keyspace)?.isSharded === true;
  return all.map((one) => {
    const { sort, buckets, count, errors, rowsReturned, rowsAffected, shards, totalMs, maxMs, plan } = one;
    const instructions =
      cluster === undefined || plan === undefined ? undefined : describePlan(plan.root, { isSharded });
    return { sort, buckets, count, errors, rowsReturned, rowsAffected, shards, totalMs, maxMs, instructions };
  });
}

export function mergeCounts(workers: readonly (readonly PlainCounts[])[]): readonly PlainCounts[] {
  const [only, ...more] = workers;
  if (more.length === 0) return only ?? [];
  const merged = new Map<string, PlainCounts>();
  for (const one of workers.flat()) {
    const key = keyOf(one.sort);
    const before = merged.get(key);
    merged.set(key, before === undefined ? one : sum(before, one));
  }
  return [...merged.values()];
}

const keyOf = ({ keyspace, tabletType, query }: Sort) => `${keyspace}\0${tabletType}\0${query}`;

function sum(a: PlainCounts, b: PlainCounts): PlainCounts {
  return {
    sort: a.sort,
    buckets: a.buckets.map((calls, i) => calls + (b.buckets[i] ?? 0)),
    count: a.count + b.count,
    errors: a.errors + b.errors,
    rowsReturned: a.rowsReturned + b.rowsReturned,
    rowsAffected: a.rowsAffected + b.rowsAffected,
    shards: a.shards + b.shards,
    totalMs: a.totalMs + b.totalMs,
    maxMs: Math.max(a.maxMs, b.maxMs),
    instructions: a.instructions ?? b.instructions,
  };
}
