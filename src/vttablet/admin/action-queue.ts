/**
 * Runs actions one at a time, in order of arrival. At most `waitingMax` wait; more are refused, so that a stuck action
 * shows as errors and not as a growing queue.
 */
import type { Clock } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";

const waitingMax = 100;

export class ActionQueue {
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #running: { readonly name: string; readonly sinceMs: number } | undefined;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isBusy(): boolean {
    return this.#running !== undefined || this.#waiting > 0;
  }

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(VtError.of("VT21101", "the tablet is closed"));
    if (this.#waiting >= waitingMax) return Promise.reject(VtError.of("VT21101", this.#busyText()));
    this.#waiting++;
    const running = this.#last.then(async () => {
      this.#waiting--;
      this.#running = { name, sinceMs: this.#clock.monotonicMs() };
      try {
        return await work();
      } finally {
        this.#running = undefined;
      }
    });
    this.#last = running.catch(() => {}); // Whoever asked gets the error; the next action runs all the same.
    return running;
  }

  /** Takes no more; resolves when the last one has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  #busyText(): string {
    const { name, sinceMs } = this.#running ?? { name: "nothing", sinceMs: this.#clock.monotonicMs() };
    const seconds = Math.round((this.#clock.monotonicMs() - sinceMs) / 1000);
    return `${waitingMax} actions wait already; "${name}" has been running for ${seconds} s`;
  }
}
