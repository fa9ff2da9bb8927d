/** Names of things: tables, accounts, character sets, and lists of names. */
import type { TableName } from "../ast/query.ts";
import type { Account } from "../ast/schema.ts";
import type { Parser } from "./parser.ts";

/** table, schema.table */
export const parseTableName = (p: Parser): TableName => p.tableName();

/** The name of a stored program: schema.name, or the name. */
export const parseProgramName = (p: Parser): TableName => (p.token === "." ? p.fail() : p.tableName());

export const parseIdentifier = (p: Parser): string => p.identifier();

/** (a, b) */
export function parseNames(p: Parser): readonly string[] {
  return p.parenthesized((inside) => inside.list(parseIdentifier));
}

/** 'text' or a name: of users, hosts, character sets, plugins. */
export function parseText(p: Parser): string {
  return p.token === "string" ? p.string() : p.identifier();
}

/** user, 'user'@'host', CURRENT_USER(); MariaDB: CURRENT_ROLE. */
export function parseAccount(p: Parser): Account {
  if (p.token === "CURRENT_USER" || (p.rules.mariadb && p.token === "CURRENT_ROLE")) {
    const current = p.token as "CURRENT_USER" | "CURRENT_ROLE";
    p.next();
    if (p.accept("(")) p.expect(")");
    return { kind: "Account", current, name: "", host: undefined };
  }
  if (!p.rules.mariadb && p.token === "USER" && p.peek() === "(") {
    p.expectAll("USER", "(", ")");
    return { kind: "Account", current: "USER()", name: "", host: undefined };
  }
  const name = parseText(p);
  let host: string | undefined;
  if (p.token === "userVariable") {
    host = p.value;
    p.next();
  } else if (p.accept("@")) host = ""; // Nothing behind it.
  return { kind: "Account", current: undefined, name, host };
}

/** After CHARACTER SET or CHARSET: a name in small letters; "binary" is a word of its own. */
export function parseCharsetName(p: Parser): string {
  if (p.accept("BINARY")) return "binary";
  return parseText(p).toLowerCase();
}

/** CHARACTER SET or CHARSET, or nothing. */
export function acceptCharset(p: Parser): boolean {
  return p.accept("CHARSET") || p.acceptPair("CHARACTER", "SET") || p.acceptPair("CHAR", "SET");
}

/** After COLLATE. */
export function parseCollationName(p: Parser): string {
  if (p.accept("BINARY")) return "binary";
  return parseText(p).toLowerCase();
}

/** IF EXISTS, or nothing. */
export function acceptIfExists(p: Parser): boolean {
  return p.acceptPair("IF", "EXISTS");
}

/** IF NOT EXISTS, or nothing. */
export function acceptIfNotExists(p: Parser): boolean {
  if (!p.acceptPair("IF", "NOT")) return false;
  p.expect("EXISTS");
  return true;
}

/** A whole number that may be written in hexadecimal, as the server's ulong_num. */
export function parseCount(p: Parser): string {
  if (p.token !== "hexNumber" && p.token !== "hexString") return p.integer();
  const digits = BigInt(`0x${p.value}`).toString();
  p.next();
  return digits;
}
