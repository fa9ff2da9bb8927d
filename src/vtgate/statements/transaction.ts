/** Transactions and savepoints (inventory 4.026, 4.027). */
import { ServerError } from "../../base/errors.ts";
import type { Begin, Commit, ReleaseSavepoint, Rollback, Savepoint } from "../../sqlparser/ast/session.ts";
import { quoteName } from "../../sqlparser/quote.ts";
import { beginTransaction } from "../scatter.ts";
import type { Carrying } from "../carrying.ts";
import { commit, rollback } from "../transactions.ts";

/** BEGIN ends a transaction that is open: by committing it, as the servers do. */
export async function begin(statement: Begin, { run }: Carrying): Promise<void> {
  const { session, gateway } = run;
  if (session.inTransaction) await commit(gateway.cluster, session);
  beginTransaction(session);
  if (statement.access !== undefined) session.isReadOnly = statement.access === "READ ONLY";
  session.isSnapshot = statement.consistentSnapshot;
  const { keyspace, destination } = session.target;
  if (!statement.consistentSnapshot || keyspace === "") return run.ok();
  // The snapshot is of now: every shard takes its own at once, and not when it is first read.
  const shards = run.resolve(keyspace, destination ?? { kind: "AllShards" });
  const calls = shards.map((shard) => ({ keyspace, shard, sql: "do 0", binds: {} }));
  run.pass({ calls, effect: "read", firstGenerated: undefined });
}

export async function commitTransaction(statement: Commit, { run, client }: Carrying): Promise<void> {
  const { session, gateway } = run;
  if (session.inTransaction) await commit(gateway.cluster, session);
  after(statement, { run, client });
}

export async function rollbackTransaction(statement: Rollback, { run, client }: Carrying): Promise<void> {
  const { session, gateway } = run;
  if (statement.savepoint !== undefined) return rollbackTo(statement.savepoint, run);
  if (session.inTransaction) await rollback(gateway.cluster, session);
  after(statement, { run, client });
}

function after({ chain, release }: Commit | Rollback, { run, client }: Pick<Carrying, "run" | "client">): void {
  const { completionType } = run.session;
  const releases = release ?? completionType === "RELEASE";
  if (chain ?? (completionType === "CHAIN" && !releases)) beginTransaction(run.session);
  run.ok();
  if (releases) client.destroy();
}

const nameOf = (savepoint: string) => savepoint.slice("savepoint ".length);

export function setSavepoint({ name }: Savepoint, { run }: Carrying): void {
  const { session } = run;
  if (!session.inTransaction) {
    if (session.autocommit) return run.ok(); // Alone in its own transaction, it does nothing.
    beginTransaction(session);
  }
  const quoted = quoteName(name);
  session.savepoints = [...session.savepoints.filter((s) => !isNamed(s, quoted)), `savepoint ${quoted}`];
  toOpenShards(run, `savepoint ${quoted}`);
}

const isNamed = (savepoint: string, quoted: string) => nameOf(savepoint).toLowerCase() === quoted.toLowerCase();

function rollbackTo(name: string, run: Carrying["run"]): void {
  const at = find(name, run);
  run.session.savepoints = run.session.savepoints.slice(0, at + 1);
  toOpenShards(run, `rollback to ${quoteName(name)}`);
}

export function releaseSavepoint({ name }: ReleaseSavepoint, { run }: Carrying): void {
  const at = find(name, run);
  run.session.savepoints = run.session.savepoints.slice(0, at);
  toOpenShards(run, `release savepoint ${quoteName(name)}`);
}

function find(name: string, { session }: Carrying["run"]): number {
  const at = session.savepoints.findIndex((savepoint) => isNamed(savepoint, quoteName(name)));
  if (at < 0) throw new ServerError(1305, "42000", `SAVEPOINT ${name} does not exist`);
  return at;
}

/** Shards that join the transaction later get its savepoints when they do. */
function toOpenShards(run: Carrying["run"], sql: string): void {
  const open = run.session.shardSessions.filter(({ transactionId }) => transactionId !== 0);
  if (open.length === 0) return run.ok();
  const calls = open.map(({ keyspace, shard }) => ({ keyspace, shard, sql, binds: {} }));
  run.pass({ calls, effect: "read", firstGenerated: undefined });
}
