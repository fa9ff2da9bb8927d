/**
 * The statements that run now, for the debug pages and for their time limits: one sweep stops what ran too long, so that a
 * statement costs no timer of its own. They are chained through themselves, so that listing one costs no memory.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import type { QueryRequest } from "../../rpc/query-service.ts";

export interface Listed {
  readonly request: QueryRequest;
  readonly connectionId: number;
  /** Its transaction or reserved connection; 0 for none. */
  readonly heldId: number;
  sinceMs: number;
  /** 0: for ever. */
  timeoutMs: number;
  previous: Listed | undefined;
  next: Listed | undefined;
  stop(why: VtError): void;
}

const sweepPeriodMs = 50;

export class RunningList {
  readonly #clock: Clock;
  readonly #sweeper: Timer;
  #first: Listed | undefined;
  #size = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sweeper = clock.every(sweepPeriodMs, () => this.#sweep());
  }

  get size(): number {
    return this.#size;
  }

  /** Those that run now, the youngest first. */
  all(): Listed[] {
    const all: Listed[] = [];
    for (let one = this.#first; one !== undefined; one = one.next) all.push(one);
    return all;
  }

  add(one: Listed): void {
    one.sinceMs = this.#clock.monotonicMs();
    one.next = this.#first;
    if (this.#first !== undefined) this.#first.previous = one;
    this.#first = one;
    this.#size++;
  }

  /** Harmless for one that is not listed. */
  remove(one: Listed): void {
    if (one !== this.#first && one.previous === undefined) return;
    if (one.previous === undefined) this.#first = one.next;
    else one.previous.next = one.next;
    if (one.next !== undefined) one.next.previous = one.previous;
    one.previous = undefined;
    one.next = undefined;
    this.#size--;
  }

  /** Stops the statement on that database connection; false where none runs. For an operator's "terminate". */
  terminate(connectionId: number): boolean {
    const found = this.all().find((one) => one.connectionId === connectionId);
    found?.stop(VtError.of("VT26006", "an operator stopped it"));
    return found !== undefined;
  }
  stopHeld(heldId: number, why: VtError): void {
    for (const one of this.all()) if (one.heldId === heldId) one.stop(why);
  }
  stopAll(why: VtError): void {
    for (const one of this.all()) one.stop(why);
  }

  close(): void {
    this.#sweeper.cancel();
  }

  #sweep(): void {
    const now = this.#clock.monotonicMs();
    for (const one of this.all())
      if (one.timeoutMs > 0 && now - one.sinceMs > one.timeoutMs) one.stop(VtError.of("VT26005", one.timeoutMs));
  }
}
