/** What the lexer tells apart. A token is a string: a keyword in capitals, a mark as itself, or a class in small letters. */
import type { Keyword } from "./keywords.ts";

export type Mark =
  | "("
  | ")"
  | ","
  | "."
  | ";"
  | ":"
  | ":="
  | "="
  | "<=>"
  | "<>"
  | "<"
  | "<="
  | ">"
  | ">="
  | "<<"
  | ">>"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "^"
  | "|"
  | "||"
  | "&"
  | "&&"
  | "~"
  | "!"
  | "->"
  | "->>"
  | "@"
  | "@@"
  | "{"
  | "}"
  | "=>"
  | "..";

export type TokenClass =
  /** The end of the source. */
  | "end"
  /** A plain identifier that is no keyword. */
  | "name"
  /** An identifier in quotes. */
  | "quoted"
  /** 'text', and "text" without ANSI_QUOTES. */
  | "string"
  /** N'text' */
  | "national"
  | "integer"
  | "decimal"
  | "float"
  /** x'4D' */
  | "hexString"
  /** 0x4D */
  | "hexNumber"
  /** b'01' and 0b01 */
  | "bit"
  /** :name, and ? (named v1, v2 …) */
  | "bind"
  /** ::name */
  | "listBind"
  /** _utf8mb4 before a literal */
  | "introducer"
  /** @name; after a user's name, the host of an account */
  | "userVariable"
  /** What no token begins with; the parser always fails on it. */
  | "invalid";

export type Token = Keyword | Mark | TokenClass;

/** How tightly an infix operator binds; 0 for tokens that are none. */
export const powers = {
  or: 2,
  xor: 3,
  and: 4,
  not: 5,
  comparison: 6,
  predicate: 7,
  bitOr: 8,
  bitAnd: 9,
  shift: 10,
  sum: 11,
  product: 12,
  bitXor: 13,
  concat: 14,
  unary: 15,
  bang: 16,
  collate: 17,
  path: 18,
} as const;
