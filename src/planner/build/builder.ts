/**
 * What building shares over one statement: the VSchema, the session's target, numbers for sources and joins, and which
 * table each name turned out to be (lowering prints names by it).
 */
import type { Column } from "../../sqlparser/ast/expression.ts";
import type { Query, Table, TableName } from "../../sqlparser/ast/query.ts";
import type { ColumnRef, Derived, Operator, Source } from "../operator.ts";
import type { Scope } from "../semantics/scope.ts";
import type { ServingType } from "../../sharding/destination.ts";
import {
  findKeyspace,
  findTable,
  unlistedTable,
  type VKeyspace,
  type VSchema,
  type VTable,
} from "../../vschema/vschema.ts";

export interface PlanTarget {
  /** The session's keyspace, or "". */
  readonly keyspace: string;
  readonly tabletType: ServingType;
}

export type BuildQuery = (builder: Builder, query: Query, outer: Scope | undefined) => Operator;

export const systemSchemas: ReadonlySet<string> = new Set(["information_schema", "mysql", "performance_schema", "sys"]);

export const isSystemSchema = (name: string | undefined) => name !== undefined && systemSchemas.has(name.toLowerCase());

export interface BuiltQuery {
  readonly operator: Operator;
  readonly isClosed: () => boolean;
  /** Of a SELECT: which column a name in it means. */
  readonly resolve: ((column: Column) => ColumnRef | undefined) | undefined;
}

export class Builder {
  readonly schema: VSchema;
  readonly target: PlanTarget;
  /** What names in the statement mean. */
  readonly tables = new Map<TableName, VTable>();
  /** What each query of the statement was built to, and whether it surely names no column of a query around it. */
  readonly built = new Map<Query, BuiltQuery>();
  /** What each table in FROM was built to. */
  readonly named = new Map<Table, Source | Derived>();
  /** A keyspace that has a copy of every table which is not its own: reference tables are read there. */
  readonly near: VKeyspace | undefined;
  /** Builds a query within a query; given, because FROM and queries hold each other. */
  readonly query: BuildQuery;
  #lastId = 0;

  constructor(schema: VSchema, target: PlanTarget, query: BuildQuery, near?: VKeyspace) {
    this.near = near;
    this.schema = schema;
    this.target = target;
    this.query = query;
  }

  takeId(): number {
    return ++this.#lastId;
  }

  /** The table; throws the typed errors of `findTable`. */
  find(name: TableName): { readonly table: VTable; readonly keyspace: VKeyspace } {
    const meant = findTable(this.schema, name.schema ?? this.target.keyspace, name.name, this.target.tabletType);
    const table = (this.near === undefined ? undefined : copyIn(this.near, meant)) ?? meant;
    this.tables.set(name, table);
    return { table, keyspace: findKeyspace(this.schema, table.keyspace) };
  }
}

/** The same reference table in another keyspace: the copy of a source, or the source of a copy. */
export function copyIn(keyspace: VKeyspace, table: VTable): VTable | undefined {
  if (table.keyspace === keyspace.name) return table;
  for (const other of keyspace.tables.values())
    if (other.source?.keyspace === table.keyspace && other.source.table === table.name) return other;
  if (table.source?.keyspace !== keyspace.name) return undefined;
  return (
    keyspace.tables.get(table.source.table) ??
    (keyspace.isSharded ? undefined : unlistedTable(keyspace, table.source.table))
  );
}
