/** Types of columns, parameters and variables. https://dev.mysql.com/doc/refman/8.4/en/data-types.html */
import type { DataType } from "../ast/table.ts";
import type { Token } from "../token.ts";
import { acceptCharset, parseCharsetName } from "./names.ts";
import type { Parser } from "./parser.ts";

export const plainType = {
  kind: "DataType",
  length: undefined,
  scale: undefined,
  unsigned: false,
  zerofill: false,
  charset: undefined,
  binary: false,
  collation: undefined,
  values: [],
  of: [],
  fields: [],
} as const;

type Shape =
  /** Nothing follows the word. */
  | "bare"
  | "integer"
  /** (length), and neither sign nor character set. */
  | "length"
  /** (length) is a must. */
  | "mustLength"
  | "decimal"
  /** (length, scale) or nothing. */
  | "double"
  | "text"
  | "varchar"
  | "tinytext"
  | "values";

/** A word, the type it means, and what follows it. */
const types: ReadonlyMap<Token, readonly [name: string, shape: Shape]> = new Map<Token, readonly [string, Shape]>([
  ["INT", ["INT", "integer"]],
  ["INTEGER", ["INT", "integer"]],
  ["INT4", ["INT", "integer"]],
  ["TINYINT", ["TINYINT", "integer"]],
  ["INT1", ["TINYINT", "integer"]],
  ["SMALLINT", ["SMALLINT", "integer"]],
  ["INT2", ["SMALLINT", "integer"]],
  ["MEDIUMINT", ["MEDIUMINT", "integer"]],
  ["MIDDLEINT", ["MEDIUMINT", "integer"]],
  ["INT3", ["MEDIUMINT", "integer"]],
  ["BIGINT", ["BIGINT", "integer"]],
  ["INT8", ["BIGINT", "integer"]],
  ["DECIMAL", ["DECIMAL", "decimal"]],
  ["DEC", ["DECIMAL", "decimal"]],
  ["NUMERIC", ["DECIMAL", "decimal"]],
  ["FIXED", ["DECIMAL", "decimal"]],
  ["FLOAT", ["FLOAT", "decimal"]],
  ["FLOAT4", ["FLOAT", "decimal"]],
  ["DOUBLE", ["DOUBLE", "double"]],
  ["FLOAT8", ["DOUBLE", "double"]],
  ["BIT", ["BIT", "length"]],
  ["BOOL", ["BOOL", "bare"]],
  ["BOOLEAN", ["BOOL", "bare"]],
  ["DATE", ["DATE", "bare"]],
  ["TIME", ["TIME", "length"]],
  ["DATETIME", ["DATETIME", "length"]],
  ["TIMESTAMP", ["TIMESTAMP", "length"]],
  ["BINARY", ["BINARY", "length"]],
  ["VARBINARY", ["VARBINARY", "mustLength"]],
  ["BLOB", ["BLOB", "length"]],
  ["TINYBLOB", ["TINYBLOB", "bare"]],
  ["MEDIUMBLOB", ["MEDIUMBLOB", "bare"]],
  ["LONGBLOB", ["LONGBLOB", "bare"]],
  ["TEXT", ["TEXT", "text"]],
  ["TINYTEXT", ["TINYTEXT", "tinytext"]],
  ["MEDIUMTEXT", ["MEDIUMTEXT", "tinytext"]],
  ["LONGTEXT", ["LONGTEXT", "tinytext"]],
  ["ENUM", ["ENUM", "values"]],
  ["SET", ["SET", "values"]],
  ["VARCHAR", ["VARCHAR", "varchar"]],
  ["VARCHARACTER", ["VARCHAR", "varchar"]],
  ["SERIAL", ["SERIAL", "bare"]],
  ["GEOMETRY", ["GEOMETRY", "bare"]],
  ["POINT", ["POINT", "bare"]],
  ["LINESTRING", ["LINESTRING", "bare"]],
  ["POLYGON", ["POLYGON", "bare"]],
  ["MULTIPOINT", ["MULTIPOINT", "bare"]],
  ["MULTILINESTRING", ["MULTILINESTRING", "bare"]],
  ["MULTIPOLYGON", ["MULTIPOLYGON", "bare"]],
  ["GEOMETRYCOLLECTION", ["GEOMETRYCOLLECTION", "bare"]],
  ["GEOMCOLLECTION", ["GEOMETRYCOLLECTION", "bare"]],
  ["JSON", ["JSON", "bare"]],
]);

export function parseDataType(p: Parser): DataType {
  const known = types.get(p.token);
  if (known !== undefined) {
    p.next();
    return afterWord(p, known[0], known[1]);
  }
  switch (p.token) {
    case "YEAR":
      p.next();
      return withSigns(p, withLength(p, { ...plainType, name: "YEAR" }, false));
    case "REAL":
      p.next();
      if (p.rules.realAsFloat) return afterWord(p, "FLOAT", "decimal");
      return afterWord(p, "DOUBLE", "double");
    case "CHAR":
    case "CHARACTER":
      p.next();
      return p.accept("VARYING") ? afterWord(p, "VARCHAR", "varchar") : afterWord(p, "CHAR", "text");
    case "NCHAR":
    case "NVARCHAR":
    case "NATIONAL":
      return parseNational(p);
    case "LONG":
      return parseLong(p);
    case "VECTOR":
      if (p.rules.mariadb || p.rules.version >= 90000) return parseVector(p);
      return p.fail();
    default:
      return p.rules.mariadb ? parseMariadbType(p) : p.fail();
  }
}

function parseVector(p: Parser): DataType {
  p.next();
  return withLength(p, { ...plainType, name: "VECTOR" }, p.rules.mariadb);
}

function afterWord(p: Parser, name: string, shape: Shape): DataType {
  const type: DataType = { ...plainType, name };
  switch (shape) {
    case "bare":
      return type;
    case "integer":
      return withSigns(p, withLength(p, type, false));
    case "length":
      return withLength(p, type, false);
    case "mustLength":
      return withLength(p, type, true);
    case "double":
      p.accept("PRECISION");
      return withSigns(p, withScale(p, type, true));
    case "decimal":
      return withSigns(p, withScale(p, type, false));
    case "text":
      return withCharset(p, withLength(p, type, false));
    case "varchar":
      return withCharset(p, withLength(p, type, true));
    case "tinytext":
      return withCharset(p, type);
    case "values":
      return withCharset(p, { ...type, values: p.parenthesized((inside) => inside.list(parseMember)) });
  }
}

/** A member of ENUM and SET: a string, or its bytes in hexadecimal or bits. */
function parseMember(p: Parser): string {
  if (p.token === "string") return p.string();
  if (p.token !== "hexNumber" && p.token !== "hexString") p.fail();
  const text = Buffer.from(p.value.length % 2 === 0 ? p.value : `0${p.value}`, "hex").toString();
  p.next();
  return text;
}

function withLength(p: Parser, type: DataType, isMust: boolean): DataType {
  if (p.token !== "(") return isMust ? p.fail() : type;
  return { ...type, length: p.parenthesized((inside) => inside.integer()) };
}

function withScale(p: Parser, type: DataType, isMust: boolean): DataType {
  if (!p.accept("(")) return type;
  const length = p.integer();
  const scale = isMust || p.token === "," ? (p.expect(","), p.integer()) : undefined;
  p.expect(")");
  return { ...type, length, scale };
}

function withSigns(p: Parser, type: DataType): DataType {
  let { unsigned, zerofill } = type;
  for (;;) {
    if (p.accept("UNSIGNED")) unsigned = true;
    else if (p.accept("ZEROFILL")) zerofill = true;
    else if (!p.accept("SIGNED")) return { ...type, unsigned, zerofill };
  }
}

/** CHARACTER SET x BINARY, in either order; ASCII, UNICODE, BYTE. */
function withCharset(p: Parser, type: DataType): DataType {
  let binary = p.accept("BINARY");
  const charset = acceptCharsetWord(p);
  if (charset !== undefined && !binary) binary = p.accept("BINARY");
  return { ...type, charset, binary };
}

function acceptCharsetWord(p: Parser): string | undefined {
  if (p.accept("ASCII")) return "latin1";
  if (p.accept("UNICODE")) return "ucs2";
  if (p.accept("BYTE")) return "binary";
  return acceptCharset(p) ? parseCharsetName(p) : undefined;
}

/** NATIONAL CHAR(n), NCHAR VARYING(n), NVARCHAR(n) …: utf8mb3. */
function parseNational(p: Parser): DataType {
  let varying = p.token === "NVARCHAR";
  const isNational = p.token === "NATIONAL";
  const isNchar = p.token === "NCHAR";
  p.next();
  if (isNational) varying = p.expectOneOf("CHAR", "CHARACTER", "VARCHAR", "VARCHARACTER").startsWith("VAR");
  if (isNchar && p.acceptOneOf("VARCHAR", "VARCHARACTER") !== undefined) varying = true;
  if (!varying && (isNational || isNchar)) varying = p.accept("VARYING");
  const type = withLength(p, { ...plainType, name: varying ? "NVARCHAR" : "NCHAR" }, varying);
  return { ...type, binary: p.accept("BINARY") };
}

/** LONG, LONG VARCHAR, LONG CHAR VARYING: MEDIUMTEXT; LONG VARBINARY: MEDIUMBLOB. */
function parseLong(p: Parser): DataType {
  p.next();
  if (p.accept("VARBINARY")) return { ...plainType, name: "MEDIUMBLOB" };
  if (p.acceptOneOf("VARCHAR", "VARCHARACTER") === undefined && (p.accept("CHAR") || p.accept("CHARACTER")))
    p.expect("VARYING");
  return withCharset(p, { ...plainType, name: "MEDIUMTEXT" });
}

const mariadbWords: ReadonlySet<string> = new Set(["UUID", "INET4", "INET6", "XMLTYPE"]);
const oracleWords: Readonly<Record<string, readonly [string, Shape]>> = {
  NUMBER: ["DECIMAL", "decimal"],
  VARCHAR2: ["VARCHAR", "varchar"],
  CLOB: ["LONGTEXT", "tinytext"],
  RAW: ["VARBINARY", "mustLength"],
};

/** MariaDB's own types, and Oracle's words for others. A name that is no keyword is a type of a plugin. */
function parseMariadbType(p: Parser): DataType {
  if (!p.isIdentifier) p.fail();
  const word = p.identifier().toUpperCase();
  if (mariadbWords.has(word)) return { ...plainType, name: word };
  const known = oracleWords[word];
  return known === undefined ? p.fail() : afterWord(p, known[0], known[1]);
}
