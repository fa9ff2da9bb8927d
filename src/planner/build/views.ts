/**
 * Views of sharded keyspaces, written out: a shard's view sees that shard's rows alone. Each use becomes the view's query as
 * a derived table, and so it is planned as if it stood there. Views of one server are that server's business.
 */
import type { Node } from "../../sqlparser/ast.ts";
import type { Query, Table } from "../../sqlparser/ast/query.ts";
import type { Environment } from "../../sqlparser/environment.ts";
import { parse } from "../../sqlparser/parse.ts";
import { rewriteDown } from "../../sqlparser/rewrite.ts";
import { findAll } from "../../sqlparser/walk.ts";
import type { VSchema } from "../../vschema/vschema.ts";
import { unsupported } from "../unsupported.ts";

/** Views within views. */
const depthMax = 20;

export function expandViews<N extends Node>(
  statement: N,
  schema: VSchema,
  keyspace: string,
  environment: Environment,
  depth = 0,
): N {
  if (![...schema.keyspaces.values()].some(({ views }) => views.size > 0)) return statement;
  if (depth > depthMax) throw unsupported(`views within views, deeper than ${depthMax}`);
  const commonTables = new Set(findAll(statement, "CommonTable").map(({ name }) => name));
  return rewriteDown(statement, (node) => {
    if (node.kind !== "Table") return node;
    const { name } = node;
    if (name.schema === undefined && commonTables.has(name.name)) return node;
    const home = schema.keyspaces.get(name.schema ?? keyspace);
    const view = home?.tables.has(name.name) === true ? undefined : home?.views.get(name.name);
    if (home === undefined || view === undefined) return node;
    if (node.partitions.length > 0 || node.systemTime !== undefined || node.sample !== undefined)
      throw unsupported(`PARTITION, SYSTEM_TIME or TABLESAMPLE of the view ${name.name}`);
    const query = queryOf(view, home.name, environment);
    return derived(node, expandViews(query, schema, home.name, environment, depth + 1));
  });
}

const derived = ({ name, alias }: Table, query: Query): Node => ({
  kind: "Derived",
  lateral: false,
  query,
  alias: alias ?? name.name,
  columns: [],
});

/** The view's query with names as clients have them: its tables are of its keyspace, not of a server's database. */
function queryOf(view: string, keyspace: string, environment: Environment): Query {
  const query = parse(view, environment) as Query;
  const commonTables = new Set(findAll(query, "CommonTable").map(({ name }) => name));
  return rewriteDown(query, (node) => {
    if (node.kind === "Column" || node.kind === "Star") return { ...node, schema: undefined };
    if (node.kind !== "TableName" || (node.schema === undefined && commonTables.has(node.name))) return node;
    const isOwn = node.schema === undefined || node.schema === `vt_${keyspace}`;
    return isOwn ? { ...node, schema: keyspace } : node;
  });
}
