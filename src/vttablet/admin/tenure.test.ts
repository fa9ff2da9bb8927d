/** The younger term is right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decideFirstTenure, decideTenure } from "./tenure.ts";

const me = "zone1-0000000100";
const other = "zone1-0000000101";

test("terms decide between two primaries", () => {
  const cases: readonly [bigint, string, bigint, string][] = [
    [5n, me, 5n, "keep"],
    [6n, me, 5n, "claim-shard"],
    [6n, other, 5n, "claim-shard"],
    [5n, other, 6n, "step-down"],
    [5n, other, 5n, "step-down"], // A tie cannot be told apart: the shard record is what others read.
    [5n, "", 0n, "claim-shard"],
    [0n, other, 5n, "keep"],
    [0n, "", 0n, "keep"],
  ];
  for (const [own, alias, shard, step] of cases)
    assert.equal(
      decideTenure({ alias: me, termStartNs: own }, { alias, termStartNs: shard }),
      step,
      `${own} ${alias} ${shard}`,
    );
});

test("a restarted primary goes on in its term; nobody else takes it", () => {
  assert.equal(decideFirstTenure(me, { alias: me, termStartNs: 5n }), "become-primary");
  assert.equal(decideFirstTenure(me, { alias: other, termStartNs: 5n }), "keep");
  assert.equal(decideFirstTenure(me, { alias: "", termStartNs: 0n }), "keep");
});
