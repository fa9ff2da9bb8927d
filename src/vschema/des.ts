/**
 * DES under the key of all zeros, by tables. All round keys are then zero too, so that enciphering twice gives the
 * block back: one function serves both ways. https://csrc.nist.gov/pubs/fips/46-3/final (withdrawn, and no matter: it
 * spreads keys here and hides nothing).
 */

/** S-boxes of FIPS 46-3, row by row, a hexadecimal digit an entry. */
const sBoxes = [
  "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
  "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
  "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
  "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
  "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
  "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
  "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
  "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
];
/** Permutation P: output bit i (from the highest) is input bit permutation[i]. */
const permutation = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];

/** An S-box and P at once: what the six bits of box b add to the round's output. */
const rounds = sBoxes.map((box, b) =>
  Int32Array.from({ length: 64 }, (_, six) => {
    const row = ((six >> 4) & 2) | (six & 1);
    const substituted = parseInt(box[row * 16 + ((six >> 1) & 15)] ?? "0", 16) << (28 - 4 * b);
    return permutation.reduce((out, from, i) => out | (((substituted >>> (32 - from)) & 1) << (31 - i)), 0);
  }),
);
const [s0, s1, s2, s3, s4, s5, s6, s7] = rounds as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** The round function: six bits a box, each group overlapping its neighbours. */
function substitute(half: number): number {
  const around = (half << 5) | (half >>> 27);
  return (
    (s0[around & 63] as number) ^
    (s1[((half << 9) | (half >>> 23)) & 63] as number) ^
    (s2[((half << 13) | (half >>> 19)) & 63] as number) ^
    (s3[((half << 17) | (half >>> 15)) & 63] as number) ^
    (s4[((half << 21) | (half >>> 11)) & 63] as number) ^
    (s5[((half << 25) | (half >>> 7)) & 63] as number) ^
    (s6[((half << 29) | (half >>> 3)) & 63] as number) ^
    (s7[((half << 1) | (half >>> 31)) & 63] as number)
  );
}

/** Enciphers, or deciphers, the block of these two words. */
export function desZeroKey(high: number, low: number): Buffer {
  let l = high;
  let r = low;
  let t = ((l >>> 4) ^ r) & 0x0f0f0f0f;
  r ^= t;
  l ^= t << 4;
  t = ((l >>> 16) ^ r) & 0xffff;
  r ^= t;
  l ^= t << 16;
  t = ((r >>> 2) ^ l) & 0x33333333;
  l ^= t;
  r ^= t << 2;
  t = ((r >>> 8) ^ l) & 0x00ff00ff;
  l ^= t;
  r ^= t << 8;
  t = ((l >>> 1) ^ r) & 0x55555555;
  r ^= t;
  l ^= t << 1;
  for (let round = 0; round < 16; round += 2) {
    l ^= substitute(r);
    r ^= substitute(l);
  }
  // The halves are swapped at the end, and the first permutation is undone step by step.
  const swap = l;
  l = r;
  r = swap;
  t = ((l >>> 1) ^ r) & 0x55555555;
  r ^= t;
  l ^= t << 1;
  t = ((r >>> 8) ^ l) & 0x00ff00ff;
  l ^= t;
  r ^= t << 8;
  t = ((r >>> 2) ^ l) & 0x33333333;
  l ^= t;
  r ^= t << 2;
  t = ((l >>> 16) ^ r) & 0xffff;
  r ^= t;
  l ^= t << 16;
  t = ((l >>> 4) ^ r) & 0x0f0f0f0f;
  r ^= t;
  l ^= t << 4;
  const block = Buffer.allocUnsafe(8);
  block.writeInt32BE(l, 0);
  block.writeInt32BE(r, 4);
  return block;
}
