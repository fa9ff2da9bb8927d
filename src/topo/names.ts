/**
 * Names of keyspaces, shards, cells and tablets, as types of their own: a value of such a type was checked, so it can
 * stand in a path, a database's name or a label. The functions here are the only way to make one; they throw VT22001.
 *
 * Rules are Vitess's: keyspaces and shards are 1 to 64 ASCII letters, digits, "-" and "_"; a shard's name with a "-" is
 * a key range in hex ("-80", "40-80"), in small letters; a cell may also have "."; a tablet is "<cell>-<uid>".
 */
import { VtError } from "../base/errors.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type KeyspaceName = Branded<"keyspace">;
export type ShardName = Branded<"shard">;
export type CellName = Branded<"cell">;
/** "zone1-0000000100": the uid with ten digits. */
export type TabletAlias = Branded<"tablet alias">;

/** A piece of the range of keyspace ids; an empty bound is open. As topodata.KeyRange. */
export interface ShardBounds {
  readonly start: Buffer;
  readonly end: Buffer;
}

const nameLengthMax = 64;
export const tabletUidMax = 0xffff_ffff;

export function keyspaceName(text: string): KeyspaceName {
  checkObjectName("keyspace", text);
  return text as KeyspaceName;
}

export function shardName(text: string): ShardName {
  checkObjectName("shard", text);
  if (text.includes("-") && parseBounds(text) === undefined)
    throw VtError.of("VT22001", "shard", text, "it is no key range in hex, such as 40-80");
  return text.toLowerCase() as ShardName;
}

/** Whether a text is a shard's name as it is printed. */
export function isShardName(text: string): text is ShardName {
  try {
    return shardName(text) === text;
  } catch {
    return false;
  }
}

/** The bounds of a shard named by a key range; undefined where the name ("0") is none. */
export function shardBounds(name: ShardName): ShardBounds | undefined {
  return parseBounds(name);
}

export function cellName(text: string): CellName {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(text) || text === "." || text === "..")
    throw VtError.of("VT22001", "cell", shown(text), "use 1 to 64 letters, digits, '-', '_' and '.'");
  return text as CellName;
}

/** Reads "zone1-100" or "zone1-0000000100". */
export function tabletAlias(text: string): TabletAlias {
  const [, cell, uid] = /^(.+)-([0-9]{1,10})$/.exec(text) ?? [];
  if (cell === undefined || uid === undefined)
    throw VtError.of("VT22001", "tablet alias", shown(text), "expected a cell, a dash and a number");
  return makeTabletAlias(cell, Number(uid));
}

export function makeTabletAlias(cell: string, uid: number): TabletAlias {
  if (!Number.isInteger(uid) || uid < 0 || uid > tabletUidMax)
    throw VtError.of("VT22001", "tablet alias", `${shown(cell)}-${uid}`, `the number is at most ${tabletUidMax}`);
  return `${cellName(cell)}-${String(uid).padStart(10, "0")}` as TabletAlias;
}

export function cellOfTablet(alias: TabletAlias): CellName {
  return alias.slice(0, alias.lastIndexOf("-")) as CellName;
}

export function uidOfTablet(alias: TabletAlias): number {
  return Number(alias.slice(alias.lastIndexOf("-") + 1));
}

/** A name that is one segment of a path: a cell alias, a named lock, an election, a metadata key. */
export function segmentName(kind: string, text: string): string {
  if (!/^[^/\u0000-\u001f\u007f]{1,256}$/.test(text) || text === "." || text === "..")
    throw VtError.of("VT22001", kind, shown(text), "use 1 to 256 characters without '/'");
  return text;
}

function checkObjectName(kind: string, text: string): void {
  if (text === "" || text.length > nameLengthMax)
    throw VtError.of("VT22001", kind, shown(text), `it must have 1 to ${nameLengthMax} characters`);
  if (!/^[A-Za-z0-9_-]+$/.test(text))
    throw VtError.of("VT22001", kind, shown(text), "use letters, digits, '-' and '_'");
}

function parseBounds(name: string): ShardBounds | undefined {
  const [, start, end] = /^((?:[0-9a-f]{2})*)-((?:[0-9a-f]{2})*)$/i.exec(name) ?? [];
  if (start === undefined || end === undefined) return undefined;
  const bounds = { start: Buffer.from(start, "hex"), end: Buffer.from(end, "hex") };
  return end !== "" && Buffer.compare(bounds.start, bounds.end) >= 0 ? undefined : bounds;
}

function shown(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
