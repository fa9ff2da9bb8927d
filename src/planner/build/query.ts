/** Queries of the AST to operators: blocks with their sources, nested queries and facts. */
import type { Node } from "../../sqlparser/ast.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Query, Select, With } from "../../sqlparser/ast/query.ts";
import type { Block, Nested, Operator, Output } from "../operator.ts";
import { factsOf } from "../semantics/facts.ts";
import { localConditions } from "../semantics/local-conditions.ts";
import { noteReach } from "../semantics/reach.ts";
import { keptTogether } from "../semantics/kept-together.ts";
import { childrenOf } from "../../sqlparser/walk.ts";
import { type CommonTableUse, Scope } from "../semantics/scope.ts";
import { unsupported } from "../unsupported.ts";
import type { Builder } from "./builder.ts";
import { buildFrom } from "./from.ts";

const depthMax = 100;

export function buildQuery(builder: Builder, query: Query, outer: Scope | undefined): Operator {
  const operator = build(builder, query, outer);
  if (query.kind !== "Select")
    builder.built.set(query, { operator, isClosed: () => partsOf(query).every(isClosed), resolve: undefined });
  return operator;

  function isClosed(part: Query): boolean {
    return builder.built.get(part)?.isClosed() ?? false;
  }
}

function partsOf(query: Query): readonly Query[] {
  if (query.kind === "SetOperation") return [query.left, query.right];
  return query.kind === "Wrapped" ? [query.query] : [];
}

function build(builder: Builder, query: Query, outer: Scope | undefined): Operator {
  const depth = (outer?.depth ?? 0) + 1;
  if (depth > depthMax) throw unsupported(`queries nested deeper than ${depthMax}`);
  const scope = withScope(builder, query.with, outer);
  switch (query.kind) {
    case "Select":
      return buildSelect(builder, query, scope);
    case "SetOperation":
      return {
        kind: "Union",
        statement: query,
        left: buildQuery(builder, query.left, scope),
        right: buildQuery(builder, query.right, scope),
      };
    case "Wrapped":
      return { kind: "Whole", statement: query, input: buildQuery(builder, query.query, scope) };
    case "ValuesQuery":
      return blockOf(builder, query, undefined, scope, []);
    case "TableQuery": {
      const { table, keyspace } = builder.find(query.table);
      const id = builder.takeId();
      const source: Operator = { kind: "Source", id, table, keyspace, name: table.name, nullableIn: [] };
      return { ...blockOf(builder, query, undefined, scope, []), sources: [source] };
    }
    default:
      throw unsupported((query as Query).kind);
  }
}

function buildSelect(builder: Builder, select: Select, outer: Scope | undefined): Block {
  const scope = new Scope(outer);
  const { sources, facts, local } = buildFrom(builder, select.from, scope);
  const inside = blockOf(builder, select, select.where, scope, select.from);
  const block: Block = {
    ...inside,
    sources,
    facts: [...facts, ...inside.facts],
    local: [...local, ...localConditions(select.where, scope, undefined)],
    outputs: outputs(select, scope),
  };
  noteReach(select, scope);
  builder.built.set(select, {
    operator: block,
    isClosed: () => scope.isClosed,
    resolve: (column) => scope.resolve(column),
  });
  return block;
}

/** A block without its sources: its condition's facts and the queries in its expressions. */
export function blockOf(
  builder: Builder,
  statement: Block["statement"],
  where: Expression | undefined,
  scope: Scope | undefined,
  builtAlready: readonly Node[],
): Block {
  const inside = scope ?? new Scope(undefined);
  return {
    kind: "Block",
    statement,
    sources: [],
    nested: nestedQueries(builder, statement, inside, new Set(builtAlready)),
    facts: factsOf(where, inside, undefined),
    local: [],
    outputs: undefined,
    keptTogether: keptTogether(statement, inside),
  };
}

/** The queries within the expressions of a statement, but for those in FROM and WITH, which are built already. */
function nestedQueries(
  builder: Builder,
  statement: Node,
  scope: Scope,
  builtAlready: ReadonlySet<Node>,
): readonly Nested[] {
  const found: Nested[] = [];
  const visit = (node: Node): void => {
    if (node.kind === "With") return;
    if (node.kind === "In" && node.list.kind === "Subquery" && !node.negated && node.operand.kind === "Column") {
      const memberOf = scope.resolve(node.operand);
      found.push({ query: buildQuery(builder, node.list.query, scope), memberOf });
      return;
    }
    if (node.kind === "Subquery" || node.kind === "Exists" || node.kind === "Quantified") {
      if (node.kind === "Quantified") visit(node.left);
      found.push({ query: buildQuery(builder, node.query, scope), memberOf: undefined });
      return;
    }
    if (builtAlready.has(node)) return onlyConditions(node, visit);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(statement);
  return found;
}

/** Of FROM only the conditions of joins are left to look at. */
function onlyConditions(node: Node, visit: (node: Node) => void): void {
  if (node.kind === "Join") {
    onlyConditions(node.left, visit);
    onlyConditions(node.right, visit);
    if (node.on !== undefined) visit(node.on);
  } else if (node.kind === "TableGroup") for (const table of node.tables) onlyConditions(table, visit);
}

function outputs(select: Select, scope: Scope): readonly Output[] | undefined {
  const out: Output[] = [];
  for (const item of select.items) {
    if (item.kind !== "SelectItem") return undefined;
    const { expression, alias, text } = item;
    const isColumn = expression.kind === "Column";
    const name = alias ?? (isColumn ? expression.name : text);
    out.push({ name: name.toLowerCase(), column: isColumn ? scope.resolve(expression) : undefined });
  }
  return out;
}

/** Common tables are built anew for each use, as if they were written there. */
export function withScope(builder: Builder, clause: With | undefined, outer: Scope | undefined): Scope | undefined {
  if (clause === undefined) return outer;
  let scope = outer;
  for (const table of clause.tables) {
    let isOpen = false;
    const before = scope;
    const use: CommonTableUse = {
      table,
      isOpen: () => isOpen,
      build: () => {
        isOpen = true;
        try {
          return buildQuery(builder, table.query, clause.recursive ? inner : before);
        } finally {
          isOpen = false;
        }
      },
    };
    const inner = new Scope(before, new Map([[table.name, use]]));
    scope = inner;
  }
  return scope;
}
