/**
 * The choices of a planned change of a shard's primary (inventory 8.004–8.006, 8.010). Pure: facts in, a choice out.
 * What cannot be chosen safely is refused with the reason, never guessed.
 */
import { containsPosition, type Position } from "../binlog/gtid.ts";
import { type Shard, type Tablet, TabletType } from "../proto/generated/topodata_pb.js";
import { aliasOf } from "../topo/cluster-records.ts";
import { cellOfTablet, type TabletAlias } from "../topo/names.ts";
import { tabletTypeName } from "../topo/tablet-types.ts";
import { compareTimes } from "../topo/times.ts";
import { canCommit, type DurabilityPolicy, promotionRules } from "./durability.ts";

export type Tablets = ReadonlyMap<TabletAlias, Tablet>;

/**
 * - first-promotion: the shard never had a primary.
 * - no-clear-primary: it had one, but no tablet, or more than one, claims the newest term now.
 * - repair: the wanted tablet is the primary already; the others are made to follow it.
 * - graceful: the primary hands over.
 */
export type Situation = "first-promotion" | "no-clear-primary" | "repair" | "graceful";

export interface ReparentOptions {
  readonly newPrimary?: TabletAlias;
  readonly avoidPrimary?: TabletAlias;
  readonly expectedPrimary?: TabletAlias;
  /** Candidates that lag more are passed over; undefined passes none over. */
  readonly lagSecondsMax?: number;
  readonly allowCrossCell?: boolean;
}

/** What a candidate said of itself; tablets that did not answer are not among the candidates. */
export interface CandidateFacts {
  readonly alias: TabletAlias;
  readonly position: Position | undefined;
  /** undefined: not known. */
  readonly lagSeconds: number | undefined;
  readonly isBackupRunning: boolean;
  /** Pages of its database that are in memory: the warmer of two equals wins. */
  readonly bufferPoolPages: number;
}

export type Refusal = { readonly kind: "refuse"; readonly why: string };
export type FirstLook =
  | { readonly kind: "nothing-to-do"; readonly why: string }
  | Refusal
  /** The wanted tablet was named. */
  | { readonly kind: "named"; readonly elect: TabletAlias }
  /** The candidates must be asked first. */
  | { readonly kind: "choose"; readonly avoid: TabletAlias | undefined; readonly among: readonly TabletAlias[] };

const refuse = (why: string): Refusal => ({ kind: "refuse", why });

/** What the records alone decide. */
export function lookAtShard(
  shard: Shard,
  tablets: Tablets,
  options: ReparentOptions,
  policy: DurabilityPolicy,
): FirstLook {
  const recorded = aliasOf(shard.primaryAlias);
  const { newPrimary, expectedPrimary } = options;
  if (expectedPrimary !== undefined && recorded !== expectedPrimary)
    return refuse(`its primary is ${recorded ?? "nobody"}, expected ${expectedPrimary}`);
  if (newPrimary !== undefined) {
    if (newPrimary === options.avoidPrimary) return refuse(`${newPrimary} is both wanted and to be avoided`);
    const tablet = tablets.get(newPrimary);
    if (tablet === undefined) return refuse(`${newPrimary} is not a tablet of the shard`);
    if (policy.promotionRule(tablet) === "must_not")
      return refuse(`${newPrimary} is of type ${tabletTypeName(tablet.type)}, which must not become primary`);
    if (!canCommit(policy, tablet, tablets.values()))
      return refuse(`${newPrimary} would have too few replicas to acknowledge its commits`);
    return { kind: "named", elect: newPrimary };
  }
  const avoid = options.avoidPrimary ?? recorded;
  if (recorded !== undefined && avoid !== recorded)
    return { kind: "nothing-to-do", why: `the primary is ${recorded}, and ${avoid ?? "nobody"} was to be avoided` };
  const cell = recorded === undefined || options.allowCrossCell ? undefined : cellOfTablet(recorded);
  const among = [...tablets]
    .filter(([alias, tablet]) => alias !== avoid && policy.promotionRule(tablet) !== "must_not")
    .map(([alias]) => alias)
    .filter((alias) => cell === undefined || cellOfTablet(alias) === cell);
  if (among.length > 0) return { kind: "choose", avoid, among };
  return refuse(
    cell === undefined ? "no tablet may become primary" : `no other tablet in cell ${cell} may become primary`,
  );
}

/**
 * The best of the candidates: one that no other is ahead of; among these by promotion rule, by warmth, by name.
 * Candidates that take a backup, lag too much, or could not commit for want of acknowledgements are passed over.
 */
export function chooseCandidate(
  candidates: readonly CandidateFacts[],
  tablets: Tablets,
  policy: DurabilityPolicy,
  options: ReparentOptions,
): { readonly kind: "elect"; readonly elect: TabletAlias } | Refusal {
  const passedOver: string[] = [];
  const fit = candidates.filter((candidate) => {
    const why = whyNot(candidate, tablets, policy, options);
    if (why !== undefined) passedOver.push(`${candidate.alias} ${why}`);
    return why === undefined;
  });
  const leaders = fit.filter((candidate) => !fit.some((other) => isAhead(other, candidate)));
  const rank = ({ alias }: CandidateFacts) => {
    const tablet = tablets.get(alias);
    return tablet === undefined ? promotionRules.length : promotionRules.indexOf(policy.promotionRule(tablet));
  };
  const [best] = leaders.sort(
    (a, b) => rank(a) - rank(b) || b.bufferPoolPages - a.bufferPoolPages || (a.alias < b.alias ? -1 : 1),
  );
  if (best !== undefined) return { kind: "elect", elect: best.alias };
  return refuse(`no candidate is fit${passedOver.length === 0 ? "" : `: ${passedOver.join(", ")}`}`);
}

function whyNot(
  candidate: CandidateFacts,
  tablets: Tablets,
  policy: DurabilityPolicy,
  { lagSecondsMax }: ReparentOptions,
): string | undefined {
  const tablet = tablets.get(candidate.alias);
  if (tablet === undefined) return "is not a tablet of the shard";
  if (candidate.isBackupRunning) return "takes a backup";
  if (lagSecondsMax !== undefined && candidate.lagSeconds === undefined) return "does not know its lag";
  if (lagSecondsMax !== undefined && (candidate.lagSeconds ?? 0) > lagSecondsMax)
    return `lags ${candidate.lagSeconds} s, more than ${lagSecondsMax}`;
  if (!canCommit(policy, tablet, tablets.values())) return "would have too few replicas to acknowledge its commits";
  return undefined;
}

function isAhead(a: CandidateFacts, b: CandidateFacts): boolean {
  if (a.position === undefined) return false;
  if (b.position === undefined) return true;
  return containsPosition(a.position, b.position) && !containsPosition(b.position, a.position);
}

/**
 * The tablet of type primary with the newest term; undefined where there is none, two claim the same term, or the
 * shard's record names another one with a later term: that one may be primary without having been able to say so.
 */
export function findPrimary(shard: Shard, tablets: Tablets): TabletAlias | undefined {
  let found: { readonly alias: TabletAlias; readonly tablet: Tablet } | undefined;
  let isContested = false;
  for (const [alias, tablet] of tablets) {
    if (tablet.type !== TabletType.PRIMARY) continue;
    const order = compareTimes(tablet.primaryTermStartTime, found?.tablet.primaryTermStartTime);
    if (found !== undefined && order < 0) continue;
    isContested = found !== undefined && order === 0;
    found = { alias, tablet };
  }
  if (found === undefined || isContested) return undefined;
  const isOutdated = compareTimes(shard.primaryTermStartTime, found.tablet.primaryTermStartTime) > 0;
  return isOutdated && aliasOf(shard.primaryAlias) !== found.alias ? undefined : found.alias;
}

export function situationOf(shard: Shard, primary: TabletAlias | undefined, elect: TabletAlias): Situation {
  if (primary === undefined) return shard.primaryAlias === undefined ? "first-promotion" : "no-clear-primary";
  return primary === elect ? "repair" : "graceful";
}

/** With every tablet stopped: whether `elect` has all that any other has. Refuses when one is ahead or did not answer. */
export function mayPromoteAmongStopped(
  elect: TabletAlias,
  positions: ReadonlyMap<TabletAlias, Position>,
  tablets: Tablets,
): { readonly kind: "promote" } | Refusal {
  const own = positions.get(elect);
  for (const alias of tablets.keys())
    if (!positions.has(alias)) return refuse(`${alias} did not tell its position, and may be ahead`);
  if (own === undefined) return refuse(`${elect} is not a tablet of the shard`);
  for (const [alias, position] of positions)
    if (!containsPosition(own, position)) return refuse(`${alias} has transactions that ${elect} has not`);
  return { kind: "promote" };
}

/** InitShardPrimary: throws everything away that the tablets have, so it is refused where there is a primary. */
export function lookAtNewShard(
  shard: Shard,
  tablets: Tablets,
  elect: TabletAlias,
  isForced: boolean,
): { readonly kind: "initialize" } | Refusal {
  if (!tablets.has(elect)) return refuse(`${elect} is not a tablet of the shard`);
  if (isForced) return { kind: "initialize" };
  const recorded = aliasOf(shard.primaryAlias);
  if (recorded !== undefined && recorded !== elect)
    return refuse(`${recorded} is its primary; force it if that is meant`);
  for (const [alias, { type }] of tablets)
    if (alias !== elect && type === TabletType.PRIMARY)
      return refuse(`${alias} is a primary; force it if that is meant`);
  return { kind: "initialize" };
}
