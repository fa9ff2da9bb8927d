/**
 * Who is primary, seen from one tablet (inventory 8.014). The shard record and the tablet's own record both name a
 * primary with the time its term began; the younger term is right. Pure.
 *
 * A tablet whose record says PRIMARY with a younger term than the shard's was promoted by a reparent that could not
 * finish its bookkeeping: it writes itself into the shard record. With an older term it was replaced: it steps down.
 */

export interface Tenure {
  /** "zone1-0000000100"; empty where nobody is. */
  readonly alias: string;
  /** Nanoseconds since 1970, as text sorts badly: a bigint. 0 where unknown. */
  readonly termStartNs: bigint;
}

export type TenureStep = "keep" | "claim-shard" | "step-down" | "become-primary";

/**
 * own: this tablet's alias, and when its term began (0 = it is no primary).
 * shard: what the shard record says.
 */
export function decideTenure(own: Tenure, shard: Tenure): TenureStep {
  const isPrimary = own.termStartNs > 0n;
  const isNamed = shard.alias === own.alias;
  if (isPrimary && isNamed) return shard.termStartNs < own.termStartNs ? "claim-shard" : "keep";
  if (isPrimary) return shard.termStartNs < own.termStartNs ? "claim-shard" : "step-down";
  return "keep";
}

/** At start a tablet that the shard record names is primary again, in the same term. */
export function decideFirstTenure(alias: string, shard: Tenure): TenureStep {
  return shard.alias === alias ? "become-primary" : "keep";
}
