/** How a plan was used since it was made, and what only a look at its tree tells. It lives as long as the plan is cached. */
import type { Outcome, RunningStatement } from "./running-statement.ts";
import { type StatementFacts, statementFacts } from "./statement-facts.ts";

export class PlanUse {
  readonly text: string;
  count = 0;
  timeMs = 0;
  rowsReturned = 0;
  rowsAffected = 0;
  errors = 0;
  /** Reads of this plan under way whose answer others may share; a few at most. */
  readonly leaders: RunningStatement[] = [];
  #facts: StatementFacts | undefined;

  constructor(text: string) {
    this.text = text;
  }

  record(timeMs: number, rowCount: number, outcome: Outcome): void {
    this.count++;
    this.timeMs += timeMs;
    this.rowsReturned += rowCount;
    if ("trailer" in outcome) this.rowsAffected += outcome.trailer.affectedRows;
    else this.errors++;
  }

  /** Parsed on first use. */
  get facts(): StatementFacts {
    this.#facts ??= statementFacts(this.text);
    return this.#facts;
  }
}
