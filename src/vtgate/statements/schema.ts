/** Care of tables, on all shards of their keyspace; programs and files, in unsharded keyspaces. */
import { VtError } from "../../base/errors.ts";
import { refuseConnectionState } from "../../planner/session-hazards.ts";
import type { Administration } from "../../sqlparser/ast/administration.ts";
import type { CallProcedure, Do, LoadFile } from "../../sqlparser/ast/dml.ts";
import type { Carrying } from "../carrying.ts";
import { cellRenamer, renamedRows } from "../renamed-rows.ts";
import { keyspaceOf, serverText, someKeyspace } from "./keyspace-of.ts";

const onTables = /^(ANALYZE|CHECK|OPTIMIZE|REPAIR|CHECKSUM)\b/;

/** Care of tables goes to every shard; accounts, replication and servers are not the gateway's to touch. */
export function administer(statement: Administration, { run, text }: Carrying): Promise<void> {
  if (!onTables.test(statement.name)) throw VtError.of("VT12001", statement.name);
  const keyspace = keyspaceOf(statement, run);
  const sql = serverText(statement, text, run);
  const calls = run.shards(keyspace).map(({ name }) => ({ keyspace, shard: name, sql, binds: {} }));
  const answered = run.send({ calls, effect: "change", firstGenerated: undefined });
  const rename = cellRenamer([keyspace]);
  return run.stream(renamedRows(answered, keyspace, () => rename));
}

export function runProgram(statement: CallProcedure | Do | LoadFile, { run, text, hasParameters }: Carrying): void {
  refuseConnectionState(statement);
  const keyspace = statement.kind === "Do" ? someKeyspace(run) : keyspaceOf(statement, run);
  const [shard, ...more] = run.shards(keyspace);
  if (shard === undefined) throw VtError.of("VT14004", keyspace);
  if (more.length > 0 && statement.kind !== "Do")
    throw VtError.of("VT12001", `${statement.kind} in a sharded keyspace`);
  const sql = hasParameters ? run.gateway.print(statement, run.session) : serverText(statement, text, run);
  const calls = [{ keyspace, shard: shard.name, sql, binds: run.binds }];
  run.pass({ calls, effect: statement.kind === "Do" ? "read" : "write", firstGenerated: undefined });
}
