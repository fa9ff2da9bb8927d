/**
 * The lexer's loops over characters: quoted text, comments, identifiers. Plain functions over the source; none allocates
 * but `unescape`.
 */
import type { LexicalRules } from "./lexical-rules.ts";

const identifierCodes = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9_$]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Letters, digits, "_", "$" and everything beyond ASCII; false for NaN. */
export function isIdentifierCode(code: number): boolean {
  return code < 128 ? identifierCodes[code] === 1 : code >= 128;
}

/**
 * Scans quoted text whose opening quote stands at `at`. Answers twice the position after its closing quote, plus one when
 * it holds a doubled quote or an escape; -1 when it has no end.
 */
export function scanQuoted(source: string, at: number, quote: number, backslash: boolean): number {
  let special = 0;
  for (let i = at + 1; i < source.length; i++) {
    const code = source.charCodeAt(i);
    if (code === quote) {
      if (source.charCodeAt(i + 1) !== quote) return (i + 1) * 2 + special;
      special = 1;
      i++;
    } else if (code === 92 && backslash) {
      special = 1;
      i++;
    }
  }
  return -1;
}

/** What each letter after a backslash stands for; others stand for themselves. `\%` and `\_` stay as they are. */
const escapes: Readonly<Record<string, string>> = {
  "0": "\0",
  b: "\b",
  n: "\n",
  r: "\r",
  t: "\t",
  Z: "\x1a",
  "%": "\\%",
  _: "\\_",
};

/** The text that source[start, end) stands for within quotes. */
export function unescape(source: string, start: number, end: number, quote: number, backslash: boolean): string {
  let text = "";
  let from = start;
  for (let i = start; i < end; i++) {
    const code = source.charCodeAt(i);
    if (code === quote) {
      text += source.slice(from, i);
      from = ++i; // The second of the pair stays.
    } else if (code === 92 && backslash) {
      const letter = source.charAt(i + 1);
      text += source.slice(from, i) + (escapes[letter] ?? letter);
      from = ++i + 1;
    }
  }
  return text + source.slice(from, end);
}

/** The end of the line that holds `at`: the position of its newline, or of the end. */
export function lineEnd(source: string, at: number): number {
  const end = source.indexOf("\n", at);
  return end < 0 ? source.length : end;
}

/**
 * Of the comment at `at`: 0 for a plain one, -1 for a version comment that this server skips, else the position where
 * the text that it runs begins.
 */
export function versionComment(source: string, at: number, rules: LexicalRules): number {
  let from = at + 2;
  const forMariadb = source.charCodeAt(from) === 77 && source.charCodeAt(from + 1) === 33;
  if (forMariadb) from++;
  if (source.charCodeAt(from) !== 33) return 0;
  if (forMariadb && !rules.mariadb) return 0;
  from++;
  let digits = 0;
  let version = 0;
  while (digits < 6) {
    const code = source.charCodeAt(from + digits);
    if (!(code >= 48 && code <= 57)) break;
    version = version * 10 + code - 48;
    digits++;
  }
  if (digits < 5) return from;
  const isForeign = rules.mariadb && !forMariadb && version >= 50700 && version <= 99999;
  return version <= rules.version && !isForeign ? from + digits : -1;
}

/** The position after the comment at `at`, or -1 when it has no end. A skipped version comment may hold comments. */
export function commentEnd(source: string, at: number, nests: boolean): number {
  if (!nests) {
    const end = source.indexOf("*/", at + 2);
    return end < 0 ? -1 : end + 2;
  }
  let i = at + 2;
  for (;;) {
    const end = source.indexOf("*/", i);
    if (end < 0) return -1;
    const inner = source.indexOf("/*", i);
    if (inner < 0 || inner > end) return end + 2;
    const innerEnd = source.indexOf("*/", inner + 2);
    if (innerEnd < 0) return -1;
    i = innerEnd + 2;
  }
}

export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36 || code >= 128;
}

export function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

export function isBinaryDigit(code: number): boolean {
  return code === 48 || code === 49;
}

/** The end of the exponent that begins with the "e" at `at`, or -1. */
export function exponentEnd(source: string, at: number): number {
  let i = at + 1;
  let code = source.charCodeAt(i);
  if (code === 43 || code === 45) code = source.charCodeAt(++i);
  if (!(code >= 48 && code <= 57)) return -1;
  while (code >= 48 && code <= 57) code = source.charCodeAt(++i);
  return i;
}
