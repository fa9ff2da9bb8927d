/** Statements' trees, for comparing: all but the text of select items, which is as it was written. */
import type { Node } from "../sqlparser/ast.ts";

export function comparable(tree: Node): string {
  return JSON.stringify(tree, (_, value: unknown) =>
    (value as { readonly kind?: unknown } | null)?.kind === "SelectItem" ? { ...(value as object), text: "" } : value,
  );
}
