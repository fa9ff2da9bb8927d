/** What leaves an Lru, and in which order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Lru } from "./lru.ts";

test("the least recently used leaves first, and the owner is told", () => {
  const dropped: string[] = [];
  const lru = new Lru<string, number>(3, (key) => dropped.push(key));
  for (const key of ["a", "b", "c"]) lru.set(key, 1);
  assert.equal(lru.get("a"), 1); // "b" is now the oldest
  lru.set("d", 1);
  assert.deepEqual(dropped, ["b"]);
  assert.deepEqual(
    [...lru.entries()].map(([key]) => key),
    ["c", "a", "d"],
  );
});

test("sizes add up; a value larger than the map is not kept and pushes nothing out", () => {
  const lru = new Lru<string, string>(10);
  lru.set("a", "x", 4);
  lru.set("b", "y", 4);
  lru.set("huge", "z", 11);
  assert.equal(lru.get("huge"), undefined);
  assert.equal(lru.size, 8);
  lru.set("a", "bigger", 9);
  assert.equal(lru.get("b"), undefined);
  assert.equal(lru.size, 9);
  assert.equal(lru.delete("a"), true);
  assert.equal(lru.delete("a"), false);
  assert.equal(lru.size, 0);
});
