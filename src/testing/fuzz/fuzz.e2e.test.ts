/**
 * The wire formats under mutated bytes, a million rounds in all with VT_TEST_LONG=1 (a tenth without): no crash, no hang, no
 * memory that grows. The seed is another one each time, and printed.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { readEnvironment } from "../../base/environment.ts";
import { systemRandom } from "../../base/random.ts";
import { fuzzGrpc } from "./grpc.ts";
import { fuzzLinkClient, fuzzLinkServer } from "./link.ts";
import { fuzzMysqlClient } from "./mysql-client.ts";
import { fuzzMysqlServer } from "./mysql-server.ts";

const isLong = readEnvironment()["VT_TEST_LONG"] === "1";
const rounds = isLong ? 200_000 : 20_000;
const parts = 10;
/** Of what is in use after a collection of garbage, between the first parts of the run and its last. */
const growthBytesMax = 16 * 1024 * 1024;
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const seed = systemRandom.below(2 ** 31);

const fuzzers: Readonly<Record<string, (seed: number, rounds: number) => unknown>> = {
  "MySQL clients": fuzzMysqlServer,
  "MySQL servers": fuzzMysqlClient,
  "gateways on a link": fuzzLinkServer,
  "tablets on a link": fuzzLinkClient,
  "gRPC messages": fuzzGrpc,
};

for (const [name, fuzz] of Object.entries(fuzzers))
  test(`${name} that lie: ${rounds} rounds, seed ${seed}`, async () => {
    const used: number[] = [];
    for (let part = 0; part < parts; part++) {
      await fuzz(seed + part, rounds / parts);
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      used.push(heapUsed + external);
    }
    const least = (sizes: readonly number[]) => Math.min(...sizes); // What is freed is not always given back at once.
    const growth = least(used.slice(-3)) - least(used.slice(0, 3));
    assert.ok(
      growth < growthBytesMax,
      `memory grew: ${used.map((bytes) => Math.round(bytes / 2 ** 20)).join(" ")} MiB`,
    );
  });
