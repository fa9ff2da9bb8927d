/**
 * One keyspace of the VSchema, checked and compiled. Every problem is found, not just the first, so that whoever writes
 * a VSchema mends it once.
 */
import { errorText } from "../base/errors.ts";
import {
  type Column,
  type ColumnVindex as ColumnVindexRecord,
  type Keyspace,
  Keyspace_ForeignKeyMode as ForeignKeyModes,
  type Table,
} from "../proto/generated/vschema_pb.js";
import { parseHex } from "../sharding/keyspace-id.ts";
import { sqlTypeOf } from "../sqltypes/types.ts";
import type { Vindex, VindexSources } from "./vindex.ts";
import { makeVindex } from "./vindexes.ts";
import type {
  AutoIncrement,
  ColumnVindex,
  ForeignKeyMode,
  TableRef,
  VColumn,
  VKeyspace,
  VTable,
  VTableType,
} from "./vschema.ts";

const tableTypes: Readonly<Record<string, VTableType>> = {
  "": "ordinary",
  sequence: "sequence",
  reference: "reference",
};

export function compileKeyspace(name: string, record: Keyspace, readFile: VindexSources["readFile"]): VKeyspace {
  const problems: string[] = [];
  const warnings: string[] = [];
  const vindexes = new Map<string, Vindex>();
  for (const [vindexName, { type, params }] of Object.entries(record.vindexes)) {
    try {
      const vindex = makeVindex(type, vindexName, params, readFile);
      vindexes.set(vindexName, vindex);
      for (const param of vindex.unknownParams) warnings.push(`vindex ${vindexName} has an unknown parameter ${param}`);
    } catch (thrown) {
      problems.push(errorText(thrown));
    }
  }
  const tables = new Map<string, VTable>();
  for (const [tableName, table] of Object.entries(record.tables))
    tables.set(tableName, compileTable(name, record, tableName, table, vindexes, problems));
  return {
    name,
    isSharded: record.sharded,
    tables,
    vindexes,
    vindexWords: new Map(Object.entries(record.vindexes).map(([key, { params, owner }]) => [key, { params, owner }])),
    requiresExplicitRouting: record.requireExplicitRouting,
    foreignKeyMode: foreignKeyModes[record.foreignKeyMode],
    problems,
    views: new Map(),
    warnings,
  };
}

const foreignKeyModes: Readonly<Record<ForeignKeyModes, ForeignKeyMode>> = {
  [ForeignKeyModes.unspecified]: "unspecified",
  [ForeignKeyModes.disallow]: "disallow",
  [ForeignKeyModes.unmanaged]: "unmanaged",
  [ForeignKeyModes.managed]: "managed",
};

function compileTable(
  keyspace: string,
  { sharded: isSharded, vindexes: vindexRecords }: Keyspace,
  name: string,
  record: Table,
  vindexes: ReadonlyMap<string, Vindex>,
  problems: string[],
): VTable {
  const fault = (why: string) => problems.push(`table ${name}: ${why}`);
  const type = tableTypes[record.type];
  if (type === undefined) fault(`there is no table type '${record.type}'`);
  const pinned = record.pinned === "" ? undefined : parseHex(record.pinned);
  if (record.pinned !== "" && pinned === undefined)
    fault(`pinned to '${record.pinned}', which is no keyspace id in hex`);
  if (type === "sequence" && isSharded && pinned === undefined)
    fault("a sequence lives in an unsharded keyspace, or is pinned");
  if (record.source !== "" && type !== "reference") fault("only a reference table has a source");

  const columnVindexes: ColumnVindex[] = [];
  for (const [i, columnVindex] of record.columnVindexes.entries()) {
    const compiled = compileColumnVindex(columnVindex, i === 0, vindexRecords, vindexes, fault);
    if (compiled !== undefined) columnVindexes.push(compiled);
  }
  const needsVindex = isSharded && type === "ordinary" && record.pinned === "";
  if (needsVindex && record.columnVindexes.length === 0) fault("a table of a sharded keyspace needs a primary vindex");
  if (!isSharded && record.columnVindexes.length > 0) fault("an unsharded keyspace's table has no vindexes");
  return {
    name,
    keyspace,
    isSharded,
    type: type ?? "ordinary",
    columnVindexes,
    autoIncrement: compileAutoIncrement(record, fault),
    columns: compileColumns(record.columns, fault),
    isColumnListAuthoritative: record.columnListAuthoritative,
    keys: undefined,
    pinned,
    source: compileSource(record.source, keyspace, fault),
  };
}

function compileColumnVindex(
  record: ColumnVindexRecord,
  isPrimary: boolean,
  records: Keyspace["vindexes"],
  vindexes: ReadonlyMap<string, Vindex>,
  fault: (why: string) => void,
): ColumnVindex | undefined {
  const columns = (record.columns.length > 0 ? record.columns : [record.column]).map((c) => c.toLowerCase());
  if (record.columns.length > 0 && record.column !== "") fault(`vindex ${record.name} has both column and columns`);
  if (columns.includes("")) fault(`vindex ${record.name} has no column`);
  const vindex = vindexes.get(record.name);
  if (vindex === undefined) {
    if (records[record.name] === undefined) fault(`there is no vindex ${record.name} in this keyspace`);
    return undefined;
  }
  if (isPrimary && !vindex.isUnique) fault(`the primary vindex ${record.name} is not unique`);
  if (columns.length > vindex.columnCount || (columns.length < vindex.columnCount && !vindex.takesPrefix))
    fault(`vindex ${record.name} takes ${vindex.columnCount} columns, not ${columns.length}`);
  return { columns, vindex, isPrimary };
}

function compileAutoIncrement(record: Table, fault: (why: string) => void): AutoIncrement | undefined {
  if (record.autoIncrement === undefined) return undefined;
  const { column, sequence } = record.autoIncrement;
  if (column === "") fault("auto_increment has no column");
  if (sequence === "") fault("auto_increment has no sequence");
  return { column: column.toLowerCase(), sequence: splitName(sequence) };
}

function compileColumns(columns: readonly Column[], fault: (why: string) => void): readonly VColumn[] {
  const seen = new Set<string>();
  return columns.map((column) => {
    const name = column.name.toLowerCase();
    if (seen.has(name)) fault(`the column ${column.name} is there twice`);
    seen.add(name);
    const type = sqlTypeOf(column.type);
    if (type === undefined) fault(`the column ${column.name} has an unknown type`);
    return {
      name,
      type: type ?? "NULL_TYPE",
      isInvisible: column.invisible,
      collation: column.collationName,
      isNullable: column.nullable ?? true,
      isGenerated: false,
      isAutoIncrement: false,
      default: "unknown",
    };
  });
}

function compileSource(source: string, keyspace: string, fault: (why: string) => void): TableRef | undefined {
  if (source === "") return undefined;
  const ref = splitName(source);
  if (ref.keyspace === "") fault(`the source ${source} needs its keyspace`);
  else if (ref.keyspace === keyspace) fault(`the source ${source} must be in another keyspace`);
  return ref;
}

function splitName(text: string): TableRef {
  const [first = "", ...rest] = text.replaceAll("`", "").split(".");
  return rest.length === 0 ? { keyspace: "", table: first } : { keyspace: first, table: rest.join(".") };
}
