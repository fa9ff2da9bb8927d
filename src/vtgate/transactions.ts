/**
 * The ends of transactions over shards. Commit goes by architecture section 4.6: one shard that has written goes alone
 * (if it fails, all others are rolled back), then the other writers in parallel, then those that only read. A commit that
 * fails after another shard's has succeeded cannot be undone: the client is told so.
 */
import { errorText, VtError } from "../base/errors.ts";
import type { Target } from "../rpc/query-service.ts";
import type { Cluster } from "./cluster.ts";
import type { SessionState, ShardSession } from "./session-state.ts";

/** Ends the transaction whatever comes; throws where some shard did not commit. */
export async function commit(cluster: Cluster, session: SessionState): Promise<void> {
  if (session.isBroken) {
    await rollback(cluster, session);
    throw VtError.of("VT09032");
  }
  const open = session.shardSessions.filter(({ transactionId }) => transactionId !== 0);
  const writers = open.filter(({ hasWritten }) => hasWritten);
  const readers = open.filter(({ hasWritten }) => !hasWritten);
  try {
    const [first, ...others] = writers;
    if (first !== undefined) await commitFirst(cluster, session, first, open);
    const failures = await endAll(others, (shard) => commitOne(cluster, session, shard));
    // Locks of readers are let go of last; nothing of theirs can be lost.
    await endAll(readers, (shard) => commitOne(cluster, session, shard));
    const error = commitError(writers.length, failures);
    if (error !== undefined) throw error;
  } finally {
    session.endTransaction();
    session.nextIsolation = undefined;
    session.nextReadOnly = undefined;
  }
}

/** Ends the transaction on every shard that can still be reached; the others lose it by themselves. */
export async function rollback(cluster: Cluster, session: SessionState): Promise<void> {
  const open = session.shardSessions.filter(({ transactionId }) => transactionId !== 0);
  try {
    await endAll(open, (shard) => rollbackOne(cluster, shard));
  } finally {
    session.endTransaction();
    session.nextIsolation = undefined;
    session.nextReadOnly = undefined;
  }
}

/** Lets go of everything, for the client is gone or starts anew. */
export async function release(cluster: Cluster, session: SessionState): Promise<void> {
  const open = session.shardSessions;
  const { locks } = session;
  session.heartbeat?.cancel();
  session.heartbeat = undefined;
  session.locks = undefined;
  session.shardSessions = [];
  session.endTransaction();
  if (locks !== undefined) await release(cluster, locks.inner);
  await endAll(open, async (shard) => {
    await shard.beating;
    const { service } = cluster.tablet(shard.tabletAlias);
    await service.release(targetOf(cluster, shard), shard.transactionId, shard.reservedId);
  });
}

/** While nobody has committed, all can still be undone. */
async function commitFirst(
  cluster: Cluster,
  session: SessionState,
  first: ShardSession,
  open: readonly ShardSession[],
): Promise<void> {
  try {
    await commitOne(cluster, session, first);
  } catch (thrown) {
    await endAll(
      open.filter((shard) => shard !== first),
      (shard) => rollbackOne(cluster, shard),
    );
    throw thrown;
  }
}

async function rollbackOne(cluster: Cluster, shard: ShardSession): Promise<void> {
  const { service } = cluster.tablet(shard.tabletAlias);
  shard.reservedId = await service.rollback(targetOf(cluster, shard), shard.transactionId);
}

async function commitOne(cluster: Cluster, session: SessionState, shard: ShardSession): Promise<void> {
  const { service } = cluster.tablet(shard.tabletAlias);
  const { reservedId, gtid } = await service.commit(targetOf(cluster, shard), shard.transactionId);
  shard.reservedId = reservedId;
  session.committed(gtid);
}

interface Failure {
  readonly shard: ShardSession;
  readonly thrown: unknown;
}

/** Does the same on all shards at once; answers those where it failed. */
export async function endAll(
  shards: readonly ShardSession[],
  end: (shard: ShardSession) => Promise<void>,
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  await Promise.all(
    shards.map(async (shard) => {
      try {
        await end(shard);
      } catch (thrown) {
        failures.push({ shard, thrown });
      }
    }),
  );
  return failures;
}

function commitError(writers: number, failures: readonly Failure[]): VtError | undefined {
  const [first] = failures;
  if (first === undefined) return undefined;
  const which = failures.map(({ shard }) => `${shard.keyspace}/${shard.shard}`).join(", ");
  return VtError.of("VT20017", writers - failures.length, writers, which, errorText(first.thrown)).because(
    first.thrown,
  );
}

export function targetOf(cluster: Cluster, { keyspace, shard, tabletType }: ShardSession): Target {
  return { keyspace, shard, tabletType, cell: cluster.cell };
}
