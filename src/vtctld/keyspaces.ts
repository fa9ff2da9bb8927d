/** Keyspaces. */
import { create } from "@bufbuild/protobuf";
import { must } from "../base/assert.ts";
import { VtError } from "../base/errors.ts";
import { KeyspaceSchema, KeyspaceType } from "../proto/generated/topodata_pb.js";
import { type Keyspace as VSchema, KeyspaceSchema as VSchemaSchema } from "../proto/generated/vschema_pb.js";
import { durabilityPolicy as namedPolicy } from "../reparent/durability.ts";
import { createKeyspace, shardsOf } from "../topo/cluster-records.ts";
import { cellName, type KeyspaceName, keyspaceName } from "../topo/names.ts";
import { deleteSrvKeyspace, rebuildVSchema } from "../topo/rebuild.ts";
import { deleteRecord, mustReadRecord, readRecord, records, updateRecord } from "../topo/records.ts";
import type { TopoServer } from "../topo/server.ts";
import type { TopoLock } from "../topo/topo.ts";
import { lockKeyspace, withLock } from "../topo/topo-locks.ts";
import { isMissing } from "./errors.ts";
import { deleteShard, removeShardCell } from "./shard-removal.ts";
import { lockRequest, type RequestOf, type Vtctld, type VtctldFunctions } from "./vtctld.ts";

export const keyspaceFunctions: VtctldFunctions<
  | "createKeyspace"
  | "deleteKeyspace"
  | "findAllShardsInKeyspace"
  | "getKeyspace"
  | "getKeyspaces"
  | "removeKeyspaceCell"
  | "setKeyspaceDurabilityPolicy"
> = {
  createKeyspace: { permission: "write", run: addKeyspace },
  deleteKeyspace: { permission: "write", run: removeKeyspace },
  findAllShardsInKeyspace: {
    permission: "read",
    run: async ({ topo }, request) => {
      const keyspace = keyspaceName(request.keyspace);
      await mustReadRecord(topo.global, records.keyspace(keyspace));
      const shards = await shardsOf(topo, keyspace);
      return {
        shards: Object.fromEntries([...shards].map(([name, shard]) => [name, { keyspace, name, shard }])),
      };
    },
  },
  getKeyspace: {
    permission: "read",
    run: async ({ topo }, request) => ({ keyspace: await readKeyspace(topo, keyspaceName(request.keyspace)) }),
  },
  getKeyspaces: {
    permission: "read",
    run: async ({ topo }) => {
      const found = await Promise.all(
        (await topo.keyspaces()).map(async (name) => {
          const stored = await readRecord(topo.global, records.keyspace(name));
          return stored === undefined ? [] : [{ name, keyspace: stored.message }];
        }),
      );
      return { keyspaces: found.flat() };
    },
  },
  removeKeyspaceCell: {
    permission: "write",
    run: async (vtctld, request) => {
      const keyspace = keyspaceName(request.keyspace);
      const cell = cellName(request.cell);
      await mustReadRecord(vtctld.topo.global, records.keyspace(keyspace));
      for (const shard of await vtctld.topo.shards(keyspace))
        await removeShardCell(vtctld, keyspace, shard, cell, request);
      await deleteSrvKeyspace(vtctld.topo, keyspace, [cell]);
      return {};
    },
  },
  setKeyspaceDurabilityPolicy: {
    permission: "write",
    run: async (vtctld, request) => {
      const keyspace = keyspaceName(request.keyspace);
      namedPolicy(request.durabilityPolicy);
      const lock = lockKeyspace(vtctld.topo, keyspace, lockRequest(vtctld, "SetKeyspaceDurabilityPolicy"));
      const stored = await withLock(lock, (held) =>
        updateRecord(
          vtctld.topo.global,
          records.keyspace(keyspace),
          (present) => (present === undefined ? undefined : { ...present, durabilityPolicy: request.durabilityPolicy }),
          held,
        ),
      );
      return { keyspace: must(stored, "the keyspace was locked, so it is there").message };
    },
  },
};

async function readKeyspace(topo: TopoServer, name: KeyspaceName) {
  return { name, keyspace: (await mustReadRecord(topo.global, records.keyspace(name))).message };
}

async function addKeyspace({ topo }: Vtctld, request: RequestOf<"createKeyspace">) {
  const keyspace = keyspaceName(request.name);
  const isSnapshot = request.type === KeyspaceType.SNAPSHOT;
  const durabilityPolicy = request.durabilityPolicy || "none";
  namedPolicy(durabilityPolicy);
  if (isSnapshot && request.baseKeyspace === "") throw VtError.of("VT23007", "base_keyspace");
  if (isSnapshot && request.snapshotTime === undefined) throw VtError.of("VT23007", "snapshot_time");
  const base = isSnapshot ? keyspaceName(request.baseKeyspace) : undefined;
  const vschema = base === undefined ? create(VSchemaSchema) : await snapshotVSchema(topo, base);

  const existing = await readRecord(topo.global, records.keyspace(keyspace));
  if (existing !== undefined && !request.force) throw VtError.of("VT23002", `keyspace ${keyspace}`);
  if (existing === undefined)
    await createKeyspace(
      topo,
      keyspace,
      create(KeyspaceSchema, {
        keyspaceType: request.type,
        durabilityPolicy,
        sidecarDbName: request.sidecarDbName || "_vt",
        ...(base === undefined ? {} : { baseKeyspace: base }),
        ...(isSnapshot && request.snapshotTime !== undefined ? { snapshotTime: request.snapshotTime } : {}),
      }),
    );
  if (!request.allowEmptyVSchema)
    await updateRecord(topo.global, records.vschema(keyspace), (present) =>
      present === undefined ? vschema : undefined,
    );
  await rebuildVSchema(topo);
  return { keyspace: await readKeyspace(topo, keyspace) };
}

/** A snapshot's tables are met only under its own name, so that they do not hide those of its base. */
async function snapshotVSchema(topo: TopoServer, base: KeyspaceName): Promise<VSchema> {
  await mustReadRecord(topo.global, records.keyspace(base));
  const stored = await readRecord(topo.global, records.vschema(base));
  const vschema = stored?.message ?? create(VSchemaSchema);
  vschema.requireExplicitRouting = true;
  return vschema;
}

async function removeKeyspace(vtctld: Vtctld, request: RequestOf<"deleteKeyspace">) {
  const { topo } = vtctld;
  const keyspace = keyspaceName(request.keyspace);
  await mustReadRecord(topo.global, records.keyspace(keyspace));
  const remove = async (lock: TopoLock | undefined) => {
    const shards = await topo.shards(keyspace);
    if (shards.length > 0 && !request.recursive)
      throw VtError.of(
        "VT23008",
        `keyspace ${keyspace}`,
        `it has ${shards.length} shards`,
        "delete them, or ask for recursive",
      );
    for (const shard of shards)
      await deleteShard(vtctld, keyspace, shard, { recursive: true, evenIfServing: true, force: request.force });
    await deleteSrvKeyspace(topo, keyspace);
    await deleteRecord(topo.global, records.vschema(keyspace)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await deleteRecord(topo.global, records.keyspace(keyspace), undefined, lock);
  };
  try {
    await withLock(lockKeyspace(topo, keyspace, lockRequest(vtctld, "DeleteKeyspace")), remove);
  } catch (error) {
    const isLocked = (await readRecord(topo.global, records.keyspace(keyspace))) !== undefined;
    if (!request.force || !isLocked || error instanceof VtError) throw error;
    vtctld.log.warn({ keyspace, err: error }, "deleting a keyspace without its lock, as forced");
    await remove(undefined);
  }
  await rebuildVSchema(topo);
  return {};
}
