/** The life of a role: order of start and stop, failure half-way, limits on slow parts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../base/clock.ts";
import { silentLogger } from "../base/log.ts";
import { Lifecycle, type Service } from "./lifecycle.ts";

/** Time that only moves when a timer is due and nothing else is left to do. */
function fastClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  let now = 0;
  return {
    waits,
    nowMs: () => now,
    monotonicMs: () => now,
    after: (delayMs, run) => {
      let cancelled = false;
      setImmediate(() =>
        setImmediate(() =>
          setImmediate(() => {
            if (cancelled) return;
            waits.push(delayMs);
            now += delayMs;
            run();
          }),
        ),
      );
      return { cancel: () => void (cancelled = true) };
    },
    every: () => ({ cancel: () => {} }),
  };
}
const times = { lameduckPeriodMs: 50, ontermTimeoutMs: 1000, oncloseTimeoutMs: 2000 };

function part(name: string, log: string[], over: Partial<Service> = {}): Service {
  return {
    name,
    start: async () => void log.push(`start ${name}`),
    lameduck: () => void log.push(`lameduck ${name}`),
    drain: async () => void log.push(`drain ${name}`),
    stop: async () => void log.push(`stop ${name}`),
    ...over,
  };
}

test("parts start in order and stop in the opposite order", async () => {
  const log: string[] = [];
  const clock = fastClock();
  const life = new Lifecycle([part("a", log), part("b", log)], clock, silentLogger, () => times);
  assert.equal(life.state, "starting");
  await life.start();
  assert.equal(life.state, "serving");
  await life.stop();
  assert.equal(life.state, "stopped");
  assert.deepEqual(log, ["start a", "start b", "lameduck a", "lameduck b", "drain a", "drain b", "stop b", "stop a"]);
  assert.deepEqual(clock.waits, [50]);
});

test("a part that fails to start takes down those before it", async () => {
  const log: string[] = [];
  const bad = part("b", log, { start: () => Promise.reject(new Error("no disk")) });
  const life = new Lifecycle([part("a", log), bad, part("c", log)], fastClock(), silentLogger, () => times);
  await assert.rejects(life.start(), /no disk/);
  assert.deepEqual(log, ["start a", "stop a"]);
  assert.equal(life.state, "stopped");
});

test("a part that never ends is cut off", async () => {
  const log: string[] = [];
  const stuck = part("b", log, { drain: () => new Promise(() => {}), stop: () => new Promise(() => {}) });
  const clock = fastClock();
  const life = new Lifecycle([part("a", log), stuck], clock, silentLogger, () => times);
  await life.start();
  await life.stop();
  assert.deepEqual(clock.waits, [50, 1000, 2000]);
  assert.equal(life.state, "stopped");
});
