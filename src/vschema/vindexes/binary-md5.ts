/** binary_md5: the MD5 digest of the bytes, 16 bytes long. */
import { md5 } from "../digest.ts";
import { bytesOf, singleColumn, type VindexType } from "../vindex.ts";

export const binaryMd5: VindexType = {
  params: [],
  make: (name) => singleColumn(name, 1, (value) => md5(bytesOf(value))),
};
