/** reverse_bits: the unsigned integer's 64 bits in reverse order, which spreads what counts up. */
import { VtError } from "../../base/errors.ts";
import { readInteger, unsignedValue, word, writeBytes } from "../integer64.ts";
import { singleColumn, type VindexType } from "../vindex.ts";

export const reverseBits: VindexType = {
  params: [],
  make: (name) =>
    singleColumn(
      name,
      1,
      (value) => (readInteger(value, false) ? writeBytes(reversed(word.low), reversed(word.high)) : undefined),
      (id) => {
        if (id.length !== 8) throw VtError.of("VT20008", id.toString("hex"), "it is not 8 bytes long");
        return unsignedValue(writeBytes(reversed(id.readInt32BE(4)), reversed(id.readInt32BE(0))));
      },
    ),
};

function reversed(n: number): number {
  let x = n;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return (x >>> 16) | (x << 16);
}
