/**
 * UPDATE and DELETE to a block, and the tables that they change. What may not be changed through the gateway is refused
 * here: columns that decide where a row lives, and what would make copies of a table part.
 */
import type { Node } from "../../sqlparser/ast.ts";
import type { Assignment, Delete, Update } from "../../sqlparser/ast/dml.ts";
import type { Table, TableExpression } from "../../sqlparser/ast/query.ts";
import { findAll } from "../../sqlparser/walk.ts";
import type { VTable } from "../../vschema/vschema.ts";
import type { Block, Source } from "../operator.ts";
import { Scope } from "../semantics/scope.ts";
import { type Moving, movingOf } from "../change/move.ts";
import { unsupported } from "../unsupported.ts";
import type { Builder } from "./builder.ts";
import { buildFrom } from "./from.ts";
import { blockOf, withScope } from "./query.ts";

export interface Change {
  readonly statement: Update | Delete;
  readonly block: Block;
  readonly targets: readonly ChangedTable[];
  /** An assignment that takes rows to another shard. */
  readonly moving: Moving | undefined;
  readonly scope: Scope;
}

/** A table of the statement whose rows change. */
export interface ChangedTable {
  readonly node: Table;
  readonly source: Source;
  readonly table: VTable;
  /** Of UPDATE. */
  readonly assignments: readonly Assignment[];
}

export const isCopied = ({ type, isSharded }: VTable) => type === "reference" && isSharded;

export function buildChange(builder: Builder, written: Update | Delete): Change {
  const statement = atSources(builder, written);
  const scope = new Scope(withScope(builder, statement.with, undefined));
  const { sources, facts, local } = buildFrom(builder, statement.from, scope);
  const targets = targetsOf(builder, statement, scope);
  const tables = targets.map(({ table }) => table);
  if (tables.some((table) => isCopied(table))) {
    if (statement.returning.length > 0) throw unsupported("RETURNING of a reference table");
    refuseChance(statement);
  }
  const moves = targets.flatMap(({ table, assignments }) =>
    statement.kind === "Update" && table.isSharded ? movesOf(statement, table, assignments) : [],
  );
  const block = blockOf(builder, statement, statement.where, scope, statement.from);
  const changed = new Set(targets.map(({ source }) => source.id));
  const everywhere = sources.map((source) =>
    source.kind === "Source" && changed.has(source.id) && typeof source.table === "object" && isCopied(source.table)
      ? copies(source)
      : source,
  );
  return {
    statement,
    block: { ...block, sources: everywhere, facts: [...facts, ...block.facts], local },
    targets,
    moving: moves.at(-1),
    scope,
  };
}

/** A reference table is changed where it has its source. Keyspaces of targets go: FROM says which tables are meant. */
function atSources<S extends Update | Delete>(builder: Builder, written: S): S {
  const statement =
    written.kind === "Delete"
      ? { ...written, targets: written.targets.map((target) => ({ ...target, schema: undefined })) }
      : written;
  const [only, ...more] = statement.from;
  if (only?.kind !== "Table" || more.length > 0) return statement;
  const { table } = builder.find(only.name);
  if (table.source === undefined) return statement;
  const name = { ...only.name, schema: table.source.keyspace, name: table.source.table };
  const alias = only.alias ?? (name.name === only.name.name ? undefined : only.name.name);
  return { ...statement, from: [{ ...only, name, alias }] };
}

/** Empty where the servers alone need to know: of statements over unsharded tables. */
function targetsOf(builder: Builder, statement: Update | Delete, scope: Scope): readonly ChangedTable[] {
  const nodes = tablesOf(statement.from);
  const isSharded = nodes.some((node) => {
    const named = builder.named.get(node);
    return named?.kind === "Derived" || (typeof named?.table === "object" && named.table.isSharded);
  });
  if (!isSharded && !isAcross(builder, nodes)) return [];
  const found = new Map<number, ChangedTable>();
  const add = (id: number | undefined, assignment: Assignment | undefined, what: string) => {
    const target = nodes.find((node) => builder.named.get(node)?.id === id);
    const source = target === undefined ? undefined : builder.named.get(target);
    if (target === undefined || source?.kind !== "Source" || typeof source.table !== "object")
      throw unsupported(`${statement.kind.toUpperCase()} of ${what}, whose table is not known`);
    const known = found.get(source.id);
    const assignments = [...(known?.assignments ?? []), ...(assignment === undefined ? [] : [assignment])];
    found.set(source.id, { node: target, source, table: source.table, assignments });
  };
  const [only] = scope.sources;
  const isOne = scope.sources.length === 1;
  if (statement.kind === "Update")
    for (const assignment of statement.set)
      add(isOne ? only?.id : scope.resolve(assignment.column)?.source, assignment, assignment.column.name);
  else if (statement.targets.length === 0) add(only?.id, undefined, "this");
  else
    for (const { name } of statement.targets)
      add(scope.sources.find((source) => source.name === name)?.id, undefined, name);
  for (const { table } of found.values())
    if (table.source !== undefined && table.isSharded)
      throw unsupported(`a change of the reference table ${table.name} away from its source`);
  return [...found.values()];
}

function isAcross(builder: Builder, nodes: readonly Table[]): boolean {
  const keyspaces = nodes.map((node) => {
    const named = builder.named.get(node);
    return named?.kind === "Source" ? named.keyspace?.name : undefined;
  });
  return new Set(keyspaces).size > 1;
}

/** All named tables of FROM. */
function tablesOf(from: readonly TableExpression[]): readonly Table[] {
  return from.flatMap((table): readonly Table[] => {
    switch (table.kind) {
      case "Table":
        return [table];
      case "Join":
        return tablesOf([table.left, table.right]);
      case "TableGroup":
        return tablesOf(table.tables);
      default:
        return [];
    }
  });
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
function copies({ id, name, table, keyspace, nullableIn }: Source): Block["sources"][number] {
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

function movesOf(statement: Update, table: VTable, assignments: readonly Assignment[]): readonly Moving[] {
  const columns = new Set(table.columnVindexes.flatMap((vindex) => vindex.columns));
  const placing = assignments.filter(({ column }) => columns.has(column.name.toLowerCase()));
  return placing.flatMap((assignment) => movingOf(statement, table, assignment) ?? []);
}
