/**
 * Statements that a query rule holds back (its action is BUFFER): each is looked at again when the rules change, and refused
 * when that takes too long.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import type { QueuePlace } from "./connection-pool.ts";
import type { QueryRule } from "./query-rules.ts";
import type { RunningStatement } from "./running-statement.ts";

/** As long as a change of tables may take. */
export const ruleWaitMaxMs = 10_000;
export const ruleWaitersMax = 10_000;

interface Waiter {
  readonly again: () => void;
  readonly timer: Timer;
}

export class RuleWaits {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Calls `again` when the rules changed. */
  hold(running: RunningStatement, { name, description }: QueryRule, again: () => void): QueuePlace | undefined {
    const refuse = () => running.fail(VtError.of("VT26015", description || name));
    if (this.#waiting.size >= ruleWaitersMax) {
      queueMicrotask(refuse); // After the caller has what we answer.
      return undefined;
    }
    const timer = this.#clock.after(ruleWaitMaxMs, () => {
      this.#waiting.delete(waiter);
      refuse();
    });
    const waiter: Waiter = { again, timer };
    this.#waiting.add(waiter);
    const leave = () => {
      timer.cancel();
      return this.#waiting.delete(waiter);
    };
    return { leave };
  }

  /** The rules changed, or the tablet stops: each finds out for itself what that means to it. */
  release(): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const { again, timer } of all) {
      timer.cancel();
      again();
    }
  }
}
