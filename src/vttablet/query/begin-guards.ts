/**
 * What may hold back a transaction before it begins (both off unless asked for):
 *
 * - the transaction limiter (inventory 7.008): one caller gets at most a share of the transaction pool;
 * - hot rows (7.007): transactions that begin with a write of the same rows wait here in a queue, a few at a time, so that
 *   they do not fill the pool while they wait for each other's locks.
 */
import { VtError } from "../../base/errors.ts";
import type { Caller, QueryRequest } from "../../rpc/query-service.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { HeldConnection } from "./held-connections.ts";
import type { UsedPlan } from "./plans.ts";
import { planStatement, renderStatement } from "./statement-plan.ts";

export interface TransactionLimit {
  readonly isDryRun: boolean;
  /** Of the transaction pool, for one caller. */
  readonly share: number;
  /** What tells callers apart. */
  readonly by: readonly ("username" | "principal" | "component" | "subcomponent")[];
}

export interface HotRowLimits {
  readonly isDryRun: boolean;
  /** Transactions on the same rows at once. */
  readonly concurrentMax: number;
  /** Those at once and those in the queue of the same rows. */
  readonly queueMax: number;
  /** Of all rows together. */
  readonly globalQueueMax: number;
}

export function callerKey({ immediate, effective }: Caller, by: TransactionLimit["by"]): string {
  return by.map((what) => (what === "username" ? immediate.username : effective[what])).join("\0");
}

/** Whether this caller holds its share already. */
export function isOverShare(
  caller: Caller,
  limit: TransactionLimit,
  held: Iterable<HeldConnection>,
  poolMax: number,
): boolean {
  const key = callerKey(caller, limit.by);
  let count = 0;
  for (const one of held) if (one.isInTransaction && callerKey(one.caller, limit.by) === key) count++;
  return count >= Math.max(1, Math.floor(poolMax * limit.share));
}

export class TransactionShares {
  readonly #limit: TransactionLimit;
  readonly #held: { readonly all: Iterable<HeldConnection> };
  readonly #pool: ConnectionPool;
  /** Since the start; with a dry run those that would have been refused. */
  rejections = 0;

  constructor(limit: TransactionLimit, held: { readonly all: Iterable<HeldConnection> }, pool: ConnectionPool) {
    this.#limit = limit;
    this.#held = held;
    this.#pool = pool;
  }

  /** Throws VT26016 where the caller holds its share already. */
  check(caller: Caller): void {
    if (!isOverShare(caller, this.#limit, this.#held.all, this.#pool.limits.sizeMax)) return;
    this.rejections++;
    if (!this.#limit.isDryRun) throw VtError.of("VT26016", caller.immediate.username);
  }
}

/** The rows that a transaction begins with writing, as text; undefined where nothing tells. */
export function hotRowKey(plan: UsedPlan, { binds }: Pick<QueryRequest, "binds">): string | undefined {
  if (plan.kind !== "change") return undefined;
  const rows = plan.use.facts.lockedRows;
  return rows === undefined ? undefined : renderStatement(planStatement(rows), binds);
}

interface Row {
  running: number;
  readonly waiting: (() => void)[];
}

export class HotRows {
  readonly #limits: HotRowLimits;
  readonly #rows = new Map<string, Row>();
  #queued = 0;
  /** Since the start: those that waited, and those that were refused (or would have been). */
  waits = 0;
  refusals = 0;

  constructor(limits: HotRowLimits) {
    this.#limits = limits;
  }

  /** Rows with transactions now, for /debug/hotrows. */
  get now(): readonly { readonly key: string; readonly running: number; readonly waiting: number }[] {
    return [...this.#rows].map(([key, { running, waiting }]) => ({ key, running, waiting: waiting.length }));
  }

  /** Calls `start` at once or in turn; each that started must `leave`. Throws VT26017 when too many wait. */
  enter(key: string, start: () => void): void {
    const { isDryRun, concurrentMax, queueMax, globalQueueMax } = this.#limits;
    const row = this.#rows.get(key) ?? { running: 0, waiting: [] };
    const isFull = row.running + row.waiting.length >= queueMax || this.#queued >= globalQueueMax;
    if (row.running >= concurrentMax) {
      this.waits++;
      if (isFull) this.refusals++;
      if (isFull && !isDryRun) throw VtError.of("VT26017", key);
    }
    this.#rows.set(key, row);
    if (row.running < concurrentMax || isDryRun) {
      row.running++;
      return start();
    }
    this.#queued++;
    row.waiting.push(start);
  }

  leave(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    const next = row.waiting.shift();
    if (next !== undefined) {
      this.#queued--;
      return next();
    }
    row.running--;
    if (row.running === 0) this.#rows.delete(key);
  }
}
