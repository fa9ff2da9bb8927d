/**
 * What would leave its mark on a server's connection: pooled connections serve many sessions, so the mark would be lost,
 * or found by somebody else. Refused by name until sessions can reserve a connection.
 */
import type { Node, Statement } from "../sqlparser/ast.ts";
import type { Call } from "../sqlparser/ast/call.ts";
import { walk } from "../sqlparser/walk.ts";
import { unsupported } from "./unsupported.ts";

/** The answers of queries are looked at for what LAST_INSERT_ID() is to be; OK packets of changes tell it. */
function columnsOf(statement: Statement): ReadonlySet<Node> | undefined {
  if (statement.kind === "Insert" || statement.kind === "Update" || statement.kind === "Delete") return undefined;
  const items = statement.kind === "Select" ? statement.items : [];
  return new Set(items.flatMap((item) => (item.kind === "SelectItem" ? [item.expression] : [])));
}

/** LAST_INSERT_ID(expression) */
export const setsInsertId = (call: Call) =>
  call.name === "last_insert_id" && call.schema === undefined && call.arguments.length > 0;

const locks: ReadonlySet<string> = new Set([
  "get_lock",
  "is_free_lock",
  "is_used_lock",
  "release_all_locks",
  "release_lock",
]);

export function refuseConnectionState(statement: Statement): void {
  const columns = columnsOf(statement);
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
        if (columns !== undefined && setsInsertId(node) && !columns.has(node))
          throw unsupported("LAST_INSERT_ID(expression) that is no column of the answer");
        if (node.schema === undefined && locks.has(node.name))
          throw unsupported(`${node.name.toUpperCase()}() beside tables`);
        return true;
      case "CreateTable":
        if (node.temporary) throw unsupported("CREATE TEMPORARY TABLE");
        return true;
      default:
        return true;
    }
  });
}
