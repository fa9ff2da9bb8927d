/** region_experimental: one or two bytes of the first column's integer, then the hash of the second's. */
import { noDestination, prefixDestination, type Destination } from "../../sharding/destination.ts";
import type { Value } from "../../sqltypes/value.ts";
import { readInteger, word } from "../integer64.ts";
import { integerParam, type VindexType } from "../vindex.ts";
import { hashUnsigned } from "./hash.ts";

export const regionExperimental: VindexType = {
  params: ["region_bytes"],
  make: (name, params) => {
    const regionBytes = integerParam(name, params, "region_bytes", 1, 2);
    const map = (row: readonly Value[]): Destination => {
      const [region, key] = row;
      if (region === undefined || row.length > 2 || !readInteger(region, false)) return noDestination;
      const prefix = regionPrefix(word.low, regionBytes);
      if (key === undefined) return prefixDestination(prefix);
      const hashed = hashUnsigned(key);
      return hashed === undefined ? noDestination : { kind: "KeyspaceId", id: Buffer.concat([prefix, hashed]) };
    };
    return {
      name,
      cost: 1,
      isUnique: true,
      columnCount: 2,
      takesPrefix: true,
      map,
      verify: (row, id) => {
        const found = map(row);
        return found.kind === "KeyspaceId" && found.id.equals(id);
      },
    };
  },
};

/** The lowest bytes of a region's number. */
export function regionPrefix(region: number, regionBytes: number): Buffer {
  const both = Buffer.from([(region >> 8) & 0xff, region & 0xff]);
  return both.subarray(2 - regionBytes);
}
