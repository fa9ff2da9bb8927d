/** The in-memory network keeps the contract of every transport. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { memoryNetwork } from "./in-memory.ts";
import { messageSizeMax, testTransport } from "./rpc-contract.ts";

const network = memoryNetwork(systemClock);
let last = 0;
testTransport("in memory", {
  serve: async (services, options) => network.serve(`tablet-${last++}:1`, { services, messageSizeMax, ...options }),
  dial: (address, options) => network.dial(address, { messageSizeMax, ...options }),
});

test("an address is taken once, and free again after the server is closed", async () => {
  const server = network.serve("one:1", { services: [] });
  assert.throws(() => network.serve("one:1", { services: [] }), /in use/);
  await server.close(0);
  await network.serve("one:1", { services: [] }).close(0);
});
