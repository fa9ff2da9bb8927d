/**
 * The face of the parser: SQL text in, AST out. `parse` takes one statement, with or without a semicolon behind it.
 * A text that is no statement of that server ends in SqlSyntaxError, which is the server's 1064; an empty one in its 1065.
 */
import { ServerError } from "../base/errors.ts";
import type { Statement } from "./ast.ts";
import { type Environment, mysqlEnvironment } from "./environment.ts";
import { lexicalRules } from "./lexical-rules.ts";
import { parseExpression, parseInfix } from "./parser/expression.ts";
import { type Grammar, Parser } from "./parser/parser.ts";
import { parseQuery, parseQueryAfter, parseSubquery } from "./parser/query.ts";
import { parseStatement } from "./parser/statement.ts";
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
  if (source.length > sourceMax) throw new SqlSyntaxError("memory exhausted", source, 0);
  const p = new Parser(source, lexicalRules(environment), grammar);
  if (p.is("end")) throw new ServerError(1065, "42000", "Query was empty");
  const statement = parseStatement(p);
  p.accept(";");
  if (p.token !== "end") p.fail();
  return statement;
}
