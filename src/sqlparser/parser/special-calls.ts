/**
 * Functions with a syntax of their own, by the word that names them. A rule stands behind that word: at the parenthesis.
 * Those that are a plain call in other words (SUBSTRING(a FROM b), POSITION(a IN b)) become that call.
 */
import type { Call, DualityMember, DualityObject, JsonAnswer, JsonValue, Match, Trim } from "../ast/call.ts";
import type { Column, Expression } from "../ast/expression.ts";
import { powers, type Token } from "../token.ts";
import { parseCastType } from "./cast-type.ts";
import type { Parser } from "./parser.ts";

type CallRule = (p: Parser) => Expression;

const call = (name: string, given: readonly Expression[]): Call => ({
  kind: "Call",
  schema: undefined,
  name,
  arguments: given,
});

/** A rule whose inside stands in the parentheses. */
const inParentheses =
  (inside: CallRule): CallRule =>
  (p) => {
    p.deeper();
    p.expect("(");
    const found = inside(p);
    p.expect(")");
    p.shallower();
    return found;
  };

export const wordCalls: ReadonlyMap<Token, CallRule> = new Map<Token, CallRule>([
  ["CAST", inParentheses(parseCast)],
  ["CONVERT", inParentheses(parseConvert)],
  ["CHAR", inParentheses(parseChar)],
  ["EXTRACT", inParentheses(parseExtract)],
  ["TRIM", inParentheses(parseTrim)],
  ["SUBSTRING", inParentheses(parseSubstring)],
  ["SUBSTR", inParentheses(parseSubstring)],
  ["MID", inParentheses(parseSubstring)],
  ["POSITION", inParentheses(parsePosition)],
  ["DATE_ADD", inParentheses((p) => parseDateAdd(p, "date_add"))],
  ["DATE_SUB", inParentheses((p) => parseDateAdd(p, "date_sub"))],
  ["ADDDATE", inParentheses((p) => parseDateAdd(p, "adddate"))],
  ["SUBDATE", inParentheses((p) => parseDateAdd(p, "subdate"))],
  ["TIMESTAMPADD", inParentheses((p) => parseTimestampCall(p, "timestampadd"))],
  ["TIMESTAMPDIFF", inParentheses((p) => parseTimestampCall(p, "timestampdiff"))],
  ["GET_FORMAT", inParentheses(parseGetFormat)],
  ["MATCH", parseMatch],
  ["VALUES", (p) => (p.rules.mariadb && !p.inOnDuplicate ? p.fail() : parseValueOf(p))],
  ["VALUE", (p) => (p.rules.mariadb ? parseValueOf(p) : parsePlain(p, "value"))],
  ["DEFAULT", inParentheses((p) => ({ kind: "Default", column: parseColumn(p) }))],
  ["WEIGHT_STRING", inParentheses(parseWeightString)],
  ["JSON_VALUE", (p) => (p.rules.mariadb ? parsePlain(p, "json_value") : parseJsonValue(p))],
  ["NOW", (p) => call("now", parseFraction(p, true))],
  ["SYSDATE", (p) => call("sysdate", p.rules.oracle && !p.is("(") ? [] : parseFraction(p, true))],
  ["CURTIME", (p) => call("curtime", parseFraction(p, true))],
  ["CURDATE", (p) => call("curdate", parseFraction(p, false))],
  ["NEXTVAL", (p) => parseSequenceCall(p, "NEXT")],
  ["LASTVAL", (p) => parseSequenceCall(p, "PREVIOUS")],
  ["SETVAL", inParentheses(parseSetval)],
  ["JSON_DUALITY_OBJECT", (p) => (hasDuality(p) ? parseDuality(p) : parsePlain(p, "json_duality_object"))],
]);

const parseValueOf = inParentheses((p) => ({ kind: "ValuesOf", column: parseColumn(p) }));

function parsePlain(p: Parser, name: string): Call {
  return call(
    name,
    p.parenthesized((inner) => (inner.token === ")" ? [] : inner.list(p.grammar.expression))),
  );
}

/** MySQL 9.4 on, and only where the parenthesis stands right behind the name. */
const hasDuality = (p: Parser) =>
  !p.rules.mariadb && p.rules.version >= 90400 && (p.rules.ignoreSpace || p.start === p.previousEnd);

const parseDuality = inParentheses((p): DualityObject => {
  const changes = p.accept("WITH")
    ? p.parenthesized((inner) => inner.list(() => inner.expectOneOf("INSERT", "UPDATE", "DELETE")))
    : [];
  return { kind: "DualityObject", changes, members: p.list(parseMember) };
});

/** 'key' : value; the lexer takes :value for a bind. */
function parseMember(p: Parser): DualityMember {
  const key = p.string();
  if (p.token === "bind" && p.source.charAt(p.start) === ":") {
    p.position = p.start + 1;
    p.next();
  } else p.expect(":");
  return { kind: "DualityMember", key, value: p.grammar.expression(p) };
}

/** () or, where `hasDigits`, (6) */
export function parseFraction(p: Parser, hasDigits: boolean): readonly Expression[] {
  p.expect("(");
  const given: Expression[] = [];
  if (hasDigits && p.token === "integer") given.push(p.grammar.infix(p, operandOnly));
  p.expect(")");
  return given;
}

/** Above every operator: only the operand itself is read. */
const operandOnly = 100;

/** column, table.column, schema.table.column */
export function parseColumn(p: Parser): Column {
  const first = p.identifier();
  if (!p.accept(".")) return { kind: "Column", schema: undefined, table: undefined, name: first };
  const second = p.identifier();
  if (!p.accept(".")) return { kind: "Column", schema: undefined, table: first, name: second };
  return { kind: "Column", schema: first, table: second, name: p.identifier() };
}

function parseCast(p: Parser): Expression {
  const operand = p.grammar.expression(p);
  let atTimeZone: string | undefined;
  if (p.accept("AT")) {
    p.expectAll("TIME", "ZONE");
    p.accept("INTERVAL");
    atTimeZone = p.string();
  }
  p.expect("AS");
  return { kind: "Cast", operand, atTimeZone, type: parseCastType(p) };
}

function parseConvert(p: Parser): Expression {
  const operand = p.grammar.expression(p);
  if (p.accept("USING")) return { kind: "ConvertUsing", operand, charset: p.charsetName() };
  p.expect(",");
  return { kind: "Cast", operand, atTimeZone: undefined, type: parseCastType(p) };
}

function parseChar(p: Parser): Expression {
  const given = p.list(p.grammar.expression);
  return { kind: "CharCall", arguments: given, charset: p.accept("USING") ? p.charsetName() : undefined };
}

function parseExtract(p: Parser): Expression {
  const unit = p.intervalUnit();
  p.expect("FROM");
  return { kind: "Extract", unit, operand: p.grammar.expression(p) };
}

function parseTrim(p: Parser): Trim {
  const side = p.acceptOneOf("BOTH", "LEADING", "TRAILING");
  if (side !== undefined && p.accept("FROM"))
    return { kind: "Trim", side, remove: undefined, operand: p.grammar.expression(p) };
  const first = p.grammar.expression(p);
  if (p.accept("FROM")) return { kind: "Trim", side, remove: first, operand: p.grammar.expression(p) };
  if (side !== undefined) p.fail();
  return { kind: "Trim", side, remove: undefined, operand: first };
}

function parseSubstring(p: Parser): Call {
  const given = [p.grammar.expression(p)];
  const isFrom = p.accept("FROM");
  if (!isFrom) p.expect(",");
  given.push(p.grammar.expression(p));
  if (p.accept(isFrom ? "FOR" : ",")) given.push(p.grammar.expression(p));
  return call("substring", given);
}

function parsePosition(p: Parser): Call {
  const part = p.grammar.infix(p, powers.bitOr);
  p.expect("IN");
  return call("locate", [part, p.grammar.expression(p)]);
}

function parseDateAdd(p: Parser, name: string): Call {
  const time = p.grammar.expression(p);
  p.expect(",");
  if (!p.accept("INTERVAL")) {
    if (name.startsWith("date")) p.fail();
    return call(name, [time, p.grammar.expression(p)]);
  }
  const amount = p.grammar.expression(p);
  if (amount.kind === "Row") return call(name, [time, call("interval", amount.items)]);
  return call(name, [time, { kind: "Interval", amount, unit: p.intervalUnit() }]);
}

function parseTimestampCall(p: Parser, name: "timestampadd" | "timestampdiff"): Expression {
  const unit = p.intervalUnit();
  if (unit.includes("_")) p.fail();
  p.expect(",");
  const left = p.grammar.expression(p);
  p.expect(",");
  return { kind: "TimestampCall", name, unit, left, right: p.grammar.expression(p) };
}

function parseGetFormat(p: Parser): Expression {
  const word = p.expectOneOf("DATE", "TIME", "DATETIME", "TIMESTAMP");
  p.expect(",");
  return { kind: "GetFormat", type: word === "TIMESTAMP" ? "DATETIME" : word, format: p.grammar.expression(p) };
}

/** MATCH (a, b) AGAINST (text mode); the first parentheses may be left out. */
function parseMatch(p: Parser): Match {
  const isWrapped = p.accept("(");
  const columns = p.list(parseColumn);
  if (isWrapped) p.expect(")");
  p.expect("AGAINST");
  p.expect("(");
  const against = p.grammar.infix(p, powers.bitOr);
  const mode = parseMatchMode(p);
  p.expect(")");
  return { kind: "Match", columns, against, mode };
}

function parseMatchMode(p: Parser): Match["mode"] {
  let isNatural = false;
  if (p.accept("IN")) {
    if (p.accept("BOOLEAN")) {
      p.expect("MODE");
      return "IN BOOLEAN MODE";
    }
    p.expectAll("NATURAL", "LANGUAGE", "MODE");
    isNatural = true;
  }
  if (!p.accept("WITH")) return isNatural ? "IN NATURAL LANGUAGE MODE" : undefined;
  p.expectAll("QUERY", "EXPANSION");
  return isNatural ? "IN NATURAL LANGUAGE MODE WITH QUERY EXPANSION" : "WITH QUERY EXPANSION";
}

function parseWeightString(p: Parser): Expression {
  const operand = p.grammar.expression(p);
  const as = p.accept("AS") ? parseCastType(p) : undefined;
  if (as !== undefined && ((as.name !== "CHAR" && as.name !== "BINARY") || as.length === undefined)) p.fail();
  return {
    kind: "WeightString",
    operand,
    as,
    levels: p.rules.mariadb && p.accept("LEVEL") ? parseLevels(p) : undefined,
  };
}

/** 1 DESC, 2 or 1-3, in one spelling. */
function parseLevels(p: Parser): string {
  const levels = p.list((inner) => {
    let level = inner.integer();
    if (inner.accept("-")) return `${level}-${inner.integer()}`;
    const direction = inner.acceptOneOf("ASC", "DESC");
    if (direction !== undefined) level += ` ${direction}`;
    return inner.accept("REVERSE") ? `${level} REVERSE` : level;
  });
  return levels.join(", ");
}

const parseJsonValue = inParentheses((p: Parser): JsonValue => {
  const document = p.grammar.infix(p, powers.concat);
  p.expect(",");
  if (p.token !== "string") p.fail();
  const path = p.grammar.infix(p, operandOnly);
  const returning = p.accept("RETURNING") ? parseCastType(p) : undefined;
  const [onEmpty, onError] = parseJsonAnswers(p);
  return { kind: "JsonValue", document, path, returning, onEmpty, onError };
});

/** NULL ON EMPTY DEFAULT '0' ON ERROR: each may be left out. MariaDB takes them in either order. */
export function parseJsonAnswers(p: Parser): readonly [JsonAnswer | undefined, JsonAnswer | undefined] {
  let onEmpty: JsonAnswer | undefined;
  let onError: JsonAnswer | undefined;
  for (;;) {
    const answer = p.acceptOneOf("NULL", "ERROR", "DEFAULT");
    if (answer === undefined) return [onEmpty, onError];
    const value = answer === "DEFAULT" ? p.grammar.infix(p, powers.concat) : undefined;
    p.expect("ON");
    const when = p.expectOneOf("EMPTY", "ERROR");
    const node: JsonAnswer = { kind: "JsonAnswer", answer, value };
    if (when === "EMPTY" && onEmpty === undefined && (onError === undefined || p.rules.mariadb)) onEmpty = node;
    else if (when === "ERROR" && onError === undefined) onError = node;
    else p.fail();
  }
}

/** NEXTVAL(seq), LASTVAL(seq) of MariaDB; plain calls elsewhere. */
function parseSequenceCall(p: Parser, which: "NEXT" | "PREVIOUS"): Expression {
  if (!p.rules.mariadb) return parsePlain(p, which === "NEXT" ? "nextval" : "lastval");
  const { schema, name } = p.parenthesized((inner) => inner.tableName());
  return { kind: "SequenceValue", which, schema, name };
}

/** SETVAL(seq, value, isUsed, round): the sequence is kept as a column. */
function parseSetval(p: Parser): Call {
  const given: Expression[] = [p.rules.mariadb ? parseColumn(p) : p.grammar.expression(p)];
  while (p.accept(",")) given.push(p.grammar.expression(p));
  return call("setval", given);
}
