/** binary: the bytes themselves are the keyspace id. */
import { VtError } from "../../base/errors.ts";
import { bytesValue } from "../../sqltypes/value.ts";
import { bytesOf, singleColumn, type VindexType } from "../vindex.ts";

export const binary: VindexType = {
  params: [],
  make: (name) =>
    singleColumn(name, 0, bytesOf, (id) => {
      if (id.length === 0) throw VtError.of("VT20008", "''", "it is empty");
      return bytesValue(id);
    }),
};
