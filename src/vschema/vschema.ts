/**
 * The VSchema as the gateway plans with it: compiled once from the topology's record, then read only. Names of tables
 * are told apart by case, names of columns are not (they are kept in small letters here).
 *
 * `compileVSchema` never throws: what is wrong with a keyspace is listed in its `problems`, and only that keyspace
 * refuses to be used (VT20006). `findTable` is the one way from a name in a statement to a table.
 */
import { VtError } from "../base/errors.ts";
import type { RoutingRules, SrvVSchema } from "../proto/generated/vschema_pb.js";
import type { KeyspaceId } from "../sharding/keyspace-id.ts";
import type { ServingType } from "../sharding/destination.ts";
import type { SqlType } from "../sqltypes/types.ts";
import type { Value } from "../sqltypes/value.ts";
import { compileKeyspace } from "./compile-keyspace.ts";
import type { Vindex, VindexSources } from "./vindex.ts";

export interface VSchema {
  readonly keyspaces: ReadonlyMap<string, VKeyspace>;
  /** Tables by bare name, from keyspaces that allow it; "ambiguous" where several have the name. */
  readonly globalTables: ReadonlyMap<string, VTable | "ambiguous">;
  /** "ks.table@replica", "ks.table" or "table" → the table meant; undefined: the rule refuses the name. */
  readonly routingRules: ReadonlyMap<string, TableRef | undefined>;
}

export interface TableRef {
  readonly keyspace: string;
  readonly table: string;
}

export type ForeignKeyMode = "unspecified" | "disallow" | "unmanaged" | "managed";

export interface VKeyspace {
  readonly name: string;
  readonly isSharded: boolean;
  readonly tables: ReadonlyMap<string, VTable>;
  /** The queries of its views, where it is sharded and they are known. */
  readonly views: ReadonlyMap<string, string>;
  readonly vindexes: ReadonlyMap<string, Vindex>;
  /** What the VSchema says of the vindexes, for people to read. */
  readonly vindexWords: ReadonlyMap<string, VindexWords>;
  readonly requiresExplicitRouting: boolean;
  readonly foreignKeyMode: ForeignKeyMode;
  /** What keeps it from being used. */
  readonly problems: readonly string[];
  /** What is odd but harmless: parameters that a vindex does not know. */
  readonly warnings: readonly string[];
}

export interface VindexWords {
  readonly params: Readonly<Record<string, string>>;
  /** The table whose rows decide what a lookup vindex holds. */
  readonly owner: string;
}

export type VTableType = "ordinary" | "sequence" | "reference";

export interface VTable {
  readonly name: string;
  readonly keyspace: string;
  readonly isSharded: boolean;
  readonly type: VTableType;
  /** The first one places the row. Empty for unsharded, reference and pinned tables. */
  readonly columnVindexes: readonly ColumnVindex[];
  readonly autoIncrement: AutoIncrement | undefined;
  readonly columns: readonly VColumn[];
  /** `columns` is complete. */
  readonly isColumnListAuthoritative: boolean;
  /** What the server says of its keys; undefined: nobody has asked yet. */
  readonly keys: VKeys | undefined;
  /** All rows live here. */
  readonly pinned: KeyspaceId | undefined;
  /** Of a reference table: where it is written. */
  readonly source: TableRef | undefined;
}

export interface ColumnVindex {
  readonly columns: readonly string[];
  readonly vindex: Vindex;
  readonly isPrimary: boolean;
}

export interface AutoIncrement {
  readonly column: string;
  /** Keyspace "" where the VSchema gives only the table's name. */
  readonly sequence: TableRef;
}

export interface VColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly isInvisible: boolean;
  readonly collation: string;
  /** May be NULL, as far as that is known. */
  readonly isNullable: boolean;
  /** The server makes its value, always. */
  readonly isGenerated: boolean;
  readonly isAutoIncrement: boolean;
  /** What a row gets that says nothing of it: "unknown" where nobody told, "expression" where the server works it out. */
  readonly default: Value | "none" | "expression" | "unknown";
}

/** No two rows of one server are equal in such columns. */
export interface VKeys {
  /** Empty where the table has no primary key. */
  readonly primary: readonly string[];
  readonly unique: readonly UniqueKey[];
}

export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** Its columns are whole: no prefixes of them, no expressions. */
  readonly isWhole: boolean;
}

/** Reads "ks.table" or "table". */
export function parseTableRef(text: string): TableRef {
  const dot = text.indexOf(".");
  return dot < 0 ? { keyspace: "", table: text } : { keyspace: text.slice(0, dot), table: text.slice(dot + 1) };
}

export function compileVSchema(record: SrvVSchema, readFile: VindexSources["readFile"]): VSchema {
  const keyspaces = new Map<string, VKeyspace>();
  for (const [name, keyspace] of Object.entries(record.keyspaces))
    keyspaces.set(name, compileKeyspace(name, keyspace, readFile));
  return { keyspaces, globalTables: globalTables(keyspaces), routingRules: compileRules(record.routingRules) };
}

export const emptyVSchema: VSchema = { keyspaces: new Map(), globalTables: new Map(), routingRules: new Map() };

/** A reference table and its source are one table: the source has the name. */
export function globalTables(keyspaces: ReadonlyMap<string, VKeyspace>): ReadonlyMap<string, VTable | "ambiguous"> {
  const tables = new Map<string, VTable | "ambiguous">();
  for (const keyspace of keyspaces.values()) {
    if (keyspace.requiresExplicitRouting) continue;
    for (const table of keyspace.tables.values()) {
      const other = tables.get(table.name);
      if (other === undefined) tables.set(table.name, table);
      else if (other === "ambiguous" || isSourceOf(other, table)) continue;
      else tables.set(table.name, isSourceOf(table, other) ? table : "ambiguous");
    }
  }
  return tables;
}

const isSourceOf = (a: VTable, b: VTable) => b.source?.keyspace === a.keyspace && b.source.table === a.name;

function compileRules(rules: RoutingRules | undefined): ReadonlyMap<string, TableRef | undefined> {
  return new Map(
    (rules?.rules ?? []).map(({ fromTable, toTables }) => {
      const [to] = toTables;
      return [fromTable, to === undefined || toTables.length > 1 ? undefined : parseTableRef(to)];
    }),
  );
}

/** The keyspace; throws VT05003 where there is none and VT20006 where it cannot be used. */
export function findKeyspace(schema: VSchema, name: string): VKeyspace {
  const keyspace = schema.keyspaces.get(name);
  if (keyspace === undefined) throw VtError.of("VT05003", name);
  if (keyspace.problems.length > 0) throw VtError.of("VT20006", name, keyspace.problems);
  return keyspace;
}

/**
 * The table that a statement means. `keyspace` is the qualifier, or the session's keyspace, or "" without either. Tables
 * of unsharded keyspaces need no entry in the VSchema.
 */
export function findTable(schema: VSchema, keyspace: string, table: string, tabletType: ServingType): VTable {
  const from = keyspace === "" ? table : `${keyspace}.${table}`;
  for (const key of [`${from}@${tabletType.toLowerCase()}`, from]) {
    if (!schema.routingRules.has(key)) continue;
    const to = schema.routingRules.get(key);
    if (to === undefined) throw VtError.of("VT20010", from);
    return findUnrouted(schema, to.keyspace, to.table);
  }
  return findUnrouted(schema, keyspace, table);
}

function findUnrouted(schema: VSchema, keyspaceName: string, name: string): VTable {
  if (keyspaceName === "") return findGlobal(schema, name);
  const keyspace = findKeyspace(schema, keyspaceName);
  const table = keyspace.tables.get(name);
  if (table !== undefined) return table;
  if (keyspace.isSharded) throw VtError.of("VT05005", name, keyspaceName);
  return unlistedTable(keyspace, name);
}

function findGlobal(schema: VSchema, name: string): VTable {
  const table = schema.globalTables.get(name);
  if (table === "ambiguous") throw VtError.of("VT20009", name);
  if (table !== undefined) {
    findKeyspace(schema, table.keyspace);
    return table;
  }
  const [only, ...more] = schema.keyspaces.values();
  if (only === undefined || more.length > 0 || only.isSharded) throw VtError.of("VT05004", name);
  return unlistedTable(only, name);
}

export function unlistedTable(keyspace: VKeyspace, name: string): VTable {
  return {
    name,
    keyspace: keyspace.name,
    isSharded: false,
    type: "ordinary",
    columnVindexes: [],
    autoIncrement: undefined,
    columns: [],
    isColumnListAuthoritative: false,
    keys: undefined,
    pinned: undefined,
    source: undefined,
  };
}
