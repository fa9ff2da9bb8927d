/** How a plan was used since it was made, and what only a look at its tree tells. It lives as long as the plan is cached. */
import type { Timing } from "../../base/metrics.ts";
import type { HeadMemo } from "../../mysql/result-head.ts";
import type { Environment } from "../../sqlparser/environment.ts";
import type { Outcome, RunningStatement } from "./running-statement.ts";
import { type StatementFacts, statementFacts } from "./statement-facts.ts";

export interface PlanTotals {
  readonly count: number;
  readonly timeMs: number;
  readonly rowsReturned: number;
  readonly rowsAffected: number;
  readonly errors: number;
}

/** Of one caller. */
interface CallerTotals {
  count: number;
  timeMs: number;
  /** What of it the metrics know already. */
  reportedCount: number;
  reportedMs: number;
}

const callersMax = 100;
const nothing: PlanTotals = { count: 0, timeMs: 0, rowsReturned: 0, rowsAffected: 0, errors: 0 };

export class PlanUse {
  readonly text: string;
  count = 0;
  timeMs = 0;
  rowsReturned = 0;
  rowsAffected = 0;
  errors = 0;
  /** What of it the metrics know already. */
  reported = nothing;
  /** Reads of this plan under way whose answer others may share; a few at most. */
  readonly leaders: RunningStatement[] = [];
  /** For connections: how its answers begin. */
  readonly heads: HeadMemo = { head: undefined };
  /** How long statements of its kind take; bound on first use. */
  timing: Timing | undefined;
  /** At most so many are told apart; what others do is of "other". */
  readonly callers = new Map<string, CallerTotals>();
  #lastCaller = "";
  #lastTotals: CallerTotals | undefined;
  readonly environment: Environment;
  #facts: StatementFacts | undefined;

  constructor(text: string, environment: Environment) {
    this.text = text;
    this.environment = environment;
  }

  record(timeMs: number, rowCount: number, outcome: Outcome): void {
    this.count++;
    this.timeMs += timeMs;
    this.rowsReturned += rowCount;
    if ("trailer" in outcome) this.rowsAffected += outcome.trailer.affectedRows;
    else this.errors++;
  }

  countCaller(name: string, timeMs: number): void {
    let totals = this.#lastTotals;
    if (totals === undefined || name !== this.#lastCaller) {
      totals = this.#caller(name);
      this.#lastCaller = name;
      this.#lastTotals = totals;
    }
    totals.count++;
    totals.timeMs += timeMs;
  }

  #caller(name: string): CallerTotals {
    const found = this.callers.get(name);
    if (found !== undefined) return found;
    if (this.callers.size >= callersMax && name !== "other") return this.#caller("other");
    const made = { count: 0, timeMs: 0, reportedCount: 0, reportedMs: 0 };
    this.callers.set(name, made);
    return made;
  }

  totals(): PlanTotals {
    const { count, timeMs, rowsReturned, rowsAffected, errors } = this;
    return { count, timeMs, rowsReturned, rowsAffected, errors };
  }

  /** Parsed on first use. */
  get facts(): StatementFacts {
    this.#facts ??= statementFacts(this.text, this.environment);
    return this.#facts;
  }
  get isParsed(): boolean {
    return this.#facts !== undefined;
  }
}
