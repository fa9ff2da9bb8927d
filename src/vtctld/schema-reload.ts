/** Making the tablets of a shard read their schema again. */
import { create } from "@bufbuild/protobuf";
import { errorText } from "../base/errors.ts";
import { type Event, EventSchema, Level } from "../proto/generated/logutil_pb.js";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { type Tablet, TabletType } from "../proto/generated/topodata_pb.js";
import { aliasOf } from "../topo/cluster-records.ts";
import type { KeyspaceName, ShardName } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import { timestamp } from "../topo/times.ts";
import { tabletName, tabletsOfShard } from "./tablet-access.ts";
import { inParallel, type Vtctld } from "./vtctld.ts";

const asks = TabletManager.method;

export interface Reload {
  readonly waitPosition: string;
  readonly includePrimary: boolean;
  /** 0: all at once. */
  readonly concurrency: number;
  /** Longest wait for one tablet. */
  readonly timeoutMs?: number;
}

/** Makes the tablets of a shard read their schema again. Those that fail are told as events, not as an error. */
export async function reloadShard(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  { waitPosition, includePrimary, concurrency, timeoutMs }: Reload,
): Promise<readonly Event[]> {
  await mustReadRecord(vtctld.topo.global, records.shard(keyspace, shard));
  const tablets = [...(await tabletsOfShard(vtctld, keyspace, shard)).values()];
  const chosen = tablets.filter(({ type }) => mayReload(type) && (includePrimary || type !== TabletType.PRIMARY));
  const events = await inParallel(chosen, concurrency, async (tablet: Tablet) => {
    try {
      await vtctld.callTablet(tablet, asks.reloadSchema, { waitPosition }, timeoutMs);
      return [];
    } catch (error) {
      const value = `ReloadSchema of ${tabletName(tablet)} failed: ${errorText(error)}`;
      vtctld.log.warn({ alias: aliasOf(tablet.alias), err: error }, "a tablet did not reload its schema");
      return [create(EventSchema, { time: timestamp(vtctld.clock.nowMs()), level: Level.WARNING, value })];
    }
  });
  return events.flat();
}

/** Tablets that are busy with their server itself have no schema to serve. */
const mayReload = (type: TabletType) => type !== TabletType.BACKUP && type !== TabletType.RESTORE;
