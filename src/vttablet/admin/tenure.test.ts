/** The later term is right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decideTenure } from "./tenure.ts";

const cases: readonly [string, boolean, boolean, number, string][] = [
  ["named, same term", true, true, 0, "keep"],
  ["named, the shard lags behind", true, true, -1, "claim-shard"],
  ["named, the shard's term is later", true, true, 1, "adopt-term"],
  ["not named, own term later", true, false, -1, "claim-shard"],
  ["not named, shard's term later", true, false, 1, "step-down"],
  ["not named, a tie", true, false, 0, "step-down"],
  ["a replica, whatever the shard says", false, true, 1, "keep"],
  ["a replica of a young shard", false, false, -1, "keep"],
];

for (const [name, isPrimary, isNamed, shardTermAgainstOwn, step] of cases)
  test(`tenure: ${name}: ${step}`, () => assert.equal(decideTenure({ isPrimary, isNamed, shardTermAgainstOwn }), step));
