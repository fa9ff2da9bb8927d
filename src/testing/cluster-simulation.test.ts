/** A shard survives any weather, from any seed; the same seed gives the same log, byte for byte. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterSimulation } from "./cluster-simulation.ts";

async function simulate(seed: number, rounds: number): Promise<ClusterSimulation> {
  const cluster = new ClusterSimulation({
    seed,
    tabletCount: 4,
    durability: "semi_sync",
    rounds,
    pauseMsMax: 600 + (seed % 3) * 700,
  });
  try {
    await cluster.run();
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}\n${cluster.log.lines.slice(-60).join("\n")}`, { cause: error });
  }
  return cluster;
}

test("at most one primary takes writes, all agree in the end, and no acknowledged write is lost", async (t) => {
  const first = Number(process.env["SEED"] ?? 1); // The same in each run: what it must reach is known.
  const seeds = Number(process.env["SEEDS"] ?? 2);
  t.diagnostic(`seeds ${first} to ${first + seeds - 1}`);
  let writes = 0;
  let reparents = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const cluster = await simulate(seed, 50);
    writes += cluster.acknowledged.size;
    reparents += cluster.reparents;
  }
  t.diagnostic(`${writes} acknowledged writes, ${reparents} changes of primary in bad weather`);
});

/** A life with many changes of primary. */
const livelySeed = 50;

test("the same seed gives the same log", async () => {
  const [one, two] = [await simulate(livelySeed, 40), await simulate(livelySeed, 40)];
  assert.equal(one.log.text, two.log.text);
  assert.ok(one.reparents > 5, `only ${one.reparents} changes of primary: the simulation does too little`);
  assert.ok(one.acknowledged.size > 500, `only ${one.acknowledged.size} writes: the simulation does too little`);
  assert.notEqual((await simulate(43, 20)).log.digest, one.log.digest);
});
