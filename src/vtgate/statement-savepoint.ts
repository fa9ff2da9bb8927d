/**
 * The savepoint that a write to several shards has on each of them within a transaction, to go back to where it fails on
 * some. It always has the same name: that of the next statement takes its place, so nobody has to release it.
 */
import type { ShardCall } from "../engine/primitive.ts";
import { noWishes } from "./call-wishes.ts";
import type { Cluster } from "./cluster.ts";
import type { SessionState, ShardSession } from "./session-state.ts";
import { ShardQuery } from "./shard-call.ts";
import { endAll } from "./transactions.ts";

const statementPoint = "`_vt_statement`";
export const statementSavepoint = `savepoint ${statementPoint}`;

/** Sets the savepoint of a statement on those of its shards that are in the transaction already. */
export async function markStatement(
  cluster: Cluster,
  session: SessionState,
  calls: readonly ShardCall[],
): Promise<void> {
  const open = openOf(session, calls);
  const [failed] = await endAll(open, (shard) => runHeld(cluster, session, shard, statementSavepoint));
  if (failed !== undefined) throw failed.thrown;
}

/** Undoes what a statement did on its shards; false where that cannot be done. */
export async function rollbackStatement(
  cluster: Cluster,
  session: SessionState,
  calls: readonly ShardCall[],
): Promise<boolean> {
  const undo = `rollback to ${statementPoint}`;
  const failures = await endAll(openOf(session, calls), (shard) => runHeld(cluster, session, shard, undo));
  return failures.length === 0;
}

function openOf(session: SessionState, calls: readonly ShardCall[]): readonly ShardSession[] {
  return calls.flatMap(({ keyspace, shard }) => {
    const held = session.find(keyspace, shard);
    return held === undefined || held.transactionId === 0 ? [] : [held];
  });
}

/** A statement without rows on a connection that the session holds. */
export function runHeld(
  cluster: Cluster,
  session: SessionState,
  { keyspace, shard }: ShardSession,
  sql: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = { keyspace, shard, sql, binds: {} };
    const options = { format: "text", effect: "read", inTransaction: false, savepoints: [], wishes: noWishes } as const;
    const reader = { columns: () => undefined, rows: () => true, end: () => resolve(), fail: reject };
    new ShardQuery(cluster, session, call, options, reader).start();
  });
}
