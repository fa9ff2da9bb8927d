/**
 * Whether two literals say the same: 'a' and "a" do, 'it''s' and 'it\'s' do, x'4a' and X'4a' do; 1 and 01 are two texts, as in the AST.
 * Plans depend on it: GROUP BY "a" finds SELECT 'a'. Nothing is allocated.
 */
import { literalKinds } from "./fingerprint-kinds.ts";

const kindMask = 15;

/** Where what is said begins: behind quotes and prefixes. */
function contentStart(bytes: Uint8Array, start: number, kind: number): number {
  switch (kind & kindMask) {
    case literalKinds.string:
      return start + 1;
    case literalKinds.national:
    case literalKinds.hex:
    case literalKinds.hexNumber:
    case literalKinds.bit:
      return start + 2;
    default:
      return start;
  }
}

function contentEnd(bytes: Uint8Array, end: number): number {
  const last = bytes[end - 1];
  return last === 39 || last === 34 ? end - 1 : end;
}

/** Where `decoded` has stopped. */
let cursor = 0;

/** The byte that is said at `at`; the next one begins at `cursor`. */
function decoded(bytes: Uint8Array, at: number, end: number, quote: number, backslash: boolean): number {
  const byte = bytes[at] as number;
  cursor = at + 1;
  if (byte === quote) cursor = at + 2; // Doubled: a single one ends the literal.
  if (byte !== 92 || !backslash || at + 1 >= end) return byte;
  const next = bytes[at + 1] as number;
  if (next === 37 || next === 95) return byte; // \% and \_ keep their backslash, for LIKE.
  cursor = at + 2;
  switch (next) {
    case 48:
      return 0;
    case 98:
      return 8;
    case 116:
      return 9;
    case 110:
      return 10;
    case 114:
      return 13;
    case 90:
      return 26;
    default:
      return next;
  }
}

const isText = (kind: number) =>
  (kind & kindMask) === literalKinds.string || (kind & kindMask) === literalKinds.national;

/** Goes on with `hash` over what the literal says. */
export function hashLiteral(
  bytes: Uint8Array,
  start: number,
  end: number,
  kind: number,
  backslash: boolean,
  hash: number,
): number {
  const last = contentEnd(bytes, end);
  const quote = isText(kind) ? (bytes[end - 1] as number) : -1;
  let at = contentStart(bytes, start, kind);
  hash = Math.imul(hash ^ kind, 0x9e3779b1);
  if (quote < 0) for (; at < last; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  else for (; at < last; at = cursor) hash = Math.imul(hash ^ decoded(bytes, at, last, quote, backslash), 0x01000193);
  return hash;
}

/** Of literals of one kind. */
export function equalLiterals(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
  kind: number,
  backslash: boolean,
): boolean {
  const last = contentEnd(bytes, end);
  const otherLast = contentEnd(bytes, otherEnd);
  const quote = isText(kind) ? (bytes[end - 1] as number) : -1;
  const otherQuote = isText(kind) ? (bytes[otherEnd - 1] as number) : -1;
  let at = contentStart(bytes, start, kind);
  let other = contentStart(bytes, otherStart, kind);
  while (at < last && other < otherLast) {
    const byte = decoded(bytes, at, last, quote, backslash && quote > 0);
    at = cursor;
    if (byte !== decoded(bytes, other, otherLast, otherQuote, backslash && quote > 0)) return false;
    other = cursor;
  }
  return at >= last && other >= otherLast;
}
