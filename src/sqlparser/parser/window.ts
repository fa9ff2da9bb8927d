/** Aggregates, window functions, windows and frames. */
import type {
  Aggregate,
  AggregateName,
  Frame,
  FrameBound,
  GroupConcat,
  OrderItem,
  Star,
  Window,
  WindowCall,
  WindowName,
} from "../ast/call.ts";
import type { Expression } from "../ast/expression.ts";
import type { Token } from "../token.ts";
import { parseLimit, parseOrderBy } from "./clause.ts";
import type { Parser } from "./parser.ts";

const aggregates: ReadonlyMap<Token, AggregateName> = new Map<Token, AggregateName>([
  ["AVG", "avg"],
  ["BIT_AND", "bit_and"],
  ["BIT_OR", "bit_or"],
  ["BIT_XOR", "bit_xor"],
  ["COUNT", "count"],
  ["JSON_ARRAYAGG", "json_arrayagg"],
  ["JSON_OBJECTAGG", "json_objectagg"],
  ["MAX", "max"],
  ["MIN", "min"],
  ["ST_COLLECT", "st_collect"],
  ["STD", "std"],
  ["STDDEV", "std"],
  ["STDDEV_POP", "stddev_pop"],
  ["STDDEV_SAMP", "stddev_samp"],
  ["SUM", "sum"],
  ["VARIANCE", "var_pop"],
  ["VAR_POP", "var_pop"],
  ["VAR_SAMP", "var_samp"],
]);

const windowFunctions: ReadonlySet<string> = new Set([
  "row_number",
  "rank",
  "dense_rank",
  "percent_rank",
  "cume_dist",
  "ntile",
  "lead",
  "lag",
  "first_value",
  "last_value",
  "nth_value",
]);

/** How many arguments they take, at least and at most; those that are missing take none. MariaDB's LAG takes two. */
const argumentCounts: Readonly<Record<string, readonly [number, number]>> = {
  ntile: [1, 1],
  lead: [1, 3],
  lag: [1, 3],
  first_value: [1, 1],
  last_value: [1, 1],
  nth_value: [2, 2],
  median: [1, 1],
};

export const isWindowFunction = (p: Parser, name: string): boolean =>
  windowFunctions.has(name) || (p.rules.mariadb && name === "median");

/** An aggregate whose word was `token`, at its parenthesis; undefined when the word is none. */
export function parseAggregateCall(p: Parser, token: Token): Aggregate | GroupConcat | WindowCall | undefined {
  const name = aggregates.get(token);
  if (name !== undefined) return parseAggregate(p, name);
  if (token === "GROUP_CONCAT") return parseGroupConcat(p);
  if (p.rules.mariadb && (token === "PERCENTILE_CONT" || token === "PERCENTILE_DISC")) return parsePercentile(p, token);
  return undefined;
}

function parseAggregate(p: Parser, name: AggregateName): Aggregate {
  p.deeper();
  p.next();
  const star = name === "count" && p.token === "*";
  let distinct = false;
  let given: readonly (Expression | Star)[];
  if (star) {
    p.next();
    given = [{ kind: "Star", schema: undefined, table: undefined }];
  } else {
    distinct = p.accept("DISTINCT");
    if (!distinct) p.accept("ALL");
    given = p.list(p.grammar.expression);
    if (given.length > 1 && !(name === "count" && distinct) && name !== "json_objectagg") p.fail();
  }
  const isList = p.rules.mariadb && name === "json_arrayagg";
  const orderBy = isList ? parseOrderBy(p) : noItems;
  const limit = isList ? parseLimit(p) : undefined;
  p.expect(")");
  p.shallower();
  const over = p.token === "OVER" ? parseOver(p) : undefined;
  return { kind: "Aggregate", name, distinct, arguments: given, orderBy, limit, over };
}

const noItems: readonly OrderItem[] = [];

function parseGroupConcat(p: Parser): GroupConcat {
  p.deeper();
  p.next();
  const distinct = p.accept("DISTINCT");
  if (!distinct) p.accept("ALL");
  const given = p.list(p.grammar.expression);
  const orderBy = parseOrderBy(p);
  const separator = p.accept("SEPARATOR") ? p.string() : undefined;
  const limit = p.rules.mariadb ? parseLimit(p) : undefined;
  p.expect(")");
  p.shallower();
  const over = p.token === "OVER" ? parseOver(p) : undefined;
  return { kind: "GroupConcat", distinct, arguments: given, orderBy, separator, limit, over };
}

/** MariaDB: PERCENTILE_CONT(x) WITHIN GROUP (ORDER BY y) OVER (…). */
function parsePercentile(p: Parser, token: Token): WindowCall {
  const given = p.parenthesized((inner) => [inner.grammar.expression(inner)]);
  p.expectAll("WITHIN", "GROUP");
  const withinGroup = p.parenthesized(parseOrderBy);
  const name = token.toLowerCase();
  return {
    kind: "WindowCall",
    name,
    arguments: given,
    from: undefined,
    nulls: undefined,
    withinGroup,
    over: parseOver(p),
  };
}

/** Behind the arguments of a window function: FROM FIRST, RESPECT NULLS, OVER. */
export function parseWindowCall(p: Parser, name: string, given: readonly Expression[]): WindowCall {
  const [least, most] = argumentCounts[name] ?? [0, 0];
  if (given.length < least || given.length > (most === 3 && p.rules.mariadb ? 2 : most)) p.fail();
  let from: "FIRST" | "LAST" | undefined;
  let nulls: "RESPECT" | "IGNORE" | undefined;
  if (name === "nth_value" && p.accept("FROM")) from = p.expectOneOf("FIRST", "LAST");
  if (p.token === "RESPECT" || p.token === "IGNORE") {
    nulls = p.expectOneOf("RESPECT", "IGNORE");
    p.expect("NULLS");
  }
  return { kind: "WindowCall", name, arguments: given, from, nulls, withinGroup: [], over: parseOver(p) };
}

/** OVER name, OVER (…) */
export function parseOver(p: Parser): Window | WindowName {
  p.expect("OVER");
  if (p.token === "(") return parseWindow(p);
  return { kind: "WindowName", name: p.identifier() };
}

/** (base PARTITION BY … ORDER BY … frame) */
export function parseWindow(p: Parser): Window {
  p.deeper();
  p.expect("(");
  const isBase = p.isIdentifier && p.token !== "PARTITION" && p.token !== "RANGE" && p.token !== "ROWS";
  const base = isBase && p.token !== "GROUPS" ? p.identifier() : undefined;
  let partitionBy: readonly Expression[] = [];
  if (p.accept("PARTITION")) {
    p.expect("BY");
    partitionBy = p.list(p.grammar.expression);
  }
  const orderBy = parseOrderBy(p);
  const unit = p.acceptOneOf("ROWS", "RANGE", "GROUPS");
  const frame = unit === undefined ? undefined : parseFrame(p, unit);
  p.expect(")");
  p.shallower();
  return { kind: "Window", base, partitionBy, orderBy, frame };
}

function parseFrame(p: Parser, unit: Frame["unit"]): Frame {
  const isRange = p.accept("BETWEEN");
  const [start, startOffset] = parseBound(p);
  let end: FrameBound | undefined;
  let endOffset: Expression | undefined;
  if (isRange) {
    p.expect("AND");
    [end, endOffset] = parseBound(p);
  }
  return { kind: "Frame", unit, start, startOffset, end, endOffset, exclude: parseExclude(p) };
}

function parseBound(p: Parser): readonly [FrameBound, Expression | undefined] {
  if (p.acceptPair("CURRENT", "ROW")) return ["CURRENT ROW", undefined];
  if (p.accept("UNBOUNDED"))
    return [
      p.expectOneOf("PRECEDING", "FOLLOWING") === "PRECEDING" ? "UNBOUNDED PRECEDING" : "UNBOUNDED FOLLOWING",
      undefined,
    ];
  const offset = parseOffset(p);
  return [p.expectOneOf("PRECEDING", "FOLLOWING"), offset];
}

/** A number, a bind or an interval; MariaDB takes other literals, but neither intervals nor parameters. */
function parseOffset(p: Parser): Expression {
  if (!p.rules.mariadb && p.accept("INTERVAL"))
    return { kind: "Interval", amount: p.grammar.expression(p), unit: p.intervalUnit() };
  const isBind = p.token === "bind" && !(p.rules.mariadb && p.source.charAt(p.start) === "?");
  if (!isBind && !numbers.has(p.token) && !(p.rules.mariadb && literals.has(p.token))) p.fail();
  return p.grammar.infix(p, operandOnly);
}

const numbers: ReadonlySet<Token> = new Set<Token>(["integer", "decimal", "float"]);
const literals: ReadonlySet<Token> = new Set<Token>([
  "string",
  "national",
  "introducer",
  "hexNumber",
  "hexString",
  "bit",
]);
/** Above every operator: only the operand itself is read. */
const operandOnly = 100;

function parseExclude(p: Parser): Frame["exclude"] {
  if (!p.accept("EXCLUDE")) return undefined;
  if (p.acceptPair("CURRENT", "ROW")) return "CURRENT ROW";
  if (p.acceptPair("NO", "OTHERS")) return "NO OTHERS";
  return p.expectOneOf("GROUP", "TIES");
}
