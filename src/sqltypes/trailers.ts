/** Trailers that say nothing but the status: what most results end with. One object for each status. */
import type { ResultTrailer } from "./result.ts";

const noBytes = Buffer.alloc(0);
/** There are 65,536 at most. */
const made = new Map<number, ResultTrailer>();

export function plainTrailer(statusFlags: number): ResultTrailer {
  const known = made.get(statusFlags);
  if (known !== undefined) return known;
  const trailer = { affectedRows: 0, lastInsertId: 0, statusFlags, warnings: 0, info: "", sessionState: noBytes };
  made.set(statusFlags, trailer);
  return trailer;
}
