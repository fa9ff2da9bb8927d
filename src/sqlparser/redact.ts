/**
 * A statement's text without its values, for logs: every literal becomes `:redacted1`, `:redacted2` …, comments go.
 * Works on tokens, so it takes any text: also what does not parse, passwords in account statements, and stored programs.
 */
import { type Environment, mysqlEnvironment } from "./environment.ts";
import { Lexer } from "./lexer.ts";
import { lexicalRules } from "./lexical-rules.ts";
import type { Token } from "./token.ts";

const literals: ReadonlySet<Token> = new Set<Token>([
  "string",
  "national",
  "integer",
  "decimal",
  "float",
  "hexString",
  "hexNumber",
  "bit",
]);

export function redact(source: string, environment: Environment = mysqlEnvironment): string {
  const lexer = new Lexer(source, lexicalRules(environment));
  let text = "";
  let count = 0;
  for (lexer.next(); lexer.token !== "end"; lexer.next()) {
    if (text !== "" && lexer.start > lexer.previousEnd) text += " ";
    if (lexer.token === "invalid") return `${text}…`; // An open string, perhaps: nothing of it is shown.
    text += literals.has(lexer.token) ? `:redacted${++count}` : source.slice(lexer.start, lexer.position);
  }
  return text;
}
