/**
 * One answer for several readers: the statement that runs (the leader) keeps a copy of its answer while others wait for it.
 * They get it when it is whole, so that a slow reader holds up nobody; where it grows beyond `bytesMax`, or its leader was
 * stopped, they run on their own.
 */
import { ServerError } from "../../base/errors.ts";
import type { Column } from "../../sqltypes/result.ts";
import type { Outcome, RunningStatement } from "./running-statement.ts";

export class SharedAnswer {
  readonly #bytesMax: number;
  readonly #runAlone: (waiting: RunningStatement) => void;
  readonly #waiting = new Set<RunningStatement>();
  #columns: readonly Column[] = [];
  #packets: readonly Buffer[] = [];
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isOpen = true;

  constructor(bytesMax: number, runAlone: (waiting: RunningStatement) => void) {
    this.#bytesMax = bytesMax;
    this.#runAlone = runAlone;
  }

  /** False when nobody may join any more. */
  get isOpen(): boolean {
    return this.#isOpen;
  }
  get waitingCount(): number {
    return this.#waiting.size;
  }

  join(waiting: RunningStatement): void {
    this.#waiting.add(waiting);
  }
  /** False when it was not waiting. */
  leave(waiting: RunningStatement): boolean {
    return this.#waiting.delete(waiting);
  }

  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#columns = columns;
    this.#packets = packets;
  }

  rows(chunk: Buffer): void {
    if (!this.#isOpen) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) this.#release();
    else this.#chunks.push(Buffer.from(chunk));
  }

  finish(outcome: Outcome): void {
    if (!this.#isOpen) return;
    if ("error" in outcome && !(outcome.error instanceof ServerError)) return this.#release(); // The leader's own trouble.
    this.#isOpen = false;
    for (const waiting of this.#takeAll()) {
      if ("error" in outcome) {
        waiting.fail(outcome.error);
        continue;
      }
      waiting.columns(this.#columns, this.#packets);
      for (const chunk of this.#chunks) waiting.rows(chunk);
      waiting.end(outcome.trailer);
    }
  }

  #release(): void {
    this.#isOpen = false;
    this.#chunks = [];
    for (const waiting of this.#takeAll()) this.#runAlone(waiting);
  }

  #takeAll(): readonly RunningStatement[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all;
  }
}
