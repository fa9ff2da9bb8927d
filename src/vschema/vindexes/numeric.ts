/** numeric: the unsigned integer as eight bytes. */
import { VtError } from "../../base/errors.ts";
import { readInteger, unsignedValue, word, writeBytes } from "../integer64.ts";
import { singleColumn, type VindexType } from "../vindex.ts";

export const numeric: VindexType = {
  params: [],
  make: (name) =>
    singleColumn(
      name,
      0,
      (value) => (readInteger(value, false) ? writeBytes(word.high, word.low) : undefined),
      (id) => {
        if (id.length !== 8) throw VtError.of("VT20008", id.toString("hex"), "it is not 8 bytes long");
        return unsignedValue(id);
      },
    ),
};
