/**
 * Which tables a tree reads: those in FROM, in subqueries, in TABLE t, and sequences. Names of common tables are none, but only where they are
 * visible: within WITH a query sees the tables before it, and itself when recursive. Case counts: a server may tell A from a.
 */
import type { Column, Expression } from "./ast/expression.ts";
import type { Query, TableExpression, TableName, With } from "./ast/query.ts";
import type { Node, NodeOf } from "./ast.ts";
import { type Need, onTable, type Privilege } from "./privileges-need.ts";
import { childrenOf, walk } from "./walk.ts";

type Scope = ReadonlySet<string>;
const noNames: Scope = new Set();

export function reads(node: Node): readonly Need[] {
  const needs: Need[] = [];
  visit(node, noNames, needs);
  return needs;
}

function visit(node: Node, scope: Scope, needs: Need[]): void {
  switch (node.kind) {
    case "Table":
      read(node.name, scope, needs);
      return visitAll(
        childrenOf(node).filter((child) => child !== node.name),
        scope,
        needs,
      );
    case "TableQuery":
      read(node.table, withScope(node.with, scope, needs), needs);
      return;
    case "SequenceValue": {
      const sequence = { kind: "TableName", schema: node.schema, name: node.name } as const;
      needs.push(onTable(sequence, "SELECT"));
      if (node.which === "NEXT") needs.push(onTable(sequence, "INSERT"));
      return;
    }
    case "Call":
      if (node.schema !== undefined)
        needs.push(onTable({ kind: "TableName", schema: node.schema, name: node.name }, "EXECUTE"));
      return visitAll(node.arguments, scope, needs);
    default: {
      const tables = (node as { readonly with?: With }).with;
      const inner = withScope(tables, scope, needs);
      visitAll(
        childrenOf(node).filter((child) => child !== tables),
        inner,
        needs,
      );
    }
  }
}

function visitAll(nodes: readonly Node[], scope: Scope, needs: Need[]): void {
  for (const node of nodes) visit(node, scope, needs);
}

function read(table: TableName, scope: Scope, needs: Need[]): void {
  if (table.schema === undefined && scope.has(table.name)) return;
  needs.push(onTable(table, "SELECT"));
}

/** What the common tables read; answers the scope with their names. */
function withScope(tables: With | undefined, scope: Scope, needs: Need[]): Scope {
  if (tables === undefined) return scope;
  const inner = new Set(scope);
  for (const { name, query } of tables.tables) {
    visit(query, tables.recursive ? new Set([...inner, name]) : new Set(inner), needs);
    inner.add(name);
  }
  return inner;
}

/** The tables that an UPDATE or DELETE changes: those that `columns` name, or all when one does not say (or columns is undefined). */
export function changed(
  from: readonly TableExpression[],
  columns: readonly Column[] | undefined,
  privilege: Privilege,
): readonly Need[] {
  const tables: NodeOf<"Table">[] = [];
  for (const one of from)
    walk(one, (node) => {
      if (node.kind === "Table") tables.push(node);
      return !isQuery(node);
    });
  const isSure = columns !== undefined && columns.every(({ table }) => table !== undefined);
  const names = new Set(columns?.map(({ table }) => table?.toLowerCase()));
  const hit = isSure ? tables.filter(({ alias, name }) => names.has((alias ?? name.name).toLowerCase())) : tables;
  return (hit.length === 0 ? tables : hit).map(({ name }) => onTable(name, privilege));
}

const queries: ReadonlySet<Node["kind"]> = new Set<Query["kind"]>([
  "Select",
  "SetOperation",
  "ValuesQuery",
  "TableQuery",
  "Wrapped",
]);
const isQuery = (node: Node) => queries.has(node.kind);

/** Does an UPDATE or DELETE of one table read any of its columns? */
export function readsColumns(node: NodeOf<"Update"> | NodeOf<"Delete">): boolean {
  const parts: (Node | undefined)[] = [node.where, ...node.orderBy, ...node.returning];
  if (node.kind === "Update") parts.push(...node.set.map(({ value }): Expression => value));
  return parts.some((part) => part !== undefined && hasColumn(part));
}

function hasColumn(node: Node): boolean {
  let found = false;
  walk(node, (child) => {
    if (child.kind === "Column" || child.kind === "Star") found = true;
  });
  return found;
}
