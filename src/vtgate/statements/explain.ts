/**
 * EXPLAIN of a server for one shard's part; the gateway's own plan (VEXPLAIN PLAN, EXPLAIN FORMAT = VITESS) as JSON; and
 * what a statement does when it runs (VEXPLAIN QUERIES, ALL, TRACE). Inventory 4.049.
 */
import { VtError } from "../../base/errors.ts";
import type { Primitive, ShardCall } from "../../engine/primitive.ts";
import { destinationOf } from "../../engine/routing.ts";
import { isPlannable, type Plan, plan } from "../../planner/plan.ts";
import { columnUsage } from "../../planner/column-usage.ts";
import { describePlan, type Measured, planTypeOf } from "../../planner/plan-json.ts";
import type { Statement } from "../../sqlparser/ast.ts";
import { directivesOf, isSet } from "../../sqlparser/directives.ts";
import type { DescribeTable, Explain } from "../../sqlparser/ast/session.ts";
import type { VExplain } from "../../sqlparser/ast/vitess.ts";
import { findAll } from "../../sqlparser/walk.ts";
import { madeColumn } from "../../sqltypes/column-packet.ts";
import { oneCall } from "../collect-rows.ts";
import type { StatementRun } from "../statement-run.ts";
import type { Carrying } from "../carrying.ts";
import { Watch } from "../watch.ts";
import { keyspaceOf, serverText } from "./keyspace-of.ts";

export function describeTable(statement: DescribeTable, { run, text }: Carrying): void {
  const keyspace = keyspaceOf(statement, run);
  const [shard] = run.resolve(keyspace, { kind: "AnyShard" });
  run.pass(oneCall(keyspace, shard ?? "", serverText(statement, text, run)));
}

export function explain({ statement, format, analyze, extra, into, schema }: Explain, { run }: Carrying): void {
  if (into !== undefined || schema !== undefined) throw VtError.of("VT12001", "EXPLAIN INTO or FOR SCHEMA");
  const planned = planOf(statement, run);
  const { root } = planned;
  if (format === "VITESS") return showPlan(statement, planned, run);
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

export async function vexplain(asked: VExplain, { run }: Carrying): Promise<void> {
  const { what, statement } = asked;
  if (what === "KEYS") return showKeys(statement, run);
  const planned = planOf(statement, run);
  if (what === "PLAN") return showPlan(statement, planned, run);
  if (what !== "QUERIES" && what !== "ALL" && what !== "TRACE") throw VtError.of("VT12001", `VEXPLAIN ${what}`);
  if (isChange(statement) && !mayChange(asked) && !mayChange(statement)) throw VtError.of("VT09008");
  const watch = new Watch();
  await run.watched(planned, watch);
  if (what === "TRACE") return showPlan(statement, planned, run, watch.measured);
  if (what === "QUERIES") return queryRows(watch.calls, run);
  return queryRows(await explainEach(watch.calls, run), run);
}

const mayChange = (statement: Statement) => isSet(directivesOf(statement), "EXECUTE_DML_QUERIES");
const isChange = ({ kind }: Statement) => kind === "Insert" || kind === "Update" || kind === "Delete";

function planOf(statement: Statement, { session, gateway }: StatementRun): Plan {
  if (!isPlannable(statement)) throw VtError.of("VT12001", `EXPLAIN of ${statement.kind}`);
  const { keyspace, tabletType } = session.target;
  const environment = gateway.environmentOf(session);
  return plan(statement, gateway.cluster.vschema(), { keyspace, tabletType }, { text: undefined, environment });
}

/** Nothing is planned: it is asked before anybody knows how to shard. */
function showKeys(statement: Statement, run: StatementRun): void {
  if (!isPlannable(statement) || statement.kind === "Insert")
    throw VtError.of("VT12001", `VEXPLAIN KEYS of ${statement.kind}`);
  const { gateway, session } = run;
  const { keyspace, tabletType } = session.target;
  const environment = gateway.environmentOf(session);
  const usage = columnUsage(statement, gateway.cluster.vschema(), { keyspace, tabletType }, environment);
  run.rows(["ColumnUsage"], [[JSON.stringify(usage, undefined, "\t")]]);
}

function showPlan(statement: Statement, { root }: Plan, run: StatementRun, measured?: Measured): void {
  const { gateway, session } = run;
  const document =
    measured === undefined
      ? {
          QueryType: statement.kind.toUpperCase(),
          Original: gateway.print(statement, session),
          Type: planTypeOf(root),
          Instructions: instructions(root, run),
          TablesUsed: tablesUsed(statement, session.target.keyspace),
        }
      : instructions(root, run, measured);
  run.rows(["JSON"], [[JSON.stringify(document, undefined, "\t")]]);
}

function instructions(root: Primitive, { gateway }: StatementRun, measured?: Measured) {
  const { keyspaces } = gateway.cluster.vschema();
  const isSharded = (keyspace: string) => keyspaces.get(keyspace)?.isSharded === true;
  return describePlan(root, { isSharded, ...(measured !== undefined && { measured }) });
}

function tablesUsed(statement: Statement, keyspace: string): readonly string[] {
  const names = findAll(statement, "TableName").map(({ schema = keyspace, name }) => `${schema}.${name}`);
  return [...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1));
}

function queryRows(calls: readonly ShardCall[], run: StatementRun): void {
  run.rows(
    [madeColumn("#", "INT64"), "keyspace", "shard", "query"],
    calls.map(({ keyspace, shard, sql }, i) => [i, keyspace, shard, sql]),
  );
}

/** Each query's plan on its server, in the place of its text. */
function explainEach(calls: readonly ShardCall[], run: StatementRun): Promise<readonly ShardCall[]> {
  return Promise.all(
    calls.map(async (call) => {
      const { rows } = await run.collect(
        oneCall(call.keyspace, call.shard, `explain format = json ${call.sql}`, call.binds),
      );
      return { ...call, sql: rows[0]?.[0]?.toString("utf8") ?? "" };
    }),
  );
}
