/** What the tablet's logs say of one statement and of one transaction (/debug/querylog, /debug/txlog). */
import type { Caller } from "../../rpc/query-service.ts";
import type { LoggedStatement } from "../../servenv/event-log.ts";
import type { Environment } from "../../sqlparser/environment.ts";
import { normalize } from "../../sqlparser/normalize.ts";
import { parse, print } from "../../sqlparser/parse.ts";
import type { Binds, BindValue } from "../../sqltypes/value.ts";
import type { HeldConnection } from "./held-connections.ts";
import type { UsedPlan } from "./plans.ts";
import type { Outcome, RunningStatement } from "./running-statement.ts";

export interface StatementEvent extends LoggedStatement {
  readonly username: string;
  readonly principal: string;
  readonly component: string;
  readonly start: string;
  readonly planType: string;
  readonly binds: string;
  readonly mysqlMs: number;
  readonly waitMs: number;
  readonly rowsAffected: number;
  readonly transactionId: number;
}

export const statementHead: readonly string[] = (
  "user, principal, component, start, seconds, MySQL seconds, seconds waited, plan, query, binds, rows, rows affected, " +
  "transaction, error"
).split(", ");

export function statementCells(event: StatementEvent): readonly unknown[] {
  const { username, principal, component, start, planType, sql, binds, rows, rowsAffected, transactionId } = event;
  const seconds = [event.totalMs, event.mysqlMs, event.waitMs].map((ms) => (ms / 1000).toFixed(6));
  const texts = [planType, JSON.stringify(sql), JSON.stringify(binds)];
  const numbers = [rows, rowsAffected, transactionId];
  return [username, principal, component, start, ...seconds, ...texts, ...numbers, JSON.stringify(event.error)];
}

const bindsCharsMax = 2000;
const bindCharsMax = 100;

/** `times` are since the same beginning, in milliseconds; `nowMs` is of the calendar. */
export function statementEvent(
  running: RunningStatement,
  plan: UsedPlan,
  outcome: Outcome,
  times: { readonly nowMs: number; readonly endMs: number },
  redacts: boolean,
): StatementEvent {
  const { request, rowCount, receivedMs, sinceMs } = running;
  const { immediate, effective } = request.caller;
  const totalMs = times.endMs - receivedMs;
  const mysqlMs = sinceMs > 0 ? times.endMs - sinceMs : 0;
  return {
    username: immediate.username,
    principal: effective.principal,
    component: effective.component,
    start: new Date(times.nowMs - totalMs).toISOString(),
    planType: plan.use.facts.planType,
    sql: redacts ? redacted(request.sql, plan.use.environment) : request.sql,
    binds: redacts ? "" : bindsText(request.binds),
    totalMs,
    mysqlMs,
    waitMs: totalMs - mysqlMs,
    rows: rowCount,
    rowsAffected: "trailer" in outcome ? outcome.trailer.affectedRows : 0,
    transactionId: running.heldId,
    error: "error" in outcome ? outcome.error.message : "",
  };
}

/** The statement without its values; what cannot be read is not shown at all. */
export function redacted(text: string, environment: Environment): string {
  try {
    return print(normalize(parse(text, environment)).statement, environment);
  } catch {
    return "(redacted)";
  }
}

function bindsText(binds: Binds): string {
  const texts: string[] = [];
  let length = 0;
  for (const [name, bind] of Object.entries(binds)) {
    const text = `${name}: ${bindText(bind)}`;
    length += text.length;
    if (length > bindsCharsMax) return `${texts.join(", ")} …`;
    texts.push(text);
  }
  return texts.join(", ");
}

function bindText(bind: BindValue): string {
  if ("values" in bind) return `${bind.values.length} values`;
  if (bind.bytes === undefined) return "NULL";
  const { length } = bind.bytes;
  return length > bindCharsMax ? `${bind.type} of ${length} bytes` : bind.bytes.toString("utf8");
}

export type Conclusion = "commit" | "rollback" | "kill" | "close" | "release";

export interface TransactionEvent {
  readonly transactionId: number;
  readonly principal: string;
  readonly username: string;
  readonly start: string;
  readonly end: string;
  readonly totalMs: number;
  readonly conclusion: Conclusion;
  readonly queries: readonly string[];
}

export const transactionHead = "transaction, principal, user, start, end, seconds, conclusion, queries".split(", ");

export function transactionCells(event: TransactionEvent): readonly unknown[] {
  const { transactionId, principal, username, start, end, totalMs, conclusion, queries } = event;
  const seconds = (totalMs / 1000).toFixed(6);
  return [transactionId, principal, username, start, end, seconds, conclusion, JSON.stringify(queries.join("; "))];
}

export function transactionEvent(
  held: HeldConnection,
  conclusion: Conclusion,
  nowMs: number,
  totalMs: number,
): TransactionEvent {
  const { immediate, effective } = held.caller;
  return {
    transactionId: held.id,
    principal: effective.principal,
    username: immediate.username,
    start: new Date(nowMs - totalMs).toISOString(),
    end: new Date(nowMs).toISOString(),
    totalMs,
    conclusion,
    queries: held.texts,
  };
}

/** Whom metrics name: the application's user where it is known, else the connection's. */
export function callerName({ immediate, effective }: Caller): string {
  return effective.principal || immediate.username;
}
