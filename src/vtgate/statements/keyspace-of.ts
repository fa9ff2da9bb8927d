/** Which keyspace a statement is about, and its text as that keyspace's servers read it. */
import { VtError } from "../../base/errors.ts";
import type { Node, Statement } from "../../sqlparser/ast.ts";
import { rewriteDown } from "../../sqlparser/rewrite.ts";
import { findAll } from "../../sqlparser/walk.ts";
import { databaseOf } from "../database-names.ts";
import type { StatementRun } from "../statement-run.ts";

const systemSchema = /^(information_schema|mysql|performance_schema|sys)$/i;

/** The keyspace of the tables that a statement names; the session's where it says nothing, or that of the only table called so. */
export function keyspaceOf(statement: Statement, run: StatementRun): string {
  const named = findAll(statement, "TableName").flatMap(({ schema }) => schema ?? []);
  const [first, other] = [...new Set(named.filter((schema) => !systemSchema.test(schema)))];
  if (other !== undefined)
    throw VtError.of("VT12001", `tables of several keyspaces in one statement (${first}, ${other})`);
  const keyspace = first ?? (run.session.target.keyspace || keyspaceByTables(statement, run));
  if (keyspace === "") throw VtError.of("VT09005");
  if (isKeyspace(keyspace, run)) return keyspace;
  throw VtError.of("VT05003", keyspace);
}

/** With or without a VSchema. */
function isKeyspace(name: string, { gateway: { cluster } }: StatementRun): boolean {
  return cluster.vschema().keyspaces.has(name) || cluster.keyspaces().includes(name);
}

/** Without a keyspace a bare name means the one table that is called so. */
function keyspaceByTables(statement: Statement, run: StatementRun): string {
  const { globalTables } = run.gateway.cluster.vschema();
  const found = findAll(statement, "TableName").map(({ name }) => globalTables.get(name));
  const keyspaces = new Set(found.map((table) => (typeof table === "object" ? table.keyspace : "")));
  return keyspaces.size === 1 ? ([...keyspaces][0] ?? "") : "";
}

/** The client's own text where no name needs another; else the statement with the servers' names. */
export function serverText(statement: Statement, text: string, run: StatementRun): string {
  const lowered = rewriteDown(statement, (node: Node): Node => {
    if (node.kind === "TableName" && node.schema !== undefined && isKeyspace(node.schema, run))
      return { ...node, schema: undefined };
    if (node.kind === "Column" && node.schema !== undefined && isKeyspace(node.schema, run))
      return { ...node, schema: undefined };
    if (node.kind === "Name" && node.role === "database" && isKeyspace(node.name, run))
      return { ...node, name: databaseOf(node.name) };
    return node;
  });
  return lowered === statement ? text : run.gateway.print(lowered, run.session);
}

/** A keyspace for what any server can answer: the session's, else an unsharded one, else any. */
export function someKeyspace(run: StatementRun): string {
  const { keyspace } = run.session.target;
  const { cluster } = run.gateway;
  if (keyspace !== "" && !systemSchema.test(keyspace)) return keyspace;
  const all = [...cluster.vschema().keyspaces.values()];
  const found = all.find(({ isSharded }) => !isSharded)?.name ?? all[0]?.name ?? cluster.keyspaces()[0];
  if (found === undefined) throw VtError.of("VT09005");
  return found;
}
