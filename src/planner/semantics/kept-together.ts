/**
 * Why several shards cannot answer a block alone: clauses that look at more than one row at a time. A clause that tells
 * rows apart by columns is harmless where one of them is a primary vindex, for then rows that meet lie on one shard.
 */
import type { Node } from "../../sqlparser/ast.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Select } from "../../sqlparser/ast/query.ts";
import type { Block, ColumnRef, KeptTogether } from "../operator.ts";
import { childrenOf } from "../../sqlparser/walk.ts";
import type { Scope } from "./scope.ts";

type Clause = KeptTogether[number];
const never = (construct: string): Clause => ({ construct, columns: [] });

export function keptTogether(statement: Block["statement"], scope: Scope): KeptTogether {
  const clauses: Clause[] = [];
  if (statement.orderBy.length > 0 && !ordersChangesAlone(statement)) clauses.push(never("ORDER BY"));
  if (statement.limit !== undefined) clauses.push(never("LIMIT"));
  switch (statement.kind) {
    case "Select":
      return [...clauses, ...ofSelect(statement, scope)];
    case "ValuesQuery":
      return [...clauses, never("VALUES")];
    default:
      return clauses;
  }
}

/** The order in which a shard changes its rows is that shard's own business, where it neither stops early nor tells of them. */
function ordersChangesAlone(statement: Block["statement"]): boolean {
  const isChange = statement.kind === "Update" || statement.kind === "Delete";
  return isChange && statement.limit === undefined && statement.returning.length === 0;
}

function ofSelect(select: Select, scope: Scope): readonly Clause[] {
  const clauses: Clause[] = [];
  const columnsOf = (expressions: readonly Expression[]): readonly ColumnRef[] =>
    expressions.flatMap((e) => (e.kind === "Column" ? (scope.resolve(e) ?? []) : []));
  const { groupBy } = select;
  if (groupBy !== undefined) {
    const columns = columnsOf(groupBy.items.map(({ expression }) => expression));
    clauses.push({ construct: "GROUP BY", columns: groupBy.modifier === undefined ? columns : [] });
  } else {
    const aggregate = firstAggregate(select);
    if (aggregate !== undefined) clauses.push(never(`${aggregate.toUpperCase()}()`));
    if (select.having !== undefined) clauses.push(never("HAVING"));
  }
  if (select.distinct)
    clauses.push({
      construct: "DISTINCT",
      columns: columnsOf(select.items.flatMap((item) => (item.kind === "SelectItem" ? [item.expression] : []))),
    });
  if (hasWindow(select)) clauses.push(never("window functions"));
  if (select.into !== undefined) clauses.push(never("INTO"));
  if (select.procedure !== undefined) clauses.push(never("PROCEDURE"));
  if (select.modifiers.includes("SQL_CALC_FOUND_ROWS")) clauses.push(never("SQL_CALC_FOUND_ROWS"));
  if (select.items.some(({ kind }) => kind === "NextValues")) clauses.push(never("NEXT VALUES"));
  return clauses;
}

/** The aggregate function of this select itself, not of queries inside it. */
function firstAggregate(select: Select): string | undefined {
  let found: string | undefined;
  visitOwn(select, (node) => {
    if (node.kind === "Aggregate" && node.over === undefined) found ??= node.name;
    if (node.kind === "GroupConcat" && node.over === undefined) found ??= "group_concat";
  });
  return found;
}

function hasWindow(select: Select): boolean {
  let found = select.windows.length > 0 || select.qualify !== undefined;
  visitOwn(select, (node) => {
    if (node.kind === "WindowCall") found = true;
    if ((node.kind === "Aggregate" || node.kind === "GroupConcat") && node.over !== undefined) found = true;
  });
  return found;
}

function visitOwn(select: Select, visit: (node: Node) => void): void {
  const below = (node: Node): void => {
    if (node.kind === "Subquery" || node.kind === "Exists" || node.kind === "Quantified") return;
    visit(node);
    for (const child of childrenOf(node)) below(child);
  };
  for (const item of select.items) below(item);
  for (const item of select.orderBy) below(item);
  if (select.having !== undefined) below(select.having);
  if (select.qualify !== undefined) below(select.qualify);
}
