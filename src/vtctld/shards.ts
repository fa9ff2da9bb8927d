/** Shards: their records, what they serve, and where their data comes from. */
import { create } from "@bufbuild/protobuf";
import { must } from "../base/assert.ts";
import { VtError } from "../base/errors.ts";
import {
  KeyspaceSchema,
  type Shard,
  Shard_SourceShardSchema,
  Shard_TabletControlSchema,
  ShardTabletControlSchema,
} from "../proto/generated/topodata_pb.js";
import {
  ShardSchema as VtorcShardSchema,
  KeyspaceSchema as VtorcKeyspaceSchema,
} from "../proto/generated/vtorcdata_pb.js";
import { KeyspaceSchema as VSchemaSchema } from "../proto/generated/vschema_pb.js";
import { createKeyspace, createShard } from "../topo/cluster-records.ts";
import { cellName, type KeyspaceName, keyspaceName, type ShardName, shardName } from "../topo/names.ts";
import { rebuildVSchema } from "../topo/rebuild.ts";
import { createRecord, mustReadRecord, readRecord, records, updateRecord } from "../topo/records.ts";
import { lockKeyspace, lockShard, withLock } from "../topo/topo-locks.ts";
import { chosenCells } from "./cells.ts";
import { deleteShard, removeShardCell } from "./shard-removal.ts";
import { lockRequest, type RequestOf, type Vtctld, type VtctldFunctions } from "./vtctld.ts";

export const shardFunctions: VtctldFunctions<
  | "createShard"
  | "deleteShards"
  | "getShard"
  | "removeShardCell"
  | "setShardIsPrimaryServing"
  | "setShardTabletControl"
  | "setVtorcEmergencyReparent"
  | "sourceShardAdd"
  | "sourceShardDelete"
> = {
  createShard: { permission: "write", run: addShard },
  deleteShards: {
    permission: "write",
    run: async (vtctld, request) => {
      const wanted = request.shards.map(({ keyspace, name }) => [keyspaceName(keyspace), shardName(name)] as const);
      for (const [keyspace, shard] of wanted) await deleteShard(vtctld, keyspace, shard, request);
      return {};
    },
  },
  getShard: {
    permission: "read",
    run: async ({ topo }, request) => {
      const keyspace = keyspaceName(request.keyspace);
      const name = shardName(request.shardName);
      const { message } = await mustReadRecord(topo.global, records.shard(keyspace, name));
      return { shard: { keyspace, name, shard: message } };
    },
  },
  removeShardCell: {
    permission: "write",
    run: async (vtctld, request) => {
      const keyspace = keyspaceName(request.keyspace);
      await removeShardCell(vtctld, keyspace, shardName(request.shardName), cellName(request.cell), request);
      return {};
    },
  },
  setShardIsPrimaryServing: {
    permission: "write",
    run: async (vtctld, request) => {
      const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
      const lock = lockKeyspace(vtctld.topo, keyspace, lockRequest(vtctld, "SetShardIsPrimaryServing"));
      return withLock(lock, async () => ({
        shard: await changeShard(vtctld, keyspace, shard, (present) => {
          present.isPrimaryServing = request.isServing;
          return present;
        }),
      }));
    },
  },
  setShardTabletControl: { permission: "write", run: setTabletControl },
  setVtorcEmergencyReparent: { permission: "write", run: setEmergencyReparent },
  sourceShardAdd: {
    permission: "write",
    run: async (vtctld, request) => {
      const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
      const source = create(Shard_SourceShardSchema, {
        uid: request.uid,
        keyspace: keyspaceName(request.sourceKeyspace),
        shard: shardName(request.sourceShard),
        tables: request.tables,
        ...(request.keyRange === undefined ? {} : { keyRange: request.keyRange }),
      });
      return {
        shard: await underLock(vtctld, keyspace, shard, "SourceShardAdd", (present) => {
          if (present.sourceShards.some(({ uid }) => uid === request.uid))
            throw VtError.of("VT23002", `source ${request.uid} of ${keyspace}/${shard}`);
          present.sourceShards.push(source);
          return present;
        }),
      };
    },
  },
  sourceShardDelete: {
    permission: "write",
    run: async (vtctld, request) => {
      const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
      return {
        shard: await underLock(vtctld, keyspace, shard, "SourceShardDelete", (present) => {
          const left = present.sourceShards.filter(({ uid }) => uid !== request.uid);
          if (left.length === present.sourceShards.length)
            throw VtError.of("VT23001", `source ${request.uid} of ${keyspace}/${shard}`);
          present.sourceShards = left;
          return present;
        }),
      };
    },
  },
};

async function changeShard(
  { topo }: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  change: (present: Shard) => Shard,
): Promise<Shard> {
  await mustReadRecord(topo.global, records.shard(keyspace, shard));
  const stored = await updateRecord(topo.global, records.shard(keyspace, shard), (present) =>
    present === undefined ? undefined : change(present),
  );
  return must(stored, "the shard was there a moment ago").message;
}

function underLock(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  action: string,
  change: (present: Shard) => Shard,
): Promise<Shard> {
  const lock = lockShard(vtctld.topo, keyspace, shard, lockRequest(vtctld, action));
  return withLock(lock, () => changeShard(vtctld, keyspace, shard, change));
}

async function addShard(vtctld: Vtctld, request: RequestOf<"createShard">) {
  const { topo } = vtctld;
  const [keyspace, name] = [keyspaceName(request.keyspace), shardName(request.shardName)];
  const parent = await readRecord(topo.global, records.keyspace(keyspace));
  if (parent === undefined && request.includeParent) {
    await createKeyspace(topo, keyspace, create(KeyspaceSchema, { durabilityPolicy: "none", sidecarDbName: "_vt" }));
    await createRecord(topo.global, records.vschema(keyspace), create(VSchemaSchema));
    await rebuildVSchema(topo);
  }
  const made = await mustReadRecord(topo.global, records.keyspace(keyspace));
  const shardAlreadyExists = await withLock(
    lockKeyspace(topo, keyspace, lockRequest(vtctld, "CreateShard")),
    async () => {
      const isThere = (await readRecord(topo.global, records.shard(keyspace, name))) !== undefined;
      if (isThere && !request.force) throw VtError.of("VT23002", `shard ${keyspace}/${name}`);
      if (!isThere) await createShard(topo, keyspace, name);
      return isThere;
    },
  );
  const { message: shard } = await mustReadRecord(topo.global, records.shard(keyspace, name));
  return { keyspace: { name: keyspace, keyspace: made.message }, shard: { keyspace, name, shard }, shardAlreadyExists };
}

async function setTabletControl(vtctld: Vtctld, request: RequestOf<"setShardTabletControl">) {
  const { topo } = vtctld;
  const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
  const cells = request.cells.length === 0 ? [] : [...(await chosenCells(topo, request.cells))];
  const lock = lockKeyspace(topo, keyspace, lockRequest(vtctld, "SetShardTabletControl"));
  return withLock(lock, async () => {
    const changed = await changeShard(vtctld, keyspace, shard, (present) => withTabletControl(present, request, cells));
    if (!request.remove && request.deniedTables.length === 0)
      await setQueryService(vtctld, keyspace, shard, changed, request, cells);
    return { shard: changed };
  });
}

/** The shard with the denied tables of one type added in these cells, or taken away. No cells are all cells. */
function withTabletControl(shard: Shard, request: RequestOf<"setShardTabletControl">, cells: readonly string[]): Shard {
  const others = shard.tabletControls.filter(({ tabletType }) => tabletType !== request.tabletType);
  const present = shard.tabletControls.find(({ tabletType }) => tabletType === request.tabletType);
  if (request.remove) {
    const left = cells.length === 0 ? [] : (present?.cells ?? []).filter((cell) => !cells.includes(cell));
    shard.tabletControls =
      present === undefined || left.length === 0 ? others : [...others, { ...present, cells: left }];
    return shard;
  }
  if (request.deniedTables.length === 0) return shard;
  const deniedTables = [...new Set([...(present?.deniedTables ?? []), ...request.deniedTables])];
  const allCells = present === undefined ? [...cells] : [...new Set([...present.cells, ...cells])];
  const control = create(Shard_TabletControlSchema, { tabletType: request.tabletType, deniedTables, cells: allCells });
  shard.tabletControls = [...others, control];
  return shard;
}

/** Switches the query service of one type off or on, in the serving records of the cells. */
async function setQueryService(
  { topo }: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  { keyRange }: Shard,
  request: RequestOf<"setShardTabletControl">,
  cells: readonly string[],
): Promise<void> {
  for (const cell of cells.length === 0 ? await topo.cells() : cells.map(cellName))
    await updateRecord(await topo.cell(cell), records.srvKeyspace(keyspace), (present) => {
      const partition = present?.partitions.find(({ servedType }) => servedType === request.tabletType);
      if (partition === undefined) return undefined;
      const others = partition.shardTabletControls.filter(({ name }) => name !== shard);
      const control = create(ShardTabletControlSchema, {
        name: shard,
        queryServiceDisabled: request.disableQueryService,
        ...(keyRange === undefined ? {} : { keyRange }),
      });
      partition.shardTabletControls = [...others, control];
      return present;
    });
}

async function setEmergencyReparent(vtctld: Vtctld, request: RequestOf<"setVtorcEmergencyReparent">) {
  const { topo } = vtctld;
  const keyspace = keyspaceName(request.keyspace);
  const { disable: disableEmergencyReparent } = request;
  if (request.shard !== "") {
    const shard = shardName(request.shard);
    await underLock(vtctld, keyspace, shard, "SetVtorcEmergencyReparent", (present) => {
      present.vtorcState = create(VtorcShardSchema, { disableEmergencyReparent });
      return present;
    });
    return {};
  }
  const lock = lockKeyspace(topo, keyspace, lockRequest(vtctld, "SetVtorcEmergencyReparent"));
  await withLock(lock, (held) =>
    updateRecord(
      topo.global,
      records.keyspace(keyspace),
      (present) => {
        if (present === undefined) return undefined;
        present.vtorcState = create(VtorcKeyspaceSchema, { disableEmergencyReparent });
        return present;
      },
      held,
    ),
  );
  return {};
}
