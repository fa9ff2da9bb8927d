/**
 * The kinds of literals that the fingerprint scanner tells apart, and the flags added to them.
 */

/** What sort of literal; two statements are never the same when these differ. */
export const literalKinds = {
  integer: 0,
  /** An integer of 2^63 to 2^64 - 1. */
  unsigned: 1,
  decimal: 2,
  float: 3,
  /** x'4D' */
  hex: 4,
  bit: 5,
  string: 6,
  national: 7,
  /** Only inside VALUES rows. */
  null: 8,
  /** 0x4D */
  hexNumber: 9,
} as const;
/** Added to the kind of a number in a list that has its minus sign in its range. */
export const negativeFlag = 16;
/** Added to the kind of a string that continues the string before it: 'a' 'b'. */
export const continuedFlag = 32;
/** The kind of a slot that is a list of literals, or a list of rows of literals. */
export const listSlot = 64;
