/**
 * A clock that a test moves. Timers fire in order of their time, and of their making where times are equal; after each,
 * everything that waited for it (promises) runs to its end before the next one fires. So a run depends on nothing but
 * what the code does, as long as it does no real input or output.
 */
import { assert } from "../base/assert.ts";
import type { Clock, Timer } from "../base/clock.ts";

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

const startOfTimeMs = Date.UTC(2030, 0, 1);

export class SimulatedClock implements Clock {
  /** A heap: each entry is due no later than those at 2i+1 and 2i+2. */
  readonly #heap: Entry[] = [];
  #nowMs = 0;
  #orders = 0;

  readonly nowMs = (): number => Math.floor(startOfTimeMs + this.#nowMs);
  readonly monotonicMs = (): number => this.#nowMs;

  readonly after = (delayMs: number, run: () => void): Timer => {
    const entry = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#orders++, run, isCancelled: false };
    this.#push(entry);
    return { cancel: () => void (entry.isCancelled = true) };
  };

  readonly every = (periodMs: number, run: () => void): Timer => {
    assert(periodMs > 0, "a period is longer than nothing");
    let timer: Timer;
    const again = (): void => {
      timer = this.after(periodMs, again);
      run();
    };
    timer = this.after(periodMs, again);
    return { cancel: () => timer.cancel() };
  };

  /** Lets `durationMs` pass. */
  async runFor(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await settle();
    for (let next = this.#peek(); next !== undefined && next.atMs <= endMs; next = this.#peek()) {
      this.#pop();
      this.#nowMs = next.atMs;
      next.run();
      await settle();
    }
    this.#nowMs = endMs;
  }

  /** Lets time pass until `isMet`, looking after each timer; false when `durationMsMax` passed first. */
  async runUntil(isMet: () => boolean, durationMsMax: number): Promise<boolean> {
    const endMs = this.#nowMs + durationMsMax;
    await settle();
    while (!isMet()) {
      const next = this.#peek();
      if (next === undefined || next.atMs > endMs) {
        this.#nowMs = endMs;
        return isMet();
      }
      this.#pop();
      this.#nowMs = next.atMs;
      next.run();
      await settle();
    }
    return true;
  }

  /** The first entry in force. */
  #peek(): Entry | undefined {
    while (this.#heap[0]?.isCancelled) this.#pop();
    return this.#heap[0];
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Entry;
      if (isBefore(above, entry)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (isBefore(last, heap[child] as Entry)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
  }
}

/** Resolves when no promise has anything left to do. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
