/**
 * What a condition says for certain about columns: equal to a value, in a list, equal to each other. Anything else is
 * left to the servers; a fact missed costs shards, a false one would cost rows.
 */
import { compileList, compileValue } from "../../evalengine/compile.ts";
import type { ListExpression, ValueExpression } from "../../evalengine/value-expression.ts";
import type { Expression, In, Or } from "../../sqlparser/ast/expression.ts";
import type { ColumnRef, Fact } from "../operator.ts";
import { conjuncts } from "./conjuncts.ts";
import type { Scope } from "./scope.ts";

export function factsOf(condition: Expression | undefined, scope: Scope, join: number | undefined): readonly Fact[] {
  return conjuncts(condition).flatMap((part): readonly Fact[] => {
    if (part.kind === "Comparison" && part.operator === "=") return equality(part.left, part.right, scope, join);
    if (part.kind === "In" && !part.negated) return membership(part, scope, join);
    if (part.kind === "Or") return alternatives(part, scope, join);
    return [];
  });
}

function equality(left: Expression, right: Expression, scope: Scope, join: number | undefined): readonly Fact[] {
  if (left.kind === "Row" && right.kind === "Row" && left.items.length === right.items.length)
    return left.items.flatMap((item, i) => {
      const other = right.items[i];
      return other === undefined ? [] : equality(item, other, scope, join);
    });
  if (left.kind !== "Column") return right.kind === "Column" ? equality(right, left, scope, join) : [];
  const column = scope.resolve(left);
  if (column === undefined) return [];
  if (right.kind === "Column") {
    const other = scope.resolve(right);
    return other === undefined ? [] : [{ kind: "EqualColumns", left: column, right: other, join }];
  }
  const value = compileValue(right);
  return value === undefined ? [] : [{ kind: "EqualValue", column, value, join }];
}

function membership({ operand, list }: In, scope: Scope, join: number | undefined): readonly Fact[] {
  if (operand.kind === "Row" && list.kind === "Row") return rowMembership(operand.items, list.items, scope, join);
  if (operand.kind !== "Column") return [];
  const column = scope.resolve(operand);
  const items = compileList(list);
  return column === undefined || items === undefined ? [] : [inList(column, items, join)];
}

/** (a, b) IN ((1, 2), (3, 4)) says a IN (1, 3) and b IN (2, 4), which is less than the whole, and enough. */
function rowMembership(
  columns: readonly Expression[],
  rows: readonly Expression[],
  scope: Scope,
  join: number | undefined,
): readonly Fact[] {
  return columns.flatMap((operand, i) => {
    const column = operand.kind === "Column" ? scope.resolve(operand) : undefined;
    const items = rows.map((row) => (row.kind === "Row" ? row.items[i] : undefined)).map((e) => e && compileValue(e));
    if (column === undefined || !items.every((item) => item !== undefined)) return [];
    return [inList(column, { kind: "List", items }, join)];
  });
}

/** id = 1 OR id = 2 OR id IN (3, 4) */
function alternatives({ operands }: Or, scope: Scope, join: number | undefined): readonly Fact[] {
  const facts = operands.map((operand) => factsOf(operand, scope, join));
  const items: ValueExpression[] = [];
  const [first] = facts[0] ?? [];
  if (first === undefined || first.kind === "EqualColumns") return [];
  for (const [only, ...more] of facts) {
    if (only === undefined || more.length > 0 || only.kind === "EqualColumns") return [];
    if (only.column.source !== first.column.source || only.column.column !== first.column.column) return [];
    if (only.kind === "EqualValue") items.push(only.value);
    else if (only.list.kind === "List") items.push(...only.list.items);
    else return [];
  }
  return [inList(first.column, { kind: "List", items }, join)];
}

function inList(column: ColumnRef, list: ListExpression, join: number | undefined): Fact {
  const [only, ...more] = list.kind === "List" ? list.items : [];
  if (only !== undefined && more.length === 0) return { kind: "EqualValue", column, value: only, join };
  return { kind: "InList", column, list, join };
}
