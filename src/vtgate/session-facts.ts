/** What a session answers for the binds that the planner put where a statement asks for the session. */
import { never } from "../base/assert.ts";
import type { SessionBind, SessionFact } from "../planner/lower/session-names.ts";
import { type Binds, integerValue, nullValue, textValue, type Value } from "../sqltypes/value.ts";
import type { SessionState } from "./session-state.ts";
import { trackGtids } from "./session-tracking.ts";

export interface GatewayFacts {
  readonly serverVersion: string;
  readonly versionComment: string;
}

export function bindsOf(
  binds: readonly SessionBind[],
  session: SessionState,
  gateway: GatewayFacts,
): Record<string, Value> {
  return Object.fromEntries(binds.map(({ bind, fact }) => [bind, valueOf(fact, session, gateway)]));
}

export function addBinds(
  binds: Binds,
  added: readonly SessionBind[],
  session: SessionState,
  gateway: GatewayFacts,
): Binds {
  return added.length === 0 ? binds : { ...binds, ...bindsOf(added, session, gateway) };
}

function valueOf(fact: SessionFact, session: SessionState, gateway: GatewayFacts): Value {
  switch (fact.kind) {
    case "UserVariable":
      return session.variables.get(fact.name) ?? nullValue;
    case "SystemVariable":
      return systemVariable(fact.name, session, gateway);
    case "LastInsertId":
      return integerValue(BigInt(session.lastInsertId));
    case "FoundRows":
      return integerValue(session.foundRows);
    case "RowCount":
      return integerValue(session.rowCount);
    case "ConnectionId":
      return integerValue(session.connectionId);
    case "User":
      return textValue(`${session.caller.immediate.username}@%`);
    default:
      return never(fact);
  }
}

const flag = (isOn: boolean) => integerValue(isOn ? 1 : 0);

/** System variables that are the gateway's own (inventory 4.015, 4.016). */
export function systemVariable(name: string, session: SessionState, gateway: GatewayFacts): Value {
  switch (name) {
    case "autocommit":
      return flag(session.autocommit);
    case "character_set_client":
      return textValue(session.charset);
    case "last_insert_id":
    case "identity":
      return integerValue(BigInt(session.lastInsertId));
    case "warning_count":
      return integerValue(session.warningCount);
    case "error_count":
      return integerValue(session.warnings.filter(({ level }) => level === "Error").length);
    case "client_found_rows":
      return flag(session.clientFoundRows);
    case "tx_read_only":
    case "transaction_read_only":
      return flag(session.nextReadOnly ?? session.readOnlyDefault);
    case "sql_select_limit":
      return session.sqlSelectLimit === 0 ? textValue("18446744073709551615") : integerValue(session.sqlSelectLimit);
    case "query_timeout":
      return integerValue(session.queryTimeoutMs);
    case "transaction_timeout":
      return integerValue(session.transactionTimeoutMs);
    case "skip_query_plan_cache":
      return flag(session.skipsPlanCache);
    case "completion_type":
      return textValue(session.completionType);
    case "transaction_mode":
      return textValue(session.transactionMode);
    case "workload":
      return textValue(session.workload);
    case "session_uuid":
      return textValue(session.uuid);
    case trackGtids:
      return textValue(session.ownVariables.get(name) ?? "OFF");
    case "version":
      return textValue(gateway.serverVersion);
    case "version_comment":
      return textValue(gateway.versionComment);
    case "enable_system_settings":
      return flag(true);
    case "socket":
      return textValue("");
    default:
      return textValue(session.ownVariables.get(name) ?? "");
  }
}
