/** Replication of tablets, and the lists of a shard's replicas that each cell keeps. */
import { create } from "@bufbuild/protobuf";
import { VtError } from "../base/errors.ts";
import { type Status, StatusSchema } from "../proto/generated/replicationdata_pb.js";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import {
  ShardReplicationError_Type as ReplicationError,
  ShardReplicationErrorSchema,
  ShardReplicationSchema,
  type Tablet,
  TabletType,
} from "../proto/generated/topodata_pb.js";
import { aliasMessage, aliasOf } from "../topo/cluster-records.ts";
import { cellName, cellOfTablet, keyspaceName, shardName, type TabletAlias } from "../topo/names.ts";
import { mustReadRecord, readRecord, records, updateRecord } from "../topo/records.ts";
import { chosenCells } from "./cells.ts";
import { needsSemiSync } from "./semi-sync.ts";
import { requestedAlias, requestedTablet, tabletsOfShard } from "./tablet-access.ts";
import { concurrencyMax, inParallel, type RequestOf, type Vtctld, type VtctldFunctions } from "./vtctld.ts";

const asks = TabletManager.method;

export const replicationFunctions: VtctldFunctions<
  | "getShardReplication"
  | "shardReplicationAdd"
  | "shardReplicationFix"
  | "shardReplicationPositions"
  | "shardReplicationRemove"
  | "startReplication"
  | "stopReplication"
> = {
  getShardReplication: {
    permission: "read",
    run: async ({ topo }, request) => {
      const record = records.shardReplication(keyspaceName(request.keyspace), shardName(request.shard));
      const cells = await chosenCells(topo, request.cells);
      const found = await inParallel(cells, concurrencyMax, async (cell) => readRecord(await topo.cell(cell), record));
      const entries = cells.flatMap((cell, i) => {
        const message = found[i]?.message;
        return message === undefined ? [] : [[cell, message] as const];
      });
      return { shardReplicationByCell: Object.fromEntries(entries) };
    },
  },
  shardReplicationAdd: {
    permission: "write",
    run: async (vtctld, request) => {
      await changeList(vtctld, request, (others, alias) => [...others, alias]);
      return {};
    },
  },
  shardReplicationRemove: {
    permission: "write",
    run: async (vtctld, request) => {
      await changeList(vtctld, request, (others) => others);
      return {};
    },
  },
  shardReplicationFix: { permission: "write", run: fixList },
  shardReplicationPositions: { permission: "read", run: readPositions },
  startReplication: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      const semiSync = await needsSemiSync(vtctld, tablet, tablet.type);
      await vtctld.callTablet(tablet, asks.startReplication, { semiSync });
      return {};
    },
  },
  stopReplication: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      await vtctld.callTablet(tablet, asks.stopReplication, {});
      return {};
    },
  },
};

async function changeList(
  { topo }: Vtctld,
  request: RequestOf<"shardReplicationAdd"> | RequestOf<"shardReplicationRemove">,
  change: (others: readonly TabletAlias[], alias: TabletAlias) => readonly TabletAlias[],
): Promise<void> {
  const alias = requestedAlias(request.tabletAlias);
  const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
  await mustReadRecord(topo.global, records.shard(keyspace, shard));
  await updateRecord(await topo.cell(cellOfTablet(alias)), records.shardReplication(keyspace, shard), (present) => {
    const listed = (present?.nodes ?? []).flatMap(({ tabletAlias }) => aliasOf(tabletAlias) ?? []);
    const others = listed.filter((one) => one !== alias);
    const nodes = change(others, alias).map((one) => ({ tabletAlias: aliasMessage(one) }));
    return create(ShardReplicationSchema, { nodes });
  });
}

/** Takes the first entry off the list whose tablet is not there, or belongs elsewhere. */
async function fixList({ topo }: Vtctld, request: RequestOf<"shardReplicationFix">) {
  const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
  const cell = await topo.cell(cellName(request.cell));
  const record = records.shardReplication(keyspace, shard);
  const { message } = await mustReadRecord(cell, record);
  for (const { tabletAlias } of message.nodes) {
    const alias = aliasOf(tabletAlias);
    if (alias === undefined) continue;
    const tablet = (await readRecord(cell, records.tablet(alias)))?.message;
    const isOurs = tablet?.keyspace === keyspace && tablet.shard === shard && cellOfTablet(alias) === request.cell;
    if (tablet !== undefined && isOurs) continue;
    await updateRecord(cell, record, (present) => {
      const nodes = (present?.nodes ?? []).filter((node) => aliasOf(node.tabletAlias) !== alias);
      return create(ShardReplicationSchema, { nodes });
    });
    const type = tablet === undefined ? ReplicationError.NOT_FOUND : ReplicationError.TOPOLOGY_MISMATCH;
    return { error: create(ShardReplicationErrorSchema, { type, tabletAlias: aliasMessage(alias) }) };
  }
  return {};
}

/** The position and lag of each tablet of a shard. A tablet that does not answer has no status. */
async function readPositions(vtctld: Vtctld, request: RequestOf<"shardReplicationPositions">) {
  const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
  await mustReadRecord(vtctld.topo.global, records.shard(keyspace, shard));
  const tablets = [...(await tabletsOfShard(vtctld, keyspace, shard))];
  const statuses = await inParallel(tablets, concurrencyMax, async ([, tablet]) => statusOf(vtctld, tablet));
  const known = tablets.flatMap(([alias], i) => {
    const status = statuses[i];
    return status === undefined ? [] : [[alias, status] as const];
  });
  return { replicationStatuses: Object.fromEntries(known), tabletMap: Object.fromEntries(tablets) };
}

async function statusOf(vtctld: Vtctld, tablet: Tablet): Promise<Status | undefined> {
  try {
    if (tablet.type !== TabletType.PRIMARY) {
      return (await vtctld.callTablet(tablet, asks.replicationStatus, {})).status;
    }
    const { position } = await vtctld.callTablet(tablet, asks.primaryPosition, {});
    return create(StatusSchema, { position });
  } catch (error) {
    if (!(error instanceof VtError)) throw error;
    vtctld.log.warn({ alias: aliasOf(tablet.alias), err: error }, "a tablet told no position");
    return undefined;
  }
}
