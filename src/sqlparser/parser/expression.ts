/**
 * Expressions by operator precedence: one loop over infix operators (`parseInfix`), one table of what an expression may
 * begin with. Precedence is the servers': LIKE, IN, BETWEEN and REGEXP bind tighter than comparisons, and chain in MariaDB only.
 * https://dev.mysql.com/doc/refman/8.4/en/operator-precedence.html
 */
import type { BinaryOperator, ComparisonOperator, Expression, Is, Row, Subquery } from "../ast/expression.ts";
import { powers, type Token } from "../token.ts";
import type { Parser } from "./parser.ts";
import { parsePrimary } from "./primary.ts";

/** An expression; stands at its first token. */
export function parseExpression(p: Parser): Expression {
  return parseInfix(p, 1);
}

/** An expression whose operators outside parentheses bind at least as tightly as `minimum`. */
export function parseInfix(p: Parser, minimum: number): Expression {
  const { token } = p;
  const left = parsePrefix(p, minimum);
  if (p.power < minimum || p.power === 0) return left;
  return parseInfixAfter(p, left, minimum, ceilingAfter(p, token));
}

/** How loosely an operand that began with `token` binds. */
function ceilingAfter(p: Parser, token: Token): number {
  if (token === "NOT" && !p.rules.highNot) return powers.not;
  return token === "INTERVAL" && p.rules.mariadb ? powers.concat : powers.path;
}

/**
 * Goes on after `left`. `ceiling` is how loosely what was read binds: what binds tighter may not follow it, as in
 * `a IN (1) + 1`.
 */
function parseInfixAfter(p: Parser, first: Expression, minimum: number, highest: number = powers.path): Expression {
  let left = first;
  let ceiling = highest;
  let chain = 0;
  for (;;) {
    const { power } = p;
    if (power < minimum || power === 0 || power > ceiling) return left;
    if (power >= powers.bitOr) {
      if (power === powers.path) return left;
      left = power === powers.collate ? parseCollate(p, left) : parseBinary(p, left, power);
      if (++chain > chainMax) p.exhausted();
      // What adds an interval is whole: a + INTERVAL 1 DAY * 2 multiplies the sum.
      ceiling = left.kind === "Binary" && left.right.kind === "Interval" ? powers.concat : power;
    } else if (power === powers.comparison) {
      left = p.token === "IS" ? parseIs(p, left) : parseComparison(p, left);
      if (++chain > chainMax) p.exhausted();
      const isTruthTest = left.kind === "Is" && left.test !== "NULL";
      ceiling = isTruthTest && !p.rules.mariadb ? powers.not : power;
    } else if (power === powers.predicate) {
      const found = parsePredicate(p, left);
      if (found === undefined) return left;
      left = found;
      ceiling = p.rules.mariadb ? powers.predicate : powers.comparison;
    } else {
      left = parseLogical(p, left, power);
      ceiling = power;
      if (++chain > chainMax) p.exhausted();
    }
  }
}

/** How many operators of one level may follow each other; each makes the tree one deeper. AND and OR are flat. */
const chainMax = 1500;

function parseCollate(p: Parser, operand: Expression): Expression {
  p.next();
  const collation = p.token === "string" ? p.string() : p.identifier();
  return { kind: "Collate", operand, collation };
}

function parseBinary(p: Parser, left: Expression, power: number): Expression {
  const token = p.token;
  const operator = (token === "MOD" ? "%" : token) as BinaryOperator;
  p.next();
  if (p.token === "INTERVAL" && power === powers.sum) {
    const right = parseInterval(p);
    if (right.kind === "Interval") return { kind: "Binary", operator, left, right };
    return { kind: "Binary", operator, left, right: parseInfixAfter(p, right, power + 1) };
  }
  return { kind: "Binary", operator, left, right: parseInfix(p, power + 1) };
}

function parseComparison(p: Parser, left: Expression): Expression {
  const operator = p.token as ComparisonOperator;
  p.next();
  const { token } = p;
  if ((token === "ALL" || token === "ANY" || token === "SOME") && p.peek() === "(") {
    p.next();
    const { query } = p.grammar.subquery(p);
    return { kind: "Quantified", operator, quantifier: token === "ALL" ? "ALL" : "ANY", left, query };
  }
  return { kind: "Comparison", operator, left, right: parseInfix(p, powers.predicate) };
}

function parseIs(p: Parser, operand: Expression): Is {
  p.next();
  const negated = p.accept("NOT");
  const test = p.expectOneOf("NULL", "TRUE", "FALSE", "UNKNOWN");
  return { kind: "Is", operand, negated, test };
}

/** AND and OR gather their operands; XOR is a pair. */
function parseLogical(p: Parser, left: Expression, power: number): Expression {
  if (power === powers.xor) {
    p.next();
    return { kind: "Xor", left, right: parseInfix(p, power + 1) };
  }
  const operands = [left];
  while (p.power === power) {
    p.next();
    operands.push(parseInfix(p, power + 1));
  }
  return { kind: power === powers.and ? "And" : "Or", operands };
}

/** LIKE, IN, BETWEEN and their kin, each with NOT; undefined when the word is none after all (MEMBER). */
function parsePredicate(p: Parser, operand: Expression): Expression | undefined {
  if (p.token === "SOUNDS") {
    p.next();
    p.expect("LIKE");
    return { kind: "SoundsLike", left: operand, right: parsePattern(p, powers.bitOr) };
  }
  if (p.token === "MEMBER") return parseMemberOf(p, operand);
  const negated = p.accept("NOT");
  switch (p.token) {
    case "IN":
      p.next();
      return { kind: "In", operand, negated, list: parseInList(p) };
    case "LIKE": {
      p.next();
      const minimum = p.rules.mariadb ? powers.bitOr : powers.concat;
      const pattern = parsePattern(p, minimum);
      const escape = p.accept("ESCAPE") ? parsePattern(p, minimum) : undefined;
      return { kind: "Like", operand, negated, pattern, escape };
    }
    case "BETWEEN": {
      p.next();
      const low = parseInfix(p, p.rules.mariadb ? powers.predicate : powers.bitOr);
      p.expect("AND");
      return { kind: "Between", operand, negated, low, high: parseInfix(p, powers.predicate) };
    }
    case "REGEXP":
    case "RLIKE":
      p.next();
      return { kind: "Regexp", operand, negated, pattern: parsePattern(p, powers.bitOr) };
    default:
      return p.fail();
  }
}

/**
 * The right side of LIKE, REGEXP and SOUNDS LIKE. In MariaDB predicates chain to the left, but those with NOT to the right:
 * a LIKE b NOT LIKE c is a LIKE (b NOT LIKE c).
 */
function parsePattern(p: Parser, minimum: number): Expression {
  let pattern = parseInfix(p, minimum);
  while (p.rules.mariadb && p.token === "NOT") {
    p.deeper();
    pattern = parsePredicate(p, pattern) ?? p.fail();
    p.shallower();
  }
  return pattern;
}

function parseMemberOf(p: Parser, value: Expression): Expression | undefined {
  if (p.rules.mariadb) return undefined;
  p.next();
  p.accept("OF");
  p.expect("(");
  const array = parseInfix(p, powers.concat);
  p.expect(")");
  return { kind: "MemberOf", value, array };
}

/** (a, b), (query) or ::list */
function parseInList(p: Parser): Row | Subquery | { readonly kind: "ListBind"; readonly name: string } {
  if (p.token === "listBind") return parseListBind(p);
  if (p.token !== "(") p.fail();
  if (p.peek() === "listBind") return p.parenthesized(parseListBind);
  const found = parseParentheses(p, true);
  if (found.kind === "Row" || found.kind === "Subquery") return found;
  return { kind: "Row", items: [found] };
}

function parseListBind(p: Parser): { readonly kind: "ListBind"; readonly name: string } {
  const name = p.value;
  p.next();
  return { kind: "ListBind", name };
}

const startsQuery = (token: Token) => token === "SELECT" || token === "WITH" || token === "TABLE";

/** What may follow a query in parentheses that is not the whole query yet. */
const continuesQuery: ReadonlySet<Token> = new Set([
  "UNION",
  "EXCEPT",
  "INTERSECT",
  "MINUS",
  "ORDER",
  "LIMIT",
  "FOR",
  "LOCK",
  "FETCH",
  "OFFSET",
]);

/**
 * ( … ): a subquery, a row or an expression that stands in them. `asList` keeps the parentheses of IN: there a list of
 * one row is a Row that holds a Row.
 */
export function parseParentheses(p: Parser, asList: boolean): Expression {
  p.deeper();
  p.next();
  let found: Expression;
  if (startsQuery(p.token) || (p.token === "VALUES" && startsValuesQuery(p))) {
    found = { kind: "Subquery", query: p.grammar.query(p) };
  } else {
    const isParenthesized = p.token === "(";
    const first = parseInfix(p, 1);
    if (isParenthesized && first.kind === "Subquery" && continuesQuery.has(p.token)) {
      found = { kind: "Subquery", query: p.grammar.queryAfter(p, first.query) };
    } else if ((p.token as Token) === ",") {
      const items = [first];
      while (p.accept(",")) items.push(parseInfix(p, 1));
      found = { kind: "Row", items };
    } else {
      found = asList && first.kind === "Row" ? { kind: "Row", items: [first] } : first;
    }
  }
  p.expect(")");
  p.shallower();
  return found;
}

/** VALUES ROW(…) is a query, and VALUES(column) a call; MariaDB knows the call in ON DUPLICATE KEY UPDATE alone. */
function startsValuesQuery(p: Parser): boolean {
  return p.rules.mariadb ? !p.inOnDuplicate : p.peek() === "ROW";
}

/** Operators before their operand. */
function parsePrefix(p: Parser, minimum: number): Expression {
  switch (p.token) {
    case "NOT": {
      if (p.rules.highNot) return parseUnaryNot(p);
      if (minimum > powers.not) p.fail();
      p.deeper();
      p.next();
      const operand = parseInfix(p, powers.not);
      p.shallower();
      return { kind: "Not", operand };
    }
    case "!":
      return parseUnaryNot(p);
    case "-":
    case "+":
    case "~":
    case "BINARY": {
      const operator = p.token;
      p.deeper();
      p.next();
      const operand = parseInfix(p, operator === "BINARY" ? powers.bang : powers.unary);
      p.shallower();
      return { kind: "Unary", operator, operand };
    }
    case "(":
      return parseParentheses(p, false);
    case "INTERVAL":
      return parseLeadingInterval(p, minimum);
    case "userVariable":
      return parseUserVariable(p);
    default:
      return parsePrimary(p);
  }
}

function parseUnaryNot(p: Parser): Expression {
  p.deeper();
  p.next();
  const operand = parseInfix(p, powers.bang);
  p.shallower();
  return { kind: "Not", operand };
}

/** @name, @name := value */
function parseUserVariable(p: Parser): Expression {
  const variable = { kind: "UserVariable", name: p.value } as const;
  p.next();
  if (!p.accept(":=")) return variable;
  p.deeper();
  const value = parseInfix(p, 1);
  p.shallower();
  return { kind: "Assign", variable, value };
}

/** INTERVAL amount unit, or the call INTERVAL(n, a, b). Stands at INTERVAL. */
function parseInterval(p: Parser): Expression {
  p.next();
  let amount: Expression;
  if (p.token === "(") {
    const inside = parseParentheses(p, false);
    if (inside.kind === "Row") return { kind: "Call", schema: undefined, name: "interval", arguments: inside.items };
    amount = parseInfixAfter(p, inside, 1);
  } else amount = parseInfix(p, 1);
  return { kind: "Interval", amount, unit: p.intervalUnit() };
}

/** INTERVAL 1 DAY + date: an interval may stand on the left of a plus. */
function parseLeadingInterval(p: Parser, minimum: number): Expression {
  p.deeper();
  const left = parseInterval(p);
  let found = left;
  if (left.kind === "Interval") {
    if (p.rules.mariadb && minimum >= powers.bang) p.fail(); // As an operand of BINARY.
    p.expect("+");
    const loosest = p.is("NOT") ? powers.not : powers.comparison; // AND and OR are not taken.
    found = { kind: "Binary", operator: "+", left, right: parseInfix(p, loosest) };
  }
  p.shallower();
  return found;
}
