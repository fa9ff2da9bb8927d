/**
 * The statements that run now, for the debug pages and for their time limits: one sweep stops what ran too long, so that a
 * statement costs no timer of its own.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import type { Caller } from "../../rpc/query-service.ts";
import type { RunningStatement } from "./running-statement.ts";

export interface RunningEntry {
  readonly sql: string;
  readonly caller: Caller;
  readonly connectionId: number;
  readonly heldId: number;
  readonly sinceMs: number;
  readonly timeoutMs: number;
  readonly running: RunningStatement;
}

const sweepPeriodMs = 50;

export class RunningList {
  readonly #clock: Clock;
  readonly #entries = new Set<RunningEntry>();
  readonly #sweeper: Timer;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sweeper = clock.every(sweepPeriodMs, () => this.#sweep());
  }

  get entries(): ReadonlySet<RunningEntry> {
    return this.#entries;
  }

  /** `timeoutMs` 0: for ever. */
  add(entry: Omit<RunningEntry, "sinceMs">): RunningEntry {
    const full = { ...entry, sinceMs: this.#clock.monotonicMs() };
    this.#entries.add(full);
    return full;
  }
  remove(entry: RunningEntry): void {
    this.#entries.delete(entry);
  }

  /** Stops the statement on that database connection; false where none runs. For an operator's "terminate". */
  terminate(connectionId: number): boolean {
    for (const entry of this.#entries) {
      if (entry.connectionId !== connectionId) continue;
      entry.running.stop(VtError.of("VT26006", "an operator stopped it"));
      return true;
    }
    return false;
  }
  stopHeld(heldId: number, why: VtError): void {
    for (const entry of this.#entries) if (entry.heldId === heldId) entry.running.stop(why);
  }
  stopAll(why: VtError): void {
    for (const entry of this.#entries) entry.running.stop(why);
  }

  close(): void {
    this.#sweeper.cancel();
  }

  #sweep(): void {
    const now = this.#clock.monotonicMs();
    for (const entry of this.#entries)
      if (entry.timeoutMs > 0 && now - entry.sinceMs > entry.timeoutMs)
        entry.running.stop(VtError.of("VT26005", entry.timeoutMs));
  }
}
