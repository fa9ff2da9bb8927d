/**
 * Where a statement is to go: some shards of a keyspace, named or by keyspace ids. `shardsOf` turns a destination into
 * shard names; `parseTarget` reads what a client writes after USE ("ks:-80@replica").
 */
import { never } from "../base/assert.ts";
import { VtError } from "../base/errors.ts";
import {
  compareKeyRanges,
  contains,
  fullKeyRange,
  intersects,
  isPartition,
  type KeyRange,
  keyRangeOfShard,
  parseKeyRange,
  printKeyRange,
} from "./key-range.ts";
import { type KeyspaceId, parseHex } from "./keyspace-id.ts";

export type Destination =
  | { readonly kind: "Shard"; readonly shard: string }
  | { readonly kind: "Shards"; readonly shards: readonly string[] }
  /** The shards that together are exactly this range. */
  | { readonly kind: "ExactKeyRange"; readonly range: KeyRange }
  /** Every shard that has a part of the range. */
  | { readonly kind: "KeyRange"; readonly range: KeyRange }
  | { readonly kind: "KeyspaceId"; readonly id: KeyspaceId }
  | { readonly kind: "KeyspaceIds"; readonly ids: readonly KeyspaceId[] }
  | { readonly kind: "AnyShard" }
  | { readonly kind: "AllShards" }
  | { readonly kind: "None" };

export const noDestination: Destination = { kind: "None" };
export const allShards: Destination = { kind: "AllShards" };
export const anyShard: Destination = { kind: "AnyShard" };

/** A keyspace's shards as they serve now, in order of their ranges. */
export interface ShardRef {
  readonly name: string;
  readonly range: KeyRange;
}

/** The refs of shard names, sorted. */
export function shardRefs(names: readonly string[]): readonly ShardRef[] {
  return names
    .map((name) => ({ name, range: keyRangeOfShard(name) }))
    .sort((a, b) => compareKeyRanges(a.range, b.range));
}

/** The names of the shards that `destination` means, each once, in the order of `shards`. */
export function shardsOf(destination: Destination, shards: readonly ShardRef[], keyspace: string): readonly string[] {
  switch (destination.kind) {
    case "None":
      return [];
    case "AllShards":
      return shards.map(({ name }) => name);
    case "AnyShard":
      if (shards[0] === undefined) throw VtError.of("VT20004", "any shard", keyspace);
      return [shards[0].name];
    case "Shard":
      return named([destination.shard], shards, keyspace);
    case "Shards":
      return named(destination.shards, shards, keyspace);
    case "KeyRange":
      return shards.filter(({ range }) => intersects(range, destination.range)).map(({ name }) => name);
    case "ExactKeyRange":
      return exactly(destination.range, shards, keyspace);
    case "KeyspaceId":
      return [shardOfId(destination.id, shards, keyspace)];
    case "KeyspaceIds": {
      const wanted = new Set(destination.ids.map((id) => shardOfId(id, shards, keyspace)));
      return shards.filter(({ name }) => wanted.has(name)).map(({ name }) => name);
    }
    default:
      return never(destination);
  }
}

/** The shard that holds `id`; throws VT20004 where no shard does. */
export function shardOfId(id: KeyspaceId, shards: readonly ShardRef[], keyspace: string): string {
  for (const { name, range } of shards) if (contains(range, id)) return name;
  throw VtError.of("VT20004", `keyspace id ${id.toString("hex")}`, keyspace);
}

function named(wanted: readonly string[], shards: readonly ShardRef[], keyspace: string): readonly string[] {
  for (const name of wanted)
    if (!shards.some((shard) => shard.name === name)) throw VtError.of("VT20004", `shard ${name}`, keyspace);
  return shards.filter(({ name }) => wanted.includes(name)).map(({ name }) => name);
}

function exactly(range: KeyRange, shards: readonly ShardRef[], keyspace: string): readonly string[] {
  const parts = shards.filter((shard) => intersects(shard.range, range));
  if (
    !isPartition(
      parts.map((part) => part.range),
      range,
    )
  )
    throw VtError.of("VT20004", `key range ${printKeyRange(range)}`, keyspace);
  return parts.map(({ name }) => name);
}

/** The ids that begin with these bytes: what a vindex answers when it knows only the first columns. */
export function prefixDestination(prefix: KeyspaceId): Destination {
  if (prefix.length === 0) return allShards;
  const end = Buffer.from(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    end[i] = ((end[i] ?? 0) + 1) & 0xff;
    if (end[i] !== 0) return { kind: "KeyRange", range: { start: prefix, end } };
  }
  return { kind: "KeyRange", range: { start: prefix, end: fullKeyRange.end } };
}

export function printDestination(destination: Destination): string {
  switch (destination.kind) {
    case "Shard":
      return destination.shard;
    case "Shards":
      return destination.shards.join(",");
    case "KeyRange":
    case "ExactKeyRange":
      return `[${printKeyRange(destination.range)}]`;
    case "KeyspaceId":
      return `[${destination.id.toString("hex")}]`;
    case "KeyspaceIds":
      return `[${destination.ids.map((id) => id.toString("hex")).join(",")}]`;
    default:
      return destination.kind;
  }
}

export type ServingType = "PRIMARY" | "REPLICA" | "RDONLY";
const servingTypes: Readonly<Record<string, ServingType>> = {
  primary: "PRIMARY",
  master: "PRIMARY",
  replica: "REPLICA",
  rdonly: "RDONLY",
};

/** What a session is pointed at. */
export interface SessionTarget {
  /** Empty: none chosen. */
  readonly keyspace: string;
  readonly tabletType: ServingType;
  /** Undefined: the planner decides. */
  readonly destination: Destination | undefined;
  /** "zone1-101": one tablet; undefined: any. */
  readonly tabletAlias: string | undefined;
}

/**
 * Reads `ks`, `ks@replica`, `ks:-80@primary`, `ks/-80`, `ks[-80]` (a range), `ks[a1b2]` (a keyspace id in hex),
 * `@rdonly` and `ks:-80@replica|zone1-101`.
 */
export function parseTarget(text: string, defaultType: ServingType = "PRIMARY"): SessionTarget {
  let rest = text;
  let tabletType = defaultType;
  let tabletAlias: string | undefined;
  const at = rest.lastIndexOf("@");
  if (at >= 0) {
    const [typeText = "", aliasText] = rest.slice(at + 1).split("|");
    tabletType = servingTypes[typeText.toLowerCase()] ?? fail(text, `unknown tablet type ${typeText}`);
    if (aliasText !== undefined) tabletAlias = parseAlias(aliasText, text);
    rest = rest.slice(0, at);
  }
  let destination: Destination | undefined;
  const colon = Math.max(rest.lastIndexOf(":"), rest.lastIndexOf("/"));
  if (colon >= 0) {
    destination = { kind: "Shard", shard: rest.slice(colon + 1) };
    rest = rest.slice(0, colon);
  }
  const bracket = rest.lastIndexOf("[");
  if (bracket >= 0) {
    if (!rest.endsWith("]")) fail(text, "a key range ends with ]");
    destination = parseBracket(rest.slice(bracket + 1, -1), text);
    rest = rest.slice(0, bracket);
  }
  if (tabletAlias !== undefined && destination?.kind !== "Shard") fail(text, "a tablet alias needs a shard");
  return { keyspace: rest, tabletType, destination, tabletAlias };
}

export function printTarget({ keyspace, tabletType, destination, tabletAlias }: SessionTarget): string {
  const place = destination === undefined ? "" : printDestination(destination);
  const shown = place === "" || place.startsWith("[") ? place : `:${place}`;
  const alias = tabletAlias === undefined ? "" : `|${tabletAlias}`;
  return `${keyspace}${shown}@${tabletType.toLowerCase()}${alias}`;
}

function parseBracket(inner: string, text: string): Destination {
  if (inner.includes("-")) return { kind: "ExactKeyRange", range: parseKeyRange(inner) };
  return { kind: "KeyspaceId", id: parseHex(inner) ?? fail(text, `${inner} is no keyspace id in hex`) };
}

/** Cell and number; shown as the number, without zeros in front. */
function parseAlias(alias: string, text: string): string {
  const [, cell, uid] = /^([\w-]+)-(\d+)$/.exec(alias) ?? [];
  if (cell === undefined || uid === undefined) return fail(text, `${alias} is no tablet alias`);
  return `${cell}-${Number(uid)}`;
}

function fail(text: string, why: string): never {
  throw VtError.of("VT20001", text, why);
}
