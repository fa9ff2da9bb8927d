/**
 * The primary weight of a code point that the CLDR 23 tables do not list, computed from its number: unified ideographs
 * first, then the rarer ones, then everything else (unassigned included). Ideographs are those of Unicode 15.0, which
 * is what Vitess's builds know; a later Unicode would move keys between shards.
 */

const ideographs: readonly (readonly [number, number])[] = [
  [0x3006, 0x3007],
  [0x3021, 0x3029],
  [0x3038, 0x303a],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfa6d],
  [0xfa70, 0xfad9],
  [0x16fe4, 0x16fe4],
  [0x17000, 0x187f7],
  [0x18800, 0x18cd5],
  [0x18d00, 0x18d08],
  [0x1b170, 0x1b2fb],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b739],
  [0x2b740, 0x2b81d],
  [0x2b820, 0x2cea1],
  [0x2ceb0, 0x2ebe0],
  [0x2f800, 0x2fa1d],
  [0x30000, 0x3134a],
  [0x31350, 0x323af],
];

export function codePointsOf(text: string): number[] {
  return Array.from(text, (c) => c.codePointAt(0) ?? 0);
}

export function implicitWeight(codePoint: number): number {
  if (!ideographs.some(([first, last]) => codePoint >= first && codePoint <= last)) return codePoint + 0x50000;
  const isCommon = (codePoint >= 0x4e00 && codePoint <= 0x9fff) || (codePoint >= 0xf900 && codePoint <= 0xfaff);
  return codePoint + (isCommon ? 0x10000 : 0x20000);
}
