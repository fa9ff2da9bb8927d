/**
 * region_json: the second column's text is looked up in the file `region_map` ({"United States": 1}) and gives the
 * first one or two bytes; the hash of the first column's integer follows.
 */
import { errorText, VtError } from "../../base/errors.ts";
import { noDestination, type Destination } from "../../sharding/destination.ts";
import type { Value } from "../../sqltypes/value.ts";
import { integerParam, type VindexSources, type VindexType } from "../vindex.ts";
import { hashUnsigned } from "./hash.ts";
import { regionPrefix } from "./region-experimental.ts";

export const regionJson: VindexType = {
  params: ["region_bytes", "region_map"],
  make: (name, params, sources) => {
    const regions = readRegions(name, params["region_map"], sources);
    const regionBytes = integerParam(name, params, "region_bytes", 1, 2);
    const map = (row: readonly Value[]): Destination => {
      const [key, place] = row;
      if (key === undefined || place?.bytes === undefined || row.length !== 2) return noDestination;
      const hashed = hashUnsigned(key);
      const region = regions.get(place.bytes.toString("utf8"));
      if (hashed === undefined || region === undefined) return noDestination;
      return { kind: "KeyspaceId", id: Buffer.concat([regionPrefix(region, regionBytes), hashed]) };
    };
    return {
      name,
      cost: 1,
      isUnique: true,
      columnCount: 2,
      takesPrefix: false,
      map,
      verify: (row, id) => {
        const found = map(row);
        return found.kind === "KeyspaceId" && found.id.equals(id);
      },
    };
  },
};

function readRegions(name: string, path: string | undefined, sources: VindexSources): ReadonlyMap<string, number> {
  if (path === undefined) throw VtError.of("VT20005", name, "the parameter region_map is missing");
  try {
    const regions = Object.entries(JSON.parse(sources.readFile(path)) as Record<string, unknown>);
    return new Map(
      regions.map(([place, region]) => {
        if (typeof region !== "number" || !Number.isInteger(region) || region < 0)
          throw new Error(`the region of ${place} is no unsigned integer`);
        return [place, region];
      }),
    );
  } catch (thrown) {
    throw VtError.of("VT20005", name, `cannot read ${path}: ${errorText(thrown)}`).because(thrown);
  }
}
