/**
 * Randomness as an argument: `systemRandom` in production, `seededRandom` in tests and simulations.
 */
import { randomBytes } from "node:crypto";

export interface Random {
  /** A whole number, 0 <= n < limit; limit <= 2^32. */
  readonly below: (limit: number) => number;
  /** `size` random bytes. */
  readonly bytes: (size: number) => Buffer;
}

/** Unpredictable: fit for salts, tokens and lease ids. */
export const systemRandom: Random = {
  below: (limit) => Math.floor((randomBytes(4).readUInt32LE() / 2 ** 32) * limit),
  bytes: (size) => randomBytes(size),
};

/** The same seed gives the same numbers for ever (xoshiro128**, seeded by splitmix32). Not for secrets. */
export function seededRandom(seed: number): Random {
  let x = seed >>> 0;
  const split = () => {
    x = (x + 0x9e3779b9) >>> 0;
    let z = x;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let a = split();
  let b = split();
  let c = split();
  let d = split();
  const next = () => {
    const m = Math.imul(b, 5);
    const result = Math.imul((m << 7) | (m >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return {
    below: (limit) => Math.floor((next() / 2 ** 32) * limit),
    bytes: (size) => {
      const bytes = Buffer.alloc(size);
      for (let i = 0; i < size; i++) bytes[i] = next() & 255;
      return bytes;
    },
  };
}

/** One element of a list that is not empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)] as T;
}

/** A new list with the same elements in random order. */
export function shuffle<T>(random: Random, list: readonly T[]): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
