/**
 * InitShardPrimary (inventory 8.004): the first primary of a shard whose tablets hold nothing that counts. Replication
 * is reset on all of them, the wanted one becomes primary, and the others begin at its position.
 */
import { aliasMessage, recordPrimary, timeNow } from "../topo/cluster-records.ts";
import type { KeyspaceName, ShardName, TabletAlias } from "../topo/names.ts";
import { lockShard, withLock } from "../topo/topo-locks.ts";
import { lookAtNewShard } from "./decide.ts";
import { listFailures, readLockedShard, type ReparentContext, ShardTablets } from "./shard-tablets.ts";

const actionName = "InitShardPrimary";

/** Takes the shard's lock. Throws VT22030 (nothing changed), VT22031, VT22032, or what the topology throws. */
export function initShardPrimary(
  context: ReparentContext,
  keyspace: KeyspaceName,
  shard: ShardName,
  elect: TabletAlias,
  isForced = false,
): Promise<void> {
  const lock = lockShard(context.server, keyspace, shard, {
    owner: context.owner,
    action: `${actionName}(${elect})`,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  return withLock(lock, async (held) => {
    const tablets = new ShardTablets(context, await readLockedShard(context, keyspace, shard, held));
    const { locked } = tablets;
    const look = lookAtNewShard(locked.record, locked.tablets, elect, isForced);
    if (look.kind === "refuse") throw tablets.refuse(look.why);
    const reset = await tablets.askAll(locked.tablets.keys(), (client) =>
      client.resetReplication({}, tablets.operation),
    );
    if (reset.failures.size > 0)
      throw tablets.stopped("the reset of replication", new Error(listFailures(reset.failures)));
    await held.check();
    await initTablets(context, tablets, elect);
  });
}

async function initTablets(context: ReparentContext, tablets: ShardTablets, elect: TabletAlias): Promise<void> {
  const { keyspace, shard, lock } = tablets.locked;
  let position: string;
  try {
    ({ position } = await tablets.client(elect).initPrimary({ semiSync: tablets.isSemiSync }, tablets.operation));
  } catch (error) {
    throw tablets.stopped(`the first promotion of ${elect}`, error);
  }
  const timeCreatedNs = BigInt(context.clock.nowMs()) * 1_000_000n;
  const parent = aliasMessage(elect);
  const others = [...tablets.locked.tablets.keys()].filter((alias) => alias !== elect);
  const following = tablets.askAll(others, (client, alias) =>
    client.initReplica(
      { parent, replicationPosition: position, timeCreatedNs, semiSync: tablets.isAcker(elect, alias) },
      tablets.waiting,
    ),
  );
  const journal = { timeCreatedNs, actionName, primaryAlias: parent, replicationPosition: position };
  const journaled = await tablets
    .client(elect)
    .populateReparentJournal(journal, tablets.waiting)
    .then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
  const { failures } = await following;
  if (journaled !== undefined) throw tablets.stopped(`the reparent journal of ${elect}`, journaled.error);
  await recordPrimary(context.server, keyspace, shard, elect, timeNow(context.server), lock);
  if (failures.size > 0) throw tablets.notAllFollow(elect, failures);
  await tablets
    .client(elect)
    .refreshState({}, tablets.operation)
    .catch((error: unknown) => {
      context.log.warn({ tablet: elect, err: error }, "a new primary did not look at its new database yet; it will");
    });
}
