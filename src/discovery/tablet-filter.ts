/**
 * Which tablets a process watches: `keyspaces-to-watch`, `tablet-filters` ("keyspace|shard", where the shard may be a
 * key range) and `tablet-filter-tags`. No filter of a kind lets all through.
 */
import type { KeyRange, Tablet } from "../proto/generated/topodata_pb.js";
import { keyspaceName, shardBounds, shardName } from "../topo/names.ts";

export type TabletFilter = (tablet: Tablet) => boolean;

export interface TabletFilterOptions {
  readonly keyspaces?: readonly string[];
  readonly shards?: readonly string[];
  /** Each must be there with this value. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Throws VT22001 for a filter that names no keyspace or shard. */
export function tabletFilter({ keyspaces = [], shards = [], tags = {} }: TabletFilterOptions): TabletFilter {
  const names = new Set(keyspaces.map(keyspaceName) as string[]);
  const byShard = shards.map(parseShardFilter);
  const wanted = Object.entries(tags);
  return (tablet) =>
    (names.size === 0 || names.has(tablet.keyspace)) &&
    (byShard.length === 0 || byShard.some((matches) => matches(tablet))) &&
    wanted.every(([name, value]) => tablet.tags[name] === value);
}

function parseShardFilter(text: string): TabletFilter {
  const bar = text.indexOf("|");
  const keyspace = keyspaceName(bar < 0 ? text : text.slice(0, bar));
  if (bar < 0) return (tablet) => tablet.keyspace === keyspace;
  const shard = shardName(text.slice(bar + 1));
  const bounds = shardBounds(shard);
  return (tablet) => {
    if (tablet.keyspace !== keyspace) return false;
    if (bounds === undefined || tablet.keyRange === undefined) return tablet.shard === shard;
    return includes(bounds, tablet.keyRange);
  };
}

function includes(outer: { readonly start: Buffer; readonly end: Buffer }, inner: KeyRange): boolean {
  const startsIn = Buffer.compare(outer.start, inner.start) <= 0;
  if (outer.end.length === 0) return startsIn;
  return startsIn && inner.end.length > 0 && Buffer.compare(inner.end, outer.end) <= 0;
}
