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
import { setsInsertId } from "../../planner/session-hazards.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Select } from "../../sqlparser/ast/query.ts";
import type { Set as SetStatement, SetNames, SetTransaction, SetVariable } from "../../sqlparser/ast/session.ts";
import { callsOf, isSender } from "../../engine/senders.ts";
import { nullValue, type Value } from "../../sqltypes/value.ts";
import { addBinds } from "../session-facts.ts";
import { columnValue } from "../column-value.ts";
import { clearCharset, setCharset, setClientCharset, setConnection } from "../session-charset.ts";
import type { Isolation, SessionState } from "../session-state.ts";
import { collect, oneCall } from "../collect-rows.ts";
import { gtidSetting } from "../session-tracking.ts";
import type { StatementRun } from "../statement-run.ts";
import type { Carrying } from "../carrying.ts";
import { commit } from "../transactions.ts";
import { someKeyspace } from "./keyspace-of.ts";
import { isOfTransactions, setNextTransaction, setOwnVariable } from "./own-variables.ts";
import { asksForLocks } from "../named-locks.ts";
import { askLocks } from "./locks.ts";
import { insertIdOf } from "./planned.ts";
import { meansMuch, variableRule } from "./variable-rules.ts";

export async function setVariables(statement: SetStatement, carrying: Carrying): Promise<void> {
  const { run } = carrying;
  if (statement.statement !== undefined) throw VtError.of("VT12001", "SET STATEMENT");
  if (statement.assignments.some(isGlobal)) return setGlobal(statement, carrying);
  for (const assignment of statement.assignments) {
    if (assignment.kind === "SetNames") await setNames(assignment, run);
    else await setVariable(assignment, run);
  }
  run.ok();
}

const globalScopes: ReadonlySet<string> = new Set(["GLOBAL", "PERSIST", "PERSIST_ONLY"]);

const isGlobal = (assignment: SetStatement["assignments"][number]) =>
  assignment.kind === "SetVariable" &&
  assignment.target.kind === "SystemVariable" &&
  globalScopes.has(assignment.target.scope ?? "");

/** A matter of one server: only for who is pointed at it. */
function setGlobal(statement: SetStatement, { run, text, hasParameters }: Carrying): void {
  const { keyspace, destination } = run.session.target;
  if (destination === undefined || !statement.assignments.every(isGlobal)) throw VtError.of("VT12001", "SET GLOBAL");
  const sql = hasParameters ? run.gateway.print(statement, run.session) : text;
  const calls = run.resolve(keyspace, destination).map((shard) => ({ keyspace, shard, sql, binds: run.binds }));
  run.pass({ calls, effect: "change", firstGenerated: undefined });
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

/** SET NAMES and SET CHARACTER SET: a server says whether it has them. */
async function setNames({ charset, collation, what }: SetNames, run: StatementRun): Promise<void> {
  const { session } = run;
  await checked(run, "character_set_connection", () =>
    charset === undefined ? clearCharset(session) : setCharset(session, charset, collation),
  );
  if (what === "CHARACTER SET")
    setConnection(session, "collation_connection", await askServer("select @@collation_database", run));
}

async function setVariable({ target, value }: SetVariable, run: StatementRun): Promise<void> {
  if (target.kind === "UserVariable") {
    run.session.variables.set(target.name.toLowerCase(), await valueOf(value, run));
    return;
  }
  const name = target.name.toLowerCase();
  const rule = variableRule(name);
  if (rule === "refused") throw VtError.of("VT12001", `SET ${name}`);
  if (rule === "read-only") throw new ServerError(1238, "HY000", `Variable '${name}' is a read only variable`);
  const isDefault = value.kind === "Default";
  const given = isDefault ? undefined : await valueOf(asWord(value), run);
  // Vitess's rule: `SET @@name` without a scope is of the next transaction alone.
  const isNext = target.kind === "SystemVariable" && target.scope === undefined;
  switch (rule) {
    case "own":
      await setOwn(name, given, isNext, run);
      await setGtidTracking(name, given, run);
      return;
    case "ignored":
      return;
    case "equal":
      if (await setGtidTracking(name, given, run)) return;
      return setEqual(name, given, run);
    case "charset":
      return checked(run, name, () => setCharsetVariable(name, given, run.session));
    default:
      return setOnServers(name, given, run);
  }
}

function setCharsetVariable(name: string, given: Value | undefined, session: SessionState): void {
  const text = given?.bytes?.toString("latin1");
  if (name === "character_set_client") {
    if (text === undefined) session.charset = "utf8mb4";
    else setClientCharset(session, text);
  } else if (name === "character_set_results") {
    session.setSetting(name, given === undefined ? undefined : settingText(given));
  } else setConnection(session, name, text);
}

/** Words like ON and utf8mb4 stand for themselves. */
function asWord(value: Expression): Expression {
  const isWord = value.kind === "Column" && value.table === undefined && value.schema === undefined;
  return isWord ? { kind: "Literal", type: "string", text: value.name } : value;
}

async function setOwn(name: string, given: Value | undefined, isNext: boolean, run: StatementRun): Promise<void> {
  const before = run.session.autocommit;
  if (isNext && isOfTransactions(name)) setNextTransaction(name, given, run.session);
  else setOwnVariable(name, given, run.session);
  // Turning autocommit on ends the transaction that is open.
  if (!before && run.session.autocommit && run.session.inTransaction) await commit(run.gateway.cluster, run.session);
}

/** Where the variable asks for GTIDs: false, and nothing is done, where it does not. */
async function setGtidTracking(name: string, given: Value | undefined, run: StatementRun): Promise<boolean> {
  const { session, gateway } = run;
  const setting = gtidSetting(gateway.options.environment.flavour, name, given?.bytes?.toString("latin1") ?? "");
  if (setting === undefined) return false;
  await checked(run, setting.name, () => session.setSetting(setting.name, setting.value));
  return setting.value !== undefined;
}

/** Decided by the servers' configuration: to set it to what it is changes nothing. */
async function setEqual(name: string, given: Value | undefined, run: StatementRun): Promise<void> {
  if (given === undefined) return;
  const has = (await askServer(`select @@${name}`, run)) ?? "null";
  const wants = given.bytes?.toString("utf8") ?? "null";
  if (asFlag(has) === asFlag(wants)) return;
  if (meansMuch.has(name)) throw VtError.of("VT12001", `SET ${name} to another value than the servers have`);
  run.session.warn({ level: "Note", code: 1235, text: `SET ${name} has no effect here` });
}

function asFlag(text: string): string {
  const word = text.toLowerCase();
  return { on: "1", true: "1", off: "0", false: "0" }[word] ?? word;
}

async function setOnServers(name: string, given: Value | undefined, run: StatementRun): Promise<void> {
  const { session } = run;
  await checked(run, name, () => session.setSetting(name, given === undefined ? undefined : settingText(given)));
  // The parser reads it: combined modes as the server spells them out.
  if (name !== "sql_mode" || given === undefined) return;
  const modes = await askServer("select @@session.sql_mode", run);
  if (modes !== undefined) session.setSetting(name, `'${modes}'`);
}

/** Changes settings, and asks a server whether it takes them; if not, all is as before. */
async function checked(run: StatementRun, name: string, change: () => void): Promise<void> {
  const { session } = run;
  const before = [...session.settings];
  const { charset } = session;
  try {
    change();
    await askServer(`select @@${name}`, run);
  } catch (thrown) {
    session.charset = charset;
    session.clearSettings();
    for (const [known, value] of before) session.setSetting(known, value);
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
export async function valueOf(expression: Expression, run: StatementRun): Promise<Value> {
  if (expression.kind === "UserVariable") return run.session.variables.get(expression.name.toLowerCase()) ?? nullValue;
  const compiled = compileValue(expression);
  if (compiled !== undefined) return evaluate(compiled, run.binds);
  const select = selectOf(expression);
  if (asksForLocks(select)) {
    const { columns, rows } = await askLocks(select, run);
    return columnValue(columns[0], rows[0]?.[0], run.session);
  }
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
  const cell = rows[0]?.[0];
  if (expression.kind === "Call" && setsInsertId(expression)) run.session.lastInsertId = insertIdOf(cell);
  return columnValue(columns[0], cell, run.session);
}

function selectOf(expression: Expression): Select {
  return plainSelect([{ kind: "SelectItem", expression, alias: "v", text: "v" }], []);
}

/** A variable as a server has it under the session's settings: outside of its transactions. */
async function askServer(sql: string, run: StatementRun): Promise<string | undefined> {
  const { gateway, session } = run;
  const keyspace = someKeyspace(run);
  const asker = gateway.innerSession(keyspace, session.caller);
  for (const [name, value] of session.settings) asker.setSetting(name, value);
  const [shard = ""] = run.resolve(keyspace, { kind: "AnyShard" });
  const { rows } = await collect(gateway, asker, oneCall(keyspace, shard, sql));
  return rows[0]?.[0]?.toString("utf8");
}
