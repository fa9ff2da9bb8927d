/**
 * Replication positions and their algebra. Pure.
 *
 * A position is what a server has executed, in one of three kinds, and has one text form, the one Vitess stores:
 * - `MySQL56/<uuid>:1-5:8,<uuid>:<tag>:3` a set of transactions by source and, since MySQL 8.3, tag;
 * - `MariaDB/0-101-27,1-7-3` the last transaction per domain: domain-server-sequence;
 * - `FilePos/binlog.000003:1274` a place in one server's own log.
 * `parsePosition` takes any text and throws VT22010 on what is none; printing what was parsed gives the normal form:
 * sources and tags in order, ranges joined. Positions of different kinds contain nothing of each other.
 *
 * https://dev.mysql.com/doc/refman/9.7/en/replication-gtids-concepts.html · https://mariadb.com/kb/en/gtid/
 */
import { VtError } from "../base/errors.ts";
import * as intervals from "./intervals.ts";

/** The transactions of one source (and tag; "" is none). */
export interface SourceIntervals {
  readonly source: string;
  readonly tag: string;
  readonly intervals: intervals.Intervals;
}
/** Sorted by source, then tag; no entry is empty. */
export type GtidSet = readonly SourceIntervals[];

export interface MariadbGtid {
  readonly domain: number;
  readonly server: number;
  readonly sequence: number;
}
/** Sorted by domain, one entry each. */
export type MariadbGtids = readonly MariadbGtid[];

export type Position =
  | { readonly kind: "MySQL56"; readonly set: GtidSet }
  | { readonly kind: "MariaDB"; readonly gtids: MariadbGtids }
  | { readonly kind: "FilePos"; readonly file: string; readonly offset: number };
export type PositionKind = Position["kind"];

/** Reads `<kind>/<text>`. */
export function parsePosition(text: string): Position {
  const slash = text.indexOf("/");
  const kind = text.slice(0, Math.max(slash, 0));
  const rest = text.slice(slash + 1);
  if (kind === "MySQL56") return { kind, set: parseGtidSet(rest) };
  if (kind === "MariaDB") return { kind, gtids: parseMariadbGtids(rest) };
  if (kind === "FilePos") return parseFilePosition(rest);
  throw VtError.of("VT22010", text, "it begins with none of MySQL56/, MariaDB/ and FilePos/");
}

export function printPosition(position: Position): string {
  return `${position.kind}/${printWithoutKind(position)}`;
}

/** The text that the server itself uses. */
export function printWithoutKind(position: Position): string {
  if (position.kind === "MySQL56") return printGtidSet(position.set);
  if (position.kind === "MariaDB") return printMariadbGtids(position.gtids);
  return `${position.file}:${position.offset}`;
}

export function isEmptyPosition(position: Position): boolean {
  if (position.kind === "MySQL56") return position.set.length === 0;
  return position.kind === "MariaDB" && position.gtids.length === 0;
}

/** True when a server at `a` has executed all that one at `b` has. */
export function containsPosition(a: Position, b: Position): boolean {
  if (a.kind === "MySQL56" && b.kind === "MySQL56") return subtractGtidSet(b.set, a.set).length === 0;
  if (a.kind === "MariaDB" && b.kind === "MariaDB") return subtractMariadb(b.gtids, a.gtids).length === 0;
  if (a.kind === "FilePos" && b.kind === "FilePos")
    return a.file > b.file || (a.file === b.file && a.offset >= b.offset);
  return false;
}

export function equalPositions(a: Position, b: Position): boolean {
  return containsPosition(a, b) && containsPosition(b, a);
}

/** What either has executed; both must be of one kind, which cannot be FilePos. */
export function unitePositions(a: Position, b: Position): Position {
  if (a.kind === "MySQL56" && b.kind === "MySQL56") return { kind: a.kind, set: uniteGtidSets(a.set, b.set) };
  if (a.kind === "MariaDB" && b.kind === "MariaDB") return { kind: a.kind, gtids: uniteMariadb(a.gtids, b.gtids) };
  throw VtError.of("VT22010", printPosition(b), `it cannot be united with ${printPosition(a)}`);
}

/** What `a` has executed beyond `b`. For MariaDB: the domains in which `a` is ahead. */
export function subtractPositions(a: Position, b: Position): Position {
  if (a.kind === "MySQL56" && b.kind === "MySQL56") return { kind: a.kind, set: subtractGtidSet(a.set, b.set) };
  if (a.kind === "MariaDB" && b.kind === "MariaDB") return { kind: a.kind, gtids: subtractMariadb(a.gtids, b.gtids) };
  throw VtError.of("VT22010", printPosition(b), `it cannot be taken from ${printPosition(a)}`);
}

// ---- MySQL ----

const uuidPattern = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;
const tagPattern = /^[a-z_][a-z0-9_]{0,31}$/;
const intervalPattern = /^([1-9]\d*)(?:-([1-9]\d*))?$/;

/** Reads the server's text: `uuid:1-5:8:tag:1-3,uuid:…`; blanks, line ends and capitals do not matter. */
export function parseGtidSet(text: string): GtidSet {
  const ranges = new Map<string, [number, number][]>();
  const parts = text.toLowerCase().replaceAll(/\s+/g, "").split(",");
  for (const part of parts.filter((part) => part !== "")) {
    const [source = "", ...words] = part.split(":");
    if (!uuidPattern.test(source)) throw VtError.of("VT22010", text, `'${source}' is not a server's UUID`);
    if (words.length === 0 || tagPattern.test(words.at(-1) ?? ""))
      throw VtError.of("VT22010", text, `'${part}' ends without transaction numbers`);
    let tag = "";
    for (const word of words) {
      if (tagPattern.test(word)) {
        tag = word;
        continue;
      }
      const key = `${dashed(source)}:${tag}`;
      const list = ranges.get(key) ?? [];
      list.push(parseInterval(word, text));
      ranges.set(key, list);
    }
  }
  return sorted([...ranges].map(([key, list]) => ({ ...splitKey(key), intervals: intervals.normalize(list) })));
}

/** One transaction: `uuid:7` or `uuid:tag:7`, as a set. */
export function gtidSetOf(source: string, tag: string, sequence: number): GtidSet {
  return [{ source: dashed(source.toLowerCase()), tag, intervals: [sequence, sequence] }];
}

export function printGtidSet(set: GtidSet): string {
  let text = "";
  let previous = "";
  for (const { source, tag, intervals: list } of set) {
    text += source === previous ? "" : `${text === "" ? "" : ","}${source}`;
    text += tag === "" ? "" : `:${tag}`;
    for (let i = 0; i < list.length; i += 2) text += `:${list[i]}${list[i] === list[i + 1] ? "" : `-${list[i + 1]}`}`;
    previous = source;
  }
  return text;
}

export function uniteGtidSets(a: GtidSet, b: GtidSet): GtidSet {
  const out = new Map(a.map((entry) => [keyOf(entry), entry]));
  for (const entry of b) {
    const own = out.get(keyOf(entry))?.intervals ?? [];
    out.set(keyOf(entry), { ...entry, intervals: intervals.union(own, entry.intervals) });
  }
  return sorted([...out.values()]);
}

export function subtractGtidSet(a: GtidSet, b: GtidSet): GtidSet {
  const taken = new Map(b.map((entry) => [keyOf(entry), entry.intervals]));
  return a.flatMap((entry) => {
    const left = intervals.subtract(entry.intervals, taken.get(keyOf(entry)) ?? []);
    return left.length === 0 ? [] : [{ ...entry, intervals: left }];
  });
}

/** How many transactions are in the set. */
export function countGtids(set: GtidSet): number {
  return set.reduce((sum, entry) => sum + intervals.size(entry.intervals), 0);
}

const keyOf = ({ source, tag }: SourceIntervals) => `${source}:${tag}`;
function splitKey(key: string): { readonly source: string; readonly tag: string } {
  const [source = "", tag = ""] = key.split(":");
  return { source, tag };
}
function sorted(set: readonly SourceIntervals[]): GtidSet {
  return [...set].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
function dashed(uuid: string): string {
  const hex = uuid.replaceAll("-", "");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function parseInterval(word: string, text: string): [number, number] {
  const match = intervalPattern.exec(word);
  if (match === null) throw VtError.of("VT22010", text, `'${word}' is neither a tag nor a range of numbers`);
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  if (!Number.isSafeInteger(to) || from > to) throw VtError.of("VT22010", text, `'${word}' is not a range of numbers`);
  return [from, to];
}

// ---- MariaDB ----

/** Reads `0-101-27,1-7-3`; of two entries for a domain the higher sequence counts. */
export function parseMariadbGtids(text: string): MariadbGtids {
  return uniteMariadb(parseMariadbState(text), []);
}

/** Reads `gtid_binlog_state`, which has an entry for each server that ever wrote to a domain. */
export function parseMariadbState(text: string): readonly MariadbGtid[] {
  const parts = text.replaceAll(/\s+/g, "").split(",");
  return parts
    .filter((part) => part !== "")
    .map((part) => {
      const match = /^(\d+)-(\d+)-(\d+)$/.exec(part);
      const [domain = Number.NaN, server = Number.NaN, sequence = Number.NaN] = (match ?? []).slice(1).map(Number);
      if (!(domain < 2 ** 32 && server < 2 ** 32 && Number.isSafeInteger(sequence)))
        throw VtError.of("VT22010", text, `'${part}' is not domain-server-sequence`);
      return { domain, server, sequence };
    });
}

export function printMariadbGtids(gtids: readonly MariadbGtid[]): string {
  return gtids.map(({ domain, server, sequence }) => `${domain}-${server}-${sequence}`).join(",");
}

export function uniteMariadb(a: readonly MariadbGtid[], b: readonly MariadbGtid[]): MariadbGtids {
  const out = new Map<number, MariadbGtid>();
  for (const gtid of [...a, ...b]) {
    const known = out.get(gtid.domain);
    if (known === undefined || known.sequence < gtid.sequence) out.set(gtid.domain, gtid);
  }
  return [...out.values()].sort((x, y) => x.domain - y.domain);
}

/** The entries of `a` in whose domain `b` is not as far. */
export function subtractMariadb(a: MariadbGtids, b: MariadbGtids): MariadbGtids {
  const reached = new Map(b.map(({ domain, sequence }) => [domain, sequence]));
  return a.filter(({ domain, sequence }) => sequence > (reached.get(domain) ?? -1));
}

/**
 * What a replica wrote that its primary never saw, from both servers' `gtid_binlog_state`. Sequences are shared by all
 * servers of a domain, so a position alone cannot show it: only a server's own last entry can.
 */
export function errantMariadb(
  replica: readonly MariadbGtid[],
  primary: readonly MariadbGtid[],
): readonly MariadbGtid[] {
  const seen = new Map(primary.map(({ domain, server, sequence }) => [`${domain}-${server}`, sequence]));
  return replica.filter(({ domain, server, sequence }) => sequence > (seen.get(`${domain}-${server}`) ?? -1));
}

// ---- places in a log file ----

function parseFilePosition(text: string): Position {
  const match = /^(.+):(\d+)$/.exec(text);
  const [, file = "", offset = ""] = match ?? [];
  if (match === null || !Number.isSafeInteger(Number(offset)))
    throw VtError.of("VT22010", text, "it is not file:offset");
  return { kind: "FilePos", file, offset: Number(offset) };
}
