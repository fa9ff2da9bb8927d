/** Counts of several workers as one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeCounts, type PlainCounts } from "./merged-counts.ts";

const counts = (query: string, n: number, instructions?: unknown): PlainCounts => ({
  sort: { query, statementType: "SELECT", plan: "Scatter", keyspace: "k", tabletType: "primary", tables: ["t"] },
  buckets: Float64Array.of(n, 0, 1),
  count: n,
  errors: n,
  rowsReturned: n,
  rowsAffected: n,
  shards: n,
  totalMs: n,
  maxMs: n,
  instructions,
});

test("sorts of one text add up; the longest time is the longest of all", () => {
  const merged = mergeCounts([[counts("a", 1), counts("b", 5)], [counts("a", 2, "plan")], []]);
  assert.deepEqual(
    merged.map(({ sort, count, totalMs, maxMs, buckets, instructions }) => [
      sort.query,
      count,
      totalMs,
      maxMs,
      [...buckets],
      instructions,
    ]),
    [
      ["a", 3, 3, 2, [3, 0, 2], "plan"],
      ["b", 5, 5, 5, [5, 0, 1], undefined],
    ],
  );
});
