/**
 * multicol: each column is hashed by a vindex of its own (`column_vindex`, default hash) and gives some first bytes of
 * its hash (`column_bytes`; what is not given shares the rest of 8 bytes). Values for the first columns alone lead to
 * the range of ids that begin so.
 */
import { VtError } from "../../base/errors.ts";
import { type Destination, noDestination, prefixDestination } from "../../sharding/destination.ts";
import type { Value } from "../../sqltypes/value.ts";
import { integerParam, type Vindex, type VindexParams, type VindexSources, type VindexType } from "../vindex.ts";

const own = ["column_count", "column_bytes", "column_vindex"];
const idBytes = 8;

export const multicol: VindexType = {
  params: own,
  make: (name, params, sources) => {
    const columnCount = integerParam(name, params, "column_count", 1, idBytes);
    const sizes = columnSizes(name, params["column_bytes"], columnCount);
    const vindexes = columnVindexes(name, params, columnCount, sources);
    const idOf = (row: readonly Value[]): Buffer | undefined => {
      const parts: Buffer[] = [];
      for (const [i, value] of row.entries()) {
        const hashed = vindexes[i]?.hash?.(value);
        if (hashed === undefined) return undefined;
        const part = hashed.subarray(0, sizes[i]);
        const isLast = i === row.length - 1;
        parts.push(isLast ? part : Buffer.concat([part, Buffer.alloc((sizes[i] ?? 0) - part.length)]));
      }
      return Buffer.concat(parts);
    };
    const map = (row: readonly Value[]): Destination => {
      const id = row.length > columnCount ? undefined : idOf(row);
      if (id === undefined) return noDestination;
      return row.length < columnCount ? prefixDestination(id) : { kind: "KeyspaceId", id };
    };
    return {
      name,
      cost: vindexes.reduce((sum, { cost }) => sum + cost, 0),
      isUnique: true,
      columnCount,
      takesPrefix: true,
      map,
      verify: (row, id) => row.length === columnCount && (idOf(row)?.equals(id) ?? false),
    };
  },
};

function columnSizes(name: string, text: string | undefined, columnCount: number): readonly number[] {
  const given = text === undefined || text === "" ? [] : text.split(",").map((part) => part.trim());
  if (given.length > columnCount) throw VtError.of("VT20005", name, "column_bytes has more parts than columns");
  const sizes = Array.from({ length: columnCount }, (_, i) => {
    const part = given[i] ?? "";
    if (!/^\d*$/.test(part)) throw VtError.of("VT20005", name, `column_bytes has '${part}', which is no number`);
    return part === "" ? undefined : Number(part);
  });
  let left = idBytes - sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  let open = sizes.filter((size) => size === undefined).length;
  if (open > left) throw VtError.of("VT20005", name, `column_bytes take more than the ${idBytes} bytes of an id`);
  return sizes.map((size) => {
    if (size !== undefined) return size;
    const share = Math.ceil(left / open);
    left -= share;
    open--;
    return share;
  });
}

function columnVindexes(
  name: string,
  params: VindexParams,
  columnCount: number,
  sources: VindexSources,
): readonly Vindex[] {
  const types = params["column_vindex"]?.split(",") ?? [];
  if (types.length > columnCount) throw VtError.of("VT20005", name, "column_vindex has more parts than columns");
  const rest = Object.fromEntries(Object.entries(params).filter(([key]) => !own.includes(key)));
  return Array.from({ length: columnCount }, (_, i) => {
    const type = types[i]?.trim() || "hash";
    const vindex = sources.makeVindex(type, type, rest);
    if (vindex.hash === undefined || !vindex.isUnique)
      throw VtError.of("VT20005", name, `column_vindex ${type} does not hash single values`);
    return vindex;
  });
}
