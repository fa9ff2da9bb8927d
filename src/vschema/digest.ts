/** The digests that vindexes are made of, bit for bit as Vitess has them. */
import { createHash } from "node:crypto";
import xxhash from "xxhash-wasm";

const hasher = await xxhash();

/** 16 bytes. */
export function md5(bytes: Uint8Array): Buffer {
  return createHash("md5").update(bytes).digest();
}

/** XXH64 with seed 0, the lowest byte first. */
export function xxhash64(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(8);
  out.writeBigUInt64LE(hasher.h64Raw(bytes));
  return out;
}
