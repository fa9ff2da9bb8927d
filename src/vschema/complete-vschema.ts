/**
 * A VSchema with what the servers' own definitions add to it: the columns of the tables that it lists without saying
 * that their list is complete, and the tables of unsharded keyspaces, which it need not list at all. What the VSchema
 * says itself stays in force.
 */
import {
  globalTables,
  type VColumn,
  type VKeys,
  type VKeyspace,
  type VSchema,
  type VTable,
  unlistedTable,
} from "./vschema.ts";

/** Tables and views by name. */
export type FoundTables = ReadonlyMap<string, FoundTable>;

export interface FoundTable {
  readonly columns: readonly VColumn[];
  /** Undefined for views. */
  readonly keys: VKeys | undefined;
  /** Of a view: its query. */
  readonly view: string | undefined;
}

export function completeVSchema(schema: VSchema, found: ReadonlyMap<string, FoundTables>): VSchema {
  if (found.size === 0) return schema;
  const keyspaces = new Map<string, VKeyspace>();
  const unlisted = new Map<string, VTable | "ambiguous">();
  for (const [name, keyspace] of schema.keyspaces) {
    const tables = found.get(name);
    keyspaces.set(name, tables === undefined ? keyspace : completeKeyspace(keyspace, tables));
    if (tables === undefined || keyspace.isSharded || keyspace.requiresExplicitRouting) continue;
    for (const table of tables.keys()) {
      const one = keyspaces.get(name)?.tables.get(table);
      if (one !== undefined && !keyspace.tables.has(table))
        unlisted.set(table, unlisted.has(table) ? "ambiguous" : one);
    }
  }
  // A name that the VSchema gives to a table means that table, whatever else is called so.
  return { ...schema, keyspaces, globalTables: new Map([...unlisted, ...globalTables(listed(keyspaces, schema))]) };
}

/** The keyspaces with those tables alone that the VSchema itself has. */
function listed(keyspaces: ReadonlyMap<string, VKeyspace>, schema: VSchema): ReadonlyMap<string, VKeyspace> {
  return new Map(
    [...keyspaces].map(([name, keyspace]) => {
      const known = schema.keyspaces.get(name)?.tables;
      const tables = new Map([...keyspace.tables].filter(([table]) => known?.has(table)));
      return [name, { ...keyspace, tables }];
    }),
  );
}

function completeKeyspace(keyspace: VKeyspace, found: FoundTables): VKeyspace {
  const tables = new Map(keyspace.tables);
  for (const [name, { columns, keys }] of found) {
    const table = tables.get(name) ?? (keyspace.isSharded ? undefined : unlistedTable(keyspace, name));
    if (table === undefined) continue;
    const known = table.isColumnListAuthoritative ? table.columns : columns;
    tables.set(name, { ...table, columns: known, isColumnListAuthoritative: true, keys });
  }
  const views = new Map([...found].flatMap(([name, { view }]) => (view === undefined ? [] : [[name, view] as const])));
  return { ...keyspace, tables, views: keyspace.isSharded ? views : new Map() };
}
