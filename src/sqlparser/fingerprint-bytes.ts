/**
 * The tokens of the fingerprint scanner: where a word, a number, a string or a comment that starts at `at` ends.
 *
 * All take the bytes, a start and the text's end, and answer the token's end, `at` itself when no such token starts
 * there, or -1 when the parser must judge. Nothing is allocated. What a number or string is stands in `literalKind()`
 * until the next call of `literalEnd`.
 */

import { literalKinds } from "./fingerprint-kinds.ts";

/** 0 space, 1 letter (and _, bytes over 127), 2 digit, 3 operator, 4 needs a closer look, 5 semicolon. */
export const byteClasses: Uint8Array = makeClasses();

function makeClasses(): Uint8Array {
  const classes = new Uint8Array(256).fill(3);
  for (let byte = 0; byte < 256; byte++) {
    const lower = byte | 32;
    if ((lower >= 97 && lower <= 122) || byte === 95 || byte >= 128) classes[byte] = 1;
    else if (byte >= 48 && byte <= 57) classes[byte] = 2;
    else if (byte === 32 || (byte >= 9 && byte <= 13)) classes[byte] = 0;
  }
  for (const special of "'\"`.-/#@($") classes[special.charCodeAt(0)] = 4;
  classes[59] = 5;
  return classes;
}

/** May stand inside a name: letters, digits, _, $, bytes over 127. */
const inName: Uint8Array = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++)
  if (byteClasses[byte] === 1 || byteClasses[byte] === 2 || byte === 36) inName[byte] = 1;

let kind: number = literalKinds.integer;

/** What `literalEnd` found last. */
export function literalKind(): number {
  return kind;
}

export function wordEnd(bytes: Uint8Array, at: number, to: number): number {
  while (at < to && inName[bytes[at] as number] === 1) at++;
  return at;
}

/** The end of a quoted token whose quote stands at `at`; -1 when it has none. */
export function quotedEnd(bytes: Uint8Array, at: number, to: number, backslash: boolean): number {
  const quote = bytes[at];
  at++;
  while (at < to) {
    const byte = bytes[at];
    if (byte === quote) {
      if (at + 1 >= to || bytes[at + 1] !== quote) return at + 1;
      at += 2;
    } else if (byte === 92 && backslash) at += 2;
    else at++;
  }
  return -1;
}

/** A variable's or an account's @: the name after it is no literal, whatever its quotes. */
export function variableEnd(bytes: Uint8Array, at: number, to: number, backslash: boolean): number {
  at++;
  if (at < to && bytes[at] === 64) at++;
  const quote = bytes[at];
  if (at < to && (quote === 39 || quote === 34 || quote === 96))
    return quotedEnd(bytes, at, to, quote !== 96 && backslash);
  while (at < to && (inName[bytes[at] as number] === 1 || bytes[at] === 46)) at++;
  return at;
}

/** The end of a comment; -1 when it has none or is a version comment, which only the parser can judge. */
export function commentEnd(bytes: Uint8Array, at: number, to: number): number {
  const byte = bytes[at];
  if (byte === 35) return lineEnd(bytes, at + 1, to);
  if (byte === 45) {
    if (at + 1 >= to || bytes[at + 1] !== 45) return at;
    if (at + 2 >= to) return to;
    const next = bytes[at + 2] as number;
    return next <= 32 || next === 127 ? lineEnd(bytes, at + 2, to) : at;
  }
  if (byte !== 47 || at + 1 >= to || bytes[at + 1] !== 42) return at;
  if (bytes[at + 2] === 33 || (bytes[at + 2] === 77 && bytes[at + 3] === 33)) return -1;
  for (let end = at + 2; end + 1 < to; end++) if (bytes[end] === 42 && bytes[end + 1] === 47) return end + 2;
  return -1;
}

function lineEnd(bytes: Uint8Array, at: number, to: number): number {
  while (at < to && bytes[at] !== 10) at++;
  return at;
}

/** Does the comment at `at` say something to us or to the server's optimizer? Then it is part of the statement. */
export function commentIsDirective(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 47) return false;
  const first = bytes[at + 2] as number;
  return first === 43 || ((first | 32) === 118 && ((bytes[at + 3] as number) | 32) === 116 && bytes[at + 4] === 43);
}

/** The end of the number or string at `at`; `at` itself when it is a name (1a, x without a quote). */
export function literalEnd(bytes: Uint8Array, at: number, to: number, backslash: boolean): number {
  const byte = bytes[at] as number;
  if (byte === 39 || byte === 34) {
    kind = literalKinds.string;
    return quotedEnd(bytes, at, to, backslash);
  }
  if (byteClasses[byte] === 1) return prefixedEnd(bytes, at, to, backslash);
  return numberEnd(bytes, at, to);
}

/** n'…', x'…', b'…'. */
function prefixedEnd(bytes: Uint8Array, at: number, to: number, backslash: boolean): number {
  if (at + 1 >= to || bytes[at + 1] !== 39) return at;
  const letter = (bytes[at] as number) | 32;
  if (letter === 110) {
    kind = literalKinds.national;
    return quotedEnd(bytes, at + 1, to, backslash);
  }
  if (letter !== 120 && letter !== 98) return at;
  kind = letter === 120 ? literalKinds.hex : literalKinds.bit;
  let end = at + 2;
  while (end < to && (letter === 120 ? isHexDigit(bytes[end] as number) : isBitDigit(bytes[end] as number))) end++;
  if (end >= to || bytes[end] !== 39) return -1;
  return letter === 120 && (end - at) % 2 === 1 ? -1 : end + 1; // x'123' is an error: an even number of digits.
}

const isHexDigit = (byte: number) => byteClasses[byte] === 2 || ((byte | 32) >= 97 && (byte | 32) <= 102);
const isBitDigit = (byte: number) => byte === 48 || byte === 49;

function numberEnd(bytes: Uint8Array, at: number, to: number): number {
  if (bytes[at] === 48 && at + 2 < to && (bytes[at + 1] === 120 || bytes[at + 1] === 98)) {
    const isHex = bytes[at + 1] === 120;
    let end = at + 2;
    while (end < to && (isHex ? isHexDigit(bytes[end] as number) : isBitDigit(bytes[end] as number))) end++;
    kind = isHex ? literalKinds.hexNumber : literalKinds.bit;
    return end > at + 2 && (end >= to || inName[bytes[end] as number] === 0) ? end : at;
  }
  let end = at;
  while (end < to && byteClasses[bytes[end] as number] === 2) end++;
  if (end < to && bytes[end] === 46) {
    end++;
    while (end < to && byteClasses[bytes[end] as number] === 2) end++;
    kind = literalKinds.decimal;
  } else kind = integerKind(bytes, at, end);
  if (end >= to || inName[bytes[end] as number] === 0) return end < to && bytes[end] === 46 ? -1 : end;
  return ((bytes[end] as number) | 32) === 101 ? exponentEnd(bytes, at, end, to) : nameOrRefuse(bytes, at);
}

/** After 12e or 1.2e. */
function exponentEnd(bytes: Uint8Array, at: number, mark: number, to: number): number {
  let end = mark + 1;
  if (end < to && (bytes[end] === 43 || bytes[end] === 45)) end++;
  if (end >= to || byteClasses[bytes[end] as number] !== 2) return nameOrRefuse(bytes, at);
  while (end < to && byteClasses[bytes[end] as number] === 2) end++;
  kind = literalKinds.float;
  return end < to && (inName[bytes[end] as number] === 1 || bytes[end] === 46) ? -1 : end;
}

/** 12ab is a name; 1.2ab is for the parser. */
function nameOrRefuse(bytes: Uint8Array, at: number): number {
  return kind === literalKinds.decimal || bytes[at] === 46 ? -1 : at;
}

const signedMax = Buffer.from("9223372036854775807");
const unsignedMax = Buffer.from("18446744073709551615");

/** Digits are an integer below 2^63, below 2^64, or a decimal. */
function integerKind(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] === 48) at++;
  const digits = end - at;
  if (digits < signedMax.length) return literalKinds.integer;
  if (digits === signedMax.length) return exceeds(bytes, at, signedMax) ? literalKinds.unsigned : literalKinds.integer;
  if (digits > unsignedMax.length || exceeds(bytes, at, unsignedMax)) return literalKinds.decimal;
  return literalKinds.unsigned;
}

function exceeds(bytes: Uint8Array, at: number, limit: Uint8Array): boolean {
  for (let i = 0; i < limit.length; i++)
    if (bytes[at + i] !== limit[i]) return (bytes[at + i] as number) > (limit[i] as number);
  return false;
}
