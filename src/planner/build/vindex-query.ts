/**
 * SELECT … FROM a vindex (inventory 4.054): the gateway answers it by itself. A name means a vindex where no table has it.
 * Undefined: the query reads none.
 */
import type { VindexRows } from "../../engine/primitive.ts";
import { compileList, compileValue } from "../../evalengine/compile.ts";
import type { ListExpression } from "../../evalengine/value-expression.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Query, Select, TableName } from "../../sqlparser/ast/query.ts";
import type { Vindex } from "../../vschema/vindex.ts";
import type { VKeyspace } from "../../vschema/vschema.ts";
import { unsupported } from "../unsupported.ts";
import type { Builder } from "./builder.ts";

const fields = ["id", "keyspace_id", "range_start", "range_end", "hex_keyspace_id", "shard"] as const;
const isField = (name: string): name is (typeof fields)[number] => (fields as readonly string[]).includes(name);

export function vindexQuery(query: Query, builder: Builder): VindexRows | undefined {
  const [only, ...more] = query.kind === "Select" ? query.from : [];
  if (query.kind !== "Select" || only?.kind !== "Table" || more.length > 0) return undefined;
  const found = find(only.name, builder);
  if (found === undefined) return undefined;
  const { keyspace, vindex } = found;
  if (vindex.columnCount > 1) throw unsupported(`SELECT from the vindex ${vindex.name}, which has several columns`);
  refuseClauses(query, vindex);
  return {
    kind: "VindexRows",
    keyspace: keyspace.name,
    vindex,
    list: listOf(query.where),
    columns: query.items.flatMap((item) => {
      if (item.kind === "Star") return fields.map((field) => ({ name: field, field }));
      if (item.kind !== "SelectItem" || item.expression.kind !== "Column")
        throw unsupported("an expression on the columns of a vindex");
      const field = item.expression.name.toLowerCase();
      if (!isField(field)) throw unsupported(`the column ${item.expression.name} of a vindex`);
      return [{ name: item.alias ?? item.expression.name, field }];
    }),
  };
}

function find({ schema: qualifier, name }: TableName, { schema, target }: Builder) {
  const of = (keyspace: VKeyspace | undefined) => {
    const vindex = keyspace?.tables.has(name) === true ? undefined : keyspace?.vindexes.get(name);
    return keyspace === undefined || vindex === undefined ? [] : [{ keyspace, vindex }];
  };
  const asked = qualifier ?? target.keyspace;
  const isRouted = schema.routingRules.has(asked === "" ? name : `${asked}.${name}`);
  if (isRouted) return undefined;
  if (asked !== "") return of(schema.keyspaces.get(asked))[0];
  if (schema.globalTables.has(name)) return undefined;
  const [only, ...more] = [...schema.keyspaces.values()].flatMap(of);
  if (more.length > 0) throw unsupported(`the vindex ${name}, which several keyspaces have`);
  return only;
}

function refuseClauses(select: Select, { name }: Vindex): void {
  const { distinct, groupBy, having, orderBy, limit, windows, into, locks } = select;
  const isPlain = !distinct && groupBy === undefined && having === undefined && windows.length === 0;
  const hasTail = orderBy.length > 0 || limit !== undefined || into !== undefined || locks.length > 0;
  if (!isPlain || hasTail || select.with !== undefined) throw unsupported(`more than WHERE on the vindex ${name}`);
}

function listOf(where: Expression | undefined): ListExpression {
  const isId = (expression: Expression) => expression.kind === "Column" && expression.name.toLowerCase() === "id";
  if (where?.kind === "Comparison" && where.operator === "=" && isId(where.left)) {
    const value = compileValue(where.right);
    if (value !== undefined) return { kind: "List", items: [value] };
  }
  const list = where?.kind === "In" && !where.negated && isId(where.operand) ? compileList(where.list) : undefined;
  if (list === undefined)
    throw unsupported("WHERE clause for vindex function must be of the form id = <val> or id in (<val>, …)");
  return list;
}
