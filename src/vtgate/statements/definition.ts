/**
 * Definitions through the gateway (inventory 4.070, the part that is direct): each goes to all shards of its keyspace, which
 * commit it by themselves; an open transaction is committed before, as a server would. The first shard goes alone: what
 * it refuses is done nowhere. What fails on a later one is told with the shards' names. The answer comes when this gateway
 * knows the tables anew, so that the next statement is planned by them.
 */
import { errorText, ServerError, VtError } from "../../base/errors.ts";
import type { Answered } from "../../engine/primitive.ts";
import type { Statement } from "../../sqlparser/ast.ts";
import type { ResultTrailer } from "../../sqltypes/result.ts";
import type { Carrying } from "../carrying.ts";
import { addTrailers } from "../../engine/merge-trailers.ts";
import type { StatementRun } from "../statement-run.ts";
import { commit } from "../transactions.ts";
import { keyspaceOf, serverText } from "./keyspace-of.ts";

export async function changeSchema(statement: Statement, { run, text }: Carrying): Promise<void> {
  const { session, gateway } = run;
  refuseOtherStrategies(run);
  if (statement.kind === "CreateTable" && statement.temporary) throw VtError.of("VT12001", "CREATE TEMPORARY TABLE");
  const keyspace = keyspaceOf(statement, run);
  if (session.target.tabletType !== "PRIMARY")
    throw VtError.of("VT09002", "DDL", session.target.tabletType.toLowerCase());
  if (session.inTransaction) await commit(gateway.cluster, session);
  const shards = run.shards(keyspace).map(({ name }) => name);
  const outcome = onAllShards(run, keyspace, shards, serverText(statement, text, run));
  const { affectedRows, warnings, info } = await outcome.finally(() => gateway.cluster.schemaChanged(keyspace));
  run.ok({ affectedRows, warnings, info });
}

function refuseOtherStrategies({ session, gateway }: StatementRun): void {
  const text = session.ownVariables.get("ddl_strategy") || gateway.options.ddlStrategy;
  const [strategy = ""] = text.trim().split(/\s+/);
  if (strategy !== "" && strategy.toLowerCase() !== "direct") throw VtError.of("VT12001", `ddl_strategy ${strategy}`);
  if (!gateway.options.enableDirectDdl) throw VtError.of("VT20019");
}

async function onAllShards(
  run: StatementRun,
  keyspace: string,
  [first, ...others]: readonly string[],
  sql: string,
): Promise<ResultTrailer> {
  if (first === undefined) throw VtError.of("VT14004", keyspace);
  const onShard = (shard: string) =>
    trailerOf(run.send({ calls: [{ keyspace, shard, sql, binds: {} }], effect: "change", firstGenerated: undefined }));
  const done = await onShard(first);
  const outcomes = await Promise.allSettled(others.map(onShard));
  const failed = outcomes.flatMap((outcome, i) => (outcome.status === "rejected" ? [others[i] ?? ""] : []));
  const [why] = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  if (failed.length > 0) {
    const finished = [first, ...others.filter((shard) => !failed.includes(shard))];
    const told = VtError.of("VT20020", keyspace, failed, finished, errorText(why));
    throw why instanceof VtError || why instanceof ServerError ? told.because(why) : told;
  }
  return outcomes.reduce(
    (sum, outcome) => (outcome.status === "fulfilled" ? addTrailers(sum, outcome.value) : sum),
    done,
  );
}

async function trailerOf(answered: Answered): Promise<ResultTrailer> {
  for (;;) {
    const step = await answered.next();
    if (step.done === true) return step.value;
  }
}
