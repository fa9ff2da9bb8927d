/**
 * Changes of the topology that touch more than one record, or must keep a rule between them: creating cells, keyspaces,
 * shards and tablets, and finding the tablets of a shard.
 */
import { create } from "@bufbuild/protobuf";
import { must } from "../base/assert.ts";
import { compareTimes, timestamp, type WireTime } from "./times.ts";
import {
  CellInfoSchema,
  type Keyspace,
  type KeyRange,
  KeyRangeSchema,
  type Shard,
  ShardReplicationSchema,
  ShardSchema,
  type Tablet,
  type TabletAlias as TabletAliasMessage,
  TabletSchema,
  TabletAliasSchema,
} from "../proto/generated/topodata_pb.js";
import {
  type CellName,
  cellOfTablet,
  type KeyspaceName,
  makeTabletAlias,
  isShardName,
  type ShardName,
  shardBounds,
  type TabletAlias,
  uidOfTablet,
} from "./names.ts";
import { createRecord, decodeRecord, deleteRecord, folders, mustReadRecord, records, updateRecord } from "./records.ts";
import type { TopoServer } from "./server.ts";
import { TopoError, type TopoLock } from "./topo.ts";

export async function createCell(server: TopoServer, cell: CellName, address: string, root: string): Promise<void> {
  await createRecord(server.global, records.cellInfo(cell), create(CellInfoSchema, { serverAddress: address, root }));
}

export async function createKeyspace(server: TopoServer, keyspace: KeyspaceName, record: Keyspace): Promise<void> {
  await createRecord(server.global, records.keyspace(keyspace), record);
}

/**
 * Creates a shard. It serves from the start unless a shard that serves already has a part of its range. The caller
 * holds the keyspace's lock, since the other shards are looked at.
 */
export async function createShard(
  server: TopoServer,
  keyspace: KeyspaceName,
  shard: ShardName,
  lock?: TopoLock,
): Promise<void> {
  await mustReadRecord(server.global, records.keyspace(keyspace));
  const keyRange = keyRangeOf(shard);
  const others = await shardsOf(server, keyspace);
  const isPrimaryServing = ![...others.values()].some(
    (other) => other.isPrimaryServing && rangesMeet(keyRange, other.keyRange),
  );
  const record = create(ShardSchema, { isPrimaryServing, ...(keyRange === undefined ? {} : { keyRange }) });
  await createRecord(server.global, records.shard(keyspace, shard), record, lock);
}

/** All shards of a keyspace, sorted by name, in one reading. Throws bad_record where one cannot be read. */
export async function shardsOf(server: TopoServer, keyspace: KeyspaceName): Promise<ReadonlyMap<ShardName, Shard>> {
  const below = `${folders.shards(keyspace)}/`;
  const found = new Map<ShardName, Shard>();
  for (const file of await server.global.readAll(below)) {
    const [name, record, ...rest] = file.path.slice(below.length).split("/");
    if (name === undefined || record !== "Shard" || rest.length > 0 || !isShardName(name)) continue;
    found.set(name, decodeRecord(ShardSchema, file).message);
  }
  return found;
}

/** The wire's form of a shard's range; undefined for a shard whose name is no range. */
export function keyRangeOf(shard: ShardName): KeyRange | undefined {
  const bounds = shardBounds(shard);
  return bounds === undefined ? undefined : create(KeyRangeSchema, bounds);
}

export function aliasMessage(alias: TabletAlias): TabletAliasMessage {
  return create(TabletAliasSchema, { cell: cellOfTablet(alias), uid: uidOfTablet(alias) });
}

/** The name of a tablet as a message has it; undefined for none. Throws VT22001 for one that is not valid. */
export function aliasOf(message: TabletAliasMessage | undefined): TabletAlias | undefined {
  return message === undefined || message.cell === "" ? undefined : makeTabletAlias(message.cell, message.uid);
}

/**
 * Creates a tablet's record, or with `mayReplace` takes over the one of an earlier life of the same tablet, and lists
 * it with its shard in the cell. A record of another keyspace or shard is never replaced.
 */
export async function createTablet(server: TopoServer, tablet: Tablet, mayReplace: boolean): Promise<void> {
  const alias = aliasOf(tablet.alias);
  if (alias === undefined) throw new TopoError("bad_record", folders.tablets, "a tablet without alias");
  const cell = await server.cell(cellOfTablet(alias));
  const record = records.tablet(alias);
  await updateRecord(cell, record, (present) => {
    if (present === undefined) return tablet;
    const isSame = present.keyspace === tablet.keyspace && present.shard === tablet.shard;
    if (!mayReplace || !isSame)
      throw new TopoError("node_exists", record.path, `a tablet of ${present.keyspace}/${present.shard}`);
    return tablet;
  });
  await listTablet(server, tablet, alias);
}

/** Changes a tablet's record; throws no_node where there is none. */
export async function updateTablet(
  server: TopoServer,
  alias: TabletAlias,
  change: (present: Tablet) => Tablet | undefined,
): Promise<Tablet> {
  const cell = await server.cell(cellOfTablet(alias));
  const record = records.tablet(alias);
  const stored = await updateRecord(cell, record, (present) => {
    if (present === undefined) throw new TopoError("no_node", record.path);
    return change(present);
  });
  if (stored === undefined) throw new TopoError("no_node", record.path);
  return stored.message;
}

/** Deletes a tablet's record and takes it off its shard's list. The caller checks that it is not the primary. */
export async function deleteTablet(server: TopoServer, alias: TabletAlias): Promise<void> {
  const cell = await server.cell(cellOfTablet(alias));
  const stored = await mustReadRecord(cell, records.tablet(alias));
  await deleteRecord(cell, records.tablet(alias), stored.version);
  await changeReplication(server, stored.message, alias, false);
}

export async function readTablet(server: TopoServer, alias: TabletAlias): Promise<Tablet> {
  const cell = await server.cell(cellOfTablet(alias));
  return (await mustReadRecord(cell, records.tablet(alias))).message;
}

export interface TabletsFound {
  readonly tablets: ReadonlyMap<TabletAlias, Tablet>;
  /** Cells that could not be asked and records that could not be read: the answer is then incomplete. */
  readonly problems: readonly TopoError[];
}

/** The tablets of the cells (all cells by default), sorted by alias, of one keyspace or shard where these are given. */
export async function findTablets(
  server: TopoServer,
  filter: { readonly cells?: readonly CellName[]; readonly keyspace?: KeyspaceName; readonly shard?: ShardName },
): Promise<TabletsFound> {
  const cells = filter.cells ?? (await server.cells());
  const problems: TopoError[] = [];
  const found: [TabletAlias, Tablet][] = [];
  await Promise.all(
    cells.map(async (cell) => {
      try {
        const topo = await server.cell(cell);
        for (const file of await topo.readAll(`${folders.tablets}/`)) {
          const entry = tabletIn(file, problems);
          if (entry !== undefined && matches(entry[1], filter)) found.push(entry);
        }
      } catch (error) {
        if (!(error instanceof TopoError)) throw error;
        problems.push(error);
      }
    }),
  );
  return { tablets: new Map(found.sort(([a], [b]) => (a < b ? -1 : 1))), problems };
}

/** Writes into a shard's record who its primary is and since when, unless a later term is there already. */
export async function recordPrimary(
  server: TopoServer,
  keyspace: KeyspaceName,
  shard: ShardName,
  primary: TabletAlias,
  termStart: WireTime,
  lock?: TopoLock,
): Promise<Shard> {
  const record = records.shard(keyspace, shard);
  const stored = await updateRecord(
    server.global,
    record,
    (present) => {
      if (present === undefined) throw new TopoError("no_node", record.path);
      if (compareTimes(termStart, present.primaryTermStartTime) < 0)
        throw new TopoError("no_update_needed", record.path, "a later term is recorded already");
      present.primaryAlias = aliasMessage(primary);
      present.primaryTermStartTime = termStart;
      return present;
    },
    lock,
  );
  return must(stored, "the change answered a record").message;
}

/** The time now, as records hold it. */
export function timeNow(server: TopoServer): WireTime {
  return timestamp(server.clock.nowMs());
}

async function listTablet(server: TopoServer, tablet: Tablet, alias: TabletAlias): Promise<void> {
  if (tablet.keyspace !== "" && tablet.shard !== "") await changeReplication(server, tablet, alias, true);
}

async function changeReplication(server: TopoServer, tablet: Tablet, alias: TabletAlias, isListed: boolean) {
  const cell = await server.cell(cellOfTablet(alias));
  const record = records.shardReplication(tablet.keyspace as KeyspaceName, tablet.shard as ShardName);
  await updateRecord(cell, record, (present) => {
    const nodes = present?.nodes ?? [];
    const others = nodes.filter((node) => aliasOf(node.tabletAlias) !== alias);
    if (isListed === others.length < nodes.length) return undefined;
    const added = isListed ? [{ tabletAlias: aliasMessage(alias) }] : [];
    return create(ShardReplicationSchema, { nodes: [...others, ...added] });
  });
}

function tabletIn(file: Parameters<typeof decodeRecord>[1], problems: TopoError[]): [TabletAlias, Tablet] | undefined {
  if (!file.path.endsWith("/Tablet")) return undefined;
  try {
    const { message } = decodeRecord(TabletSchema, file);
    const alias = aliasOf(message.alias);
    if (alias === undefined) throw new TopoError("bad_record", file.path, "a tablet without alias");
    return [alias, message];
  } catch (error) {
    problems.push(error instanceof TopoError ? error : new TopoError("bad_record", file.path, String(error), error));
    return undefined;
  }
}

function matches(tablet: Tablet, filter: { readonly keyspace?: string; readonly shard?: string }): boolean {
  if (filter.keyspace !== undefined && tablet.keyspace !== filter.keyspace) return false;
  return filter.shard === undefined || tablet.shard === filter.shard;
}

/** Whether two ranges share an id; no range stands for all ids. */
function rangesMeet(a: KeyRange | undefined, b: KeyRange | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const isBefore = (end: Uint8Array, start: Uint8Array) => end.length > 0 && Buffer.compare(end, start) <= 0;
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}
