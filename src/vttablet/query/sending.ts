/** A statement goes out on its connection: described, prepared, or as text, with its caller's name where that is asked for. */
import type { QueryRequest } from "../../rpc/query-service.ts";
import { describe, sendPrepared } from "./prepared-statements.ts";
import type { RunningStatement, StatementPlace } from "./running-statement.ts";
import { callerName } from "./statement-events.ts";
import { renderStatement } from "./statement-plan.ts";

export function sendStatement(running: RunningStatement, place: StatementPlace, isAnnotated: boolean): void {
  const { request } = running;
  if (request.describe === true) return describe(running, place);
  const prefix = isAnnotated ? annotation(request) : "";
  if (request.options.format === "binary") sendPrepared(running, place, prefix);
  else
    place.pooled.connection.send(prefix + renderStatement(place.plan, request.binds), running, running.plan?.use.heads);
}

/** 0: for ever. A transaction has a limit of its own. */
export function timeoutOf({ options }: QueryRequest, { held }: StatementPlace, queryTimeoutMs: number): number {
  if (options.timeoutMs > 0) return options.timeoutMs;
  return options.workload !== "OLTP" || held !== undefined ? 0 : queryTimeoutMs;
}

/** What no name may hold that stands in a comment: its end, or what begins one that servers run. */
const unsafe = /[^\w.@$ -]/g;
const nameMax = 64;

/** "/\* caller@REPLICA *\/ ": who asked, for those who read the server's logs. */
export function annotation({ caller, target }: Pick<QueryRequest, "caller" | "target">): string {
  const name = callerName(caller);
  return `/* ${name.slice(0, nameMax).replace(unsafe, "?")}@${target.tabletType} */ `;
}
