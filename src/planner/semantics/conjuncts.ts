/** The parts of a condition that must all be true. */
import type { Expression } from "../../sqlparser/ast/expression.ts";

export function conjuncts(condition: Expression | undefined): readonly Expression[] {
  if (condition === undefined) return [];
  return condition.kind === "And" ? condition.operands.flatMap(conjuncts) : [condition];
}
