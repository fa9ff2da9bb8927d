/** Rates of counters over a clock that the test moves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../testing/simulated-clock.ts";
import { Rates } from "./rates.ts";

test("each sample is what grew since the one before, per second; the oldest leave", async () => {
  const clock = new SimulatedClock();
  const totals: Record<string, number> = { Select: 0 };
  const rates = new Rates(clock, { periodMs: 5000, samplesMax: 2 }, () => Object.entries(totals));
  totals["Select"] = 10;
  await clock.runFor(5000);
  assert.deepEqual(rates.now, { Select: [2], All: [2] });
  totals["Select"] = 15;
  totals["Insert"] = 5;
  await clock.runFor(5000);
  assert.deepEqual(rates.now, { Select: [2, 1], Insert: [1], All: [2, 2] });
  await clock.runFor(5000);
  assert.deepEqual(rates.now, { Select: [1, 0], Insert: [1, 0], All: [2, 0] });
  rates.close();
});
