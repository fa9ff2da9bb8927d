/** What the items of ORDER BY and GROUP BY mean. */
import type { OrderItem } from "../../sqlparser/ast/call.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Select, SelectItem } from "../../sqlparser/ast/query.ts";
import { walk } from "../../sqlparser/walk.ts";

export interface Key {
  readonly expression: Expression;
  readonly direction: OrderItem["direction"];
}

/** What an item of ORDER BY or GROUP BY means: the select item at a position or by alias, else the expression. */
export function keyOf({ expression, direction }: OrderItem, select: Select): Key | undefined {
  if (expression.kind === "Literal") {
    const item = expression.type === "integer" ? select.items[Number(expression.text) - 1] : undefined;
    const isHidden = select.items.some(({ kind }) => kind !== "SelectItem");
    return item?.kind !== "SelectItem" || isHidden ? undefined : { expression: item.expression, direction };
  }
  if (expression.kind === "Null" || expression.kind === "Bind") return undefined;
  if (expression.kind === "Column" && expression.table === undefined) {
    const name = expression.name.toLowerCase();
    const named = select.items.filter(
      (i) => i.kind === "SelectItem" && i.alias?.toLowerCase() === name,
    ) as SelectItem[];
    if (named.length > 1) return undefined;
    return { expression: named[0]?.expression ?? expression, direction };
  }
  return mayMeanAlias(expression, select) ? undefined : { expression, direction };
}

/** Within an expression a bare name may be an alias or a column: the servers' rules differ, so it is left alone. */
export function mayMeanAlias(expression: Expression, select: Select): boolean {
  const aliases = new Set(
    select.items.flatMap((i) => (i.kind === "SelectItem" && i.alias !== undefined ? [i.alias.toLowerCase()] : [])),
  );
  let found = false;
  walk(expression, (node) => {
    if (node.kind === "Column" && node.table === undefined && aliases.has(node.name.toLowerCase())) found = true;
    if (node.kind === "Subquery" || node.kind === "Exists" || node.kind === "Quantified") found = true;
  });
  return found;
}
