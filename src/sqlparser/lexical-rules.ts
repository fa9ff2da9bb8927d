/**
 * What an environment means to the lexer, worked out once and kept: flags of sql_mode, and which words are reserved.
 */
import type { Environment } from "./environment.ts";
import { hasMode } from "./environment.ts";
import { type Keyword, keywords, reservedWords } from "./keywords.ts";
import { powers } from "./token.ts";

export interface LexicalRules {
  readonly environment: Environment;
  readonly mariadb: boolean;
  readonly version: number;
  readonly ansiQuotes: boolean;
  readonly backslashEscapes: boolean;
  readonly pipesAsConcat: boolean;
  readonly ignoreSpace: boolean;
  readonly highNot: boolean;
  readonly realAsFloat: boolean;
  /** MariaDB's sql_mode=ORACLE. */
  readonly oracle: boolean;
  /** By number of keyword: 1 where it is reserved. */
  readonly reserved: Uint8Array;
}

const known = new Map<string, LexicalRules>();
const knownMax = 64;
let last: LexicalRules | undefined;

/** The rules of an environment. Cheap when it is the same object as at the last call. */
export function lexicalRules(environment: Environment): LexicalRules {
  if (last?.environment === environment) return last;
  const key = `${environment.flavour} ${environment.version} ${environment.sqlMode} ${environment.collation}`;
  let rules = known.get(key);
  if (rules === undefined || rules.environment !== environment) {
    rules = { ...(rules ?? rulesOf(environment)), environment };
    if (known.size >= knownMax) known.clear();
    known.set(key, rules);
  }
  last = rules;
  return rules;
}

function rulesOf(environment: Environment): LexicalRules {
  const { flavour, version } = environment;
  const mode = (name: string) => hasMode(environment, name);
  const oracle = flavour === "mariadb" && mode("ORACLE");
  const ansi = mode("ANSI") || oracle;
  const words = reservedWords(flavour, version, oracle);
  return {
    environment,
    mariadb: flavour === "mariadb",
    version,
    ansiQuotes: ansi || mode("ANSI_QUOTES"),
    backslashEscapes: !mode("NO_BACKSLASH_ESCAPES"),
    pipesAsConcat: ansi || mode("PIPES_AS_CONCAT"),
    ignoreSpace: ansi || mode("IGNORE_SPACE"),
    highNot: mode("HIGH_NOT_PRECEDENCE"),
    realAsFloat: mode("ANSI") || mode("REAL_AS_FLOAT"),
    oracle,
    reserved: Uint8Array.from(keywords, (word) => (words.has(word) ? 1 : 0)),
  };
}

/** Open addressing over the words in capitals: slot = hash & mask, then the next ones. Minus one is an empty slot. */
const slotCount = 4096;
export const slotMask: number = slotCount - 1;
export const slots: Int16Array = new Int16Array(slotCount).fill(-1);
export const wordLengthMax: number = Math.max(...keywords.map((word) => word.length));

for (const [number, word] of keywords.entries()) {
  let slot = wordHash(word);
  while (slots[slot] !== -1) slot = (slot + 1) & slotMask;
  slots[slot] = number;
}

/** The first slot of a word. The lexer computes the same while it scans. */
function wordHash(word: string): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + (word.charCodeAt(i) | 32)) | 0;
  return (hash ^ (hash >>> 12)) & slotMask;
}

/** The number of the keyword at source[start, end), in any case, or -1. `hash` is the rolling hash of the lexer. */
export function findKeyword(source: string, start: number, end: number, hash: number): number {
  const length = end - start;
  if (length > wordLengthMax) return -1;
  let slot = (hash ^ (hash >>> 12)) & slotMask;
  for (;;) {
    const number = slots[slot] as number;
    if (number === -1) return -1;
    const word = keywords[number] as Keyword;
    if (word.length === length) {
      let i = 0;
      // A small letter is its capital plus 32; digits and "_" must be equal.
      for (; i < length; i++) {
        const difference = source.charCodeAt(start + i) - word.charCodeAt(i);
        if (difference !== 0 && (difference !== 32 || word.charCodeAt(i) < 65 || word.charCodeAt(i) > 90)) break;
      }
      if (i === length) return number;
    }
    slot = (slot + 1) & slotMask;
  }
}

/** Infix keywords and how they bind. */
const keywordPowers: Partial<Record<Keyword, number>> = {
  OR: powers.or,
  XOR: powers.xor,
  AND: powers.and,
  IS: powers.comparison,
  LIKE: powers.predicate,
  IN: powers.predicate,
  BETWEEN: powers.predicate,
  REGEXP: powers.predicate,
  RLIKE: powers.predicate,
  SOUNDS: powers.predicate,
  MEMBER: powers.predicate,
  NOT: powers.predicate,
  DIV: powers.product,
  MOD: powers.product,
  COLLATE: powers.collate,
};
/** By number of keyword: how tightly it binds as an infix operator; 0 for most. */
export const powerByKeyword: Uint8Array = Uint8Array.from(keywords, (word) => keywordPowers[word] ?? 0);
