/**
 * Who is primary, seen from one tablet (inventory 8.014). The shard record and the tablet's own record both may name a
 * primary with the time its term began; the later term is right. Pure.
 *
 * A primary whose own term is later than the shard's was promoted by a reparent that could not finish its bookkeeping:
 * it writes itself into the shard record. One whose term is not later and that the shard does not name was replaced.
 */

export interface TenureFacts {
  /** This tablet's own record says PRIMARY. */
  readonly isPrimary: boolean;
  /** The shard record names this tablet. */
  readonly isNamed: boolean;
  /** The shard's term against this tablet's: below 0 is earlier. */
  readonly shardTermAgainstOwn: number;
}

/** adopt-term: the reparent that made this tablet primary dated the term a moment later than the tablet did. */
export type TenureStep = "keep" | "adopt-term" | "claim-shard" | "step-down";

export function decideTenure({ isPrimary, isNamed, shardTermAgainstOwn }: TenureFacts): TenureStep {
  if (!isPrimary) return "keep";
  if (shardTermAgainstOwn < 0) return "claim-shard";
  if (!isNamed) return "step-down"; // On a tie the shard record is what everybody else reads.
  return shardTermAgainstOwn === 0 ? "keep" : "adopt-term";
}
