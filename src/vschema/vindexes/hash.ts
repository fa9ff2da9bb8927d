/** hash: the integer's 64 bits enciphered by DES with a key of zeros. Negative integers are taken as their bits. */
import { VtError } from "../../base/errors.ts";
import type { Value } from "../../sqltypes/value.ts";
import { desZeroKey } from "../des.ts";
import { readInteger, unsignedValue, word } from "../integer64.ts";
import { singleColumn, type VindexType } from "../vindex.ts";

export const hash: VindexType = {
  params: [],
  make: (name) =>
    singleColumn(
      name,
      1,
      (value) => (readInteger(value, true) ? desZeroKey(word.high, word.low) : undefined),
      (id) => {
        if (id.length !== 8) throw VtError.of("VT20008", id.toString("hex"), "it is not 8 bytes long");
        return unsignedValue(desZeroKey(id.readInt32BE(0), id.readInt32BE(4)));
      },
    ),
};

/** The hash of an unsigned integer, as the second half of region ids; undefined for anything else. */
export function hashUnsigned(value: Value): Buffer | undefined {
  return readInteger(value, false) ? desZeroKey(word.high, word.low) : undefined;
}
