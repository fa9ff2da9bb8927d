/**
 * A `Column` as the server's column definition payload (ColumnDefinition41), both ways. Type on the wire and type by name
 * meet in `sqlTypeOfWire`: the wire number, the flags and the collation together say which it is.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html
 */
import type { Column } from "./result.ts";
import { type SqlType, sqlTypes } from "./types.ts";
import { MalformedBytes, WireReader, WireWriter } from "./wire.ts";

export const columnFlags = {
  notNull: 1,
  primaryKey: 2,
  uniqueKey: 4,
  multipleKey: 8,
  blob: 16,
  unsigned: 32,
  zerofill: 64,
  binary: 128,
  enum: 256,
  autoIncrement: 512,
  timestamp: 1024,
  set: 2048,
  noDefaultValue: 4096,
  onUpdateNow: 8192,
  number: 32_768,
} as const;

/** The collation `binary`. */
export const binaryCollation = 63;

const plainTypes = new Map<number, SqlType>([
  [0, "DECIMAL"],
  [4, "FLOAT32"],
  [5, "FLOAT64"],
  [6, "NULL_TYPE"],
  [7, "TIMESTAMP"],
  [10, "DATE"],
  [11, "TIME"],
  [12, "DATETIME"],
  [13, "YEAR"],
  [14, "DATE"],
  [16, "BIT"],
  [17, "TIMESTAMP"],
  [18, "DATETIME"],
  [19, "TIME"],
  [242, "VECTOR"],
  [245, "JSON"],
  [246, "DECIMAL"],
  [247, "ENUM"],
  [248, "SET"],
  [255, "GEOMETRY"],
]);
const integerTypes = new Map<number, readonly [signed: SqlType, unsigned: SqlType]>([
  [1, ["INT8", "UINT8"]],
  [2, ["INT16", "UINT16"]],
  [9, ["INT24", "UINT24"]],
  [3, ["INT32", "UINT32"]],
  [8, ["INT64", "UINT64"]],
]);

export function sqlTypeOfWire(wire: number, flags: number, collation: number): SqlType {
  const integer = integerTypes.get(wire);
  if (integer !== undefined) return integer[(flags & columnFlags.unsigned) === 0 ? 0 : 1];
  const isBinary = collation === binaryCollation;
  if (wire >= 249 && wire <= 252) return isBinary ? "BLOB" : "TEXT";
  if (wire === 253 || wire === 15) return isBinary ? "VARBINARY" : "VARCHAR";
  if (wire === 254) {
    if ((flags & columnFlags.enum) !== 0) return "ENUM";
    if ((flags & columnFlags.set) !== 0) return "SET";
    return isBinary ? "BINARY" : "CHAR";
  }
  const plain = plainTypes.get(wire);
  if (plain === undefined) throw new MalformedBytes(`unknown column type ${wire}`);
  return plain;
}

export function decodeColumn(payload: Buffer): Column {
  const from = new WireReader(payload);
  from.skip(from.lenencSize()); // The catalog: always "def".
  const database = from.lenencText();
  const table = from.lenencText();
  const orgTable = from.lenencText();
  const name = from.lenencText();
  const orgName = from.lenencText();
  if (from.lenencSize() < 12) throw new MalformedBytes("a column definition shorter than its fixed part");
  const collation = from.u16();
  const columnLength = from.u32();
  const wire = from.u8();
  const flags = from.u16();
  const decimals = from.u8();
  const type = sqlTypeOfWire(wire, flags, collation);
  const unusual = wire === wireTypeOf(type) ? {} : { wire };
  return { name, type, table, orgTable, database, orgName, columnLength, collation, decimals, flags, ...unusual };
}

export function encodeColumn(column: Column): Buffer {
  return new WireWriter(64 + column.name.length * 2 + column.table.length * 2)
    .lenencText("def")
    .lenencText(column.database)
    .lenencText(column.table)
    .lenencText(column.orgTable)
    .lenencText(column.name)
    .lenencText(column.orgName)
    .u8(12)
    .u16(column.collation)
    .u32(column.columnLength)
    .u8(column.wire ?? wireTypeOf(column.type))
    .u16(column.flags & 0xffff)
    .u8(column.decimals)
    .zeros(2)
    .finish();
}

/** The number a column packet carries; types that only exist inside plans travel as strings. */
export function wireTypeOf(type: SqlType): number {
  const { wire } = sqlTypes[type];
  return wire < 0 ? sqlTypes.VARCHAR.wire : wire;
}

/** A column of a result that we make ourselves. */
export function madeColumn(name: string, type: SqlType = "VARCHAR", collation = defaultCollation(type)): Column {
  const flags = (sqlTypes[type].number & 512) !== 0 && integerTypes.has(sqlTypes[type].wire) ? columnFlags.unsigned : 0;
  const isBinary = collation === binaryCollation ? columnFlags.binary : 0;
  return {
    name,
    type,
    table: "",
    orgTable: "",
    database: "",
    orgName: "",
    columnLength: madeLengths[type] ?? 1024,
    collation,
    decimals: type === "FLOAT64" || type === "FLOAT32" ? 31 : 0,
    flags: flags | isBinary,
  };
}

const madeLengths: Partial<Record<SqlType, number>> = {
  INT8: 4,
  UINT8: 3,
  INT16: 6,
  UINT16: 5,
  INT24: 9,
  UINT24: 8,
  INT32: 11,
  UINT32: 10,
  INT64: 20,
  UINT64: 20,
  FLOAT32: 12,
  FLOAT64: 22,
  DATE: 10,
  DATETIME: 19,
  TIMESTAMP: 19,
  TIME: 10,
  YEAR: 4,
};

/** Text is utf8mb4 (45 = utf8mb4_general_ci, which both flavours have); everything else is binary. */
function defaultCollation(type: SqlType): number {
  return type === "VARCHAR" || type === "CHAR" || type === "TEXT" || type === "ENUM" || type === "SET"
    ? 45
    : binaryCollation;
}
