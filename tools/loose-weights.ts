/**
 * Makes src/collation/generated/loose-weights.ts from the CLDR 23 root collation that Debian's package
 * golang-golang-x-text-dev carries (collate/tables.go, the locales "und" and "en" share it):
 *
 *   apt-get download golang-golang-x-text-dev && dpkg-deb -x golang-golang-x-text-dev_*.deb x
 *   node tools/loose-weights.ts x/usr/share/gocode/src/golang.org/x/text/collate/tables.go
 *
 * What we keep of a collation element: its primary weight (21 bits) and canonical combining class (8 bits). Every code
 * point is resolved here (expansions, compatibility decompositions), so that the reader needs no other table.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { assert, must } from "../src/base/assert.ts";
import { codePointsOf, implicitWeight } from "../src/collation/implicit-weight.ts";

const source = must(process.argv[2], "usage: node tools/loose-weights.ts <tables.go>");
const target = `${import.meta.dirname}/../src/collation/generated/loose-weights.ts`;
const tables = readFileSync(source, "utf8");
assert(tables.includes('CLDRVersion = "23"'), "the tables are not those of CLDR 23");

/** Go's array literals: values, each perhaps with its index before a colon. */
function readArray(name: string): number[] {
  const head = must(new RegExp(`var ${name} = \\[(\\d+)\\]\\w+\\{`).exec(tables), `no table ${name}`);
  const begin = head.index + head[0].length;
  const body = tables.slice(begin, tables.indexOf("\n}", begin)).replace(/\/\/.*/g, "");
  const out = Array.from({ length: Number(head[1]) }, () => 0);
  let i = 0;
  for (const [, index, value] of body.matchAll(/(?:0x([0-9a-f]+): )?0x([0-9A-Fa-f]+)/g)) {
    if (index !== undefined) i = parseInt(index, 16);
    out[i++] = parseInt(must(value, "a value"), 16);
  }
  return out;
}

const expansions = readArray("mainExpandElem");
const contracted = readArray("mainContractElem");
const values = readArray("mainValues");
const lookup = readArray("mainLookup");
const states = [
  ...tables.slice(tables.indexOf("var mainCTEntries")).matchAll(/\{(0x[0-9A-F]+), (0x[0-9A-F]+), (\d+), (\d+)\}/g),
].map(([, low, high, next, index]) => ({
  low: Number(low),
  high: Number(high),
  next: Number(next),
  index: Number(index),
}));
const rootLookupBlock = 0x15;

/** The table's word for a code point, found by its UTF-8 bytes; 0 where it has none. */
function wordOf(codePoint: number): number {
  const bytes = Buffer.from(String.fromCodePoint(codePoint));
  if (bytes.length === 1) return values[bytes[0] ?? 0] ?? 0;
  let block = lookup[rootLookupBlock * 64 + (bytes[0] ?? 0)] ?? 0;
  for (const byte of bytes.subarray(1, -1)) block = lookup[block * 64 + byte] ?? 0;
  return values[block * 64 + (bytes.at(-1) ?? 0)] ?? 0;
}

type Kind = "element" | "contraction" | "expansion" | "decomposition";
const kindOf = (word: number): Kind =>
  word <= 0xafffffff
    ? "element"
    : word <= 0xdfffffff
      ? "contraction"
      : word <= 0xefffffff
        ? "expansion"
        : "decomposition";

/** One element word, packed as we store it: class * 2^21 + primary. */
function pack(word: number): number {
  if (word >= 0xa0000000) return ((word >>> 20) & 0xff) * 0x200000;
  if (word >= 0x80000000) return ((word >>> 16) & 0xff) * 0x200000 + (word & 0xffff);
  return (word & 0x3ffffe00) >>> 9;
}

function expand(word: number): number[] {
  const at = word & 0xffff;
  return expansions.slice(at + 1, at + 1 + (expansions[at] ?? 0)).map(pack);
}

/** Elements of a code point by itself; undefined where its weight is computed from its number. */
function elementsOf(codePoint: number): number[] | undefined {
  const word = wordOf(codePoint);
  if (word === 0) return undefined;
  const kind = kindOf(word);
  if (kind === "element") return [pack(word)];
  if (kind === "expansion") return expand(word);
  if (kind === "contraction") return contractedElements((word >>> 16) & 0x1fff);
  const parts = codePointsOf(String.fromCodePoint(codePoint).normalize("NFKD"));
  return parts.flatMap((part) => elementsOf(part) ?? [implicitWeight(part)]);
}

function contractedElements(at: number): number[] {
  const word = contracted[at] ?? 0;
  return kindOf(word) === "element" ? [pack(word)] : expand(word);
}

/** Walks the contraction states below a starter; answers every suffix (as bytes) with its elements. */
function* suffixesOf(
  at: number,
  count: number,
  offset: number,
  bytes: readonly number[],
): Iterable<[Buffer, number[]]> {
  for (let i = at; i < at + count; i++) {
    const state = must(states[i], "a contraction state");
    if (state.next === 0) {
      for (let byte = state.low; byte <= Math.max(state.low, state.high); byte++)
        yield [Buffer.from([...bytes, byte]), contractedElements(state.index + byte - state.low + offset)];
      continue;
    }
    const longer = [...bytes, state.low];
    if (state.index !== 0xff) yield [Buffer.from(longer), contractedElements(state.index + offset)];
    yield* suffixesOf(at + state.high + count, state.next, offset, longer);
  }
}

const out: number[] = [];
function put(n: number): void {
  let rest = n;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}
function putList(list: readonly number[]): void {
  put(list.length);
  for (const n of list) put(n);
}

const singles: [number, number[]][] = [];
const starters: number[] = [];
for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
  const elements = elementsOf(codePoint);
  if (elements !== undefined) singles.push([codePoint, elements]);
  if (elements !== undefined && kindOf(wordOf(codePoint)) === "contraction") starters.push(codePoint);
}
put(singles.length);
let last = 0;
for (const [codePoint, elements] of singles) {
  put(codePoint - last);
  putList(elements);
  last = codePoint;
}
const contractions: [number[], number[]][] = starters.flatMap((starter) => {
  const word = wordOf(starter);
  return [...suffixesOf((word >>> 4) & 0xfff, word & 15, (word >>> 16) & 0x1fff, [])].map(
    ([suffix, elements]): [number[], number[]] => [[starter, ...codePointsOf(suffix.toString("utf8"))], elements],
  );
});
put(contractions.length);
for (const [codePoints, elements] of contractions) {
  putList(codePoints);
  putList(elements);
}

const text = deflateRawSync(Buffer.from(out), { level: 9 })
  .toString("base64")
  .replace(/.{1,116}/g, "$&\n");
writeFileSync(
  target,
  `/**
 * CLDR 23 root collation, primary weights and combining classes: deflated and in base64. Read by loose-key.ts.
 * Made by tools/loose-weights.ts from golang.org/x/text's collate/tables.go (Unicode 6.2, CLDR 23), as packaged by
 * Debian in golang-golang-x-text-dev 0.7.0; Copyright 2009-2015 The Go Authors (BSD 3-clause), the Unicode data
 * Copyright Unicode, Inc. (Unicode License).
 */
export const looseWeights = \`
${text}\`;
`,
);
