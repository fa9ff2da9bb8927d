/**
 * 64-bit integers as pairs of 32-bit words, read from decimal text without BigInt. The answer of `readInteger` stays in
 * `word` until the next call: take both halves at once.
 */
import { isIntegral, isUnsigned } from "../sqltypes/types.ts";
import type { Value } from "../sqltypes/value.ts";

/** The last integer read, in two's complement. */
export const word = { high: 0, low: 0 };

const digitsOfDouble = 15;
const two32 = 2 ** 32;

/**
 * Reads a value as Vitess does: a signed type within int64, an unsigned one within uint64, anything else as whichever
 * fits. Negative numbers are taken only with `allowNegative`, and of other types than signed ones never.
 */
export function readInteger(value: Value, allowNegative: boolean): boolean {
  const { type, bytes } = value;
  if (bytes === undefined || !readDigits(bytes)) return false;
  const isSigned = isIntegral(type) && !isUnsigned(type);
  if (bytes[0] === 0x2b && isUnsigned(type)) return false; // "+1" is no unsigned number to Go's parser.
  if (bytes[0] !== 0x2d) return word.high < 0x8000_0000 || (!isSigned && bytes[0] !== 0x2b);
  if (word.high === 0 && word.low === 0) return !isUnsigned(type);
  if (!allowNegative || !isSigned) return false;
  if (word.high > 0x8000_0000 || (word.high === 0x8000_0000 && word.low > 0)) return false;
  word.low = -word.low >>> 0;
  word.high = (word.low === 0 ? -word.high : ~word.high) >>> 0;
  return true;
}

/** The magnitude of [+-]digits into `word`; false where it is something else or above 2^64. */
function readDigits(bytes: Buffer): boolean {
  const begin = bytes[0] === 0x2d || bytes[0] === 0x2b ? 1 : 0;
  if (begin === bytes.length) return false;
  let high = 0;
  let low = 0;
  let small = 0;
  const isSmall = bytes.length - begin <= digitsOfDouble;
  for (let i = begin; i < bytes.length; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return false;
    if (isSmall) {
      small = small * 10 + digit;
      continue;
    }
    low = low * 10 + digit;
    const carry = Math.floor(low / two32);
    low -= carry * two32;
    high = high * 10 + carry;
    if (high >= two32) return false;
  }
  word.high = isSmall ? Math.floor(small / two32) : high;
  word.low = isSmall ? small >>> 0 : low;
  return true;
}

/** Eight bytes, the highest first. */
export function writeBytes(high: number, low: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeInt32BE(high | 0, 0);
  bytes.writeInt32BE(low | 0, 4);
  return bytes;
}

/** A keyspace id of eight bytes as an unsigned value. */
export function unsignedValue(bytes: Buffer): Value {
  return { type: "UINT64", bytes: Buffer.from(bytes.readBigUInt64BE(0).toString()) };
}
