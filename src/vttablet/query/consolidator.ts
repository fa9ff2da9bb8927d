/**
 * Identical reads that run at the same time share one call of the database (inventory 7.006).
 *
 * Identical: same text, binds, settings and options, outside transactions and reserved connections, and of a kind that
 * answers the same to everybody (no locks, no functions that differ from call to call). Nobody joins a read that was sent
 * before a write of this tablet ended: who wrote, or was told of a write, sees it.
 */
import type { QueryRequest } from "../../rpc/query-service.ts";
import type { Binds, BindValue } from "../../sqltypes/value.ts";
import type { PlanUse } from "./plan-use.ts";
import type { RunningStatement } from "./running-statement.ts";

export type ConsolidatorMode = "enable" | "disable" | "notOnPrimary";

export interface ConsolidatorOptions {
  readonly mode: ConsolidatorMode;
  /** consolidator-query-waiter-cap; 0: as many as like. Those beyond it run on their own. */
  readonly waitersMax: number;
  /** An answer beyond it is not shared. */
  readonly answerBytesMax: number;
}

const leadersMax = 16;
/** For /debug/consolidations. */
const recentMax = 1000;

export class Consolidator {
  readonly #runAlone: (waiting: RunningStatement) => void;
  options: ConsolidatorOptions;
  /** Writes that ended here. */
  #writes = 0;
  #waiting = 0;
  /** Reads that waited for another's answer, since the start. */
  waits = 0;
  /** By text, the most recent last. */
  readonly recent = new Map<string, number>();

  constructor(options: ConsolidatorOptions, runAlone: (waiting: RunningStatement) => void) {
    this.options = options;
    this.#runAlone = runAlone;
  }

  writeEnded(): void {
    this.#writes++;
  }

  /** Whether this read may share at all, here and now. */
  mayShare(request: QueryRequest): boolean {
    const { options, target, describe } = request;
    if (options.workload !== "OLTP" || describe === true || options.consolidator === "disabled") return false;
    if (options.consolidator === "enabled") return true;
    const mode = options.consolidator === "enabled_replicas" ? "notOnPrimary" : this.options.mode;
    return mode === "enable" || (mode === "notOnPrimary" && target.tabletType !== "PRIMARY");
  }

  /** True: `running` waits for the answer of another. False: it runs itself, and others may join it. */
  join(use: PlanUse, running: RunningStatement): boolean {
    const { leaders } = use;
    running.readHash = hashOf(running.request.binds);
    for (const leader of leaders) {
      if (leader.readHash !== running.readHash || leader.generation !== this.#writes) continue;
      if (!isSameRead(leader.request, running.request)) continue;
      if (!use.facts.isShareable) return false;
      if (this.options.waitersMax > 0 && this.#waiting >= this.options.waitersMax) return false;
      const shared = leader.share(this.options.answerBytesMax, (waiting) => this.#alone(waiting));
      if (shared === undefined) continue;
      shared.join(running);
      running.following = shared;
      this.#count(use.text);
      return true;
    }
    if (leaders.length >= leadersMax) return false;
    running.generation = this.#writes;
    leaders.push(running);
    return false;
  }

  /** The statement is over, or stopped waiting. */
  ended(use: PlanUse, running: RunningStatement): void {
    if (running.following !== undefined) this.#waiting--;
    const { leaders } = use;
    const at = leaders.indexOf(running);
    if (at < 0) return;
    const last = leaders.pop() as RunningStatement;
    if (last !== running) leaders[at] = last;
  }

  #alone(waiting: RunningStatement): void {
    this.#waiting--;
    waiting.following = undefined;
    this.#runAlone(waiting);
  }

  #count(text: string): void {
    this.waits++;
    this.#waiting++;
    const before = this.recent.get(text) ?? 0;
    this.recent.delete(text);
    this.recent.set(text, before + 1);
    if (this.recent.size > recentMax) this.recent.delete(this.recent.keys().next().value ?? "");
  }
}

const hashedBytesMax = 64;

/** Tells most reads apart that are not the same. */
function hashOf(binds: Binds): number {
  let hash = 0;
  for (const name in binds) {
    const bind = binds[name] as BindValue;
    const bytes = "values" in bind ? bind.values[0]?.bytes : bind.bytes;
    if (bytes === undefined) continue;
    for (let i = 0; i < bytes.length && i < hashedBytesMax; i++)
      hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
  }
  return hash;
}

function isSameRead(a: QueryRequest, b: QueryRequest): boolean {
  const x = a.options;
  const y = b.options;
  return (
    x.format === y.format &&
    x.clientFoundRows === y.clientFoundRows &&
    x.sqlSelectLimit === y.sqlSelectLimit &&
    x.timeoutMs === y.timeoutMs &&
    a.settings.length === b.settings.length &&
    a.settings.every((setting, i) => setting === b.settings[i]) &&
    isSameBinds(a.binds, b.binds)
  );
}

function isSameBinds(a: Binds, b: Binds): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  for (const name of names) {
    const one = a[name];
    const other = b[name];
    if (one === undefined || other === undefined || !isSameBind(one, other)) return false;
  }
  return true;
}

function isSameBind(a: BindValue, b: BindValue): boolean {
  if (a.type !== b.type) return false;
  if ("values" in a)
    return (
      "values" in b &&
      a.values.length === b.values.length &&
      a.values.every((value, i) => isSameBind(value, b.values[i] as BindValue))
    );
  if ("values" in b) return false;
  if (a.bytes === undefined || b.bytes === undefined) return a.bytes === b.bytes;
  return Buffer.compare(a.bytes, b.bytes) === 0;
}
