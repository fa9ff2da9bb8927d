/** The simulated clock, network and processes do what they promise; the same seed gives the same log. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../base/clock.ts";
import { seededRandom } from "../base/random.ts";
import { EventLog } from "./event-log.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { calm, SimulatedNetwork, stormy } from "./simulated-network.ts";
import { SimulatedProcess } from "./simulated-process.ts";

test("timers fire in order of time, then of making; cancelled ones do not", async () => {
  const clock = new SimulatedClock();
  const seen: string[] = [];
  for (const [delayMs, name] of [
    [30, "c"],
    [10, "a"],
    [10, "b"],
    [40, "d"],
    [0, "z"],
  ] as const)
    clock.after(delayMs, () => seen.push(`${name}@${clock.monotonicMs()}`));
  clock.after(20, () => seen.push("never")).cancel();
  const period = clock.every(15, () => seen.push(`every@${clock.monotonicMs()}`));
  await clock.runFor(35);
  period.cancel();
  assert.deepEqual(seen, ["z@0", "a@10", "b@10", "every@15", "c@30", "every@30"]);
  await clock.runFor(100);
  assert.equal(seen.at(-1), "d@40");
  assert.equal(clock.monotonicMs(), 135);
});

test("promises run to their end before the next timer", async () => {
  const clock = new SimulatedClock();
  const seen: string[] = [];
  const work = async (name: string) => {
    await sleep(clock, 10);
    for (let i = 0; i < 20; i++) await Promise.resolve();
    seen.push(`${name}@${clock.monotonicMs()}`);
    await sleep(clock, 5);
    seen.push(`${name}@${clock.monotonicMs()}`);
  };
  void work("a");
  void work("b");
  clock.after(10.5, () => seen.push("timer"));
  assert.equal(await clock.runUntil(() => seen.length === 5, 1000), true);
  assert.deepEqual(seen, ["a@10", "b@10", "timer", "a@15", "b@15"]);
  assert.equal(await clock.runUntil(() => false, 50), false);
  assert.equal(clock.monotonicMs(), 65);
});

test("a thousand random timers come out sorted", async () => {
  const seed = Date.now() % 100_000;
  const random = seededRandom(seed);
  const clock = new SimulatedClock();
  const seen: number[] = [];
  for (let i = 0; i < 1000; i++) clock.after(random.below(500), () => seen.push(clock.monotonicMs()));
  await clock.runFor(500);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
    `seed ${seed}`,
  );
  assert.equal(seen.length, 1000);
});

function world(seed: number) {
  const clock = new SimulatedClock();
  const log = new EventLog(clock);
  const random = seededRandom(seed);
  return { clock, log, random, network: new SimulatedNetwork(clock, random, log) };
}

test("messages arrive, unless lost, cut off, or the node is down; questions are answered or time out", async () => {
  const { clock, network } = world(1);
  const heard: string[] = [];
  const silence = network.listen("b", async (from, body) => {
    heard.push(`${from}: ${String(body)}`);
    if (body === "bad") throw new Error("no");
    return `re ${String(body)}`;
  });
  network.send("a", "b", "hello");
  const answer = network.ask(clock, "a", "b", "how", 100);
  const refusal = network.ask(clock, "a", "b", "bad", 100).catch((error: Error) => error.message);
  await clock.runFor(10);
  assert.deepEqual(heard.sort(), ["a: bad", "a: hello", "a: how"]);
  assert.equal(await answer, "re how");
  assert.equal(await refusal, "no");

  network.cut("b", "a");
  const cutOff = network.ask(clock, "a", "b", "hi", 100).catch((error: Error) => error.message);
  await clock.runFor(200);
  assert.match(String(await cutOff), /did not answer a within 100 ms/);
  network.mend("a", "b");
  network.weather = { ...calm, lostPerMille: 1000 };
  network.send("a", "b", "lost");
  network.weather = { ...calm, doubledPerMille: 1000 };
  network.send("a", "b", "twice");
  await clock.runFor(10);
  assert.deepEqual(heard.slice(3), ["a: twice", "a: twice"]);
  silence();
  network.send("a", "b", "to nobody");
  await clock.runFor(10);
  assert.equal(heard.length, 5);
});

test("a crash stops everything but what was sent; the disk stays", async () => {
  const { clock, network, log } = world(2);
  const heard: unknown[] = [];
  network.listen("peer", async (_from, body) => heard.push(body));
  const process = new SimulatedProcess("p", { clock, network, log }, (life) => {
    const lives = Number(life.disk.get("lives") ?? 0) + 1;
    life.disk.set("lives", lives);
    life.clock.every(10, () => life.send("peer", `life ${lives}`));
    life.listen(async () => "alive");
  });
  process.start();
  await clock.runFor(15);
  process.crash();
  await clock.runFor(100);
  assert.deepEqual(heard, ["life 1"]);
  const dead = network.ask(clock, "peer", "p", "?", 50).catch(() => "silent");
  await clock.runFor(60);
  assert.equal(await dead, "silent");
  process.start();
  await clock.runFor(15);
  assert.deepEqual(heard, ["life 1", "life 2"]);
  assert.deepEqual(
    log.lines.map((line) => line.trim()),
    ["0.000 p: starts", "15.000 p: crashes", "175.000 p: starts"],
  );
});

async function gossip(seed: number): Promise<EventLog> {
  const { clock, network, log, random } = world(seed);
  network.weather = stormy;
  const names = ["n0", "n1", "n2", "n3"];
  const processes = names.map(
    (name) =>
      new SimulatedProcess(name, { clock, network, log }, (life) => {
        let sum = 0;
        life.listen(async (from, body) => {
          sum += Number(body);
          life.note(`heard ${String(body)} from ${from}, sum ${sum}`);
          return sum;
        });
        life.clock.every(50, () => {
          const to = names[random.below(names.length)] ?? "n0";
          life.ask(to, random.below(100), 300).then(
            (answer) => life.note(`${to} says ${String(answer)}`),
            () => life.note(`${to} is silent`),
          );
        });
      }),
  );
  for (const process of processes) process.start();
  for (let round = 0; round < 20; round++) {
    await clock.runFor(random.below(500));
    const process = processes[random.below(processes.length)];
    if (process?.isRunning) process.crash();
    else process?.start();
    if (round % 3 === 0) network.cut(names[random.below(4)] ?? "", names[random.below(4)] ?? "");
    else network.mendAll();
  }
  return log;
}

test("the same seed gives the same log, another seed another", async () => {
  const [one, two, other] = [await gossip(7), await gossip(7), await gossip(8)];
  assert.ok(one.lines.length > 200, `only ${one.lines.length} lines`);
  assert.equal(one.text, two.text);
  assert.notEqual(one.digest, other.digest);
});
