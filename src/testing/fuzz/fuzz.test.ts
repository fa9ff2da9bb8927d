/** The wire formats under mutated bytes: a few thousand rounds each, seeded. `fuzz.e2e.test.ts` runs a million. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzGrpc } from "./grpc.ts";
import { fuzzLinkClient, fuzzLinkServer } from "./link.ts";
import { fuzzMysqlClient } from "./mysql-client.ts";
import { fuzzMysqlServer } from "./mysql-server.ts";

const seed = 20_261_128;
const rounds = 1500;

test(`MySQL clients that lie (seed ${seed})`, async () => {
  const { sessions } = await fuzzMysqlServer(seed, rounds);
  assert.ok(sessions > rounds / 3, `only ${sessions} of ${rounds} clients got in`);
});

test(`MySQL servers that lie (seed ${seed})`, async () => {
  const { answered } = await fuzzMysqlClient(seed, rounds);
  assert.ok(answered > rounds / 5, `only ${answered} answers were whole`);
});

test(`links that lie, both sides (seed ${seed})`, async () => {
  await fuzzLinkServer(seed, rounds);
  await fuzzLinkClient(seed, rounds);
});

test(`gRPC messages that lie (seed ${seed})`, () => {
  const { read } = fuzzGrpc(seed, rounds * 10);
  assert.ok(read > rounds, `only ${read} messages could be read`);
});
