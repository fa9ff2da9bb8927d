/** Setting the gateway's own variables (inventory 4.015). Undefined is DEFAULT. */
import { ServerError, VtError } from "../../base/errors.ts";
import { printValue } from "../../evalengine/value-expression.ts";
import type { Value } from "../../sqltypes/value.ts";
import { trackGtids } from "../session-tracking.ts";
import type { CompletionType, Isolation, SessionState, TransactionMode, Workload } from "../session-state.ts";

const isolations: ReadonlySet<string> = new Set([
  "REPEATABLE-READ",
  "READ-COMMITTED",
  "READ-UNCOMMITTED",
  "SERIALIZABLE",
]);
const workloads: ReadonlySet<string> = new Set(["OLTP", "OLAP", "DBA"]);
const gtidModes: ReadonlySet<string> = new Set(["OFF", "OWN_GTID"]);
const modes: ReadonlySet<string> = new Set(["SINGLE", "MULTI"]);

export function setOwnVariable(name: string, given: Value | undefined, session: SessionState): void {
  const text = given?.bytes?.toString("utf8") ?? "";
  switch (name) {
    case "autocommit":
      session.autocommit = given === undefined || flagOf(name, given);
      return;
    case "client_found_rows":
      session.clientFoundRows = given !== undefined && flagOf(name, given);
      return;
    case "tx_read_only":
    case "transaction_read_only":
      session.readOnlyDefault = given !== undefined && flagOf(name, given);
      return;
    case "tx_isolation":
    case "transaction_isolation":
      session.isolation = isolationOf(name, given);
      return;
    case "completion_type":
      session.completionType = given === undefined ? "NO_CHAIN" : completionOf(name, given);
      return;
    case "ddl_strategy":
      if (given !== undefined) checkStrategy(name, text);
      session.ownVariables.set(name, text);
      return;
    case "last_insert_id":
    case "identity":
      session.lastInsertId = given === undefined ? 0 : numberOf(name, given);
      return;
    case "sql_select_limit":
      session.sqlSelectLimit = given === undefined || text === "18446744073709551615" ? 0 : numberOf(name, given);
      return;
    case "query_timeout":
      session.queryTimeoutMs = given === undefined ? 0 : numberOf(name, given);
      return;
    case "transaction_timeout":
      session.transactionTimeoutMs = given === undefined ? 0 : numberOf(name, given);
      return;
    case "skip_query_plan_cache":
      session.skipsPlanCache = given !== undefined && flagOf(name, given);
      return;
    case "workload":
      session.workload = given === undefined ? "OLTP" : (oneOf(name, text, workloads) as Workload);
      return;
    case "transaction_mode":
      if (text.toUpperCase() === "TWOPC") throw VtError.of("VT12001", "transaction_mode TWOPC");
      session.transactionMode = given === undefined ? "MULTI" : (oneOf(name, text, modes) as TransactionMode);
      return;
    case trackGtids:
      if (text.toUpperCase() === "ALL_GTIDS") throw VtError.of("VT12001", `${name} = ALL_GTIDS`);
      session.ownVariables.set(name, given === undefined ? "OFF" : oneOf(name, text, gtidModes));
      return;
    case "session_uuid":
      throw new ServerError(1238, "HY000", "Variable 'session_uuid' is a read only variable");
    default:
      if (given === undefined) session.ownVariables.delete(name);
      else session.ownVariables.set(name, text);
  }
}

export const isOfTransactions = (name: string) => /^(tx|transaction)_(read_only|isolation)$/.test(name);

/** For the next transaction alone. */
export function setNextTransaction(name: string, given: Value | undefined, session: SessionState): void {
  if (session.isInOwnTransaction)
    throw new ServerError(
      1568,
      "25001",
      "Transaction characteristics can't be changed while a transaction is in progress",
    );
  if (name.endsWith("_isolation")) session.nextIsolation = isolationOf(name, given);
  else session.nextReadOnly = given !== undefined && flagOf(name, given);
}

function isolationOf(name: string, given: Value | undefined): Isolation {
  if (given === undefined) return "DEFAULT";
  return oneOf(name, given.bytes?.toString("utf8") ?? "", isolations).replace("-", "_") as Isolation;
}

const completions = ["NO_CHAIN", "CHAIN", "RELEASE"] as const;

/** By word or by number. */
function completionOf(name: string, value: Value): CompletionType {
  const text = value.bytes?.toString("latin1").toUpperCase() ?? "NULL";
  const found = completions.find((word, i) => word === text || String(i) === text);
  if (found === undefined) throw wrong(name, printValue(value));
  return found;
}

const strategies: ReadonlySet<string> = new Set(["", "direct", "vitess", "online", "mysql"]);

/** A strategy, and its options behind it. */
function checkStrategy(name: string, text: string): void {
  const [strategy = "", ...options] = text.trim().split(/\s+/);
  if (!strategies.has(strategy.toLowerCase()) || !options.every((option) => option.startsWith("-")))
    throw wrong(name, text);
}

const wrong = (name: string, value: string) =>
  new ServerError(1231, "42000", `Variable '${name}' can't be set to the value of '${value}'`);

function flagOf(name: string, value: Value): boolean {
  const text = value.bytes?.toString("latin1").toLowerCase() ?? "null";
  if (["1", "on", "true"].includes(text)) return true;
  if (["0", "off", "false"].includes(text)) return false;
  throw wrong(name, text);
}

function oneOf(name: string, text: string, allowed: ReadonlySet<string>): string {
  const word = text.toUpperCase();
  if (!allowed.has(word)) throw wrong(name, text);
  return word;
}

function numberOf(name: string, value: Value): number {
  const n = Number(value.bytes?.toString("latin1"));
  if (!Number.isSafeInteger(n) || n < 0) throw wrong(name, printValue(value));
  return n;
}
