/** Interval arithmetic against plain sets of numbers, on random ranges. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom, seededRandom, type Random } from "../base/random.ts";
import { contains, type Intervals, normalize, size, subtract, union } from "./intervals.ts";

const members = (intervals: Intervals): Set<number> => {
  const out = new Set<number>();
  for (let i = 0; i < intervals.length; i += 2)
    for (let n = intervals[i] as number; n <= (intervals[i + 1] as number); n++) out.add(n);
  return out;
};
function randomRanges(random: Random): [number, number][] {
  return Array.from({ length: random.below(6) }, () => {
    const from = 1 + random.below(30);
    return [from, from + random.below(6)];
  });
}
function assertNormal(intervals: Intervals): void {
  for (let i = 0; i < intervals.length; i += 2) {
    assert.ok((intervals[i] as number) <= (intervals[i + 1] as number));
    if (i > 0) assert.ok((intervals[i] as number) > (intervals[i - 1] as number) + 1, `touching: ${intervals.join()}`);
  }
}

test("union, subtract, contains and size are those of sets", (t) => {
  const seed = systemRandom.below(2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let round = 0; round < 5000; round++) {
    const a = normalize(randomRanges(random));
    const b = normalize(randomRanges(random));
    const [setA, setB] = [members(a), members(b)];
    const where = `seed ${seed}, a ${a.join()}, b ${b.join()}`;
    for (const result of [a, union(a, b), subtract(a, b)]) assertNormal(result);
    assert.deepEqual(members(union(a, b)), new Set([...setA, ...setB].sort((x, y) => x - y)), where);
    assert.deepEqual(members(subtract(a, b)), setA.difference(setB), where);
    assert.equal(contains(a, b), setB.isSubsetOf(setA), where);
    assert.equal(size(a), setA.size, where);
  }
});
