/**
 * What would leave its mark on a server's connection: pooled connections serve many sessions, so the mark would be lost,
 * or found by somebody else. Refused by name until sessions can reserve a connection.
 */
import type { Statement } from "../sqlparser/ast.ts";
import { walk } from "../sqlparser/walk.ts";
import { unsupported } from "./unsupported.ts";

const locks: ReadonlySet<string> = new Set([
  "get_lock",
  "is_free_lock",
  "is_used_lock",
  "release_all_locks",
  "release_lock",
]);

export function refuseConnectionState(statement: Statement): void {
  walk(statement, (node) => {
    switch (node.kind) {
      case "Assign":
        throw unsupported(":= in a statement");
      case "Into":
        if (node.target === "VARIABLES") throw unsupported("SELECT INTO variables");
        return true;
      case "Select":
        if (node.modifiers.includes("SQL_CALC_FOUND_ROWS")) throw unsupported("SQL_CALC_FOUND_ROWS");
        return true;
      case "Call":
        if (node.schema === undefined && locks.has(node.name)) throw unsupported(`${node.name.toUpperCase()}()`);
        return true;
      case "CreateTable":
        if (node.temporary) throw unsupported("CREATE TEMPORARY TABLE");
        return true;
      default:
        return true;
    }
  });
}
