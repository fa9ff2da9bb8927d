/**
 * The face of the parser: SQL text in, AST out, and back. `parse` takes one statement, with or without a semicolon behind
 * it. This file is what other projects import as "vitess-ts/sqlparser".
 * A text that is no statement of that server ends in SqlSyntaxError, which is the server's 1064; an empty one in its 1065.
 * What the server may understand and we do not ends in VtError: a program of sql_mode=ORACLE, `?` beside `:v1`.
 */
import { ServerError, VtError } from "../base/errors.ts";
import type { Node, Statement } from "./ast.ts";
import { type Environment, mysqlEnvironment } from "./environment.ts";
import { lexicalRules } from "./lexical-rules.ts";
import { parseExpression, parseInfix } from "./parser/expression.ts";
import { type Grammar, Parser } from "./parser/parser.ts";
import { parseQuery, parseQueryAfter, parseSubquery } from "./parser/query.ts";
import { parseStatement } from "./parser/statement.ts";
import { print as printNode } from "./printer.ts";
import { splitScript } from "./split.ts";
import { SqlSyntaxError } from "./syntax-error.ts";

/** The longest text that is parsed, in UTF-16 units. */
export const sourceMax: number = 1 << 28;

const grammar: Grammar = {
  expression: parseExpression,
  infix: parseInfix,
  query: parseQuery,
  queryAfter: parseQueryAfter,
  subquery: parseSubquery,
  statement: parseStatement,
};

/** The statement that `source` is. */
export function parse(source: string, environment: Environment = mysqlEnvironment): Statement {
  const p = open(source, environment);
  if (p.token === ";" && p.peek() !== "end") p.fail();
  if (p.token === "end" || p.token === ";") throw new ServerError(1065, "42000", "Query was empty");
  const statement = parseStatement(p);
  while (p.accept(";")) continue;
  if (!p.is("end")) p.fail();
  p.endStatement();
  return statement;
}

export interface Parsed {
  readonly statement: Statement;
  /** Its text is source.slice(start, end), without the semicolon. */
  readonly start: number;
  readonly end: number;
}

/** The statements of a text with semicolons between them, as a client sends it that may send many at once. */
export function* parseMany(source: string, environment: Environment = mysqlEnvironment): Iterable<Parsed> {
  const p = open(source, environment);
  while (p.token !== "end") {
    const { start } = p;
    const statement = parseStatement(p);
    const end = p.previousEnd;
    if (!p.accept(";") && !p.is("end")) p.fail();
    p.endStatement();
    yield { statement, start, end };
  }
}

export interface FirstStatement {
  readonly text: string;
  /** What stands behind its semicolon; "" where there is no more statement. */
  readonly rest: string;
}

/**
 * Cuts the first statement off a text that may hold several. Semicolons inside of bodies (CREATE TRIGGER … BEGIN …; END)
 * do not end it. A text that does not begin with a statement is answered whole: whoever runs it meets the error.
 */
export function cutFirst(source: string, environment: Environment = mysqlEnvironment): FirstStatement {
  const p = open(source, environment);
  const { start } = p;
  try {
    parseStatement(p);
  } catch (error) {
    if (error instanceof ServerError || error instanceof VtError) return { text: source, rest: "" };
    throw error;
  }
  const text = source.slice(start, p.previousEnd);
  if (!p.accept(";")) return { text: source, rest: "" };
  return p.is("end") ? { text: source, rest: "" } : { text, rest: source.slice(p.start) };
}

/** The statements of a script, split as the command-line client does: with its DELIMITER command. */
export function* parseScript(script: string, environment: Environment = mysqlEnvironment): Iterable<Parsed> {
  for (const { text, position } of splitScript(script, environment))
    yield { statement: parse(text, environment), start: position, end: position + text.length };
}

/** The text of a statement, or of any node, for a server of that environment. */
export function print(node: Node, environment: Environment = mysqlEnvironment): string {
  return printNode(node, environment);
}

function open(source: string, environment: Environment): Parser {
  if (source.length > sourceMax) throw new SqlSyntaxError("memory exhausted", source, 0);
  return new Parser(source, lexicalRules(environment), grammar);
}
