/** The seeded generator repeats itself and stays within its limits; shuffle keeps its elements. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pick, seededRandom, shuffle, systemRandom } from "./random.ts";

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => random.below(1000));
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
});

test("numbers are below their limit and reach every value", () => {
  for (const random of [seededRandom(1), systemRandom]) {
    const seen = new Set<number>();
    for (let i = 0; i < 2000; i++) seen.add(random.below(10));
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  }
});

test("shuffle keeps every element and leaves its argument alone; pick answers one of them", () => {
  const list = [1, 2, 3, 4, 5, 6, 7, 8];
  const mixed = shuffle(seededRandom(3), list);
  assert.deepEqual(
    [...mixed].sort((a, b) => a - b),
    list,
  );
  assert.notDeepEqual(mixed, list);
  assert.deepEqual(list, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.ok(list.includes(pick(seededRandom(5), list)));
});
