/**
 * The savepoint that a write to several shards has on each of them within a transaction, to go back to where it fails on
 * some. It always has the same name: that of the next statement takes its place, so nobody has to release it.
 */
import { errorText, ServerError, VtError } from "../base/errors.ts";
import type { ShardCall } from "../engine/primitive.ts";
import { noWishes } from "./call-wishes.ts";
import type { Cluster } from "./cluster.ts";
import type { SessionState, ShardSession } from "./session-state.ts";
import { ShardQuery } from "./shard-call.ts";
import { endAll, rollback } from "./transactions.ts";

const statementPoint = "`_vt_statement`";
export const statementSavepoint = `savepoint ${statementPoint}`;

/** Sets the savepoint of a statement on those of its shards that are in the transaction already. */
export async function markStatement(
  cluster: Cluster,
  session: SessionState,
  calls: readonly Pick<ShardCall, "keyspace" | "shard">[],
): Promise<void> {
  const open = openOf(session, calls);
  const [failed] = await endAll(open, (shard) => runHeld(cluster, session, shard, statementSavepoint));
  if (failed !== undefined) throw failed.thrown;
}

/** Undoes what a statement did on its shards; false where that cannot be done. */
async function rollbackStatement(
  cluster: Cluster,
  session: SessionState,
  calls: readonly Pick<ShardCall, "keyspace" | "shard">[],
): Promise<boolean> {
  const undo = `rollback to ${statementPoint}`;
  const failures = await endAll(openOf(session, calls), (shard) => runHeld(cluster, session, shard, undo));
  return failures.length === 0;
}

function openOf(
  session: SessionState,
  calls: readonly Pick<ShardCall, "keyspace" | "shard">[],
): readonly ShardSession[] {
  return calls.flatMap(({ keyspace, shard }) => {
    const held = session.find(keyspace, shard);
    return held === undefined || held.transactionId === 0 ? [] : [held];
  });
}

/** What a failed statement leaves behind must be all of it or nothing. `marked`: where it has its savepoint. */
export async function undoStatement(
  cluster: Cluster,
  session: SessionState,
  error: VtError | ServerError,
  marked: readonly Pick<ShardCall, "keyspace" | "shard">[] | undefined,
): Promise<VtError | ServerError> {
  session.rowCount = -1;
  if (session.isImplicit) {
    await rollback(cluster, session);
    return error;
  }
  if (!session.inTransaction || session.isBroken) return error;
  if (endsTransaction(error)) {
    await rollback(cluster, session);
    return error;
  }
  if (marked === undefined || (await rollbackStatement(cluster, session, marked))) return error;
  await rollback(cluster, session);
  return VtError.of("VT20013", errorText(error)).because(error);
}

/** A server that broke a deadlock has rolled its whole transaction back; so must the other shards. */
const endsTransaction = (error: VtError | ServerError) => error instanceof ServerError && error.errno === deadlock;
const deadlock = 1213;

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
