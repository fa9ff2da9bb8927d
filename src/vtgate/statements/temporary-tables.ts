/**
 * CREATE and DROP TEMPORARY TABLE (inventory 4.037): on a connection to one shard that the session reserves, and that runs
 * all its later statements on that shard. The open transaction, if any, stays open.
 */
import { VtError } from "../../base/errors.ts";
import type { Statement } from "../../sqlparser/ast.ts";
import type { CreateTable, DropTable } from "../../sqlparser/ast/table.ts";
import { startHeartbeat } from "../heartbeat.ts";
import { trailerOf } from "../../engine/merge-trailers.ts";
import type { StatementRun } from "../statement-run.ts";

export function isTemporary(statement: Statement): statement is CreateTable | DropTable {
  return (statement.kind === "CreateTable" || statement.kind === "DropTable") && statement.temporary;
}

/** `sql` is the statement as the servers read it. */
export async function changeTemporaryTable(
  { kind }: CreateTable | DropTable,
  keyspace: string,
  [shard, ...more]: readonly string[],
  sql: string,
  run: StatementRun,
): Promise<void> {
  const { session, gateway } = run;
  if (shard === undefined) throw VtError.of("VT14004", keyspace);
  if (more.length > 0) throw VtError.of("VT12001", "temporary tables over several shards");
  if (session.target.tabletType !== "PRIMARY")
    throw VtError.of("VT09002", "DDL", session.target.tabletType.toLowerCase());
  const calls = [{ keyspace, shard, sql, binds: run.binds }];
  session.reserves = kind === "CreateTable";
  try {
    const {
      affectedRows,
      warnings,
      info,
      warningList = [],
    } = await trailerOf(run.send({ calls, effect: "change", firstGenerated: undefined }));
    run.ok({ affectedRows, warnings, info, warningList });
  } finally {
    session.reserves = false;
    startHeartbeat(gateway, session);
  }
}
