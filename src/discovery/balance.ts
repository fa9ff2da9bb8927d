/**
 * Ways of choosing among the fit tablets of a target (inventory 4.061, `vtgate-balancer-mode`). A table: to add one, a
 * line in it. Each answers none of `tried`, and undefined when all were.
 *
 * - cell: by chance in the gateway's own cell; in the others only when it has none.
 * - prefer-cell: so that over all gateways' cells every tablet gets the same load, from its own cell as far as it goes.
 * - random: by chance among all, wherever they are.
 * - session: always the same one for a session, in the own cell where it has one; another only when that one is gone.
 */
import { createHash } from "node:crypto";
import { FlagError } from "../base/flag-values.ts";
import type { Random } from "../base/random.ts";
import type { FitTablets, TabletView } from "./target-book.ts";

export interface Choice {
  readonly fit: FitTablets;
  readonly random: Random;
  readonly tried: ReadonlySet<string> | undefined;
  /** What names the session; "" where there is none. */
  readonly session: string;
}

export type Balance = (choice: Choice) => TabletView | undefined;

export interface BalanceOptions {
  readonly localCell: string;
  /** balancer-vtgate-cells: the cells that have gateways. */
  readonly gatewayCells?: readonly string[];
}

export const balanceModes = ["cell", "prefer-cell", "random", "session"] as const;
export type BalanceMode = (typeof balanceModes)[number];

export const balances: { readonly [Mode in BalanceMode]: (options: BalanceOptions) => Balance } = {
  cell: () => byCell,
  "prefer-cell": ({ localCell, gatewayCells = [] }) => evenLoad(localCell, gatewayCells),
  random: () => byChance,
  session: () => bySession,
};

export interface BalanceChoice extends BalanceOptions {
  readonly mode: BalanceMode;
  /** Keyspaces that the mode is for; none: all. */
  readonly keyspaces: readonly string[];
}

/** How a tablet of each keyspace is chosen. Throws FlagError where the mode cannot work. */
export function balanceOf(choice: BalanceChoice): (keyspace: string) => Balance {
  const { mode, keyspaces, localCell, gatewayCells = [] } = choice;
  if (mode === "prefer-cell" && !gatewayCells.includes(localCell))
    throw new FlagError(
      `--vtgate-balancer-mode prefer-cell needs the gateway's cell ${localCell} in --balancer-vtgate-cells`,
    );
  const balance = balances[mode](choice);
  return (keyspace) => (keyspaces.length === 0 || keyspaces.includes(keyspace) ? balance : byCell);
}

export const byCell: Balance = ({ fit, random, tried }) =>
  oneOf(fit.local, random, tried) ?? oneOf(fit.remote, random, tried);

const byChance: Balance = ({ fit: { local, remote }, random, tried }) => {
  if (remote.length === 0) return oneOf(local, random, tried);
  return oneOf([...local, ...remote], random, tried);
};

/** The highest hash of session and tablet wins: when tablets come or go, the other sessions stay where they are. */
const bySession: Balance = ({ fit, random, tried, session }) => {
  if (session === "") return byCell({ fit, random, tried, session });
  return highest(session, fit.local, tried) ?? highest(session, fit.remote, tried);
};

function highest(session: string, views: readonly TabletView[], tried: ReadonlySet<string> | undefined) {
  let best: { readonly view: TabletView; readonly score: bigint } | undefined;
  for (const view of views) {
    if (tried?.has(view.alias)) continue;
    const score = createHash("sha1").update(`${session}\n${view.alias}`).digest().readBigUInt64BE();
    if (best === undefined || score > best.score) best = { view, score };
  }
  return best?.view;
}

function evenLoad(localCell: string, gatewayCells: readonly string[]): Balance {
  const cells = [...new Set([localCell, ...gatewayCells])];
  const known = new WeakMap<FitTablets, readonly WeightedTablet[]>(); // The lists are made anew when tablets change.
  return ({ fit, random, tried }) => {
    const weighted = known.get(fit) ?? weigh(fit, localCell, cells);
    known.set(fit, weighted);
    const left =
      tried === undefined || tried.size === 0 ? weighted : weighted.filter(({ view }) => !tried.has(view.alias));
    const sum = left.reduce((total, { weight }) => total + weight, 0);
    let point = (random.below(2 ** 32) / 2 ** 32) * sum;
    for (const { view, weight } of left) {
      point -= weight;
      if (point < 0) return view;
    }
    return left.at(-1)?.view;
  };
}

export interface WeightedTablet {
  readonly view: TabletView;
  readonly weight: number;
}

/**
 * How much of the own cell's queries each tablet gets. Every gateway cell brings the same load, every tablet should get
 * the same. A cell's load stays in it up to what its tablets should get; what is left over goes to the tablets of other
 * cells that their own gateways leave idle.
 */
export function weigh(fit: FitTablets, localCell: string, gatewayCells: readonly string[]): readonly WeightedTablet[] {
  const all = [...fit.local, ...fit.remote];
  const counts = new Map<string, number>();
  for (const { cell } of all) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const brought = 1 / gatewayCells.length;
  const kept = (cell: string) => Math.min(gatewayCells.includes(cell) ? brought : 0, wanted(cell));
  const wanted = (cell: string) => (counts.get(cell) ?? 0) / all.length;
  const idle = (cell: string) => wanted(cell) - kept(cell);
  const leftOver = brought - kept(localCell);
  const idleSum = [...counts.keys()].reduce((sum, cell) => sum + idle(cell), 0);
  return all
    .map((view) => {
      const share = idleSum === 0 ? 0 : (leftOver * idle(view.cell)) / idleSum;
      const load = (view.cell === localCell ? kept(localCell) : 0) + share;
      return { view, weight: load / (counts.get(view.cell) ?? 1) };
    })
    .filter(({ weight }) => weight > 0);
}

function oneOf(
  views: readonly TabletView[],
  random: Random,
  tried: ReadonlySet<string> | undefined,
): TabletView | undefined {
  if (views.length === 0) return undefined;
  if (tried === undefined || tried.size === 0) return views[random.below(views.length)];
  const left = views.filter((view) => !tried.has(view.alias));
  return left.length === 0 ? undefined : left[random.below(left.length)];
}
