/** Sleeping and deadlines on a clock that the test moves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, deadline, sleep } from "./clock.ts";

/** A clock that stands still until `advance`. */
function handClock() {
  let now = 0;
  let timers: { at: number; run: () => void; again: number | undefined }[] = [];
  const add = (delayMs: number, run: () => void, again?: number) => {
    const timer = { at: now + delayMs, run, again };
    timers.push(timer);
    return { cancel: () => void (timers = timers.filter((t) => t !== timer)) };
  };
  const clock: Clock = {
    nowMs: () => now,
    monotonicMs: () => now,
    after: (delayMs, run) => add(delayMs, run),
    every: (periodMs, run) => add(periodMs, run, periodMs),
  };
  const advance = (ms: number) => {
    now += ms;
    const due = timers.filter((t) => t.at <= now);
    timers = timers.filter((t) => t.at > now);
    for (const timer of due) timer.run();
  };
  return { clock, advance, count: () => timers.length };
}

test("sleep ends when its time has come", async () => {
  const { clock, advance } = handClock();
  let awake = false;
  const sleeping = sleep(clock, 100).then(() => {
    awake = true;
  });
  advance(99);
  await Promise.resolve();
  assert.equal(awake, false);
  advance(1);
  await sleeping;
  assert.equal(awake, true);
});

test("sleep rejects with the signal's reason and leaves no timer behind", async () => {
  const { clock, count } = handClock();
  const controller = new AbortController();
  const sleeping = sleep(clock, 100, controller.signal);
  controller.abort(new Error("stopped"));
  await assert.rejects(sleeping, /stopped/);
  assert.equal(count(), 0);
  await assert.rejects(sleep(clock, 1, AbortSignal.abort(new Error("before"))), /before/);
});

test("a deadline aborts at its time, with its parent, or not at all once cancelled", () => {
  const { clock, advance, count } = handClock();
  const late = deadline(clock, 10, () => new Error("too late"));
  advance(10);
  assert.match(String(late.signal.reason), /too late/);

  const parent = new AbortController();
  const child = deadline(clock, 10, () => new Error("too late"), parent.signal);
  parent.abort(new Error("parent went"));
  assert.match(String(child.signal.reason), /parent went/);
  child.cancel();

  const cancelled = deadline(clock, 10, () => new Error("too late"));
  cancelled.cancel();
  advance(100);
  assert.equal(cancelled.signal.aborted, false);
  assert.equal(count(), 0);
});
