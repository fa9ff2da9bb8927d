/** Marks the scopes whose columns may belong to a query around them: `Scope.isClosed`. */
import type { Node } from "../../sqlparser/ast.ts";
import type { Select } from "../../sqlparser/ast/query.ts";
import { childrenOf } from "../../sqlparser/walk.ts";
import type { Scope } from "./scope.ts";

export function noteReach(select: Select, scope: Scope): void {
  const aliases = new Set(
    select.items.flatMap((item) =>
      item.kind === "SelectItem" && item.alias !== undefined ? [item.alias.toLowerCase()] : [],
    ),
  );
  const visit = (node: Node, mayNameAlias: boolean): void => {
    // Queries inside have noted their own reach.
    if (node.kind === "Subquery" || node.kind === "Exists" || node.kind === "Derived" || node.kind === "With") return;
    if (node.kind === "Quantified") return visit(node.left, mayNameAlias);
    if (node.kind === "Column") {
      if (mayNameAlias && node.table === undefined && aliases.has(node.name.toLowerCase())) return;
      const owner = scope.ownerOf(node);
      for (let s: Scope | undefined = scope; s !== undefined && s !== owner; s = s.parent) s.isClosed = false;
      return;
    }
    for (const child of childrenOf(node)) visit(child, mayNameAlias);
  };
  for (const node of [...select.items, ...select.from, ...present(select.where)]) visit(node, false);
  for (const node of [...present(select.groupBy), ...present(select.having), ...select.orderBy]) visit(node, true);
}

const present = (node: Node | undefined): readonly Node[] => (node === undefined ? [] : [node]);
