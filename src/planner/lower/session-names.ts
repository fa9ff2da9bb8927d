/**
 * What a statement asks of the session and not of a server: user variables, LAST_INSERT_ID(), DATABASE() and so on. Each
 * becomes a bind that the gateway fills at each call, or a constant that the plan's key holds already (the keyspace).
 */
import type { Node } from "../../sqlparser/ast.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";

/** A bind that the session fills: its name, and what it stands for. */
export interface SessionBind {
  readonly bind: string;
  readonly fact: SessionFact;
}

export type SessionFact =
  | { readonly kind: "UserVariable"; readonly name: string }
  | { readonly kind: "SystemVariable"; readonly name: string }
  | { readonly kind: "LastInsertId" | "FoundRows" | "RowCount" | "ConnectionId" | "User" };

const functions: Readonly<
  Record<string, SessionFact["kind"] & ("LastInsertId" | "FoundRows" | "RowCount" | "ConnectionId" | "User")>
> = {
  last_insert_id: "LastInsertId",
  found_rows: "FoundRows",
  row_count: "RowCount",
  connection_id: "ConnectionId",
  user: "User",
  session_user: "User",
  system_user: "User",
};

/** System variables that are the gateway's own; all others are the servers'. */
export const gatewayVariables: ReadonlySet<string> = new Set([
  "autocommit",
  "character_set_client",
  "client_found_rows",
  "completion_type",
  "ddl_strategy",
  "enable_system_settings",
  "error_count",
  "identity",
  "last_insert_id",
  "migration_context",
  "query_timeout",
  "read_after_write_gtid",
  "read_after_write_timeout",
  "session_track_gtids",
  "session_uuid",
  "skip_query_plan_cache",
  "socket",
  "sql_select_limit",
  "transaction_mode",
  "transaction_read_only",
  "transaction_timeout",
  "tx_read_only",
  "version",
  "version_comment",
  "warning_count",
  "workload",
]);

export class SessionNames {
  readonly binds: SessionBind[] = [];
  readonly #keyspace: string;

  constructor(keyspace: string) {
    this.#keyspace = keyspace;
  }

  /** What stands in the node's place: the node itself where the servers know. */
  replace(node: Node): Node {
    switch (node.kind) {
      case "UserVariable":
        return this.#bind(`__vtudv${node.name.toLowerCase()}`, { kind: "UserVariable", name: node.name.toLowerCase() });
      case "SystemVariable": {
        const name = node.name.toLowerCase();
        const isOwn = node.component === undefined && node.scope !== "GLOBAL" && gatewayVariables.has(name);
        return isOwn ? this.#bind(`__vtsys${name}`, { kind: "SystemVariable", name }) : node;
      }
      case "Call": {
        if (node.schema !== undefined || node.arguments.length > 0) return node;
        if (node.name === "database" || node.name === "schema") return this.#database();
        const kind = Object.hasOwn(functions, node.name) ? functions[node.name] : undefined;
        return kind === undefined ? node : this.#bind(`__vt${kind}`, { kind });
      }
      default:
        return node;
    }
  }

  #database(): Expression {
    if (this.#keyspace === "") return { kind: "Null" };
    return { kind: "Literal", type: "string", text: this.#keyspace };
  }

  #bind(name: string, fact: SessionFact): Expression {
    const bind = name.replaceAll(/\W/g, (c) => `_${c.charCodeAt(0)}_`);
    if (!this.binds.some((b) => b.bind === bind)) this.binds.push({ bind, fact });
    return { kind: "Bind", name: bind };
  }
}
