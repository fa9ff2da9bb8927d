/** What happened in a simulation, one line an event, in order. The same seed must give the same text, byte for byte. */
import { createHash } from "node:crypto";
import type { Clock } from "../base/clock.ts";

export class EventLog {
  readonly #clock: Clock;
  readonly #lines: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `who` is the node or part it happened to. */
  add(who: string, what: string): void {
    this.#lines.push(`${this.#clock.monotonicMs().toFixed(3).padStart(12)} ${who}: ${what}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
  get text(): string {
    return `${this.#lines.join("\n")}\n`;
  }
  /** For comparing runs at a glance. */
  get digest(): string {
    return createHash("sha256").update(this.text).digest("hex").slice(0, 16);
  }
}
