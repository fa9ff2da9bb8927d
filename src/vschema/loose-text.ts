/**
 * What the unicode_loose vindexes hash: the text's loose key, without regard to case, accents and trailing spaces.
 * Throws VT20007 for bytes that are not UTF-8.
 */
import { isUtf8 } from "node:buffer";
import { VtError } from "../base/errors.ts";
import { looseKey } from "../collation/loose-key.ts";
import type { Value } from "../sqltypes/value.ts";
import { bytesOf } from "./vindex.ts";

export function looseBytes(vindex: string, value: Value): Buffer {
  const bytes = bytesOf(value);
  if (!isUtf8(bytes)) throw VtError.of("VT20007", vindex, `x'${bytes.toString("hex")}' (not UTF-8)`);
  return looseKey(bytes.toString("utf8").replace(/ +$/, ""));
}
