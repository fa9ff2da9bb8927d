/** What must be said on a connection with autocommit=0 before a transaction of the wanted kind: usually nothing. */
import { VtError } from "../../base/errors.ts";
import type { QueryOptions } from "../../rpc/query-service.ts";

const isolations = {
  REPEATABLE_READ: "repeatable read",
  READ_COMMITTED: "read committed",
  READ_UNCOMMITTED: "read uncommitted",
  SERIALIZABLE: "serializable",
} as const;

export function openingStatements(options: QueryOptions): readonly string[] {
  const { transactionIsolation: isolation, readOnlyTransaction, consistentSnapshot } = options;
  if (isolation === "AUTOCOMMIT") throw VtError.of("VT12001", "a transaction with the isolation AUTOCOMMIT");
  if (isolation === "CONSISTENT_SNAPSHOT_READ_ONLY")
    return ["set transaction isolation level repeatable read", "start transaction with consistent snapshot, read only"];
  const level = isolation === "DEFAULT" ? [] : [`set transaction isolation level ${isolations[isolation]}`];
  if (consistentSnapshot)
    return [...level, `start transaction with consistent snapshot${readOnlyTransaction ? ", read only" : ""}`];
  return readOnlyTransaction ? [...level, "set transaction read only"] : level;
}
