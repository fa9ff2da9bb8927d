/** Statements as they are, to the shards that a session is pointed at: no plan, no VSchema (inventory 4.043). */
import { VtError } from "../../base/errors.ts";
import type { Effect } from "../../engine/primitive.ts";
import { lowerSessionNames } from "../../planner/lower/names.ts";
import { keepNames } from "../../planner/lower/route.ts";
import { refuseConnectionState } from "../../planner/session-hazards.ts";
import type { Statement } from "../../sqlparser/ast.ts";
import { print } from "../../sqlparser/printer.ts";
import type { Carrying } from "../carrying.ts";
import { addBinds } from "../session-facts.ts";
import { changeTemporaryTable, isTemporary } from "./temporary-tables.ts";
import { runAnswered } from "./planned.ts";

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

/** Session variables stand only where a value is meant: in programs they are the program's own. */
const asks: ReadonlySet<string> = new Set([...reads, "Insert", "Update", "Delete", "Do"]);

export async function sendAsItIs(statement: Statement, carrying: Carrying): Promise<void> {
  const { run, text, hasParameters, rowTarget } = carrying;
  const { keyspace, destination } = run.session.target;
  if (keyspace === "" || destination === undefined) throw VtError.of("VT09005");
  const shards = run.resolve(keyspace, destination);
  if (isTemporary(statement)) return changeTemporaryTable(statement, keyspace, shards, text, run);
  refuseConnectionState(statement);
  const lowered = asks.has(statement.kind) ? lowerSessionNames(statement, keyspace) : { statement, sessionBinds: [] };
  const isOwn = !hasParameters && lowered.statement === statement && rowTarget?.variables === undefined;
  const environment = run.gateway.environmentOf(run.session);
  const sql = isOwn ? text : print(keepNames(lowered.statement, environment), environment);
  run.binds = addBinds(run.binds, lowered.sessionBinds, run.session, run.gateway.facts);
  const effect: Effect = writes.has(statement.kind) ? "write" : reads.has(statement.kind) ? "read" : "change";
  const calls = shards.map((shard) => ({ keyspace, shard, sql, binds: run.binds }));
  const sent = { calls, effect, firstGenerated: undefined };
  if (rowTarget !== undefined) return runAnswered(run.send(sent), rowTarget, run);
  run.pass(sent);
}
