/**
 * The statement as a shard's server is to read it: keyspaces before names are gone (its database is the keyspace),
 * tables have the names that routing rules lead to, and what the session knows has become binds.
 *
 * The servers' own tables (information_schema) name databases as the servers do: there `vt_ks` stands for `ks`, both in
 * conditions and in what is answered.
 */
import type { Node } from "../../sqlparser/ast.ts";
import type { Column, Expression } from "../../sqlparser/ast/expression.ts";
import type { SelectItem, TableName } from "../../sqlparser/ast/query.ts";
import { type Builder, isSystemSchema } from "../build/builder.ts";
import { walk } from "../../sqlparser/walk.ts";
import { rewriteDown } from "../../sqlparser/rewrite.ts";
import { SessionNames, type SessionBind } from "./session-names.ts";

export interface Lowered<N extends Node> {
  readonly statement: N;
  readonly sessionBinds: readonly SessionBind[];
}

export function lowerNames<N extends Node>(statement: N, builder: Builder): Lowered<N> {
  const session = new SessionNames(builder.target.keyspace);
  const isSystem = readsSystemTables(statement, builder);
  const change = (node: Node): Node => {
    switch (node.kind) {
      case "Table":
        return renameTable(node, builder);
      case "TableName":
        return systemName(renamed(node, builder), builder);
      case "Column":
        return isSystem && isSchemaColumn(node) ? shown(unqualified(node)) : unqualified(node);
      case "Star":
        return node.schema === undefined || isSystemSchema(node.schema) ? node : { ...node, schema: undefined };
      case "SelectItem":
        return named(node, change);
      case "Assign":
        return node;
      case "Into":
        return node;
      default:
        if (isSystem && isDatabaseCall(node)) return shown(node as Expression);
        return session.replace(node);
    }
  };
  return { statement: rewriteDown(statement, change), sessionBinds: session.binds };
}

/** For a statement that goes to a shard as it is: only what the session knows is put into it. */
export function lowerSessionNames<N extends Node>(statement: N, keyspace: string): Lowered<N> {
  const session = new SessionNames(keyspace);
  const change = (node: Node): Node => {
    if (node.kind === "Assign" || node.kind === "Into") return node;
    return node.kind === "SelectItem" ? named(node, change) : session.replace(node);
  };
  return { statement: rewriteDown(statement, change), sessionBinds: session.binds };
}

function readsSystemTables(statement: Node, builder: Builder): boolean {
  let found = false;
  walk(statement, (node) => {
    if (node.kind === "Table" && isSystemSchema(node.name.schema ?? builder.target.keyspace)) found = true;
    return !found;
  });
  return found;
}

function renameTable(node: Extract<Node, { kind: "Table" }>, builder: Builder): Node {
  const name = systemName(renamed(node.name, builder), builder);
  if (name === node.name) return node;
  const alias = node.alias ?? (name.name === node.name.name ? undefined : node.name.name);
  return { ...node, name, alias };
}

function renamed(node: TableName, builder: Builder): TableName {
  const table = builder.tables.get(node);
  if (table === undefined || (node.schema === undefined && table.name === node.name)) return node;
  return { ...node, schema: undefined, name: table.name };
}

/** In a session that is pointed at information_schema the name alone means a table there. */
function systemName(node: TableName, { tables, target }: Builder): TableName {
  const isBare = node.schema === undefined && !tables.has(node) && isSystemSchema(target.keyspace);
  return isBare ? { ...node, schema: target.keyspace } : node;
}

function unqualified(node: Column): Column {
  return node.schema === undefined || isSystemSchema(node.schema) ? node : { ...node, schema: undefined };
}

/** A select item whose expression changed keeps the name that its column would have had. */
function named(item: SelectItem, change: (node: Node) => Node): SelectItem {
  const expression = rewriteDown(item.expression, change);
  if (expression === item.expression) return item;
  const isSameName =
    expression.kind === "Column" && item.expression.kind === "Column" && expression.name === item.expression.name;
  const alias = item.alias ?? (isSameName ? undefined : columnName(item));
  return { ...item, expression, alias };
}

const columnName = ({ expression, text }: SelectItem) => (expression.kind === "Column" ? expression.name : text);

const isDatabaseCall = (node: Node) =>
  node.kind === "Call" && node.arguments.length === 0 && (node.name === "database" || node.name === "schema");

/** The keyspace whose part of information_schema a statement asks for: … table_schema = 'ks'. */
export function askedKeyspace(statement: Node, builder: Builder): string | undefined {
  let found: string | undefined;
  if (!readsSystemTables(statement, builder)) return undefined;
  walk(statement, (node) => {
    if (node.kind !== "Comparison" || node.operator !== "=") return;
    for (const [column, value] of [
      [node.left, node.right],
      [node.right, node.left],
    ] as const)
      if (column.kind === "Column" && isSchemaColumn(column) && value.kind === "Literal") found ??= value.text;
  });
  return found;
}

const schemaColumns: ReadonlySet<string> = new Set([
  "constraint_schema",
  "event_object_schema",
  "event_schema",
  "index_schema",
  "object_schema",
  "referenced_table_schema",
  "routine_schema",
  "schema_name",
  "specific_schema",
  "table_schema",
  "trigger_schema",
  "unique_constraint_schema",
  "view_schema",
]);

/** Whether a column of the servers' own tables holds names of databases. */
export const isSchemaColumnName = (name: string) => schemaColumns.has(name.toLowerCase());
const isSchemaColumn = ({ name }: Column) => isSchemaColumnName(name);

/** trim(leading 'vt_' from name): the name as clients know it. */
function shown(operand: Expression): Expression {
  const remove: Expression = { kind: "Literal", type: "string", text: "vt_" };
  return { kind: "Trim", side: "LEADING", remove, operand };
}
