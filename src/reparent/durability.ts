/**
 * Durability policies (inventory 8.012): which tablets may become primary, how many replicas must acknowledge a commit,
 * and which replicas' acknowledgements count. A keyspace names its policy. To add one: a line in the table.
 */
import { VtError } from "../base/errors.ts";
import { type Tablet, TabletType } from "../proto/generated/topodata_pb.js";

/** How much a tablet is wanted as primary, best first. */
export const promotionRules = ["must", "prefer", "neutral", "prefer_not", "must_not"] as const;
export type PromotionRule = (typeof promotionRules)[number];

export interface DurabilityPolicy {
  readonly promotionRule: (tablet: Tablet) => PromotionRule;
  /** Replicas that must have a transaction before its commit is acknowledged; 0 is no semi-sync. */
  readonly ackersMin: number;
  /** Whether `replica` acknowledges the transactions of `primary`. */
  readonly isAcker: (primary: Tablet, replica: Tablet) => boolean;
}

const byType = ({ type }: Tablet): PromotionRule =>
  type === TabletType.PRIMARY || type === TabletType.REPLICA ? "neutral" : "must_not";

function semiSync(acks: { readonly rdonlyToo: boolean; readonly otherCellOnly: boolean }): DurabilityPolicy {
  return {
    promotionRule: byType,
    ackersMin: 1,
    isAcker: (primary, { type, alias }) =>
      (!acks.otherCellOnly || primary.alias?.cell !== alias?.cell) &&
      (type === TabletType.PRIMARY || type === TabletType.REPLICA || (acks.rdonlyToo && type === TabletType.RDONLY)),
  };
}

const none: DurabilityPolicy = { promotionRule: byType, ackersMin: 0, isAcker: () => false };

export const durabilityPolicies = {
  none,
  semi_sync: semiSync({ rdonlyToo: false, otherCellOnly: false }),
  cross_cell: semiSync({ rdonlyToo: false, otherCellOnly: true }),
  semi_sync_with_rdonly_ack: semiSync({ rdonlyToo: true, otherCellOnly: false }),
  cross_cell_with_rdonly_ack: semiSync({ rdonlyToo: true, otherCellOnly: true }),
  /** Prefers one certain tablet, for tests. */
  test: {
    ...none,
    promotionRule: (tablet) => (tablet.alias?.cell === "zone2" && tablet.alias.uid === 200 ? "prefer" : byType(tablet)),
  },
} as const satisfies Record<string, DurabilityPolicy>;

export type DurabilityName = keyof typeof durabilityPolicies;

/** A keyspace without a policy has "none", as in Vitess. Throws VT22033 for a name that is not in the table. */
export function durabilityPolicy(name: string): DurabilityPolicy {
  const known = name === "" ? "none" : name;
  if (!Object.hasOwn(durabilityPolicies, known)) throw VtError.of("VT22033", name);
  return durabilityPolicies[known as DurabilityName];
}

/** Whether `primary` gets enough acknowledgements from `others` to commit anything. */
export function canCommit(policy: DurabilityPolicy, primary: Tablet, others: Iterable<Tablet>): boolean {
  let ackers = 0;
  for (const other of others)
    if (other.alias?.uid !== primary.alias?.uid || other.alias?.cell !== primary.alias?.cell)
      if (policy.isAcker(primary, other)) ackers++;
  return ackers >= policy.ackersMin;
}
