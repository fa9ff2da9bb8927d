/** What the query log is told of a statement that is over. */
import type { ServerError, VtError } from "../base/errors.ts";
import type { QueryEvent } from "./query-log.ts";
import type { StatementRun } from "./statement-run.ts";

interface Outcome {
  readonly rows: number;
  readonly shards: number;
  readonly error: VtError | ServerError | undefined;
}

export function eventOf(run: StatementRun, totalMs: number, { rows, shards, error }: Outcome): QueryEvent {
  const { gateway, session, counts, text, format } = run;
  const { clock, queryLog } = gateway.env;
  return {
    method: format === "binary" ? "ExecutePrepared" : "Execute",
    remoteAddress: gateway.clients.get(session.connectionId)?.remoteAddress ?? "",
    username: session.caller.immediate.username,
    startMs: clock.nowMs() - totalMs,
    totalMs,
    statementType: counts?.sort.statementType ?? "UNKNOWN",
    sql: queryLog.options.redacts ? (counts?.sort.query ?? "") : text,
    keyspace: session.target.keyspace,
    tabletType: session.target.tabletType.toLowerCase(),
    shardQueries: shards,
    rows,
    error: error?.message ?? "",
    sessionId: session.uuid,
  };
}
