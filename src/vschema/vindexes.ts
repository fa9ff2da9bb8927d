/**
 * The table of vindex types. To add one: a file in vindexes/, a line here. The names are Vitess's, as they stand in
 * the VSchema. Lookup vindexes (inventory 5.025–5.033) need queries of their own and are refused by name.
 */
import { VtError } from "../base/errors.ts";
import type { Vindex, VindexParams, VindexSources, VindexType } from "./vindex.ts";
import { binary } from "./vindexes/binary.ts";
import { binaryMd5 } from "./vindexes/binary-md5.ts";
import { cfc } from "./vindexes/cfc.ts";
import { hash } from "./vindexes/hash.ts";
import { multicol } from "./vindexes/multicol.ts";
import { nullVindex } from "./vindexes/null.ts";
import { numeric } from "./vindexes/numeric.ts";
import { numericStaticMap } from "./vindexes/numeric-static-map.ts";
import { regionExperimental } from "./vindexes/region-experimental.ts";
import { regionJson } from "./vindexes/region-json.ts";
import { reverseBits } from "./vindexes/reverse-bits.ts";
import { unicodeLooseMd5 } from "./vindexes/unicode-loose-md5.ts";
import { unicodeLooseXxhash } from "./vindexes/unicode-loose-xxhash.ts";
import { xxhash } from "./vindexes/xxhash.ts";

export const vindexTypes: Readonly<Record<string, VindexType>> = {
  binary,
  binary_md5: binaryMd5,
  cfc,
  hash,
  multicol,
  null: nullVindex,
  numeric,
  numeric_static_map: numericStaticMap,
  region_experimental: regionExperimental,
  region_json: regionJson,
  reverse_bits: reverseBits,
  unicode_loose_md5: unicodeLooseMd5,
  unicode_loose_xxhash: unicodeLooseXxhash,
  xxhash,
};

/** Makes a vindex of the VSchema; throws VT20005 for unknown types and bad parameters. */
export function makeVindex(
  type: string,
  name: string,
  params: VindexParams,
  readFile: VindexSources["readFile"],
): Vindex {
  const found = Object.hasOwn(vindexTypes, type) ? vindexTypes[type] : undefined;
  if (found === undefined) throw VtError.of("VT20005", name, `there is no vindex type '${type}'`);
  const sources: VindexSources = {
    readFile,
    makeVindex: (t, n, p) => makeVindex(t, n, p, readFile),
  };
  // multicol hands parameters that are not its own to its columns' vindexes.
  const unknownParams = type === "multicol" ? [] : Object.keys(params).filter((key) => !found.params.includes(key));
  return { ...found.make(name, params, sources), type, unknownParams: unknownParams.sort() };
}
