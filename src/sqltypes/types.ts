/**
 * The types of SQL values: Vitess's query.Type numbers (proto/query.proto), with MySQL's protocol numbers beside them.
 * A type is its name, e.g. "INT64"; `sqlTypes` is the table.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html
 */

/** Flags within query.Type numbers. */
export const typeFlags = {
  integral: 256,
  unsigned: 512,
  float: 1024,
  quoted: 2048,
  text: 4096,
  binary: 8192,
} as const;

/** wire: the number in MySQL column packets. */
export const sqlTypes = {
  NULL_TYPE: { number: 0, wire: 6 },
  INT8: { number: 257, wire: 1 },
  UINT8: { number: 770, wire: 1 },
  INT16: { number: 259, wire: 2 },
  UINT16: { number: 772, wire: 2 },
  INT24: { number: 261, wire: 9 },
  UINT24: { number: 774, wire: 9 },
  INT32: { number: 263, wire: 3 },
  UINT32: { number: 776, wire: 3 },
  INT64: { number: 265, wire: 8 },
  UINT64: { number: 778, wire: 8 },
  FLOAT32: { number: 1035, wire: 4 },
  FLOAT64: { number: 1036, wire: 5 },
  TIMESTAMP: { number: 2061, wire: 7 },
  DATE: { number: 2062, wire: 10 },
  TIME: { number: 2063, wire: 11 },
  DATETIME: { number: 2064, wire: 12 },
  YEAR: { number: 785, wire: 13 },
  DECIMAL: { number: 18, wire: 246 },
  TEXT: { number: 6163, wire: 252 },
  BLOB: { number: 10260, wire: 252 },
  VARCHAR: { number: 6165, wire: 253 },
  VARBINARY: { number: 10262, wire: 253 },
  CHAR: { number: 6167, wire: 254 },
  BINARY: { number: 10264, wire: 254 },
  BIT: { number: 2073, wire: 16 },
  ENUM: { number: 2074, wire: 254 },
  SET: { number: 2075, wire: 254 },
  TUPLE: { number: 28, wire: -1 },
  GEOMETRY: { number: 2077, wire: 255 },
  JSON: { number: 2078, wire: 245 },
  EXPRESSION: { number: 31, wire: -1 },
  HEXNUM: { number: 4128, wire: -1 },
  HEXVAL: { number: 4129, wire: -1 },
  BITNUM: { number: 4130, wire: -1 },
  VECTOR: { number: 2083, wire: 242 },
} as const;

export type SqlType = keyof typeof sqlTypes;

const byNumber = new Map<number, SqlType>(
  Object.entries(sqlTypes).map(([name, { number }]) => [number, name as SqlType]),
);

/** The type of a query.Type number; undefined for numbers we do not know. */
export function sqlTypeOf(number: number): SqlType | undefined {
  return byNumber.get(number);
}

export const isIntegral = (type: SqlType) => (sqlTypes[type].number & typeFlags.integral) !== 0;
export const isUnsigned = (type: SqlType) => (sqlTypes[type].number & typeFlags.unsigned) !== 0;
export const isFloat = (type: SqlType) => (sqlTypes[type].number & typeFlags.float) !== 0;
export const isQuoted = (type: SqlType) => (sqlTypes[type].number & typeFlags.quoted) !== 0;
export const isText = (type: SqlType) => (sqlTypes[type].number & typeFlags.text) !== 0;
export const isBinary = (type: SqlType) => (sqlTypes[type].number & typeFlags.binary) !== 0;
