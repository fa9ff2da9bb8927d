/**
 * The records of the topology (inventory 2.001–2.018): where each lies and what message it holds, and how to read and
 * change one. `records.keyspace(name)` names a record; the functions below take such a name and a store.
 *
 * A record that is truncated, or holds something else, is `bad_record` with its path. A change is read, modify, write
 * with the version compared, tried again when somebody was faster, at most `updateTriesMax` times.
 */
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { errorText } from "../base/errors.ts";
import * as topodata from "../proto/generated/topodata_pb.js";
import * as vschema from "../proto/generated/vschema_pb.js";
import { type CellName, type KeyspaceName, segmentName, type ShardName, type TabletAlias } from "./names.ts";
import { type Topo, TopoError, type TopoFile, type TopoLock } from "./topo.ts";

/** A place in a store, and the message kept there. */
export interface RecordAt<S extends DescMessage> {
  readonly path: string;
  readonly schema: S;
}

export interface Stored<S extends DescMessage> {
  readonly message: MessageShape<S>;
  readonly version: number;
}

export const updateTriesMax = 50;

const at = <S extends DescMessage>(schema: S, path: string): RecordAt<S> => ({ path, schema });

/** Records of the global store; then those of a cell's. */
export const records = {
  cellInfo: (cell: CellName) => at(topodata.CellInfoSchema, `cells/${cell}/CellInfo`),
  cellsAlias: (alias: string) =>
    at(topodata.CellsAliasSchema, `cells_aliases/${segmentName("cells alias", alias)}/CellsAlias`),
  keyspace: (keyspace: KeyspaceName) => at(topodata.KeyspaceSchema, `${folders.keyspace(keyspace)}/Keyspace`),
  vschema: (keyspace: KeyspaceName) => at(vschema.KeyspaceSchema, `${folders.keyspace(keyspace)}/VSchema`),
  shard: (keyspace: KeyspaceName, shard: ShardName) =>
    at(topodata.ShardSchema, `${folders.shard(keyspace, shard)}/Shard`),
  routingRules: at(vschema.RoutingRulesSchema, "RoutingRules"),
  shardRoutingRules: at(vschema.ShardRoutingRulesSchema, "ShardRoutingRules"),
  keyspaceRoutingRules: at(vschema.KeyspaceRoutingRulesSchema, "routing_rules/keyspace/Rules"),
  mirrorRules: at(vschema.MirrorRulesSchema, "MirrorRules"),
  externalCluster: (name: string) =>
    at(topodata.ExternalVitessClusterSchema, `ExternalClusters/vitess/${segmentName("cluster", name)}`),

  tablet: (alias: TabletAlias) => at(topodata.TabletSchema, `tablets/${alias}/Tablet`),
  srvKeyspace: (keyspace: KeyspaceName) => at(topodata.SrvKeyspaceSchema, `keyspaces/${keyspace}/SrvKeyspace`),
  shardReplication: (keyspace: KeyspaceName, shard: ShardName) =>
    at(topodata.ShardReplicationSchema, `${folders.shard(keyspace, shard)}/ShardReplication`),
  srvVSchema: at(vschema.SrvVSchemaSchema, "SrvVSchema"),
};

/** Folders, as locks and watches name them. */
export const folders = {
  cells: "cells",
  cellsAliases: "cells_aliases",
  keyspaces: "keyspaces",
  keyspace: (keyspace: KeyspaceName) => `keyspaces/${keyspace}`,
  shards: (keyspace: KeyspaceName) => `keyspaces/${keyspace}/shards`,
  shard: (keyspace: KeyspaceName, shard: ShardName) => `keyspaces/${keyspace}/shards/${shard}`,
  tablets: "tablets",
  routingRules: "routing_rules",
  externalClusters: "ExternalClusters/vitess",
  namedLock: (name: string) => `internal/named_locks/${segmentName("named lock", name)}`,
  allMetadata: "metadata",
  metadata: (key: string) => `metadata/${segmentName("metadata key", key)}`,
};

export async function readRecord<S extends DescMessage>(
  topo: Topo,
  record: RecordAt<S>,
): Promise<Stored<S> | undefined> {
  const file = await topo.read(record.path);
  return file === undefined ? undefined : decodeRecord(record.schema, file);
}

/** As readRecord; throws no_node where there is none. */
export async function mustReadRecord<S extends DescMessage>(topo: Topo, record: RecordAt<S>): Promise<Stored<S>> {
  const stored = await readRecord(topo, record);
  if (stored === undefined) throw new TopoError("no_node", record.path);
  return stored;
}

/** Throws node_exists where there is one already. */
export function createRecord<S extends DescMessage>(
  topo: Topo,
  record: RecordAt<S>,
  message: MessageShape<S>,
  lock?: TopoLock,
): Promise<number> {
  return topo.write(record.path, encodeRecord(record, message), 0, lock);
}

/** Stores the message whatever is there. */
export function replaceRecord<S extends DescMessage>(
  topo: Topo,
  record: RecordAt<S>,
  message: MessageShape<S>,
  lock?: TopoLock,
): Promise<number> {
  return topo.write(record.path, encodeRecord(record, message), undefined, lock);
}

/**
 * Stores what `change` makes of the record, and answers it. `change` gets a message of its own, undefined where there
 * is no record; when it answers undefined nothing is written. It may be called several times.
 */
export async function updateRecord<S extends DescMessage>(
  topo: Topo,
  record: RecordAt<S>,
  change: (present: MessageShape<S> | undefined) => MessageShape<S> | undefined,
  lock?: TopoLock,
): Promise<Stored<S> | undefined> {
  for (let tries = 1; ; tries++) {
    const stored = await readRecord(topo, record);
    const message = change(stored?.message);
    if (message === undefined) return stored;
    try {
      const version = await topo.write(record.path, encodeRecord(record, message), stored?.version ?? 0, lock);
      return { message, version };
    } catch (error) {
      if (!wasOutrun(error)) throw error;
      if (tries >= updateTriesMax)
        throw new TopoError("timeout", record.path, `changed by others during ${updateTriesMax} tries`, error);
    }
  }
}

/** Throws no_node where there is none; `version` undefined deletes whatever is there. */
export function deleteRecord(
  topo: Topo,
  record: RecordAt<DescMessage>,
  version?: number,
  lock?: TopoLock,
): Promise<void> {
  return topo.delete(record.path, version, lock);
}

/** One state of a watched record: its message, or why it cannot be read, or neither where there is none. */
export interface RecordState<S extends DescMessage> {
  readonly message: MessageShape<S> | undefined;
  readonly error: TopoError | undefined;
  readonly version: number;
}

/** The states of one record, as `Topo.watch`. */
export async function* watchRecord<S extends DescMessage>(
  topo: Topo,
  record: RecordAt<S>,
  signal: AbortSignal,
): AsyncIterable<RecordState<S>> {
  for await (const { path, bytes, version } of topo.watch(record.path, signal)) {
    if (bytes === undefined) yield { message: undefined, error: undefined, version };
    else yield stateOf(record.schema, { path, bytes, version });
  }
}

/** Answers the message, or the error, of a file's bytes. */
export function stateOf<S extends DescMessage>(schema: S, file: TopoFile): RecordState<S> {
  try {
    return { message: decodeRecord(schema, file).message, error: undefined, version: file.version };
  } catch (error) {
    if (!(error instanceof TopoError)) throw error;
    return { message: undefined, error, version: file.version };
  }
}

export function decodeRecord<S extends DescMessage>(schema: S, file: TopoFile): Stored<S> {
  try {
    return { message: fromBinary(schema, file.bytes), version: file.version };
  } catch (error) {
    throw new TopoError("bad_record", file.path, `no ${schema.typeName}: ${errorText(error)}`, error);
  }
}

/** The names below a folder that `parse` accepts; others are nobody's of ours. None where there is no such folder. */
export async function listNames<N>(topo: Topo, folder: string, parse: (text: string) => N): Promise<readonly N[]> {
  const entries = await topo.list(folder).catch((error: unknown) => {
    if (error instanceof TopoError && error.kind === "no_node") return [];
    throw error;
  });
  return entries.flatMap((entry) => {
    try {
      return [parse(entry.replace(/\/$/, ""))];
    } catch {
      return []; // Not a name: somebody else's file.
    }
  });
}

function encodeRecord<S extends DescMessage>(record: RecordAt<S>, message: MessageShape<S>): Uint8Array {
  return toBinary(record.schema, message);
}

function wasOutrun(error: unknown): boolean {
  return error instanceof TopoError && ["bad_version", "node_exists", "no_node"].includes(error.kind);
}
