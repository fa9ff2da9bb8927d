/** Statements as they are, to the shards that a session is pointed at: no plan, no VSchema (inventory 4.043). */
import { VtError } from "../../base/errors.ts";
import type { Effect } from "../../engine/primitive.ts";
import { refuseConnectionState } from "../../planner/session-hazards.ts";
import type { Statement } from "../../sqlparser/ast.ts";
import type { Carrying } from "../carrying.ts";

const writes: ReadonlySet<string> = new Set(["Insert", "Update", "Delete", "LoadFile", "CallProcedure"]);
const reads: ReadonlySet<string> = new Set([
  "Select",
  "SetOperation",
  "Wrapped",
  "ValuesQuery",
  "TableQuery",
  "Explain",
  "DescribeTable",
]);

export function sendAsItIs(statement: Statement, { run, text, hasParameters }: Carrying): void {
  refuseConnectionState(statement);
  const { keyspace, destination } = run.session.target;
  if (keyspace === "" || destination === undefined) throw VtError.of("VT09005");
  const shards = run.resolve(keyspace, destination);
  const sql = hasParameters ? run.gateway.print(statement, run.session) : text;
  const effect: Effect = writes.has(statement.kind) ? "write" : reads.has(statement.kind) ? "read" : "change";
  const calls = shards.map((shard) => ({ keyspace, shard, sql, binds: run.binds }));
  run.pass({ calls, effect, firstGenerated: undefined });
}
