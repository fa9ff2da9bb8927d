/** unicode_loose_xxhash: XXH64 of the text's collation weights. */
import { xxhash64 } from "../digest.ts";
import { looseBytes } from "../loose-text.ts";
import { singleColumn, type VindexType } from "../vindex.ts";

export const unicodeLooseXxhash: VindexType = {
  params: [],
  make: (name) => singleColumn(name, 1, (value) => xxhash64(looseBytes(name, value))),
};
