/** Holding statements while a shard has no primary: the choices, and the queues on a simulated clock. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "../base/metrics.ts";
import { SimulatedClock } from "../testing/simulated-clock.ts";
import { bufferCounts, type BufferOptions, defaultBufferOptions, PrimaryBuffer } from "./buffer.ts";
import { idleShard, onBlocked, onServing, onTime } from "./shard-buffer.ts";

const place = { keyspace: "customer", shard: "-80" };
const elsewhere = { keyspace: "customer", shard: "80-" };
const limits = { windowMsMax: 100, failoverMsMax: 300, betweenFailoversMsMin: 1000 };

test("one failover is held for, the next one too soon is not, and one that never ends is given up", () => {
  const holding = onBlocked(idleShard, 10, limits).state;
  assert.deepEqual(holding, { stage: "holding", sinceMs: 10 });
  assert.equal(onBlocked(holding, 20, limits).state, holding);
  const ended = onServing(holding, 50);
  assert.equal(onBlocked(ended, 1049, limits).skip, "LastFailoverTooRecent");
  assert.equal(onBlocked(ended, 1050, limits).skip, undefined);
  assert.equal(onTime(holding, 309, limits), holding);
  const givenUp = onTime(holding, 310, limits);
  assert.equal(onBlocked(givenUp, 99_999, limits).skip, "GivenUp");
  assert.equal(onBlocked(onServing(givenUp, 99_999), 99_999, limits).skip, undefined);
});

/** A buffer whose primaries a test brings and takes away; statements say how they ended in `ends`. */
function setUp(options: Partial<BufferOptions> = {}) {
  const clock = new SimulatedClock();
  const metrics = new Metrics();
  const buffer = new PrimaryBuffer<string>(clock, { ...defaultBufferOptions, ...options }, bufferCounts(metrics));
  const primaries = new Map<string, string>();
  const ends: string[] = [];
  const ask = (name: string, where = place) => {
    const find = () => primaries.get(where.shard);
    buffer
      .wait(where, find, () => new Error("none"))
      .then(
        (found) => ends.push(`${name}:${found}`),
        (error: Error) => ends.push(`${name}:${error.message}`),
      );
  };
  const serve = (alias: string, where = place) => {
    primaries.set(where.shard, alias);
    buffer.look(where);
  };
  return { clock, metrics, buffer, primaries, ends, ask, serve };
}

test("what is held goes to the new primary in the order it came", async () => {
  const { clock, ask, serve, ends, metrics } = setUp();
  ask("a");
  ask("b");
  ask("c");
  await clock.runFor(5000);
  assert.deepEqual(ends, []);
  serve("101");
  await clock.runFor(0);
  assert.deepEqual(ends, ["a:101"]);
  await clock.runFor(5);
  assert.deepEqual(ends, ["a:101", "b:101", "c:101"]);
  const vars = metrics.vars();
  assert.deepEqual(vars["BufferRequestsDrained"], { "customer.-80": 3 });
  assert.deepEqual(vars["BufferStarts"], { "customer.-80": 1 });
  assert.deepEqual(vars["BufferFailoverDurationSumMs"], { "customer.-80": 5000 });
  assert.equal(vars["BufferRequestsHeld"], 0);
});

test("a primary that is gone again while statements go to it keeps the rest waiting", async () => {
  const { clock, ask, serve, primaries, ends } = setUp();
  ask("a");
  ask("b");
  serve("101");
  primaries.clear();
  await clock.runFor(1000);
  assert.deepEqual(ends, ["a:101"]);
  serve("102");
  await clock.runFor(100);
  assert.deepEqual(ends, ["a:101", "b:102"]);
});

test("a statement is held for the window, a failover for its longest time; after it nothing is held", async () => {
  const { clock, ask, serve, ends, metrics } = setUp({ windowMsMax: 1000, failoverMsMax: 1500 });
  ask("a");
  await clock.runFor(900);
  ask("b");
  await clock.runFor(200);
  assert.deepEqual(ends, ["a:none"]);
  await clock.runFor(500);
  assert.deepEqual(ends, ["a:none", "b:none"]);
  ask("c");
  await clock.runFor(0);
  assert.deepEqual(ends.slice(2), ["c:none"]);
  assert.deepEqual(metrics.vars()["BufferRequestsSkipped"], { "customer.-80.GivenUp": 1 });
  serve("101");
  ask("d");
  await clock.runFor(100);
  assert.deepEqual(ends.slice(3), ["d:101"]);
});

test("a full buffer gives up the oldest of all shards", async () => {
  const { clock, ask, serve, ends } = setUp({ statementsMax: 2 });
  ask("a", elsewhere);
  await clock.runFor(1);
  ask("b");
  await clock.runFor(1);
  ask("c");
  await clock.runFor(1);
  assert.deepEqual(ends, ["a:none"]);
  serve("101");
  await clock.runFor(100);
  assert.deepEqual(ends, ["a:none", "b:101", "c:101"]);
});

test("off, dry-run, shards that are not chosen, and a closed buffer hold nothing", async () => {
  for (const options of [{ mode: "off" }, { mode: "dry-run" }, { only: ["commerce", "customer/80-"] }] as const) {
    const { clock, ask, ends } = setUp(options);
    ask("a");
    await clock.runFor(0);
    assert.deepEqual(ends, ["a:none"]);
  }
  const { clock, ask, ends, buffer } = setUp({ only: ["customer"] });
  ask("a");
  await clock.runFor(0);
  assert.deepEqual(ends, []);
  buffer.close();
  ask("b");
  await clock.runFor(0);
  assert.deepEqual(ends, ["a:none", "b:none"]);
});
