/**
 * UPDATE and DELETE to a block. What may not be changed through the gateway is refused here: columns that decide where a
 * row lives, and copies of a table whose source is elsewhere.
 */
import type { Node } from "../../sqlparser/ast.ts";
import type { Delete, Update } from "../../sqlparser/ast/dml.ts";
import type { Table, TableExpression } from "../../sqlparser/ast/query.ts";
import type { Block } from "../operator.ts";
import { findAll } from "../../sqlparser/walk.ts";
import { Scope } from "../semantics/scope.ts";
import { unsupported } from "../unsupported.ts";
import type { Builder } from "./builder.ts";
import { buildFrom } from "./from.ts";
import { blockOf } from "./query.ts";

export function buildChange(builder: Builder, statement: Update | Delete): Block {
  if (statement.with !== undefined) throw unsupported(`WITH before ${statement.kind.toUpperCase()}`);
  const scope = new Scope(undefined);
  const { sources, facts } = buildFrom(builder, statement.from, scope);
  const tables = sources.flatMap((source) =>
    source.kind === "Source" && typeof source.table === "object" ? source.table : [],
  );
  const isSharded = tables.some((table) => table.isSharded);
  if (isSharded) {
    const isMulti = statement.kind === "Delete" ? statement.targets.length > 0 : !isOneTable(statement.from);
    if (isMulti) throw unsupported(`${statement.kind.toUpperCase()} of several tables of a sharded keyspace`);
    if (statement.returning.length > 0 && tables.some((table) => table.type === "reference"))
      throw unsupported("RETURNING of a reference table");
    if (tables.some((table) => table.type === "reference")) refuseChance(statement);
    for (const table of tables)
      if (table.source !== undefined)
        throw unsupported(`a change of the reference table ${table.name} away from its source`);
    if (statement.kind === "Update")
      checkColumns(
        statement,
        tables.flatMap((table) => table.columnVindexes.flatMap((v) => v.columns)),
      );
  }
  const block = blockOf(builder, statement, statement.where, scope, statement.from);
  const everywhere = sources.map((source) =>
    source.kind === "Source" &&
    typeof source.table === "object" &&
    source.table.type === "reference" &&
    source.table.isSharded
      ? copies(source)
      : source,
  );
  return { ...block, sources: everywhere, facts: [...facts, ...block.facts] };
}

/** Every shard would draw its own: the copies would part. */
export function refuseChance(statement: Node): void {
  for (const { name } of findAll(statement, "Call"))
    if (chance.has(name)) throw unsupported(`${name.toUpperCase()}() in a change of a reference table`);
}

const chance: ReadonlySet<string> = new Set([
  "rand",
  "random_bytes",
  "sysdate",
  "sys_guid",
  "uuid",
  "uuid_short",
  "uuid_v4",
  "uuid_v7",
]);

/** A change of a reference table goes to every shard; each makes the same of its copy. */
function copies(source: Extract<Block["sources"][number], { kind: "Source" }>): Block["sources"][number] {
  const { id, name, table, keyspace, nullableIn } = source;
  return {
    kind: "Route",
    keyspace,
    routing: { kind: "AllShards" },
    sources: [{ id, name, table, passesOn: new Map(), nullableIn }],
    isDecomposable: true,
    isWhole: false,
    nullableIn,
    outputs: undefined,
    facts: [],
  };
}

const isOneTable = (from: readonly TableExpression[]) =>
  from.length === 1 && from[0]?.kind === ("Table" satisfies Table["kind"]);

function checkColumns(statement: Update, vindexColumns: readonly string[]): void {
  for (const { column } of statement.set)
    if (vindexColumns.includes(column.name.toLowerCase()))
      throw unsupported(`UPDATE of the vindex column ${column.name}, which would move rows between shards`);
}
