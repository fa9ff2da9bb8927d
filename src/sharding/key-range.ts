/**
 * A key range is the keyspace ids from `start` up to but without `end`; empty means no bound. Its text is "40-80",
 * "-80", "80-" or "-", and the name of a shard of a sharded keyspace is such a text. Any other name ("0") stands for
 * the whole of an unsharded keyspace.
 */
import { VtError } from "../base/errors.ts";
import { compareKeyspaceIds, type KeyspaceId, parseHex } from "./keyspace-id.ts";

export interface KeyRange {
  readonly start: KeyspaceId;
  readonly end: KeyspaceId;
}

const nothing = Buffer.alloc(0);
export const fullKeyRange: KeyRange = { start: nothing, end: nothing };

/** Throws VT20002 where `text` is no key range. */
export function parseKeyRange(text: string): KeyRange {
  const range = tryParseKeyRange(text);
  if (range === undefined) throw VtError.of("VT20002", text);
  return range;
}

/** The range of a text like "40-80"; undefined where it is none. */
export function tryParseKeyRange(text: string): KeyRange | undefined {
  const parts = text.split("-");
  if (parts.length !== 2) return undefined;
  const start = parseHex(parts[0] ?? "");
  const end = parseHex(parts[1] ?? "");
  if (start === undefined || end === undefined) return undefined;
  if (end.length > 0 && compareKeyspaceIds(start, end) >= 0) return undefined;
  return { start, end };
}

/** The range of a shard's name: the full range for names such as "0". */
export function keyRangeOfShard(name: string): KeyRange {
  return tryParseKeyRange(name) ?? fullKeyRange;
}

export function isKeyRangeName(name: string): boolean {
  return tryParseKeyRange(name) !== undefined;
}

export function printKeyRange({ start, end }: KeyRange): string {
  return `${start.toString("hex")}-${end.toString("hex")}`;
}

/** A list such as "-40-80-": the ranges between its marks. */
export function parseShardingSpec(text: string): readonly KeyRange[] {
  const marks = text.split("-");
  if (marks.length < 2) throw VtError.of("VT20002", text);
  return marks.slice(1).map((end, i) => {
    if (marks[i] === "" && i > 0) throw VtError.of("VT20002", text);
    return parseKeyRange(`${marks[i] ?? ""}-${end}`);
  });
}

export function contains(range: KeyRange, id: Uint8Array): boolean {
  return (
    (range.start.length === 0 || compareKeyspaceIds(range.start, id) <= 0) &&
    (range.end.length === 0 || compareKeyspaceIds(id, range.end) < 0)
  );
}

const startsBeforeEndOf = (a: KeyRange, b: KeyRange) =>
  a.start.length === 0 || b.end.length === 0 || compareKeyspaceIds(a.start, b.end) < 0;

export function intersects(a: KeyRange, b: KeyRange): boolean {
  return startsBeforeEndOf(a, b) && startsBeforeEndOf(b, a);
}

/** Every id of `inner` is in `outer`. */
export function includes(outer: KeyRange, inner: KeyRange): boolean {
  return compareStarts(outer, inner) <= 0 && compareEnds(outer, inner) >= 0;
}

export function equals(a: KeyRange, b: KeyRange): boolean {
  return compareStarts(a, b) === 0 && compareEnds(a, b) === 0;
}

/** Order by start, then by end. */
export function compareKeyRanges(a: KeyRange, b: KeyRange): number {
  return compareStarts(a, b) || compareEnds(a, b);
}

const compareStarts = (a: KeyRange, b: KeyRange) => compareKeyspaceIds(a.start, b.start);

function compareEnds(a: KeyRange, b: KeyRange): number {
  if (a.end.length === 0 || b.end.length === 0) return Number(a.end.length === 0) - Number(b.end.length === 0);
  return compareKeyspaceIds(a.end, b.end);
}

/** Whether the ranges, in any order, cover `whole` without gap or overlap. */
export function isPartition(ranges: readonly KeyRange[], whole: KeyRange = fullKeyRange): boolean {
  const sorted = [...ranges].sort(compareKeyRanges);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return false;
  if (compareStarts(first, whole) !== 0 || compareEnds(last, whole) !== 0) return false;
  return sorted.every((range, i) => {
    const next = sorted[i + 1];
    if (next === undefined) return true;
    return range.end.length > 0 && compareKeyspaceIds(range.end, next.start) === 0;
  });
}

const shardsMax = 65_536;

/**
 * Names of `count` shards of equal size: 4 → -40, 40-80, 80-c0, c0-. `hexWidth` is how many digits a bound has
 * (0: two up to 256 shards, else four).
 */
export function generateShardRanges(count: number, hexWidth = 0): readonly string[] {
  const width = hexWidth === 0 ? (count <= 256 ? 2 : 4) : hexWidth;
  const whole = 16 ** width;
  if (!Number.isInteger(count) || count < 1 || count > Math.min(shardsMax, whole))
    throw VtError.of("VT20003", count, Math.min(shardsMax, whole));
  const bound = (i: number) => {
    const at = Math.floor(i * (whole / count));
    return at === 0 || at === whole ? "" : at.toString(16).padStart(width, "0");
  };
  return Array.from({ length: count }, (_, i) => `${bound(i)}-${bound(i + 1)}`);
}
