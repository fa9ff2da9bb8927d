/** Key ranges, targets and destinations. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTarget, prefixDestination, printTarget, shardRefs, shardsOf } from "./destination.ts";
import {
  contains,
  equals,
  fullKeyRange,
  generateShardRanges,
  includes,
  intersects,
  isPartition,
  parseKeyRange,
  parseShardingSpec,
  printKeyRange,
} from "./key-range.ts";
import { compareKeyspaceIds } from "./keyspace-id.ts";

const hex = (text: string) => Buffer.from(text, "hex");

test("ranges print as they were written", () => {
  for (const text of ["-", "-80", "80-", "40-80", "4000-c0"]) assert.equal(printKeyRange(parseKeyRange(text)), text);
  for (const text of ["", "0", "8-", "80-40", "80-80", "zz-", "-40-80"])
    assert.throws(() => parseKeyRange(text), /not a key range/, text);
  assert.deepEqual(parseShardingSpec("-40-80-").map(printKeyRange), ["-40", "40-80", "80-"]);
  assert.throws(() => parseShardingSpec("-40--"), /not a key range/);
});

test("ids compare as if padded with zeros", () => {
  assert.equal(compareKeyspaceIds(hex("80"), hex("8000")), 0);
  assert.ok(compareKeyspaceIds(hex("80"), hex("8001")) < 0);
  assert.ok(compareKeyspaceIds(hex("ff"), hex("80ff")) > 0);
});

test("contains, intersects, includes", () => {
  const middle = parseKeyRange("40-80");
  assert.ok(contains(middle, hex("40")) && contains(middle, hex("7fffffff")));
  assert.ok(!contains(middle, hex("80")) && !contains(middle, hex("3fff")));
  assert.ok(contains(fullKeyRange, hex("")));
  assert.ok(intersects(middle, parseKeyRange("-41")) && !intersects(middle, parseKeyRange("-40")));
  assert.ok(intersects(middle, parseKeyRange("7f-")) && !intersects(middle, parseKeyRange("80-")));
  assert.ok(
    includes(fullKeyRange, middle) && !includes(middle, fullKeyRange) && includes(parseKeyRange("40-"), middle),
  );
  assert.ok(equals(parseKeyRange("40-80"), parseKeyRange("4000-8000")));
});

test("shards of equal size", () => {
  assert.deepEqual(generateShardRanges(1), ["-"]);
  assert.deepEqual(generateShardRanges(2), ["-80", "80-"]);
  assert.deepEqual(generateShardRanges(3), ["-55", "55-aa", "aa-"]);
  assert.deepEqual(generateShardRanges(4), ["-40", "40-80", "80-c0", "c0-"]);
  assert.deepEqual(generateShardRanges(2, 4), ["-8000", "8000-"]);
  assert.equal(generateShardRanges(512)[1], "0080-0100");
  for (const count of [1, 7, 16, 100, 256, 300, 1000])
    assert.ok(isPartition(generateShardRanges(count).map(parseKeyRange)), `${count}`);
  assert.throws(() => generateShardRanges(0), /between 1 and 256/);
  assert.throws(() => generateShardRanges(257, 2), /between 1 and 256/);
});

test("a partition has no gap and no overlap", () => {
  const ranges = (...names: string[]) => names.map(parseKeyRange);
  assert.ok(isPartition(ranges("80-", "-40", "40-80")));
  assert.ok(!isPartition(ranges("-40", "80-")));
  assert.ok(!isPartition(ranges("-80", "40-")));
  assert.ok(!isPartition(ranges("-80", "80-", "80-")));
  assert.ok(!isPartition([]));
});

test("targets", () => {
  const cases: readonly [string, string][] = [
    ["", "@primary"],
    ["@replica", "@replica"],
    ["ks", "ks@primary"],
    ["ks@REPLICA", "ks@replica"],
    ["ks@master", "ks@primary"],
    ["ks:-80", "ks:-80@primary"],
    ["ks/-80@rdonly", "ks:-80@rdonly"],
    ["ks[-80]", "ks[-80]@primary"],
    ["ks[a1b2]@replica", "ks[a1b2]@replica"],
    ["ks:-80@replica|zone1-101", "ks:-80@replica|zone1-101"],
    ["ks:-80@replica|zone1-0000000101", "ks:-80@replica|zone1-101"],
  ];
  for (const [text, wanted] of cases) assert.equal(printTarget(parseTarget(text)), wanted);
  for (const text of ["ks@", "ks@backup", "ks[-80", "ks[xyz]", "ks[-40-80]", "ks@replica|zone1-1", "ks:0@replica|x"])
    assert.throws(() => parseTarget(text), /invalid target|not a key range/, text);
  assert.equal(parseTarget("ks", "REPLICA").tabletType, "REPLICA");
});

test("destinations become shards", () => {
  const shards = shardRefs(["c0-", "-40", "80-c0", "40-80"]);
  const go = (d: Parameters<typeof shardsOf>[0]) => shardsOf(d, shards, "ks");
  assert.deepEqual(go({ kind: "AllShards" }), ["-40", "40-80", "80-c0", "c0-"]);
  assert.deepEqual(go({ kind: "AnyShard" }), ["-40"]);
  assert.deepEqual(go({ kind: "None" }), []);
  assert.deepEqual(go({ kind: "KeyspaceId", id: hex("80") }), ["80-c0"]);
  assert.deepEqual(go({ kind: "KeyspaceIds", ids: [hex("ff"), hex("01"), hex("c1")] }), ["-40", "c0-"]);
  assert.deepEqual(go({ kind: "KeyRange", range: parseKeyRange("7f-81") }), ["40-80", "80-c0"]);
  assert.deepEqual(go({ kind: "ExactKeyRange", range: parseKeyRange("-80") }), ["-40", "40-80"]);
  assert.throws(() => go({ kind: "ExactKeyRange", range: parseKeyRange("-50") }), /VT20004.*key range -50/);
  assert.throws(() => go({ kind: "Shard", shard: "-80" }), /VT20004.*shard -80/);
  assert.throws(() => shardsOf({ kind: "KeyspaceId", id: hex("80") }, shardRefs(["-80"]), "ks"), /keyspace id 80/);
});

test("a prefix becomes the range of ids that begin with it", () => {
  const range = (bytes: number[]) => {
    const d = prefixDestination(Buffer.from(bytes));
    return d.kind === "KeyRange" ? printKeyRange(d.range) : d.kind;
  };
  assert.equal(range([3, 123, 255]), "037bff-037c00");
  assert.equal(range([3, 123, 255, 6, 7]), "037bff0607-037bff0608");
  assert.equal(range([255, 255, 255]), "ffffff-");
  assert.equal(range([]), "AllShards");
});
