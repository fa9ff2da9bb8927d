/** The cluster simulation from many seeds: with `--long` a thousand, else a few dozen. */
import { test } from "node:test";
import { readEnvironment } from "../base/environment.ts";
import { ClusterSimulation } from "./cluster-simulation.ts";

const seeds = readEnvironment()["VT_TEST_LONG"] === "1" ? 1000 : 30;
const firstSeed = 10_000;

test(`seeds ${firstSeed} to ${firstSeed + seeds - 1}`, async () => {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const pauseMsMax = 600 + (seed % 3) * 700;
    const cluster = new ClusterSimulation({ seed, tabletCount: 4, durability: "semi_sync", rounds: 40, pauseMsMax });
    try {
      await cluster.run();
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}\n${cluster.log.lines.slice(-60).join("\n")}`, { cause: error });
    }
  }
});
