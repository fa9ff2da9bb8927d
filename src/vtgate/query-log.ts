/**
 * The query log (inventory 4.067): an event for each statement, while somebody listens (/debug/querylog), and a line in the
 * process's own log for slow ones. Nothing is made of a statement while nobody wants it.
 */
import type { Logger } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { everyStatement, type LoggedStatement, type StatementFilter, StatementLog } from "../servenv/event-log.ts";

export interface QueryEvent extends LoggedStatement {
  readonly method: string;
  readonly remoteAddress: string;
  readonly username: string;
  readonly startMs: number;
  readonly totalMs: number;
  readonly statementType: string;
  readonly sql: string;
  readonly keyspace: string;
  readonly tabletType: string;
  readonly shardQueries: number;
  readonly rows: number;
  readonly error: string;
  readonly sessionId: string;
}

export interface QueryLogOptions extends StatementFilter {
  /** 0: nothing is slow. */
  readonly slowMsMin: number;
}

export const defaultQueryLogOptions: QueryLogOptions = { ...everyStatement, slowMsMin: 0 };

const head =
  "method, client, user, start, seconds, statement, query, shard queries, rows, error, keyspace, tablet type, session".split(
    ", ",
  );

export class QueryLog extends StatementLog<QueryEvent> {
  readonly options: QueryLogOptions;
  readonly #log: Logger;

  constructor(options: QueryLogOptions, random: Random, log: Logger) {
    super(options, random, head, cellsOf);
    this.options = options;
    this.#log = log;
  }

  /** Whether an event must be made at all. */
  wants(elapsedMs: number): boolean {
    return this.isHeard || this.isSlow(elapsedMs);
  }

  isSlow(elapsedMs: number): boolean {
    return this.options.slowMsMin > 0 && elapsedMs >= this.options.slowMsMin;
  }

  override add(event: QueryEvent): void {
    if (this.isSlow(event.totalMs)) this.#log.warn({ ...event }, "a slow statement");
    super.add(event);
  }
}

function cellsOf({ startMs, totalMs, ...rest }: QueryEvent): readonly unknown[] {
  const { method, remoteAddress, username, statementType, keyspace, tabletType, sessionId } = rest;
  const times = [new Date(startMs).toISOString(), (totalMs / 1000).toFixed(6)];
  const texts = [JSON.stringify(rest.sql), rest.shardQueries, rest.rows, JSON.stringify(rest.error)];
  return [method, remoteAddress, username, ...times, statementType, ...texts, keyspace, tabletType, sessionId];
}
