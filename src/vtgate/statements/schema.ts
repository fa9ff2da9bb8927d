/** Care of tables, on all shards of their keyspace; programs and files, in unsharded keyspaces. */
import { VtError } from "../../base/errors.ts";
import { refuseConnectionState } from "../../planner/session-hazards.ts";
import type { Administration } from "../../sqlparser/ast/administration.ts";
import type { CallProcedure, Do, LoadFile } from "../../sqlparser/ast/dml.ts";
import { findAll } from "../../sqlparser/walk.ts";
import type { Carrying } from "../carrying.ts";
import type { StatementRun } from "../statement-run.ts";
import { cellRenamer, renamedRows } from "../renamed-rows.ts";
import { valueOf } from "./set.ts";
import { keyspaceOf, serverText } from "./keyspace-of.ts";

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

export async function runProgram(statement: CallProcedure | Do | LoadFile, carrying: Carrying): Promise<void> {
  const { run, text, hasParameters } = carrying;
  if (statement.kind === "Do") return runDo(statement, run);
  refuseConnectionState(statement);
  if (statement.kind === "CallProcedure" && findAll(statement, "UserVariable").length > 0)
    throw VtError.of("VT12001", "CALL with user variables"); // It may set them, and on one server alone.
  const keyspace = keyspaceOf(statement, run);
  const [shard, ...more] = run.shards(keyspace);
  if (shard === undefined) throw VtError.of("VT14004", keyspace);
  if (more.length > 0) throw VtError.of("VT12001", `${statement.kind} in a sharded keyspace`);
  const sql = hasParameters ? run.gateway.print(statement, run.session) : serverText(statement, text, run);
  const calls = [{ keyspace, shard: shard.name, sql, binds: run.binds }];
  run.pass({ calls, effect: "write", firstGenerated: undefined });
}

/** DO computes as SELECT does, and keeps the answer to itself. */
async function runDo({ expressions }: Do, run: StatementRun): Promise<void> {
  for (const expression of expressions) await valueOf(expression, run);
  run.ok();
}
