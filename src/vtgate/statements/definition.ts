/**
 * Definitions through the gateway (inventory 4.070, the part that is direct): each goes to all shards of its keyspace, which
 * commit it by themselves; an open transaction is committed before, as a server would. The first shard goes alone: what
 * it refuses is done nowhere. What fails on a later one is told with the shards' names. The answer comes when this gateway
 * knows the tables anew, so that the next statement is planned by them.
 */
import { errorText, ServerError, VtError } from "../../base/errors.ts";
import type { Statement } from "../../sqlparser/ast.ts";
import type { ResultTrailer } from "../../sqltypes/result.ts";
import type { Carrying } from "../carrying.ts";
import { addTrailers, trailerOf } from "../../engine/merge-trailers.ts";
import type { StatementRun } from "../statement-run.ts";
import { commit } from "../transactions.ts";
import { changeTemporaryTable, isTemporary } from "./temporary-tables.ts";
import { keyspaceOf, serverText } from "./keyspace-of.ts";

export async function changeSchema(statement: Statement, { run, text, hasParameters }: Carrying): Promise<void> {
  const { session, gateway } = run;
  const keyspace = keyspaceOf(statement, run);
  const shards = run.shards(keyspace).map(({ name }) => name);
  const sql = hasParameters ? gateway.print(statement, session) : serverText(statement, text, run);
  if (isTemporary(statement)) return changeTemporaryTable(statement, keyspace, shards, sql, run);
  refuseOtherStrategies(run);
  if ("temporary" in statement && statement.temporary) throw VtError.of("VT12001", "temporary sequences");
  if (session.target.tabletType !== "PRIMARY")
    throw VtError.of("VT09002", "DDL", session.target.tabletType.toLowerCase());
  if (session.inTransaction) await commit(gateway.cluster, session);
  const outcome = onAllShards(run, keyspace, shards, sql);
  const {
    affectedRows,
    warnings,
    warningList = [],
    info,
  } = await outcome.finally(() => gateway.cluster.schemaChanged(keyspace));
  run.ok({ affectedRows, warnings, warningList, info });
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
  const sum = outcomes.reduce(
    (all, outcome) => (outcome.status === "fulfilled" ? addTrailers(all, outcome.value) : all),
    done,
  );
  return { ...sum, warnings: done.warnings, warningList: done.warningList ?? [] }; // All shards say the same.
}
