/**
 * SET: user variables, the gateway's own settings, and system variables of the servers (inventory 4.014–4.022). The last
 * are kept by the session and go along with each statement, so that whatever connection runs it has them; a server is
 * asked at once whether it takes the value.
 */
import { plainSelect } from "../../sqlparser/plain-select.ts";
import { ServerError, VtError } from "../../base/errors.ts";
import { compileValue } from "../../evalengine/compile.ts";
import { evaluate } from "../../evalengine/value-expression.ts";
import { isPlannable, plan } from "../../planner/plan.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Select } from "../../sqlparser/ast/query.ts";
import type { Set as SetStatement, SetNames, SetTransaction, SetVariable } from "../../sqlparser/ast/session.ts";
import { callsOf, isSender } from "../../engine/senders.ts";
import { type Binds, nullValue, type Value } from "../../sqltypes/value.ts";
import { addBinds } from "../session-facts.ts";
import type { Isolation } from "../session-state.ts";
import { oneCall, type StatementRun } from "../statement-run.ts";
import type { Carrying } from "../carrying.ts";
import { commit } from "../transactions.ts";
import { someKeyspace } from "./keyspace-of.ts";
import { setOwnVariable } from "./own-variables.ts";
import { variableRule } from "./variable-rules.ts";

export async function setVariables(statement: SetStatement, { run }: Carrying): Promise<void> {
  if (statement.statement !== undefined) throw VtError.of("VT12001", "SET STATEMENT");
  for (const assignment of statement.assignments) {
    if (assignment.kind === "SetNames") setNames(assignment, run);
    else await setVariable(assignment, run);
  }
  run.ok();
}

const isolations: Readonly<Record<string, Isolation>> = {
  "READ UNCOMMITTED": "READ_UNCOMMITTED",
  "READ COMMITTED": "READ_COMMITTED",
  "REPEATABLE READ": "REPEATABLE_READ",
  SERIALIZABLE: "SERIALIZABLE",
};

/** Without a scope it holds for the next transaction only. */
export function setTransaction({ scope, isolation, access }: SetTransaction, { run }: Carrying): void {
  const { session } = run;
  if (scope === "GLOBAL") throw VtError.of("VT12001", "SET GLOBAL TRANSACTION");
  if (scope === undefined && session.isInOwnTransaction)
    throw new ServerError(
      1568,
      "25001",
      "Transaction characteristics can't be changed while a transaction is in progress",
    );
  if (isolation !== undefined) {
    const level = isolations[isolation] ?? "DEFAULT";
    if (scope === undefined) session.nextIsolation = level;
    else session.isolation = level;
  }
  if (access !== undefined) {
    if (scope === undefined) session.nextReadOnly = access === "READ ONLY";
    else session.readOnlyDefault = access === "READ ONLY";
  }
  run.ok();
}

const charsets: ReadonlySet<string> = new Set(["utf8mb4", "utf8", "utf8mb3", "binary", "ascii", "default"]);

/** All text is UTF-8 between gateway and servers. */
function setNames({ charset, collation, what }: SetNames, { session }: StatementRun): void {
  const name = (charset ?? "default").toLowerCase();
  if (!charsets.has(name)) throw VtError.of("VT12001", `SET ${what} ${name}`);
  if (collation === undefined) session.settings.delete("collation_connection");
  else session.settings.set("collation_connection", `'${collation.replaceAll(/\W/g, "")}'`);
}

async function setVariable({ target, value }: SetVariable, run: StatementRun): Promise<void> {
  if (target.kind === "UserVariable") {
    run.session.variables.set(target.name.toLowerCase(), await valueOf(value, run));
    return;
  }
  const scope = target.kind === "SystemVariable" ? target.scope : undefined;
  if (scope === "GLOBAL" || scope === "PERSIST" || scope === "PERSIST_ONLY")
    throw VtError.of("VT12001", `SET ${scope}`);
  const name = target.name.toLowerCase();
  const rule = variableRule(name);
  if (rule === "refused") throw VtError.of("VT12001", `SET ${name}`);
  const isDefault = value.kind === "Default";
  const given = isDefault ? undefined : await valueOf(asWord(value), run);
  if (rule === "own") return setOwn(name, given, run);
  if (rule === "ignored" || rule === "checked") {
    run.session.warn({ level: "Note", code: 1235, text: `SET ${name} has no effect here` });
    return;
  }
  await setOnServers(name, given, run);
}

/** Words like ON and utf8mb4 stand for themselves. */
function asWord(value: Expression): Expression {
  const isWord = value.kind === "Column" && value.table === undefined && value.schema === undefined;
  return isWord ? { kind: "Literal", type: "string", text: value.name } : value;
}

async function setOwn(name: string, given: Value | undefined, run: StatementRun): Promise<void> {
  const before = run.session.autocommit;
  setOwnVariable(name, given, run.session);
  // Turning autocommit on ends the transaction that is open.
  if (!before && run.session.autocommit && run.session.inTransaction) await commit(run.gateway.cluster, run.session);
}

async function setOnServers(name: string, given: Value | undefined, run: StatementRun): Promise<void> {
  const { settings } = run.session;
  const before = settings.get(name);
  if (given === undefined) return void settings.delete(name);
  settings.set(name, settingText(given));
  try {
    await askServer(`select @@session.${name}`, run);
  } catch (thrown) {
    if (before === undefined) settings.delete(name);
    else settings.set(name, before);
    throw thrown;
  }
}

function settingText({ type, bytes }: Value): string {
  if (bytes === undefined) return "null";
  const text = bytes.toString("utf8");
  if (/^(INT|UINT|DECIMAL|FLOAT)/.test(type) && /^-?[\d.]+(e[-+]?\d+)?$/i.test(text)) return text;
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** What cannot be computed here, a server computes. */
async function valueOf(expression: Expression, run: StatementRun): Promise<Value> {
  if (expression.kind === "UserVariable") return run.session.variables.get(expression.name.toLowerCase()) ?? nullValue;
  const compiled = compileValue(expression);
  if (compiled !== undefined) return evaluate(compiled, run.binds);
  const select = selectOf(expression);
  if (!isPlannable(select)) throw VtError.of("VT13001", "a select that cannot be planned");
  const { keyspace, tabletType } = run.session.target;
  const environment = run.gateway.environmentOf(run.session);
  const { root, sessionBinds } = plan(
    select,
    run.gateway.cluster.vschema(),
    { keyspace, tabletType },
    { text: undefined, environment },
  );
  if (!isSender(root)) throw VtError.of("VT12001", "SET to the answer of a query over several shards");
  run.binds = addBinds(run.binds, sessionBinds, run.session, run.gateway.facts);
  const { columns, rows } = await run.collect(await callsOf(root, run));
  const bytes = rows[0]?.[0];
  return {
    type: columns[0]?.type ?? "VARCHAR",
    bytes: bytes === null || bytes === undefined ? undefined : Buffer.from(bytes),
  };
}

function selectOf(expression: Expression): Select {
  return plainSelect([{ kind: "SelectItem", expression, alias: "v", text: "v" }], []);
}

async function askServer(sql: string, run: StatementRun, binds: Binds = {}): Promise<void> {
  const keyspace = someKeyspace(run);
  const [shard = ""] = run.resolve(keyspace, { kind: "AnyShard" });
  await run.collect(oneCall(keyspace, shard, sql, binds));
}
