/** unicode_loose_md5: MD5 of the text's collation weights. */
import { md5 } from "../digest.ts";
import { looseBytes } from "../loose-text.ts";
import { singleColumn, type VindexType } from "../vindex.ts";

export const unicodeLooseMd5: VindexType = {
  params: [],
  make: (name) => singleColumn(name, 1, (value) => md5(looseBytes(name, value))),
};
