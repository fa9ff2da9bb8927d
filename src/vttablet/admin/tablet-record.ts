/**
 * A tablet's place in the topology: its record, and the keyspace and shard that it belongs to. A tablet that starts for
 * the first time makes what is missing; one that starts again takes its record over, in its old type unless that was a
 * passing one. The record of another life in another shard is never replaced.
 */
import { create } from "@bufbuild/protobuf";
import {
  KeyspaceSchema,
  type Shard,
  type Tablet,
  TabletSchema,
  TabletType,
} from "../../proto/generated/topodata_pb.js";
import {
  aliasMessage,
  aliasOf,
  createKeyspace,
  createShard,
  createTablet,
  keyRangeOf,
  timeNow,
} from "../../topo/cluster-records.ts";
import type { KeyspaceName, ShardName, TabletAlias } from "../../topo/names.ts";
import { mustReadRecord, readRecord, records } from "../../topo/records.ts";
import { rebuildKeyspace } from "../../topo/rebuild.ts";
import type { TopoServer } from "../../topo/server.ts";
import { TopoError } from "../../topo/topo.ts";
import { lockKeyspace, type LockOwner, withLock } from "../../topo/topo-locks.ts";

export interface TabletPlace {
  readonly alias: TabletAlias;
  readonly keyspace: KeyspaceName;
  readonly shard: ShardName;
  readonly hostname: string;
  /** Ports by name: vt, grpc, vtlink … */
  readonly portMap: Readonly<Record<string, number>>;
  readonly mysqlHostname: string;
  readonly mysqlPort: number;
  /** REPLICA, RDONLY, SPARE … never PRIMARY: that is decided by the shard record. */
  readonly initType: TabletType;
  readonly tags: Readonly<Record<string, string>>;
  readonly dbNameOverride: string;
}

/** Makes the keyspace and the shard where they are missing, and writes the tablet's record; answers both. */
export async function registerTablet(
  server: TopoServer,
  place: TabletPlace,
  owner: LockOwner,
): Promise<{ readonly tablet: Tablet; readonly shard: Shard }> {
  const shard = await ensureShard(server, place, owner);
  const keyRange = keyRangeOf(place.shard);
  const isPrimary = aliasOf(shard.primaryAlias) === place.alias;
  const tablet = create(TabletSchema, {
    alias: aliasMessage(place.alias),
    hostname: place.hostname,
    portMap: { ...place.portMap },
    keyspace: place.keyspace,
    shard: place.shard,
    ...(keyRange === undefined ? {} : { keyRange }),
    type: isPrimary ? TabletType.PRIMARY : place.initType,
    ...(isPrimary && shard.primaryTermStartTime !== undefined
      ? { primaryTermStartTime: shard.primaryTermStartTime }
      : {}),
    tags: { ...place.tags },
    dbNameOverride: place.dbNameOverride,
    mysqlHostname: place.mysqlHostname,
    mysqlPort: place.mysqlPort,
    tabletStartTime: timeNow(server),
  });
  await createTablet(server, tablet, true);
  // A reparent names the new primary, then looks whether the old one was started again: one of the two must see the other.
  const present = (await mustReadRecord(server.global, records.shard(place.keyspace, place.shard))).message;
  if (aliasOf(present.primaryAlias) !== aliasOf(shard.primaryAlias)) return registerTablet(server, place, owner);
  return { tablet, shard: present };
}

async function ensureShard(server: TopoServer, { keyspace, shard }: TabletPlace, owner: LockOwner): Promise<Shard> {
  const found = await readRecord(server.global, records.shard(keyspace, shard));
  if (found !== undefined) return found.message;
  await unlessThere(createKeyspace(server, keyspace, create(KeyspaceSchema, {})));
  const action = { owner, action: `CreateShard ${keyspace}/${shard}` };
  await withLock(lockKeyspace(server, keyspace, action), async (lock) => {
    await unlessThere(createShard(server, keyspace, shard, lock));
    await rebuildKeyspace(server, keyspace);
  });
  return (await mustReadRecord(server.global, records.shard(keyspace, shard))).message;
}

/** Two tablets of one shard may start at once: whoever comes second finds what it wanted. */
async function unlessThere(creating: Promise<void>): Promise<void> {
  try {
    await creating;
  } catch (error) {
    if (!(error instanceof TopoError && error.kind === "node_exists")) throw error;
  }
}
