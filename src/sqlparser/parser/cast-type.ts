/** The types of CAST, CONVERT and JSON_VALUE. */
import type { CastType, CastTypeName } from "../ast/call.ts";
import type { Token } from "../token.ts";
import type { Parser } from "./parser.ts";

/** Which lengths a type may have: none, (n), or (n, m). */
type Lengths = 0 | 1 | 2;

const both: ReadonlyMap<Token, readonly [CastTypeName, Lengths]> = new Map<Token, readonly [CastTypeName, Lengths]>([
  ["BINARY", ["BINARY", 1]],
  ["CHAR", ["CHAR", 1]],
  ["CHARACTER", ["CHAR", 1]],
  ["NCHAR", ["NCHAR", 1]],
  ["DATE", ["DATE", 0]],
  ["TIME", ["TIME", 1]],
  ["DATETIME", ["DATETIME", 1]],
  ["DECIMAL", ["DECIMAL", 2]],
  ["DEC", ["DECIMAL", 2]],
  ["DOUBLE", ["DOUBLE", 0]],
  ["FLOAT", ["FLOAT", 1]],
  ["SIGNED", ["SIGNED", 0]],
  ["UNSIGNED", ["UNSIGNED", 0]],
]);

const mysqlOnly: ReadonlyMap<Token, readonly [CastTypeName, Lengths]> = new Map<
  Token,
  readonly [CastTypeName, Lengths]
>([
  ["JSON", ["JSON", 0]],
  ["REAL", ["REAL", 0]],
  ["YEAR", ["YEAR", 0]],
  ["POINT", ["POINT", 0]],
  ["LINESTRING", ["LINESTRING", 0]],
  ["POLYGON", ["POLYGON", 0]],
  ["MULTIPOINT", ["MULTIPOINT", 0]],
  ["MULTILINESTRING", ["MULTILINESTRING", 0]],
  ["MULTIPOLYGON", ["MULTIPOLYGON", 0]],
  ["GEOMETRYCOLLECTION", ["GEOMETRYCOLLECTION", 0]],
  ["GEOMCOLLECTION", ["GEOMETRYCOLLECTION", 0]],
]);

const mariadbOnly: ReadonlyMap<Token, readonly [CastTypeName, Lengths]> = new Map<
  Token,
  readonly [CastTypeName, Lengths]
>([
  ["VARCHAR", ["CHAR", 1]],
  ["INT", ["SIGNED", 0]],
  ["INTEGER", ["SIGNED", 0]],
  ["UUID", ["UUID", 0]],
  ["INET4", ["INET4", 0]],
  ["INET6", ["INET6", 0]],
  ["XMLTYPE", ["XMLTYPE", 0]],
]);

export function parseCastType(p: Parser): CastType {
  if (p.token === "INTERVAL" && p.rules.mariadb) return parseIntervalType(p);
  const found = both.get(p.token) ?? (p.rules.mariadb ? mariadbOnly : mysqlOnly).get(p.token) ?? p.fail();
  const [name, lengths] = found;
  p.next();
  if (name === "SIGNED" || name === "UNSIGNED") p.acceptOneOf("INT", "INTEGER");
  if (name === "DOUBLE") p.accept("PRECISION");
  let length: string | undefined;
  let scale: string | undefined;
  if (lengths > 0 && !(name === "FLOAT" && p.rules.mariadb) && p.accept("(")) {
    length = p.integer();
    if (lengths === 2 && p.accept(",")) scale = p.integer();
    p.expect(")");
  }
  const type: CastType = {
    kind: "CastType",
    name,
    length,
    scale,
    charset: undefined,
    collation: undefined,
    binary: false,
    array: false,
  };
  const typed = name === "CHAR" ? parseCharset(p, type) : type;
  return !p.rules.mariadb && p.accept("ARRAY") ? { ...typed, array: true } : typed;
}

/** CHARACTER SET x, ASCII, UNICODE, BYTE, with BINARY before or behind. */
function parseCharset(p: Parser, type: CastType): CastType {
  let binary = p.accept("BINARY");
  let charset: string | undefined;
  if (p.acceptPair("CHARACTER", "SET") || p.acceptPair("CHAR", "SET") || p.accept("CHARSET")) charset = p.charsetName();
  else charset = p.acceptOneOf("ASCII", "UNICODE", "BYTE")?.toLowerCase();
  if (!binary) binary = p.accept("BINARY");
  const collation = p.rules.mariadb && p.accept("COLLATE") ? p.word() : undefined;
  return { ...type, charset, binary, collation };
}

/** MariaDB: INTERVAL DAY_SECOND(n). */
function parseIntervalType(p: Parser): CastType {
  p.next();
  p.expect("DAY_SECOND");
  const length = p.token === "(" ? p.parenthesized((inner) => inner.integer()) : undefined;
  return {
    kind: "CastType",
    name: "INTERVAL",
    length,
    scale: undefined,
    charset: undefined,
    collation: undefined,
    binary: false,
    array: false,
  };
}
