/**
 * How fast counters grew lately: for each name a list of changes per second, the oldest first, and "All" for their sum, as
 * Vitess's pages show them. One sample each `periodMs`; at most `samplesMax` are kept.
 */
import type { Clock, Timer } from "./clock.ts";

export interface RateOptions {
  readonly periodMs: number;
  readonly samplesMax: number;
}

export class Rates {
  readonly #clock: Clock;
  readonly #options: RateOptions;
  readonly #read: () => Iterable<readonly [name: string, total: number]>;
  readonly #timer: Timer;
  readonly #rates = new Map<string, number[]>();
  #before = new Map<string, number>();
  #sampledMs: number;

  constructor(clock: Clock, options: RateOptions, read: () => Iterable<readonly [name: string, total: number]>) {
    this.#clock = clock;
    this.#options = options;
    this.#read = read;
    this.#sampledMs = clock.monotonicMs();
    this.#timer = clock.every(options.periodMs, () => this.#sample());
  }

  get now(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.#rates);
  }

  close(): void {
    this.#timer.cancel();
  }

  #sample(): void {
    const nowMs = this.#clock.monotonicMs();
    const seconds = Math.max(0.001, (nowMs - this.#sampledMs) / 1000);
    const totals = new Map(this.#read());
    let all = 0;
    for (const [name, total] of totals) {
      const grown = total - (this.#before.get(name) ?? 0);
      all += grown;
      this.#add(name, grown / seconds);
    }
    this.#add("All", all / seconds);
    this.#before = totals;
    this.#sampledMs = nowMs;
  }

  #add(name: string, rate: number): void {
    const rates = this.#rates.get(name) ?? [];
    this.#rates.set(name, rates);
    rates.push(Math.round(rate * 100) / 100);
    if (rates.length > this.#options.samplesMax) rates.shift();
  }
}
