/**
 * FROM: the sources of a block, and what the conditions of its joins say. Of an outer join, `nullableIn` marks the sources
 * on the side that may come out as NULLs; the facts of its ON carry its number.
 */
import type { Derived as DerivedTable, Join, Table, TableExpression } from "../../sqlparser/ast/query.ts";
import type { Derived, Fact, LocalCondition, Operator, Output, Source } from "../operator.ts";
import { factsOf } from "../semantics/facts.ts";
import { localConditions } from "../semantics/local-conditions.ts";
import { type Scope, type ScopeSource, tableHas } from "../semantics/scope.ts";
import { unsupported } from "../unsupported.ts";
import { type Builder, isSystemSchema } from "./builder.ts";

export interface From {
  readonly sources: Operator[];
  readonly facts: Fact[];
  readonly local: LocalCondition[];
}

export function buildFrom(builder: Builder, tables: readonly TableExpression[], scope: Scope): From {
  const from: From = { sources: [], facts: [], local: [] };
  for (const table of tables) buildTable(builder, table, scope, from, []);
  return from;
}

function buildTable(
  builder: Builder,
  table: TableExpression,
  scope: Scope,
  from: From,
  nullableIn: readonly number[],
): void {
  switch (table.kind) {
    case "Table":
      return void from.sources.push(named(builder, table, buildNamed(builder, table, scope, nullableIn)));
    case "Derived":
      return void from.sources.push(buildDerived(builder, table, scope, nullableIn));
    case "TableGroup":
      for (const member of table.tables) buildTable(builder, member, scope, from, nullableIn);
      return;
    case "Join":
      return buildJoin(builder, table, scope, from, nullableIn);
    default:
      throw unsupported((table as TableExpression).kind);
  }
}

function named(builder: Builder, node: Table, operator: Source | Derived): Operator {
  builder.named.set(node, operator);
  return operator;
}

function buildNamed(builder: Builder, node: Table, scope: Scope, nullableIn: readonly number[]): Source | Derived {
  const id = builder.takeId();
  const name = node.alias ?? node.name.name;
  const common = node.name.schema === undefined ? scope.commonTable(node.name.name) : undefined;
  if (common !== undefined) {
    if (common.isOpen()) {
      scope.sources.push({ id, name, nullableIn, has: () => undefined });
      return { kind: "Source", id, table: "recursive", keyspace: undefined, name, nullableIn };
    }
    const input = common.build();
    scope.sources.push(derivedSource({ id, name, nullableIn }, common.table.columns, input));
    return { kind: "Derived", id, name, input, columns: common.table.columns, nullableIn };
  }
  if (
    isSystemSchema(node.name.schema ?? (isSystemSchema(builder.target.keyspace) ? builder.target.keyspace : undefined))
  ) {
    scope.sources.push({ id, name, nullableIn, has: () => undefined });
    return { kind: "Source", id, table: "system", keyspace: undefined, name, nullableIn };
  }
  if (node.name.schema === undefined && node.name.name.toLowerCase() === "dual") {
    scope.sources.push({ id, name, nullableIn, has: () => false });
    return { kind: "Source", id, table: "recursive", keyspace: undefined, name, nullableIn };
  }
  const { table, keyspace } = builder.find(node.name);
  scope.sources.push({ id, name, nullableIn, has: tableHas(table) });
  return { kind: "Source", id, table, keyspace, name, nullableIn };
}

function buildDerived(builder: Builder, node: DerivedTable, scope: Scope, nullableIn: readonly number[]): Operator {
  const id = builder.takeId();
  const name = node.alias ?? "";
  // LATERAL sees the tables before it; others see only what the whole query sees from outside.
  const input = builder.query(builder, node.query, node.lateral ? scope : scope.outside());
  scope.sources.push(derivedSource({ id, name, nullableIn }, node.columns, input));
  return { kind: "Derived", id, name, input, columns: node.columns, nullableIn };
}

function derivedSource(source: Omit<ScopeSource, "has">, columns: readonly string[], input: Operator): ScopeSource {
  const outputs = columns.length > 0 ? columns : outputsOf(input)?.map((output) => output.name);
  if (outputs === undefined) return { ...source, has: () => undefined };
  const names = new Set(outputs.map((column) => column.toLowerCase()));
  return { ...source, has: (column) => names.has(column) };
}

/** The columns a query answers, where they are known. */
export function outputsOf(query: Operator): readonly Output[] | undefined {
  switch (query.kind) {
    case "Block":
    case "Route":
      return query.outputs;
    case "Union":
      return outputsOf(query.left)?.map(({ name }) => ({ name, column: undefined }));
    case "Whole":
      return outputsOf(query.input);
    default:
      return undefined;
  }
}

function buildJoin(builder: Builder, join: Join, scope: Scope, from: From, nullableIn: readonly number[]): void {
  const isOuter = join.type === "LEFT" || join.type === "RIGHT";
  const id = isOuter ? builder.takeId() : nullableIn.at(-1);
  const inner = isOuter && id !== undefined ? [...nullableIn, id] : nullableIn;
  const firstSource = scope.sources.length;
  buildTable(builder, join.left, scope, from, join.type === "RIGHT" ? inner : nullableIn);
  const firstRight = scope.sources.length;
  buildTable(builder, join.right, scope, from, join.type === "LEFT" ? inner : nullableIn);
  from.facts.push(...factsOf(join.on, scope, id));
  from.local.push(...localConditions(join.on, scope, id));
  if (join.using.length > 0 && join.natural) throw unsupported("NATURAL JOIN with USING");
  const left = scope.sources.slice(firstSource, firstRight);
  const right = scope.sources.slice(firstRight);
  for (const name of join.using) {
    const column = name.toLowerCase();
    const a = only(left, column);
    const b = only(right, column);
    if (a !== undefined && b !== undefined)
      from.facts.push({
        kind: "EqualColumns",
        left: { source: a.id, column },
        right: { source: b.id, column },
        join: id,
      });
  }
}

/** The one source of a join's side that has the column. */
function only(sources: readonly ScopeSource[], column: string): ScopeSource | undefined {
  const known = sources.filter((source) => source.has(column) === true);
  if (known.length > 0) return known.length === 1 ? known[0] : undefined;
  return sources.length === 1 ? sources[0] : undefined;
}
