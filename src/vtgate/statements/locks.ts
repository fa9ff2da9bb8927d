/** Statements that ask for named locks, or about them: on the session's connection for locks. */
import { VtError } from "../../base/errors.ts";
import { compileValue } from "../../evalengine/compile.ts";
import { evaluate } from "../../evalengine/value-expression.ts";
import { lowerSessionNames } from "../../planner/lower/names.ts";
import { keepNames } from "../../planner/lower/route.ts";
import type { Node } from "../../sqlparser/ast.ts";
import type { Call } from "../../sqlparser/ast/call.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Select } from "../../sqlparser/ast/query.ts";
import { print } from "../../sqlparser/printer.ts";
import { rewriteDown } from "../../sqlparser/rewrite.ts";
import { findAll } from "../../sqlparser/walk.ts";
import { type Binds, integerValue } from "../../sqltypes/value.ts";
import { type Answered, emptyTrailer, type ShardCall } from "../../engine/primitive.ts";
import type { RowBatch } from "../../sqltypes/result.ts";
import { cellBatch } from "../../sqltypes/text-row.ts";
import type { Carrying } from "../carrying.ts";
import { runAnswered } from "./planned.ts";
import { startHeartbeat } from "../heartbeat.ts";
import { isLockCall, lockCallsOf, NamedLocks } from "../named-locks.ts";
import { addBinds } from "../session-facts.ts";
import type { SessionState } from "../session-state.ts";
import type { Collected } from "../collect-rows.ts";
import type { StatementRun } from "../statement-run.ts";
import { release } from "../transactions.ts";

export async function runWithLocks(statement: Select, { run, rowTarget }: Carrying): Promise<void> {
  const { columns, rows } = await askLocks(statement, run);
  return runAnswered(answeredBy(cellBatch(columns, rows)), rowTarget, run);
}

// oxlint-disable-next-line require-await
async function* answeredBy(batch: RowBatch): Answered {
  yield batch;
  return emptyTrailer;
}

/** Rows of a select that has calls of lock functions, and no tables. */
export async function askLocks(statement: Select, run: StatementRun): Promise<Collected> {
  const { gateway, session } = run;
  if (session.locks !== undefined && session.locks.inner.shardSessions.length === 0) {
    session.locks = undefined;
    throw VtError.of("VT20043");
  }
  const takes = lockCallsOf(statement).some(({ name }) => name === "get_lock");
  const locks = session.locks ?? (takes ? await reserve(run) : undefined);
  const inner = locks?.inner ?? gateway.innerSession(run.session.target.keyspace, session.caller);
  for (const name of inner.settings.keys()) if (!session.settings.has(name)) inner.setSetting(name, undefined);
  for (const [name, value] of session.settings) inner.setSetting(name, value);
  const call = lockCall(statement, run, locks?.connectionId ?? 0);
  const answer = await run.collect({ calls: [call], effect: "read", firstGenerated: undefined }, inner);
  const shown = withOwnIds(statement, answer, run);
  if (locks === undefined) return shown;
  note(statement, answer, locks, run.binds);
  if (locks.isIdle) {
    session.locks = undefined;
    await release(gateway.cluster, inner);
  }
  return shown;
}

/** To the shard where all named locks are. */
export function lockCall(statement: Select, run: StatementRun, lockConnection: number): ShardCall {
  const { gateway, session } = run;
  const environment = gateway.environmentOf(session);
  const own = withLockConnection(statement);
  const lowered = lowerSessionNames(own, session.target.keyspace);
  const binds = addBinds(run.binds, lowered.sessionBinds, session, gateway.facts);
  return {
    ...lockShard(run),
    sql: print(keepNames(lowered.statement, environment), environment),
    binds: own === statement ? binds : { ...binds, [lockConnectionBind]: integerValue(lockConnection) },
  };
}

function lockShard({ gateway: { cluster } }: StatementRun): { readonly keyspace: string; readonly shard: string } {
  for (const keyspace of [...cluster.keyspaces()].sort()) {
    const [shard] = cluster.shards(keyspace, "PRIMARY");
    if (shard !== undefined) return { keyspace, shard: shard.name };
  }
  throw VtError.of("VT09005");
}

async function reserve(run: StatementRun): Promise<NamedLocks> {
  const { gateway, session } = run;
  const inner = gateway.innerSession("", session.caller);
  inner.reserves = true;
  const ask = { ...lockShard(run), sql: "select connection_id()", binds: {} };
  const { rows } = await run.collect({ calls: [ask], effect: "read", firstGenerated: undefined }, inner);
  session.locks = new NamedLocks(inner, Number(rows[0]?.[0]?.toString("latin1")));
  startHeartbeat(gateway, session);
  return session.locks;
}

const lockConnectionBind = "__vtlockconnection";

/** IS_USED_LOCK('x') = CONNECTION_ID() is about the server's connections on both sides. */
function withLockConnection(statement: Select): Select {
  const items = statement.items.map((item) => {
    if (item.kind !== "SelectItem" || !isNested(item.expression, "is_used_lock")) return item;
    const expression = rewriteDown(item.expression, (node: Node): Node => {
      const isId = node.kind === "Call" && node.name === "connection_id" && node.schema === undefined;
      return isId ? { kind: "Bind", name: lockConnectionBind } : node;
    });
    return expression === item.expression ? item : { ...item, expression, alias: item.alias ?? item.text };
  });
  return items.every((item, i) => item === statement.items[i]) ? statement : { ...statement, items };
}

const isNested = (expression: Expression, name: string) =>
  findAll(expression, "Call").some((call) => call !== expression && call.name === name);

/** IS_USED_LOCK answers connections of this gateway where it knows them. */
function withOwnIds(statement: Select, { columns, rows }: Collected, run: StatementRun): Collected {
  const isUser = statement.items.map(
    (item) => item.kind === "SelectItem" && item.expression.kind === "Call" && item.expression.name === "is_used_lock",
  );
  if (!isUser.includes(true)) return { columns, rows };
  const own = new Map<string, number>();
  const sessions: readonly SessionState[] = [...run.gateway.sessions.values()].map(({ state }) => state);
  for (const { locks, connectionId } of [...sessions, run.session])
    if (locks !== undefined) own.set(String(locks.connectionId), connectionId);
  const shown = (cell: Buffer | null, i: number) => {
    const id = isUser[i] === true && cell !== null ? own.get(cell.toString("latin1")) : undefined;
    return id === undefined ? cell : Buffer.from(String(id));
  };
  return { columns, rows: rows.map((row) => row.map(shown)) };
}

function note(statement: Select, { rows }: Collected, locks: NamedLocks, binds: Binds): void {
  const [row = []] = rows;
  const followed = new Set<Call>();
  for (const [i, item] of statement.items.entries()) {
    if (item.kind !== "SelectItem" || item.expression.kind !== "Call" || !isLockCall(item.expression)) continue;
    followed.add(item.expression);
    locks.note(item.expression, lockName(item.expression, binds), row[i]?.toString("latin1"));
  }
  if (lockCallsOf(statement).some((call) => !followed.has(call))) locks.isUncertain = true;
}

function lockName({ arguments: [name] }: Call, binds: Binds): string | undefined {
  const compiled = name === undefined ? undefined : compileValue(name);
  return compiled === undefined ? undefined : evaluate(compiled, binds).bytes?.toString("utf8").toLowerCase();
}
