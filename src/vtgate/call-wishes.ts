/** What a statement asks of its calls besides what its session has. */
import type { StatementHints } from "./statement-guards.ts";

export interface CallWishes {
  /** 0: no limit but the tablets'. */
  readonly timeoutMs: number;
  readonly hints: StatementHints | undefined;
}

export const noWishes: CallWishes = { timeoutMs: 0, hints: undefined };
