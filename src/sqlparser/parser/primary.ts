/**
 * What an expression is made of: literals, binds, columns, variables, calls, CASE, EXISTS and the like. Functions with a
 * syntax of their own stand in special-calls.ts; they are looked up by their word when a parenthesis follows.
 */
import type { Call, Star, WindowCall } from "../ast/call.ts";
import type { Case, Column, Expression, Literal, SystemVariable, VariableScope, When } from "../ast/expression.ts";
import type { Node } from "../ast.ts";
import { powers, type Token } from "../token.ts";
import { adjacentCalls, isUncallable, takesArguments } from "../callable.ts";
import type { Parser } from "./parser.ts";
import { parseFraction, wordCalls } from "./special-calls.ts";
import { isWindowFunction, parseAggregateCall, parseWindowCall } from "./window.ts";

type PrimaryRule = (p: Parser) => Expression;

/** An operand; stands at its first token. */
export function parsePrimary(p: Parser): Expression {
  switch (p.token) {
    case "name":
    case "quoted":
      return parseNamed(p);
    case "integer":
    case "decimal":
    case "float":
      return parseNumber(p);
    case "string":
      return { kind: "Literal", type: "string", text: p.strings() };
    case "bind": {
      const name = p.value;
      p.next();
      return { kind: "Bind", name };
    }
    default: {
      const rule = primaries.get(p.token);
      if (rule !== undefined) return rule(p);
      if (!p.isIdentifier) p.fail();
      return parseNamed(p);
    }
  }
}

function parseNumber(p: Parser): Literal {
  const literal: Literal = { kind: "Literal", type: p.token as "integer", text: p.text };
  p.next();
  return literal;
}

/** A literal whose text the lexer took out of its quotes. */
function parseDigits(p: Parser): Literal {
  const literal: Literal = { kind: "Literal", type: p.token as "bit", text: p.value };
  p.next();
  return literal;
}

function parseNational(p: Parser): Literal {
  let text = p.value;
  p.next();
  if (p.token === "string") text += p.strings();
  return { kind: "Literal", type: "national", text };
}

/** _charset before a string, hexadecimal or bit literal. */
function parseIntroduced(p: Parser): Expression {
  const charset = p.value;
  p.next();
  if (p.token === "string")
    return { kind: "Introduced", charset, literal: { kind: "Literal", type: "string", text: p.strings() } };
  if (p.token !== "hexString" && p.token !== "hexNumber" && p.token !== "bit") p.fail();
  return { kind: "Introduced", charset, literal: parseDigits(p) };
}

const word =
  (expression: Expression): PrimaryRule =>
  (p) => {
    p.next();
    return expression;
  };

/** Reserved words that are calls when a parenthesis follows. */
function parseReservedCall(p: Parser): Expression {
  const name = p.text.toLowerCase();
  p.next();
  if (p.token !== "(") p.fail();
  return parseCounted(p, name);
}

/** Calls that may stand without parentheses, and have nothing or a fraction's digits in them: CURRENT_TIMESTAMP(6). */
function parseBareCall(p: Parser): Expression {
  const { token } = p;
  const name = p.text.toLowerCase();
  p.next();
  const given = p.token === "(" ? parseFraction(p, hasFraction.has(token)) : [];
  return { kind: "Call", schema: undefined, name, arguments: given };
}

const hasFraction: ReadonlySet<Token> = new Set<Token>([
  "CURRENT_TIME",
  "CURRENT_TIMESTAMP",
  "LOCALTIME",
  "LOCALTIMESTAMP",
  "UTC_TIME",
  "UTC_TIMESTAMP",
]);

/** A reserved word with a syntax of its own behind it. */
const special = (p: Parser): Expression => {
  const rule = wordCalls.get(p.token) ?? p.fail();
  p.next();
  return rule(p);
};

const primaries: ReadonlyMap<Token, PrimaryRule> = new Map<Token, PrimaryRule>([
  ["NULL", word({ kind: "Null" })],
  ["TRUE", word({ kind: "Literal", type: "boolean", text: "true" })],
  ["FALSE", word({ kind: "Literal", type: "boolean", text: "false" })],
  ["national", parseNational],
  ["introducer", parseIntroduced],
  ["hexString", parseDigits],
  ["hexNumber", parseDigits],
  ["bit", parseDigits],
  ["CASE", parseCase],
  [
    "EXISTS",
    (p) => {
      p.next();
      return { kind: "Exists", query: p.grammar.subquery(p).query };
    },
  ],
  ["ROW", parseRow],
  ["@@", parseSystemVariable],
  [".", parseDotted],
  ["{", parseOdbc],
  ...(
    [
      "CURRENT_DATE",
      "CURRENT_TIME",
      "CURRENT_TIMESTAMP",
      "CURRENT_USER",
      "CURRENT_ROLE",
      "LOCALTIME",
      "LOCALTIMESTAMP",
      "UTC_DATE",
      "UTC_TIME",
      "UTC_TIMESTAMP",
    ] as const
  ).map((name): [Token, PrimaryRule] => [name, name === "CURRENT_ROLE" ? parseCurrentRole : parseBareCall]),
  ...(
    [
      "IF",
      "LEFT",
      "RIGHT",
      "REPLACE",
      "INSERT",
      "MOD",
      "REPEAT",
      "DATABASE",
      "SCHEMA",
      "GROUPING",
      "RANK",
      "DENSE_RANK",
      "ROW_NUMBER",
      "CUME_DIST",
      "PERCENT_RANK",
      "NTILE",
      "LEAD",
      "LAG",
      "FIRST_VALUE",
      "LAST_VALUE",
      "NTH_VALUE",
    ] as const
  ).map((name): [Token, PrimaryRule] => [name, parseReservedCallOrName]),
  ...(["CHAR", "CONVERT", "MATCH", "VALUES", "DEFAULT"] as const).map((name): [Token, PrimaryRule] => [name, special]),
  ["SYSDATE", (p) => (p.reserved ? special(p) : parseNamed(p))],
]);

/** A word that one flavour reserves and the other does not. */
function parseReservedCallOrName(p: Parser): Expression {
  return p.reserved ? parseReservedCall(p) : parseNamed(p);
}

/** MariaDB's CURRENT_ROLE needs no parentheses; for MySQL it is a function like others. */
function parseCurrentRole(p: Parser): Expression {
  return p.reserved ? parseBareCall(p) : parseNamed(p);
}

function parseRow(p: Parser): Expression {
  if (!p.reserved && p.peek() !== "(") return parseNamed(p);
  p.next();
  p.deeper();
  const items = p.parenthesized((inner) => inner.list(p.grammar.expression));
  p.shallower();
  if (items.length < 2) p.fail();
  return { kind: "Row", items };
}

function parseCase(p: Parser): Case {
  p.deeper();
  p.next();
  const operand = p.token === "WHEN" ? undefined : p.grammar.expression(p);
  const whens: When[] = [];
  while (p.accept("WHEN")) {
    const condition = p.grammar.expression(p);
    p.expect("THEN");
    whens.push({ kind: "When", condition, result: p.grammar.expression(p) });
  }
  if (whens.length === 0) p.fail();
  const otherwise = p.accept("ELSE") ? p.grammar.expression(p) : undefined;
  p.expect("END");
  p.shallower();
  return { kind: "Case", operand, whens, otherwise };
}

const scopes: Readonly<Record<string, VariableScope>> = {
  GLOBAL: "GLOBAL",
  SESSION: "SESSION",
  LOCAL: "LOCAL",
  PERSIST: "PERSIST",
  PERSIST_ONLY: "PERSIST_ONLY",
};

/** @@name, @@scope.name, @@component.name, @@scope.component.name; stands at "@@". */
export function parseSystemVariable(p: Parser): SystemVariable {
  p.next();
  if (p.start !== p.previousEnd) p.failAt(p.previousEnd);
  const path = [p.anyIdentifier()];
  let scope: VariableScope | undefined;
  if (p.token === ".") {
    scope = scopes[(path[0] as string).toUpperCase()];
    if (scope !== undefined) path.pop();
    while (path.length < 2 && p.accept(".")) path.push(p.anyIdentifier());
  }
  const name = path.pop() as string;
  return { kind: "SystemVariable", scope, component: path[0], name };
}

/** {d '2020-01-01'}, {fn expression}: the ODBC marks leave no trace. */
function parseOdbc(p: Parser): Expression {
  p.deeper();
  p.next();
  const escape = p.identifier().toLowerCase();
  const inside = p.grammar.expression(p);
  p.expect("}");
  p.shallower();
  if (inside.kind !== "Literal" || inside.type !== "string") return inside;
  const type = escape === "d" ? "date" : escape === "t" ? "time" : escape === "ts" ? "timestamp" : undefined;
  return type === undefined ? inside : { kind: "Literal", type, text: inside.text };
}

/** A column, a call, or a temporal literal; stands at an identifier. */
function parseNamed(p: Parser): Expression {
  const { token, start } = p;
  const name = p.anyIdentifier();
  switch (p.token) {
    case "(":
      return parseCalled(p, token, name);
    case ".":
      return parsePath(p, name, start);
    case "string":
      if (token === "DATE" || token === "TIME" || token === "TIMESTAMP")
        return { kind: "Literal", type: token.toLowerCase() as "date", text: p.string() };
      break;
    case "VALUE":
      if (p.rules.mariadb && (token === "NEXT" || token === "PREVIOUS") && p.peek() === "FOR")
        return parseSequenceValue(p, token);
      break;
    default:
  }
  const column: Column = { kind: "Column", schema: undefined, table: undefined, name };
  return p.power === powers.path ? parseJsonPath(p, column) : column;
}

function parseSequenceValue(p: Parser, which: "NEXT" | "PREVIOUS"): Expression {
  p.next();
  p.next();
  const { schema, name } = p.tableName();
  return { kind: "SequenceValue", which, schema, name };
}

/** Behind `first`, at a dot: a column of a table, or a call of a schema's function. */
function parsePath(p: Parser, first: string, start: number): Expression {
  p.next();
  if (p.token === "*") return parseStar(p, start, undefined, first);
  const second = p.identifier();
  if (p.token === "(") return parseCall(p, first, second);
  let column: Column = { kind: "Column", schema: undefined, table: first, name: second };
  if (p.is(".")) {
    p.next();
    if (p.is("*")) return parseStar(p, start, first, second);
    column = { kind: "Column", schema: first, table: second, name: p.identifier() };
  }
  return p.power === powers.path ? parseJsonPath(p, column) : column;
}

/** MariaDB: .table.column */
function parseDotted(p: Parser): Column {
  if (!p.rules.mariadb) p.fail();
  p.next();
  const table = p.identifier();
  p.expect(".");
  return { kind: "Column", schema: undefined, table, name: p.identifier() };
}

/** t.* where an item of a select list began: `starOrExpression` knows that it may get one. */
function parseStar(p: Parser, start: number, schema: string | undefined, table: string): Expression {
  if (start !== p.starStart) p.fail();
  p.next();
  if (p.power !== 0) p.fail();
  const star: Star = { kind: "Star", schema, table };
  return star as Node as Expression;
}

/** column -> '$.path' */
function parseJsonPath(p: Parser, left: Column): Expression {
  const operator = p.token as "->" | "->>";
  p.next();
  if (p.token !== "string" && p.token !== "bind") p.fail();
  return { kind: "JsonExtract", operator, left, path: parsePrimary(p) };
}

/** name( … ), at the parenthesis. `token` is the name's: words with a syntax of their own are found by it. */
function parseCalled(p: Parser, token: Token, name: string): Expression {
  const lower = name.toLowerCase();
  if (token === "name") return parseCall(p, undefined, lower);
  const isApart = token === "quoted" || (p.start > p.previousEnd && !p.rules.ignoreSpace);
  if (isApart && adjacentCalls.has(name.toUpperCase())) p.fail(); // The servers look for a stored function, and find none.
  if (token === "quoted") return parseCall(p, undefined, lower);
  const special = wordCalls.get(token)?.(p) ?? parseAggregateCall(p, token);
  if (special !== undefined) return special;
  if (isUncallable(p.rules.environment.flavour, token)) p.fail();
  return parseCounted(p, lower);
}

/** A call of a function whose name is a word: the grammar says how many arguments it takes. */
function parseCounted(p: Parser, name: string): Call | WindowCall {
  const call = parseCall(p, undefined, name);
  if (!takesArguments(p.rules.environment.flavour, name, call.arguments.length)) p.failAt(p.previousEnd - 1);
  return call;
}

/** ( arguments ) and what may stand behind a window function. */
function parseCall(p: Parser, schema: string | undefined, name: string): Call | WindowCall {
  p.deeper();
  p.next();
  const given: Expression[] = [];
  if (p.token !== ")") {
    given.push(p.grammar.expression(p));
    while (p.token === ",") {
      p.next();
      given.push(p.grammar.expression(p));
    }
  }
  p.expect(")");
  p.shallower();
  if (schema === undefined && isWindowFunction(p, name)) return parseWindowCall(p, name, given);
  return { kind: "Call", schema, name, arguments: given };
}
