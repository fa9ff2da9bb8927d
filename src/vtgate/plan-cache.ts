/**
 * Plans found again without parsing: by the fingerprint of a statement's bytes. Statements that differ only in literals
 * whose value cannot change the plan share one; the literals' values come from the bytes as binds.
 *
 * Kept are plans whose statement goes to the shards in the client's own words. A literal is free where it is an integer
 * or a plain string compared with something in WHERE, or assigned in UPDATE: there planning sees any value alike, which
 * is tried when a plan is stored (with binds in their place the statement must plan the same way). All others are pinned.
 */
import { isUtf8 } from "node:buffer";
import { ServerError, VtError } from "../base/errors.ts";
import type { Route } from "../engine/primitive.ts";
import { type Plan, isPlannable } from "../planner/plan.ts";
import type { Node, Statement } from "../sqlparser/ast.ts";
import type { Expression } from "../sqlparser/ast/expression.ts";
import { Fingerprint, type ScanMode, slotStride } from "../sqlparser/fingerprint.ts";
import { FingerprintCache } from "../sqlparser/fingerprint-cache.ts";
import { literalKinds } from "../sqlparser/fingerprint-kinds.ts";
import type { Value } from "../sqltypes/value.ts";
import type { StatementCounts } from "./insights.ts";
import type { StatementHints } from "./statement-guards.ts";

export interface CachedPlan {
  readonly root: Route;
  readonly binds: Readonly<Record<string, Value>>;
  /** The statement as the client wrote it. */
  readonly bytes: Buffer;
  readonly counts: StatementCounts | undefined;
  readonly hints: StatementHints | undefined;
}

/** What stands beside a plan. */
export type BesidePlan = Pick<CachedPlan, "counts" | "hints">;

interface Entry {
  /** Its text has binds for the free slots, and no comments around it. */
  readonly root: Route;
  /** Numbers of the free slots. */
  readonly free: readonly number[];
}

interface Kept extends Entry, BesidePlan {
  /** Names of the binds of the free slots. */
  readonly names: readonly string[];
}

const bindPrefix = "__slot";
const quote = 0x27;
const doubleQuote = 0x22;
const backslash = 0x5c;

/** Parses and plans a text: what the gateway does with a statement that it does not know. */
export type PlanText = (text: string) => { readonly statement: Statement; readonly plan: Plan | undefined };

export class PlanCache {
  readonly #scan: Fingerprint;
  readonly #entries: FingerprintCache<Kept>;
  readonly #environments = new Map<string, number>();

  /** `seed`: a random number, so that nobody can choose statements that collide. */
  constructor(seed: number, bytesMax: number) {
    this.#scan = new Fingerprint(seed);
    this.#entries = new FingerprintCache(bytesMax);
  }

  get count(): number {
    return this.#entries.count;
  }

  clear(): void {
    this.#entries.clear();
  }

  /** `sent` is copied. Comments around a statement travel to the server: such a text goes as it is. */
  find(sent: Buffer, environment: string, mode: ScanMode): CachedPlan | undefined {
    const scan = this.#scan;
    const number = this.#numberOf(environment);
    if (!scan.scan(sent, 0, sent.length, mode, number)) return undefined;
    const entry = this.#entries.find(scan, number);
    if (entry === undefined || !isUtf8(sent)) return undefined;
    const { free, names, counts, hints } = entry;
    const bytes = Buffer.from(sent);
    const binds: Record<string, Value> = {};
    for (let i = 0; i < free.length; i++) {
      const value = this.#valueOf(bytes, free[i] as number);
      if (value === undefined) return undefined;
      binds[names[i] as string] = value;
    }
    // Tablets look for binds as servers read texts by default.
    const isBare = scan.bodyStart === 0 && scan.bodyEnd === bytes.length && !mode.noBackslashEscapes;
    const root = isBare ? entry.root : { ...entry.root, sql: bytes.toString("utf8") };
    return { root, binds, bytes, counts, hints };
  }

  /** Keeps the plan of a statement, if it is of a kind that is kept here. */
  store(
    bytes: Buffer,
    environment: string,
    mode: ScanMode,
    planText: PlanText,
    beside: BesidePlan = nothingBeside,
  ): void {
    const scan = this.#scan;
    const number = this.#numberOf(environment);
    if (!scan.scan(bytes, 0, bytes.length, mode, number) || !isUtf8(bytes)) return;
    const slots = Array.from({ length: scan.slotCount }, (_, i) => i).filter(
      (slot) => this.#valueOf(bytes, slot) !== undefined,
    );
    const text = bytes.toString("utf8");
    if (text.includes(bindPrefix)) return; // Its own binds must not be taken for a slot's.
    const original = planText(text).plan?.root;
    if (original?.kind !== "Route" || original.sql !== text) return;
    const entry = parameterised(slots, (free) => this.#withBinds(bytes, free), planText, original) ?? {
      root: { ...original, sql: this.#withBinds(bytes, []) },
      free: [],
    };
    const free = new Set(entry.free);
    const names = entry.free.map((slot) => bindPrefix + slot);
    this.#entries.store(scan, number, (slot) => free.has(slot), { ...entry, names, ...beside });
  }

  /** The text with binds in the place of some slots, without the comments around it. */
  #withBinds(bytes: Buffer, slots: readonly number[]): string {
    const scan = this.#scan;
    let text = "";
    let from = scan.bodyStart;
    for (const slot of slots) {
      const at = slot * slotStride;
      text += `${bytes.toString("utf8", from, scan.slots[at])} :${bindPrefix}${slot} `;
      from = scan.slots[at + 1] as number;
    }
    return text + bytes.toString("utf8", from, scan.bodyEnd);
  }

  /** An integer, or a string without escapes, as a view of `bytes`; undefined for other literals. */
  #valueOf(bytes: Buffer, slot: number): Value | undefined {
    const at = slot * slotStride;
    const { slots } = this.#scan;
    const start = slots[at] as number;
    const end = slots[at + 1] as number;
    const kind = slots[at + 2] as number;
    if (kind === literalKinds.integer) {
      if (bytes[start] === 0x30 && end - start > 1) return undefined; // 007 is 7: let the parser say so.
      return { type: "INT64", bytes: bytes.subarray(start, end) };
    }
    if (kind !== literalKinds.string) return undefined;
    for (let i = start + 1; i < end - 1; i++) {
      const byte = bytes[i];
      if (byte === backslash || byte === quote || byte === doubleQuote) return undefined;
    }
    return { type: "VARCHAR", bytes: bytes.subarray(start + 1, end - 1) };
  }

  #numberOf(environment: string): number {
    const known = this.#environments.get(environment);
    if (known !== undefined) return known;
    if (this.#environments.size >= environmentsMax) {
      this.#environments.clear();
      this.#entries.clear();
    }
    this.#environments.set(environment, this.#environments.size + 1);
    return this.#environments.size;
  }
}

export const nothingBeside: BesidePlan = { counts: undefined, hints: undefined };
const environmentsMax = 10_000;

/** The plan with binds for as many slots as may be free; undefined where that plans in another way. */
function parameterised(
  slots: readonly number[],
  textWith: (free: readonly number[]) => string,
  planText: PlanText,
  original: Route,
): Entry | undefined {
  try {
    const names = freeBinds(planText(textWith(slots)).statement);
    const free = slots.filter((slot) => names.has(bindPrefix + slot));
    if (free.length === 0) return undefined;
    const text = textWith(free);
    const root = planText(text).plan?.root;
    if (root?.kind !== "Route" || !plansTheSame(root, original)) return undefined;
    return { root: { ...root, sql: text }, free };
  } catch (thrown) {
    // With binds it cannot be read or planned: then its literals are part of it.
    if (thrown instanceof VtError || thrown instanceof ServerError) return undefined;
    throw thrown;
  }
}

function plansTheSame(a: Route, b: Route): boolean {
  if (a.keyspace !== b.keyspace || a.effect !== b.effect || a.oneShardOnly !== b.oneShardOnly) return false;
  if (a.routing.kind !== b.routing.kind) return false;
  if (a.routing.kind === "Equal" && b.routing.kind === "Equal")
    return a.routing.vindex === b.routing.vindex && a.routing.values.length === b.routing.values.length;
  return a.routing.kind === "Unsharded" || a.routing.kind === "AllShards" || a.routing.kind === "AnyShard";
}

/** Binds that stand where a value is only compared or assigned. */
function freeBinds(statement: Statement): ReadonlySet<string> {
  const names = new Set<string>();
  if (!isPlannable(statement) || !("where" in statement)) return names;
  fromCondition(statement.where, names);
  if (statement.kind === "Update") for (const { value } of statement.set) note(value, names);
  return names;
}

function note(node: Node, names: Set<string>): void {
  if (node.kind === "Bind") names.add(node.name);
}

function fromCondition(condition: Expression | undefined, names: Set<string>): void {
  switch (condition?.kind) {
    case "And":
    case "Or":
      for (const operand of condition.operands) fromCondition(operand, names);
      return;
    case "Comparison":
      note(condition.left, names);
      note(condition.right, names);
      return;
    case "Between":
      note(condition.low, names);
      note(condition.high, names);
      return;
    default:
  }
}
