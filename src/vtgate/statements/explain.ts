/** EXPLAIN of a server for one shard's part, and the gateway's own plan (VEXPLAIN PLAN, EXPLAIN FORMAT = VITESS). */
import { VtError } from "../../base/errors.ts";
import { destinationOf } from "../../engine/routing.ts";
import { isPlannable, plan } from "../../planner/plan.ts";
import { printPlan } from "../../planner/print.ts";
import type { Statement } from "../../sqlparser/ast.ts";
import type { DescribeTable, Explain } from "../../sqlparser/ast/session.ts";
import type { VExplain } from "../../sqlparser/ast/vitess.ts";
import { oneCall } from "../statement-run.ts";
import type { Carrying } from "../carrying.ts";
import { keyspaceOf, serverText } from "./keyspace-of.ts";

export function describeTable(statement: DescribeTable, { run, text }: Carrying): void {
  const keyspace = keyspaceOf(statement, run);
  const [shard] = run.resolve(keyspace, { kind: "AnyShard" });
  run.pass(oneCall(keyspace, shard ?? "", serverText(statement, text, run)));
}

export function explain({ statement, format, analyze, extra, into, schema }: Explain, { run }: Carrying): void {
  if (into !== undefined || schema !== undefined) throw VtError.of("VT12001", "EXPLAIN INTO or FOR SCHEMA");
  const { root } = planned(statement, run);
  if (format === "VITESS") return planRows(printPlan(root), run);
  if (root.kind !== "Route") throw VtError.of("VT12001", `EXPLAIN ${root.kind.toUpperCase()} over several shards`);
  const [shard = ""] = run.resolve(root.keyspace, destinationOf(root.routing, run.binds));
  const words = [
    "explain",
    extra,
    analyze ? "analyze" : undefined,
    format === undefined ? undefined : `format = ${format}`,
  ];
  const sql = `${words.filter((word) => word !== undefined).join(" ")} ${root.sql}`;
  run.pass(oneCall(root.keyspace, shard, sql, run.binds));
}

export function vexplain({ what, statement }: VExplain, { run }: Carrying): void {
  if (what !== "PLAN") throw VtError.of("VT12001", `VEXPLAIN ${what}`);
  planRows(printPlan(planned(statement, run).root), run);
}

function planned(statement: Statement, { session, gateway }: Carrying["run"]) {
  if (!isPlannable(statement)) throw VtError.of("VT12001", `EXPLAIN of ${statement.kind}`);
  const { keyspace, tabletType } = session.target;
  const environment = gateway.environmentOf(session);
  return plan(statement, gateway.cluster.vschema(), { keyspace, tabletType }, { text: undefined, environment });
}

function planRows(text: string, run: Carrying["run"]): void {
  run.rows(
    ["Plan"],
    text.split("\n").map((line) => [line]),
  );
}
