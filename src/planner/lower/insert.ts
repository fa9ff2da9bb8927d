/**
 * INSERT and REPLACE. Into an unsharded keyspace they pass as they are; into a sharded one each row is printed by itself,
 * so that rows can be dealt out to their shards; a reference table gets all rows on every shard.
 */
import { VtError } from "../../base/errors.ts";
import { compileValue } from "../../evalengine/compile.ts";
import type { Insert as InsertPrimitive, InsertRow } from "../../engine/primitive.ts";
import type { ValueExpression } from "../../evalengine/value-expression.ts";
import type { Insert } from "../../sqlparser/ast/dml.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Query, RowValues } from "../../sqlparser/ast/query.ts";
import { print } from "../../sqlparser/printer.ts";
import { nullValue } from "../../sqltypes/value.ts";
import { findTable, type TableRef, type VTable } from "../../vschema/vschema.ts";
import { refuseChance } from "../build/change.ts";
import type { Builder } from "../build/builder.ts";
import type { Operator, Route } from "../operator.ts";
import type { Plan } from "../plan.ts";
import { childrenOf } from "../../sqlparser/walk.ts";
import { unsupported } from "../unsupported.ts";
import { around, checkAssignments, columnsOf } from "./insert-parts.ts";
import { planInsertSelect } from "./insert-select.ts";
import { lowerNames } from "./names.ts";
import { lowerRoute, type Source } from "./route.ts";

export function planInsert(
  statement: Insert,
  builder: Builder,
  source: Source,
  finish: (query: Operator) => Route,
  planQuery: (query: Query) => Plan,
): Plan {
  const { table } = writtenTable(statement, builder);
  const isDealtOut = table.isSharded && table.type !== "reference" && table.pinned === undefined;
  if (statement.query !== undefined && isDealtOut && statement.action === "INSERT")
    return planInsertSelect(statement, statement.query, table, builder, source, planQuery);
  const route = (routing: "Unsharded" | "AllShards" | "Pinned"): Plan => {
    const { primitive, sessionBinds } = lowerRoute(statement, builder, source, {
      keyspace: table.keyspace,
      routing:
        routing === "Pinned" && table.pinned !== undefined
          ? { kind: "Pinned", id: table.pinned }
          : { kind: routing === "Pinned" ? "AllShards" : routing },
      effect: routing === "AllShards" ? "write-copies" : "write",
      oneShardOnly: routing !== "AllShards",
    });
    return { root: primitive, sessionBinds, rules: new Set() };
  };
  const reads = queriesIn(statement).map((query) => finish(builder.query(builder, query, undefined)));
  const isPlainRows = statement.rows !== undefined && reads.length === 0;
  if (!table.isSharded) {
    if (reads.some((read) => read.keyspace !== undefined && read.keyspace.name !== table.keyspace))
      throw unsupported("INSERT … SELECT from another keyspace");
    if (table.autoIncrement === undefined) return route("Unsharded");
    if (!isPlainRows) throw unsupported("INSERT … SELECT into a table with a sequence");
  } else if (!isPlainRows) throw unsupported("INSERT … SELECT into a sharded keyspace");
  if (table.type === "reference" && table.isSharded) {
    refuseChance(statement);
    return route("AllShards");
  }
  if (table.pinned !== undefined && table.autoIncrement === undefined) return route("Pinned");
  if (statement.action === "REPLACE" && table.isSharded) throw unsupported("REPLACE into a sharded keyspace");
  if (table.pinned !== undefined) throw unsupported("a sequence for a pinned table");
  return planRows(statement, table, builder, source);
}

/** Where the rows go: a reference table's source, where it has one. */
function writtenTable(statement: Insert, builder: Builder): { readonly table: VTable } {
  const { table } = builder.find(statement.table);
  if (table.source === undefined) return { table };
  const name = { ...statement.table, schema: table.source.keyspace, name: table.source.table };
  const found = builder.find(name);
  builder.tables.set(statement.table, found.table);
  return found;
}

function queriesIn(statement: Insert): readonly Parameters<Builder["query"]>[1][] {
  if (statement.query !== undefined) return [statement.query];
  const found: Parameters<Builder["query"]>[1][] = [];
  const visit = (node: Parameters<typeof childrenOf>[0]): void => {
    if (node.kind === "Subquery" || node.kind === "Exists" || node.kind === "Quantified") found.push(node.query);
    else for (const child of childrenOf(node)) visit(child);
  };
  visit(statement);
  return found;
}

function planRows(statement: Insert, table: VTable, builder: Builder, source: Source): Plan {
  const columns = columnsOf(statement, table);
  for (const [i, row] of (statement.rows ?? []).entries())
    if (row.values.length !== columns.length) throw VtError.of("VT03006", i + 1);
  const [primary] = table.columnVindexes;
  if (primary === undefined && table.isSharded)
    throw VtError.of("VT13001", `table ${table.name} has no primary vindex`);
  checkAssignments(statement, table);
  const withAuto = addAutoIncrement(columns, table);
  for (const column of primary?.columns ?? []) if (!withAuto.includes(column)) throw VtError.of("VT09003", column);
  const used = table.columnVindexes.filter(({ columns: c }) => c.every((column) => withAuto.includes(column)));

  const rows: InsertRow[] = [];
  const shape = {
    ...statement,
    columns: withAuto.map((name) => originalName(statement, name)),
    rows: [] as RowValues[],
  };
  for (const [i, row] of (statement.rows ?? []).entries()) {
    const auto = table.autoIncrement?.column;
    const bind = `__seq${i}`;
    const at = auto === undefined ? -1 : columns.indexOf(auto);
    const given = auto === undefined || at < 0 ? undefined : sequenceValue(row.values[at], auto);
    const values = withAuto.map(
      (name, c): Expression => (name === auto ? { kind: "Bind", name: bind } : (row.values[c] ?? { kind: "Null" })),
    );
    shape.rows.push({ kind: "RowValues", values });
    rows.push({
      text: "",
      keys: used.map(({ columns: c }) =>
        c.map((name) =>
          name === auto ? { kind: "Bind", name: bind } : keyValue(values[withAuto.indexOf(name)], name),
        ),
      ),
      generated: auto === undefined ? undefined : { bind, given },
    });
  }
  const { statement: lowered, sessionBinds } = lowerNames(shape as Insert, builder);
  const texts = (lowered.rows ?? []).map((row) => print(row, source.environment));
  const { head, tail } = around(lowered, source);
  const root: InsertPrimitive = {
    kind: "Insert",
    keyspace: table.keyspace,
    head,
    rows: rows.map((row, i) => ({ ...row, text: texts[i] ?? "" })),
    tail,
    vindexes: used.map(({ vindex }) => vindex),
    sequence: table.autoIncrement === undefined ? undefined : sequenceOf(table.autoIncrement.sequence, builder),
  };
  return { root, sessionBinds, rules: new Set() };
}

function addAutoIncrement(columns: readonly string[], { autoIncrement }: VTable): readonly string[] {
  if (autoIncrement === undefined || columns.includes(autoIncrement.column)) return columns;
  return [...columns, autoIncrement.column];
}

function originalName(statement: Insert, name: string): NonNullable<Insert["columns"]>[number] {
  const written = statement.columns?.find((column) => column.name.toLowerCase() === name);
  return written ?? { kind: "Column", schema: undefined, table: undefined, name };
}

function keyValue(expression: Expression | undefined, column: string): ValueExpression {
  const value = expression === undefined ? undefined : compileValue(expression);
  if (value === undefined) throw unsupported(`an expression as the value of the vindex column ${column}`);
  return value;
}

/** DEFAULT asks for a value of the sequence, as NULL does. */
function sequenceValue(expression: Expression | undefined, column: string): ValueExpression | undefined {
  if (expression === undefined || expression.kind === "Default") return { kind: "Constant", value: nullValue };
  return keyValue(expression, column);
}

/** Without its keyspace the sequence is found by its name alone, wherever the session is. */
function sequenceOf({ keyspace, table }: TableRef, { schema }: Builder): TableRef {
  const found = findTable(schema, keyspace, table, "PRIMARY");
  return { keyspace: found.keyspace, table: found.name };
}
