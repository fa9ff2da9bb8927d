/**
 * The serving records of a cell, which gateways route by, made from the global ones: SrvKeyspace (RebuildKeyspaceGraph)
 * and SrvVSchema (RebuildVSchemaGraph). The building is pure; the writing goes cell by cell, and what failed is told as
 * partial_result after all others were written.
 */
import { create, type DescMessage } from "@bufbuild/protobuf";
import { must } from "../base/assert.ts";
import { VtError } from "../base/errors.ts";
import {
  type Keyspace,
  KeyspaceType,
  type Shard,
  type ShardReference,
  ShardReferenceSchema,
  type SrvKeyspace,
  SrvKeyspace_KeyspacePartitionSchema as PartitionSchema,
  SrvKeyspaceSchema,
  TabletType,
} from "../proto/generated/topodata_pb.js";
import {
  type Keyspace as VSchema,
  KeyspaceSchema,
  type KeyspaceRoutingRules,
  type MirrorRules,
  type RoutingRules,
  type ShardRoutingRules,
  type SrvVSchema,
  SrvVSchemaSchema,
} from "../proto/generated/vschema_pb.js";
import { shardsOf } from "./cluster-records.ts";
import type { CellName, KeyspaceName, ShardName } from "./names.ts";
import { type RecordAt, folders, mustReadRecord, readRecord, records, replaceRecord } from "./records.ts";
import type { TopoServer } from "./server.ts";
import { tabletTypeName } from "./tablet-types.ts";
import { type Topo, TopoError, type TopoLock } from "./topo.ts";

export const servedTypes = [TabletType.PRIMARY, TabletType.REPLICA, TabletType.RDONLY] as const;

/**
 * What a cell serves of a keyspace: for each served type the shards whose primary serves, in order of their ranges.
 * Throws bad_record where the shards have a hole or an overlap, unless `mayBePartial` and the keyspace is a snapshot;
 * VT22034 where `present` has a shard switched off, since a switch of traffic is then half done.
 */
export function buildSrvKeyspace(
  name: KeyspaceName,
  keyspace: Keyspace,
  shards: ReadonlyMap<ShardName, Shard>,
  present: SrvKeyspace | undefined,
  mayBePartial = false,
): SrvKeyspace {
  for (const { servedType, shardTabletControls } of present?.partitions ?? [])
    for (const control of shardTabletControls)
      if (control.queryServiceDisabled)
        throw VtError.of("VT22034", name, `${control.name} for ${tabletTypeName(servedType)}`);
  const references = [...shards]
    .filter(([, shard]) => shard.isPrimaryServing)
    .map(([shard, { keyRange }]) =>
      create(ShardReferenceSchema, { name: shard, ...(keyRange === undefined ? {} : { keyRange }) }),
    )
    .sort(compareReferences);
  if (!(mayBePartial && keyspace.keyspaceType === KeyspaceType.SNAPSHOT)) mustCoverAll(name, references);
  const types = references.length === 0 ? [] : servedTypes;
  const { throttlerConfig, queryThrottlerConfig } = keyspace;
  return create(SrvKeyspaceSchema, {
    partitions: types.map((servedType) => create(PartitionSchema, { servedType, shardReferences: references })),
    ...(throttlerConfig === undefined ? {} : { throttlerConfig }),
    ...(queryThrottlerConfig === undefined ? {} : { queryThrottlerConfig }),
  });
}

/** Everything that gateways plan by. */
export interface VSchemaSources {
  readonly keyspaces: ReadonlyMap<KeyspaceName, VSchema>;
  readonly routingRules: RoutingRules | undefined;
  readonly shardRoutingRules: ShardRoutingRules | undefined;
  readonly keyspaceRoutingRules: KeyspaceRoutingRules | undefined;
  readonly mirrorRules: MirrorRules | undefined;
}

export function buildSrvVSchema(sources: VSchemaSources): SrvVSchema {
  const { keyspaces, ...rules } = sources;
  const given = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
  return create(SrvVSchemaSchema, { keyspaces: Object.fromEntries(keyspaces), ...given });
}

/** Rebuilds a keyspace's SrvKeyspace in the cells (all by default). The caller holds the keyspace's lock. */
export async function rebuildKeyspace(
  server: TopoServer,
  keyspace: KeyspaceName,
  options: { readonly cells?: readonly CellName[]; readonly mayBePartial?: boolean; readonly lock?: TopoLock } = {},
): Promise<void> {
  const { message } = await mustReadRecord(server.global, records.keyspace(keyspace));
  const shards = await shardsOf(server, keyspace);
  const record = records.srvKeyspace(keyspace);
  const built = new Map<CellName, SrvKeyspace>();
  const unread = await inEachCell(server, options.cells, async (topo, cell) => {
    const present = await readRecord(topo, record);
    built.set(cell, buildSrvKeyspace(keyspace, message, shards, present?.message, options.mayBePartial));
  });
  await options.lock?.check();
  const unwritten = await inEachCell(server, [...built.keys()], async (topo, cell) => {
    await replaceRecord(topo, record, must(built.get(cell), "it was built for these cells"));
  });
  tellFailures(record.path, [...unread, ...unwritten]);
}

/** Rebuilds the SrvVSchema in the cells (all by default). */
export async function rebuildVSchema(server: TopoServer, cells?: readonly CellName[]): Promise<void> {
  const built = buildSrvVSchema(await readVSchemaSources(server));
  const failures = await inEachCell(server, cells, async (topo) => {
    await replaceRecord(topo, records.srvVSchema, built);
  });
  tellFailures(records.srvVSchema.path, failures);
}

/** Deletes a keyspace's SrvKeyspace in the cells (all by default); it need not be there. */
export async function deleteSrvKeyspace(server: TopoServer, keyspace: KeyspaceName, cells?: readonly CellName[]) {
  const { path } = records.srvKeyspace(keyspace);
  const failures = await inEachCell(server, cells, (topo) =>
    topo.delete(path, undefined).catch((error: unknown) => {
      if (!(error instanceof TopoError && error.kind === "no_node")) throw error;
    }),
  );
  tellFailures(path, failures);
}

async function readVSchemaSources(server: TopoServer): Promise<VSchemaSources> {
  const read = async <S extends DescMessage>(record: RecordAt<S>) => (await readRecord(server.global, record))?.message;
  const keyspaces = new Map<KeyspaceName, VSchema>();
  for (const keyspace of await server.keyspaces()) {
    const vschema = await read(records.vschema(keyspace));
    keyspaces.set(keyspace, vschema ?? create(KeyspaceSchema)); // Gateways know keyspaces without a VSchema too.
  }
  return {
    keyspaces,
    routingRules: await read(records.routingRules),
    shardRoutingRules: await read(records.shardRoutingRules),
    keyspaceRoutingRules: await read(records.keyspaceRoutingRules),
    mirrorRules: await read(records.mirrorRules),
  };
}

type CellFailure = readonly [CellName, TopoError];

/** Works in all cells at once; answers where the topology failed. A bad record, or any other error, ends it at once. */
async function inEachCell(
  server: TopoServer,
  cells: readonly CellName[] | undefined,
  work: (topo: Topo, cell: CellName) => Promise<void>,
): Promise<readonly CellFailure[]> {
  const failures: CellFailure[] = [];
  await Promise.all(
    (cells ?? (await server.cells())).map(async (cell) => {
      try {
        await work(await server.cell(cell), cell);
      } catch (error) {
        if (!(error instanceof TopoError) || error.kind === "bad_record") throw error;
        failures.push([cell, error]);
      }
    }),
  );
  return failures;
}

function tellFailures(path: string, failures: readonly CellFailure[]): void {
  const [first] = failures;
  if (first === undefined) return;
  const list = failures.map(([cell, error]) => `${cell}: ${error.message}`);
  throw new TopoError("partial_result", path, list.sort().join("; "), first[1]);
}

function compareReferences(a: ShardReference, b: ShardReference): number {
  const order = Buffer.compare(a.keyRange?.start ?? nothing, b.keyRange?.start ?? nothing);
  return order === 0 ? (a.name < b.name ? -1 : 1) : order;
}

const nothing = Buffer.alloc(0);

function mustCoverAll(keyspace: KeyspaceName, references: readonly ShardReference[]): void {
  const wrong = (why: string) => new TopoError("bad_record", folders.shards(keyspace), why);
  const rangeless = references.find(({ keyRange }) => keyRange === undefined);
  if (rangeless !== undefined) {
    if (references.every(({ keyRange }) => keyRange === undefined)) return; // Unsharded, or sharded by hand.
    throw wrong(`shard ${rangeless.name} has no key range, but others have`);
  }
  references.forEach(({ name, keyRange }, i) => {
    const next = references[i + 1];
    const { start, end } = must(keyRange, "all have ranges");
    if (i === 0 && start.length > 0) throw wrong(`no serving shard holds the ids below ${name}`);
    if (next === undefined) {
      if (end.length > 0) throw wrong(`no serving shard holds the ids above ${name}`);
    } else if (end.length === 0 || Buffer.compare(end, next.keyRange?.start ?? nothing) !== 0)
      throw wrong(`serving shards ${name} and ${next.name} leave a hole or overlap`);
  });
}
