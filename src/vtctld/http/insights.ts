/**
 * What the gateways counted of the statements that they ran, added up over all gateways: the page's list of statements.
 * A gateway tells it at /debug/insights; the topology does not know gateways, so whoever starts this process names them.
 * A gateway that does not answer is named in the answer with its error, and the others' counts are shown.
 */
import { z } from "zod";
import { errorText, VtError } from "../../base/errors.ts";
import type { Json } from "./api.ts";

const bucket = z.object({ belowMs: z.number().nullable(), calls: z.number() });
const statement = z.object({
  query: z.string(),
  statementType: z.string(),
  plan: z.string(),
  keyspace: z.string(),
  tabletType: z.string(),
  tables: z.array(z.string()).readonly(),
  count: z.number(),
  errors: z.number(),
  rowsReturned: z.number(),
  rowsAffected: z.number(),
  shards: z.number(),
  totalMs: z.number(),
  maxMs: z.number(),
  histogram: z.array(bucket).readonly(),
});
const statements = z.array(statement).max(100_000);

/** One sort of statements of one gateway; `shards` counts the calls on them. A bucket holds the calls below its bound. */
export type StatementInsight = z.infer<typeof statement>;

export interface GatewaySource {
  readonly address: string;
  readonly read: (signal: AbortSignal) => Promise<readonly StatementInsight[]>;
}

const answerBytesMax = 64 << 20;
const askTimeoutMs = 5_000;

/** The gateway whose web pages are at `address` (host:port). */
export function remoteGateway(address: string): GatewaySource {
  const read = async (signal: AbortSignal) => {
    const response = await fetch(`http://${address}/debug/insights`, { signal, redirect: "error" });
    if (!response.ok) throw VtError.of("VT14001", `gateway ${address}`, `its pages answer ${response.status}`);
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of response.body ?? []) {
      sizeBytes += chunk.length;
      if (sizeBytes > answerBytesMax) throw VtError.of("VT21001", `${answerBytesMax} bytes`, "answerBytesMax");
      chunks.push(chunk);
    }
    return statements.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  };
  return { address, read };
}

/** What the list can be ordered by, largest first. */
export const insightOrders = {
  count: ({ count }) => count,
  errors: ({ errors }) => errors,
  rows_returned: ({ rowsReturned }) => rowsReturned,
  rows_affected: ({ rowsAffected }) => rowsAffected,
  shards: ({ shards, count }) => (count === 0 ? 0 : shards / count),
  total_ms: ({ totalMs }) => totalMs,
  mean_ms: ({ totalMs, count }) => (count === 0 ? 0 : totalMs / count),
  p99_ms: (one) => quantileMs(one, 0.99),
  max_ms: ({ maxMs }) => maxMs,
} as const satisfies Record<string, (one: StatementInsight) => number>;
export type InsightOrder = keyof typeof insightOrders;

export function insightOrder(text: string): InsightOrder {
  if (!Object.hasOwn(insightOrders, text))
    throw VtError.of("VT23007", `an order of statements (${Object.keys(insightOrders).join(", ")})`);
  return text as InsightOrder;
}

const statementsShownMax = 500;

/** The statements of all gateways that hold every word of `filter`, the largest by `order` first. */
export async function readInsights(
  gateways: readonly GatewaySource[],
  order: InsightOrder,
  filter: string,
): Promise<Json> {
  const asked = await Promise.all(
    gateways.map(async ({ address, read }) => {
      try {
        return { address, error: "", found: await read(AbortSignal.timeout(askTimeoutMs)) };
      } catch (thrown) {
        return { address, error: errorText(thrown), found: [] };
      }
    }),
  );
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const all = addUp(asked.flatMap(({ found }) => found)).filter((one) => holds(one, words));
  const by = insightOrders[order];
  const shown = all.toSorted((a, b) => by(b) - by(a)).slice(0, statementsShownMax);
  return {
    gateways: asked.map(({ address, error }) => ({ address, error })),
    statements: shown.map(shape),
    statements_count: all.length,
  };
}

function holds({ query, keyspace, tabletType, plan }: StatementInsight, words: readonly string[]): boolean {
  const text = `${query} ${keyspace} ${tabletType} ${plan}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Statements of the same sort become one. */
export function addUp(all: readonly StatementInsight[]): readonly StatementInsight[] {
  const sums = new Map<string, StatementInsight>();
  for (const one of all) {
    const key = [one.keyspace, one.tabletType, one.query].join("\0");
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? one : plus(sum, one));
  }
  return [...sums.values()];
}

function plus(a: StatementInsight, b: StatementInsight): StatementInsight {
  const calls = new Map(a.histogram.map((one) => [one.belowMs, one.calls]));
  for (const one of b.histogram) calls.set(one.belowMs, (calls.get(one.belowMs) ?? 0) + one.calls);
  const histogram = [...calls].map(([belowMs, sum]) => ({ belowMs, calls: sum }));
  return {
    ...a,
    count: a.count + b.count,
    errors: a.errors + b.errors,
    rowsReturned: a.rowsReturned + b.rowsReturned,
    rowsAffected: a.rowsAffected + b.rowsAffected,
    shards: a.shards + b.shards,
    totalMs: a.totalMs + b.totalMs,
    maxMs: Math.max(a.maxMs, b.maxMs),
    histogram: histogram.sort((x, y) => (x.belowMs ?? Infinity) - (y.belowMs ?? Infinity)),
  };
}

/** The bound of the bucket in which the quantile lies, at most the longest time. */
export function quantileMs({ histogram, maxMs }: StatementInsight, share: number): number {
  const calls = histogram.reduce((sum, one) => sum + one.calls, 0);
  let seen = 0;
  for (const one of histogram) {
    seen += one.calls;
    if (seen >= share * calls) return Math.min(one.belowMs ?? maxMs, maxMs);
  }
  return maxMs;
}

function shape(one: StatementInsight) {
  return {
    query: one.query,
    statement_type: one.statementType,
    plan: one.plan,
    keyspace: one.keyspace,
    tablet_type: one.tabletType,
    tables: [...one.tables],
    count: one.count,
    errors: one.errors,
    rows_returned: one.rowsReturned,
    rows_affected: one.rowsAffected,
    shards_mean: insightOrders.shards(one),
    total_ms: one.totalMs,
    mean_ms: insightOrders.mean_ms(one),
    p50_ms: quantileMs(one, 0.5),
    p99_ms: quantileMs(one, 0.99),
    max_ms: one.maxMs,
    histogram: one.histogram.map(({ belowMs, calls }) => ({ below_ms: belowMs, calls })),
  };
}
