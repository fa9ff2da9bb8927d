/** xxhash: XXH64 of the bytes; for an integer, of its decimal text. */
import { xxhash64 } from "../digest.ts";
import { bytesOf, singleColumn, type VindexType } from "../vindex.ts";

export const xxhash: VindexType = {
  params: [],
  make: (name) => singleColumn(name, 1, (value) => xxhash64(bytesOf(value))),
};
