/**
 * ApplySchema by the direct strategy (10.001): under the keyspace's lock each statement runs on every shard's primary at
 * once, statement after statement; then replicas that follow read their schema again. A statement that fails on one
 * shard ends the command; the error says on which shards it ran.
 */
import { create } from "@bufbuild/protobuf";
import { errorText, VtError } from "../base/errors.ts";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { type Tablet } from "../proto/generated/topodata_pb.js";
import { ApplySchemaResponseSchema } from "../proto/generated/vtctldata_pb.js";
import { type KeyspaceName, keyspaceName, type ShardName } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import type { TopoLock } from "../topo/topo.ts";
import { lockKeyspace, withLock } from "../topo/topo-locks.ts";
import { reloadShard } from "./schema-reload.ts";
import { refuseOtherStatements, schemaStatements } from "./schema-statements.ts";
import { databaseName, primaryOfShard } from "./tablet-access.ts";
import { concurrencyMax, inParallel, lockRequest, type RequestOf, type Vtctld } from "./vtctld.ts";

const asks = TabletManager.method;
const text = new TextEncoder();
/** A statement may rebuild a large table. */
const statementTimeoutMs = 3_600_000;
const waitReplicasTimeoutMsDefault = 10_000;

interface ShardPrimary {
  readonly shard: ShardName;
  readonly tablet: Tablet;
}

export async function applySchema(vtctld: Vtctld, request: RequestOf<"applySchema">) {
  const keyspace = keyspaceName(request.keyspace);
  const strategy = request.ddlStrategy.trim() || "direct";
  if (strategy.split(/\s/)[0] !== "direct") throw VtError.of("VT12001", `ddl strategy ${strategy}`);
  const statements = schemaStatements(request.sql);
  const batches = batched(statements, Number(request.batchSize));
  await mustReadRecord(vtctld.topo.global, records.keyspace(keyspace));
  const lock = lockKeyspace(vtctld.topo, keyspace, lockRequest(vtctld, "ApplySchemaKeyspace"));
  const rows = await withLock(lock, (held) => runOnShards(vtctld, keyspace, batches, request, held));
  return create(ApplySchemaResponseSchema, { rowsAffectedByShard: Object.fromEntries(rows) });
}

async function runOnShards(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  batches: readonly (readonly string[])[],
  request: RequestOf<"applySchema">,
  lock: TopoLock,
): Promise<ReadonlyMap<ShardName, bigint>> {
  const shards = await vtctld.topo.shards(keyspace);
  if (shards.length === 0) throw VtError.of("VT23008", `keyspace ${keyspace}`, "it has no shards", "create them first");
  for (const batch of batches) refuseOtherStatements(batch, shards.length);
  const primaries = await inParallel(shards, concurrencyMax, async (shard): Promise<ShardPrimary> => {
    const { tablet } = await primaryOfShard(vtctld, keyspace, shard);
    await vtctld.callTablet(tablet, asks.ping, { payload: "ApplySchema" }); // All must be there before the first change.
    return { shard, tablet };
  });
  const rows = new Map<ShardName, bigint>(shards.map((shard) => [shard, 0n]));
  for (const batch of batches) {
    await lock.check();
    const affected = await runBatch(vtctld, primaries, batch);
    for (const [shard, count] of affected) rows.set(shard, (rows.get(shard) ?? 0n) + count);
  }
  await inParallel(primaries, concurrencyMax, (primary) => followChange(vtctld, keyspace, primary, request));
  return rows;
}

/** Runs one statement, or one batch of CREATEs, on all primaries; every shard is tried before the error is thrown. */
async function runBatch(
  vtctld: Vtctld,
  primaries: readonly ShardPrimary[],
  batch: readonly string[],
): Promise<readonly (readonly [ShardName, bigint])[]> {
  const outcomes = await inParallel(primaries, concurrencyMax, async ({ shard, tablet }) => {
    try {
      return { shard, rows: await runOn(vtctld, tablet, batch) };
    } catch (error) {
      return { shard, error };
    }
  });
  const failed = outcomes.filter((one) => "error" in one);
  const [first] = failed;
  if (first !== undefined) {
    const done = outcomes.filter((one) => !("error" in one)).map(({ shard }) => shard);
    const why = failed.map(({ shard, error }) => `${shard}: ${errorText(error)}`).join("; ");
    throw VtError.of("VT23012", batch.join("; "), why, done.join(", ")).because(first.error);
  }
  return outcomes.map(({ shard, rows }) => [shard, rows ?? 0n] as const);
}

async function runOn(vtctld: Vtctld, tablet: Tablet, batch: readonly string[]): Promise<bigint> {
  const dbName = databaseName(tablet);
  const ask = { dbName, maxRows: 10n, reloadSchema: true };
  if (batch.length > 1) {
    const sql = text.encode(batch.join(";\n"));
    const { results } = await vtctld.callTablet(
      tablet,
      asks.executeMultiFetchAsDba,
      { ...ask, sql },
      statementTimeoutMs,
    );
    return results.reduce((sum, { rowsAffected }) => sum + rowsAffected, 0n);
  }
  const query = text.encode(batch.join(""));
  const { result } = await vtctld.callTablet(tablet, asks.executeFetchAsDba, { ...ask, query }, statementTimeoutMs);
  return result?.rowsAffected ?? 0n;
}

/** Replicas read their schema again once they have the change; those too slow for the time given do it later by themselves. */
async function followChange(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  { shard, tablet }: ShardPrimary,
  request: RequestOf<"applySchema">,
): Promise<void> {
  const { position } = await vtctld.callTablet(tablet, asks.primaryPosition, {});
  const { waitReplicasTimeout: wait } = request;
  const timeoutMs = wait === undefined ? waitReplicasTimeoutMsDefault : Number(wait.seconds) * 1000 + wait.nanos / 1e6;
  await reloadShard(vtctld, keyspace, shard, {
    waitPosition: position,
    includePrimary: false,
    concurrency: 10,
    timeoutMs,
  });
}

/** CREATE TABLE and CREATE VIEW may travel together, at most `size` at once; everything else goes alone. */
export function batched(statements: readonly string[], size: number): readonly (readonly string[])[] {
  const batches: string[][] = [];
  for (const statement of statements) {
    const isCreate = /^\s*create\s+(or\s+replace\s+)?(table|view)\b/i.test(statement);
    const last = batches.at(-1);
    const mayJoin = isCreate && last !== undefined && last.length < size && /^\s*create\s+/i.test(last[0] ?? "");
    if (mayJoin) last.push(statement);
    else batches.push([statement]);
  }
  return batches;
}
