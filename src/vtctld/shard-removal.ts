/** Taking shards, and cells of shards, away. Refuses what would leave orphans, unless it is told to take them too. */
import { VtError } from "../base/errors.ts";
import { aliasOf, deleteTablet, findTablets } from "../topo/cluster-records.ts";
import { type CellName, cellOfTablet, type KeyspaceName, type ShardName } from "../topo/names.ts";
import { deleteRecord, mustReadRecord, readRecord, records } from "../topo/records.ts";
import type { TopoLock } from "../topo/topo.ts";
import { lockShard, withLock } from "../topo/topo-locks.ts";
import { isMissing } from "./errors.ts";
import { lockRequest, type Vtctld } from "./vtctld.ts";

export interface ShardDeletion {
  readonly recursive: boolean;
  readonly evenIfServing: boolean;
  readonly force: boolean;
}

/** Deletes a shard's records in all cells, with its tablets where `recursive` says so. */
export async function deleteShard(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  options: ShardDeletion,
): Promise<void> {
  const { topo } = vtctld;
  await mustReadRecord(topo.global, records.shard(keyspace, shard));
  let lock: TopoLock | undefined;
  try {
    lock = await lockShard(topo, keyspace, shard, lockRequest(vtctld, "DeleteShard"));
  } catch (error) {
    if (!options.force) throw error;
    vtctld.log.warn({ keyspace, shard, err: error }, "deleting a shard without its lock, as forced");
  }
  const remove = () => deleteLocked(vtctld, keyspace, shard, options, lock);
  await (lock === undefined ? remove() : withLock(Promise.resolve(lock), remove));
}

async function deleteLocked(
  { topo }: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  options: ShardDeletion,
  lock: TopoLock | undefined,
): Promise<void> {
  const cells = await topo.cells();
  if (!options.evenIfServing)
    for (const cell of cells) {
      const stored = await readRecord(await topo.cell(cell), records.srvKeyspace(keyspace));
      const isServing = stored?.message.partitions.some((one) =>
        one.shardReferences.some(({ name }) => name === shard),
      );
      if (isServing)
        throw VtError.of(
          "VT23008",
          `shard ${keyspace}/${shard}`,
          `it serves in cell ${cell}`,
          "ask for even-if-serving",
        );
    }
  const { tablets, problems } = await findTablets(topo, { keyspace, shard });
  const [problem] = problems;
  if (problem !== undefined && !options.force) throw problem;
  if (tablets.size > 0 && !options.recursive)
    throw VtError.of("VT23008", `shard ${keyspace}/${shard}`, `it has ${tablets.size} tablets`, "ask for recursive");
  for (const alias of tablets.keys()) await deleteTablet(topo, alias);
  for (const cell of cells)
    await deleteRecord(await topo.cell(cell), records.shardReplication(keyspace, shard)).catch(ignoreMissing);
  await deleteRecord(topo.global, records.shard(keyspace, shard), undefined, lock);
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

/** Takes a cell from a shard: its list of replicas there, with the tablets where `recursive` says so. */
export async function removeShardCell(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  cell: CellName,
  options: { readonly recursive: boolean; readonly force: boolean },
): Promise<void> {
  const { topo } = vtctld;
  const lock = lockShard(topo, keyspace, shard, lockRequest(vtctld, "RemoveShardCell"));
  await withLock(lock, async () => {
    const { message } = await mustReadRecord(topo.global, records.shard(keyspace, shard));
    const primary = aliasOf(message.primaryAlias);
    if (primary !== undefined && cellOfTablet(primary) === cell)
      throw VtError.of("VT23008", `cell ${cell}`, `the primary of ${keyspace}/${shard} is there`, "reparent first");
    const { tablets, problems } = await findTablets(topo, { cells: [cell], keyspace, shard });
    const [problem] = problems;
    if (problem !== undefined) {
      if (!options.force) throw problem;
      vtctld.log.warn({ keyspace, shard, cell, err: problem }, "the cell cannot be reached: left as it is, as forced");
      return;
    }
    if (tablets.size > 0 && !options.recursive)
      throw VtError.of(
        "VT23008",
        `cell ${cell}`,
        `${keyspace}/${shard} has ${tablets.size} tablets there`,
        "ask for recursive",
      );
    for (const alias of tablets.keys()) await deleteTablet(topo, alias);
    await deleteRecord(await topo.cell(cell), records.shardReplication(keyspace, shard)).catch(ignoreMissing);
  });
}
