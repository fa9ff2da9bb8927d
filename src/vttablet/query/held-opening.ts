/** What runs on a held connection before its first statement: settings of the session, the transaction's kind, savepoints. */
import type { Clock } from "../../base/clock.ts";
import { statement } from "../../mysql/sql.ts";
import type { QueryOptions, QueryRequest } from "../../rpc/query-service.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import type { HeldConnection, HeldConnections } from "./held-connections.ts";
import { changesOf } from "./held-settings.ts";
import type { QueryServiceConfig } from "./query-config.ts";
import { shapeOf } from "./shape.ts";
import { openingStatements } from "./transaction-options.ts";

export async function runAll({ connection }: PooledConnection, texts: readonly string[]): Promise<void> {
  for (const text of texts) await connection.query(statement(text));
}

export function firstStatements({ begin, options, savepoints }: QueryRequest): readonly string[] {
  return begin ? [...openingStatements(options), ...savepoints] : [];
}

/** One that is held already takes over new settings, becomes reserved, or begins a transaction; undefined: none of it. */
export function prepareHeld(
  held: HeldConnection,
  request: QueryRequest,
  all: HeldConnections,
  clock: Clock,
): Promise<void> | undefined {
  const changes = settingChanges(held, request);
  if (request.reserve) all.reserve(held);
  if (!request.begin && changes.length === 0) return undefined;
  return prepare(held, request, changes, clock);
}

function settingChanges(held: HeldConnection, request: QueryRequest): readonly string[] {
  if (request.keepsSettings !== true) return changesOf(held.settings, shapeOf(request).settings);
  return request.reserve ? request.settings : [];
}

async function prepare(
  held: HeldConnection,
  request: QueryRequest,
  changes: readonly string[],
  clock: Clock,
): Promise<void> {
  if (changes.length > 0) {
    held.isReshaped = true;
    await runAll(held.pooled, changes);
    held.settings = request.keepsSettings === true ? [...held.settings, ...changes] : shapeOf(request).settings;
  }
  if (!request.begin || held.isInTransaction) return;
  await runAll(held.pooled, ["set autocommit = 0"]);
  held.isInTransaction = true;
  held.sinceMs = clock.monotonicMs();
  await runAll(held.pooled, firstStatements(request));
}

/** How long a transaction of this kind may take. */
export function transactionTimeout(options: QueryOptions, config: QueryServiceConfig): number {
  if (options.workload === "DBA") return Number.POSITIVE_INFINITY;
  const ownMs = options.workload === "OLTP" ? config.transactionTimeoutMs : config.olapTransactionTimeoutMs;
  return Math.min(ownMs, options.transactionTimeoutMs ?? ownMs);
}
