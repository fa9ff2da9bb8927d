/**
 * cfc (concatenated fixed-width composite): the key is cut at `offsets` and each part hashed (`hash`: md5 or xxhash64,
 * each no longer than its part), so that keys with the same beginning lie together and LIKE 'x%' goes to few shards.
 * Without a hash the key is the id.
 */
import { VtError } from "../../base/errors.ts";
import { prefixDestination } from "../../sharding/destination.ts";
import { md5, xxhash64 } from "../digest.ts";
import { bytesOf, singleColumn, type VindexParams, type VindexType } from "../vindex.ts";

export const cfc: VindexType = {
  params: ["hash", "offsets"],
  make: (name, params) => {
    const digest = digestOf(name, params);
    const offsets = digest === undefined ? [] : parseOffsets(name, params["offsets"]);
    const needed = offsets.at(-1) ?? 0;
    const parts = (key: Buffer): Buffer => {
      if (digest === undefined) return key;
      const ends = offsets.filter((offset) => offset <= key.length);
      if (ends.length === offsets.length && key.length > needed) ends.push(key.length);
      return Buffer.concat(ends.map((end, i) => digest(key.subarray(ends[i - 1] ?? 0, end))));
    };
    const { hash: _, ...vindex } = singleColumn(name, 1, (value) => {
      const key = bytesOf(value);
      if (key.length < needed) throw VtError.of("VT20007", name, `of ${key.length} bytes: it takes ${needed} or more`);
      return parts(key);
    });
    return { ...vindex, mapPattern: (pattern) => prefixDestination(parts(patternPrefix(pattern))) };
  },
};

function digestOf(name: string, params: VindexParams): ((part: Buffer) => Buffer) | undefined {
  const hash = params["hash"] ?? "";
  if (hash === "") return undefined;
  if (hash === "md5") return (part) => md5(part).subarray(0, part.length);
  if (hash === "xxhash64") return (part) => xxhash64(part).subarray(0, part.length);
  throw VtError.of("VT20005", name, `hash must be md5 or xxhash64, not '${hash}'`);
}

function parseOffsets(name: string, text: string | undefined): readonly number[] {
  const fail = () => VtError.of("VT20005", name, `offsets must be rising positive integers like [2,4], not '${text}'`);
  if (text === undefined || !/^\s*\[\s*\d+\s*(,\s*\d+\s*)*\]\s*$/.test(text)) throw fail();
  const offsets = JSON.parse(text) as readonly number[];
  if (!offsets.every((offset, i) => offset > (offsets[i - 1] ?? 0))) throw fail();
  return offsets;
}

const escapes: Readonly<Record<string, number>> = { 0: 0, b: 8, n: 10, r: 13, t: 9, Z: 26 };
const percent = 0x25;
const underscore = 0x5f;
const backslash = 0x5c;

/** What every text that is LIKE `pattern` begins with. */
export function patternPrefix(pattern: Buffer): Buffer {
  const out: number[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const byte = pattern[i] ?? 0;
    if (byte === percent || byte === underscore) break;
    const next = pattern[i + 1];
    if (byte !== backslash || next === undefined) out.push(byte);
    else {
      out.push(escapes[String.fromCharCode(next)] ?? next);
      i++;
    }
  }
  return Buffer.from(out);
}
