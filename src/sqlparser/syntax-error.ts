/**
 * The error of a text that is not SQL: the server's own 1064, in the server's form, with the text from the offending
 * token on (80 characters at most) and its line.
 */
import { ServerError } from "../base/errors.ts";
import type { LexicalRules } from "./lexical-rules.ts";

const nearMax = 80;

export class SqlSyntaxError extends ServerError {
  /** Where in the source, in UTF-16 units from 0. */
  readonly position: number;
  /** From 1. */
  readonly line: number;
  constructor(cause: string, source: string, position: number) {
    let line = 1;
    for (let at = source.indexOf("\n"); at >= 0 && at < position; at = source.indexOf("\n", at + 1)) line++;
    super(1064, "42000", `${cause} near '${source.slice(position, position + nearMax)}' at line ${line}`);
    this.position = position;
    this.line = line;
  }
}

/** "You have an error …" as this server begins it. */
export function syntaxCause(rules: LexicalRules): string {
  const server = rules.mariadb ? "MariaDB" : "MySQL";
  return `You have an error in your SQL syntax; check the manual that corresponds to your ${server} server version for the right syntax to use`;
}

/**
 * What MySQL reads and we do not: its parts for HeatWave's external tables, and the masking of the enterprise edition.
 * Where reading stops at one of these, the error names it.
 */
const unread =
  /(?<masking>masking\s+policy\b)|(?<external>external\s+table\b|external_format\s*'|(?:files|file_format)\s*=?\s*\()/iy;

/** The construct at `position` that is refused by name, or undefined. */
export function unreadAt({ mariadb }: LexicalRules, source: string, position: number): string | undefined {
  if (mariadb) return undefined;
  unread.lastIndex = position;
  const groups = unread.exec(source)?.groups;
  if (groups === undefined) return undefined;
  return groups["masking"] === undefined ? "EXTERNAL TABLE and its options" : "MASKING POLICY";
}
