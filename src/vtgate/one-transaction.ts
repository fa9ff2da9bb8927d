/**
 * Several writes as one statement: outside a transaction they get one of their own, within one all go back to where they
 * began when one of them fails.
 */
import { VtError } from "../base/errors.ts";
import { beginTransaction } from "./scatter.ts";
import type { StatementRun } from "./statement-run.ts";
import { runHeld } from "./statement-savepoint.ts";
import { commit, endAll, rollback } from "./transactions.ts";

const point = "`_vt_writes`";
const savepoint = `savepoint ${point}`;

export async function inOneTransaction(run: StatementRun, work: () => Promise<void>): Promise<void> {
  const { session, gateway } = run;
  const isOwn = !session.inTransaction && session.autocommit;
  if (!session.inTransaction) beginTransaction(session);
  const before = session.savepoints;
  if (!isOwn) {
    const failure = await onOpenShards(run, savepoint);
    if (failure !== undefined) throw failure;
    session.savepoints = [...before, savepoint]; // Shards that join get it too.
  }
  try {
    await work();
  } catch (thrown) {
    const isBack = !isOwn && session.inTransaction && (await onOpenShards(run, `rollback to ${point}`)) === undefined;
    if (!isBack && session.inTransaction) await rollback(gateway.cluster, session);
    if (!isBack && !isOwn && thrown instanceof Error) throw VtError.of("VT20013", thrown.message).because(thrown);
    throw thrown;
  } finally {
    if (session.inTransaction && !isOwn) session.savepoints = before;
  }
  if (isOwn) await commit(gateway.cluster, session);
}

/** The first failure. */
async function onOpenShards({ session, gateway }: StatementRun, sql: string): Promise<unknown> {
  const open = session.shardSessions.filter(({ transactionId }) => transactionId !== 0);
  const [failure] = await endAll(open, (shard) => runHeld(gateway.cluster, session, shard, sql));
  return failure?.thrown;
}
