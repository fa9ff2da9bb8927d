/**
 * Queries: SELECT, VALUES, TABLE, set operations and their parentheses. INTERSECT binds tighter than UNION and EXCEPT;
 * chains lean to the left. Parentheses leave a trace (Wrapped) only where clauses stand both in and behind them.
 */
import type { Limit, OrderItem, Star } from "../ast/call.ts";
import type { Expression, Subquery } from "../ast/expression.ts";
import type {
  CommonTable,
  GroupBy,
  GroupingSet,
  NamedWindow,
  NextValues,
  Query,
  QueryTail,
  RowValues,
  Select,
  SelectItem,
  SelectModifier,
  SetOperation,
  With,
} from "../ast/query.ts";
import type { Token } from "../token.ts";
import { parseLimit, parseLimitValue, parseOrderBy, parseOrderItem, parseValue } from "./clause.ts";
import { parseInto, parseLocks } from "./into.ts";
import type { Parser } from "./parser.ts";
import { parseTables } from "./tables.ts";
import { parseWindow } from "./window.ts";

/** A query that is a statement: it may end in INTO. */
export function parseQueryStatement(p: Parser): Query {
  const outer = p.mayInto;
  p.mayInto = true;
  const query = parseAnyQuery(p);
  p.mayInto = outer;
  return query;
}

/** A query within something else; stands at SELECT, WITH, VALUES, TABLE or "(". */
export function parseQuery(p: Parser): Query {
  const outer = p.mayInto;
  p.mayInto = false;
  const query = parseAnyQuery(p);
  p.mayInto = outer;
  return query;
}

function parseAnyQuery(p: Parser): Query {
  if (!p.mayQuery) p.fail();
  p.deeper();
  const tables = p.token === "WITH" ? parseWith(p) : undefined;
  const query = parseQueryWith(p, tables);
  p.shallower();
  return query;
}

/** The query behind its WITH clause. */
export function parseQueryWith(p: Parser, tables: With | undefined): Query {
  if (p.token === "SELECT") {
    const select = parseSelect(p, tables, true);
    return isSetOperator(p) && isEmpty(select) ? parseRest(p, select, tables) : select;
  }
  return parseRest(p, parseOperand(p, tables !== undefined), tables);
}

/** Goes on behind a query that stood in parentheses. */
export function parseQueryAfter(p: Parser, left: Query): Query {
  const outer = p.mayInto;
  p.mayInto = false;
  const query = parseRest(p, left, undefined);
  p.mayInto = outer;
  return query;
}

/** ( query ) */
export function parseSubquery(p: Parser): Subquery {
  p.deeper();
  p.expect("(");
  const query = parseQuery(p);
  p.expect(")");
  p.shallower();
  return { kind: "Subquery", query };
}

function isSetOperator(p: Parser): boolean {
  const { token } = p;
  if (token === "UNION" || token === "EXCEPT" || token === "INTERSECT") return p.reserved;
  return token === "MINUS" && p.rules.oracle;
}

/** Set operations and the clauses at the end. */
function parseRest(p: Parser, first: Query, tables: With | undefined): Query {
  if (isSetOperator(p) && first.into !== undefined) p.fail();
  const query = isSetOperator(p) ? parseUnions(p, first) : first;
  const tail = parseTail(p, tables);
  if (isEmpty(tail)) return query;
  return isEmpty(query) ? { ...query, ...tail } : { kind: "Wrapped", query, ...tail };
}

const isEmpty = (tail: QueryTail) =>
  tail.with === undefined &&
  tail.orderBy.length === 0 &&
  tail.limit === undefined &&
  tail.into === undefined &&
  tail.locks.length === 0;

const noTail: QueryTail = { with: undefined, orderBy: [], limit: undefined, into: undefined, locks: [] };

function parseUnions(p: Parser, first: Query): Query {
  let left = parseIntersections(p, first);
  let chain = 0;
  while (isSetOperator(p) && p.token !== "INTERSECT") {
    const operator = p.token === "UNION" ? "UNION" : "EXCEPT";
    const all = parseQuantifier(p);
    left = setOperation(operator, all, left, parseIntersections(p, parseOperand(p, true)));
    if (++chain > chainMax) p.exhausted();
  }
  return left;
}

/** How many set operations may follow each other: each makes the tree one deeper. */
const chainMax = 1500;

function parseIntersections(p: Parser, first: Query): Query {
  let left = first;
  let chain = 0;
  while (p.token === "INTERSECT") {
    const all = parseQuantifier(p);
    left = setOperation("INTERSECT", all, left, parseOperand(p, true));
    if (++chain > chainMax) p.exhausted();
  }
  return left;
}

function setOperation(operator: SetOperation["operator"], all: boolean, left: Query, right: Query): SetOperation {
  return { kind: "SetOperation", operator, all, left, right, ...noTail };
}

function parseQuantifier(p: Parser): boolean {
  p.next();
  const all = p.accept("ALL");
  if (!all) p.accept("DISTINCT");
  return all;
}

/**
 * One operand of a set operation, without clauses at its end unless it stands in parentheses. INTO may stand in those of
 * MySQL only when nothing stands before them (`isInner`).
 */
function parseOperand(p: Parser, isInner: boolean): Query {
  switch (p.token) {
    case "SELECT":
      return parseSelect(p, undefined, false);
    case "(": {
      if (p.rules.mariadb || isInner || !p.mayInto) return parseSubquery(p).query;
      p.next();
      const query = parseAnyQuery(p);
      p.expect(")");
      return query;
    }
    case "VALUES":
      if (p.rules.mariadb && p.inOnDuplicate) p.fail();
      return { kind: "ValuesQuery", rows: parseValuesRows(p), ...noTail };
    case "TABLE":
      if (p.rules.mariadb) p.fail();
      p.next();
      return { kind: "TableQuery", table: p.tableName(), ...noTail };
    default:
      return p.fail();
  }
}

/** VALUES ROW(1), ROW(2); MariaDB: VALUES (1), (2). */
function parseValuesRows(p: Parser): readonly RowValues[] {
  p.next();
  return p.list(() => {
    if (!p.rules.mariadb) p.expect("ROW");
    p.expect("(");
    const values = p.token === ")" && !p.rules.mariadb ? [] : p.list(parseValue);
    p.expect(")");
    return { kind: "RowValues", values };
  });
}

/** ORDER BY, LIMIT, INTO and locks. */
function parseTail(p: Parser, tables: With | undefined): QueryTail {
  const orderBy = parseOrderBy(p);
  const limit = parseLimit(p);
  let into = p.token === "INTO" && p.mayInto ? parseInto(p) : undefined;
  const locks = parseLocks(p);
  if (into === undefined && p.token === "INTO" && p.mayInto) into = parseInto(p);
  return { with: tables, orderBy, limit, into, locks };
}

const noModifiers: readonly SelectModifier[] = [];
const noItems: readonly OrderItem[] = [];
const noWindows: readonly NamedWindow[] = [];

/** SELECT …; with `mayEnd`, the clauses at the end are its own unless a set operation follows. */
function parseSelect(p: Parser, tables: With | undefined, mayEnd: boolean): Select {
  const comments = p.verb("SELECT");
  let distinct = false;
  let modifiers = noModifiers;
  while (p.token !== "name") {
    if (p.token === "DISTINCT" || p.token === "DISTINCTROW") distinct = true;
    else if (p.token !== "ALL") {
      if (!selectModifiers.has(p.token)) break;
      modifiers = [...modifiers, p.token as SelectModifier];
    }
    p.next();
  }
  const items = parseSelectItems(p);
  const early = p.token === "INTO" && p.mayInto && (mayEnd || !p.rules.mariadb) ? parseInto(p) : undefined;
  let from: Select["from"] = [];
  if (p.token === "FROM") {
    p.next();
    if (!p.accept("DUAL")) from = parseTables(p);
  }
  const where = p.accept("WHERE") ? p.grammar.expression(p) : undefined;
  const groupBy = p.token === "GROUP" ? parseGroupBy(p) : undefined;
  const having = p.accept("HAVING") ? p.grammar.expression(p) : undefined;
  const windows = p.token === "WINDOW" ? parseWindows(p) : noWindows;
  const qualify = p.token === "QUALIFY" && p.reserved ? parseQualify(p) : undefined;
  let orderBy = noItems;
  let limit: Limit | undefined;
  let procedure: Expression | undefined;
  let into = early;
  let locks: Select["locks"] = [];
  const ends = mayEnd && !isSetOperator(p);
  if (ends) {
    orderBy = parseOrderBy(p);
    limit = parseLimit(p);
    if (p.token === "PROCEDURE" && p.rules.mariadb) procedure = parseProcedure(p);
    if (p.token === "INTO" && into === undefined && p.mayInto) into = parseInto(p);
    locks = parseLocks(p);
    if (p.token === "INTO" && into === undefined && p.mayInto) into = parseInto(p);
  }
  return {
    kind: "Select",
    with: ends ? tables : undefined,
    comments,
    distinct,
    modifiers,
    items,
    from,
    where,
    groupBy,
    having,
    windows,
    qualify,
    procedure,
    orderBy,
    limit,
    into,
    locks,
  };
}

const selectModifiers: ReadonlySet<Token> = new Set<SelectModifier>([
  "HIGH_PRIORITY",
  "STRAIGHT_JOIN",
  "SQL_SMALL_RESULT",
  "SQL_BIG_RESULT",
  "SQL_BUFFER_RESULT",
  "SQL_CACHE",
  "SQL_NO_CACHE",
  "SQL_CALC_FOUND_ROWS",
]);

function parseSelectItems(p: Parser): Select["items"] {
  const next = p.token === "NEXT" ? parseNextValues(p) : undefined;
  return next === undefined ? parseItems(p) : [next];
}

/** Items of a select list or of RETURNING: a star without a table comes first. */
export function parseItems(p: Parser): readonly (SelectItem | Star)[] {
  const items: (SelectItem | Star)[] = [];
  if (p.token === "*") {
    p.next();
    items.push({ kind: "Star", schema: undefined, table: undefined });
  } else items.push(parseSelectItem(p));
  while (p.token === ",") {
    p.next();
    items.push(parseSelectItem(p));
  }
  return items;
}

/** NEXT n VALUES, NEXT VALUE: Vitess's sequences. Undefined when NEXT is a column. */
function parseNextValues(p: Parser): NextValues | undefined {
  const after = p.peek();
  const isOne =
    after === "VALUE" &&
    p.ahead(() => {
      p.next();
      p.next();
      return p.token === "FROM";
    });
  if (!isOne && after !== "integer" && after !== "bind") return undefined;
  p.next();
  const count: Expression = isOne ? { kind: "Literal", type: "integer", text: "1" } : parseLimitValue(p);
  if (!p.accept("VALUE")) p.expect("VALUES");
  return { kind: "NextValues", count };
}

/** An expression with or without an alias, or t.*; stands at its first token. */
function parseSelectItem(p: Parser): SelectItem | Star {
  const { start } = p;
  const expression: Expression | Star = p.starOrExpression();
  if (expression.kind === "Star") return expression;
  const end = p.previousEnd;
  const alias = parseAlias(p);
  return { kind: "SelectItem", expression, alias, text: alias === undefined ? p.source.slice(start, end) : "" };
}

/** [AS] alias, which may be a string. */
function parseAlias(p: Parser): string | undefined {
  if (p.accept("AS")) return p.token === "string" ? p.string() : p.identifier();
  if (p.token === "string") return p.string();
  return p.acceptIdentifier();
}

function parseGroupBy(p: Parser): GroupBy {
  p.next();
  p.expect("BY");
  if (!p.rules.mariadb && p.acceptPair("GROUPING", "SETS"))
    return {
      kind: "GroupBy",
      items: [],
      modifier: "GROUPING SETS",
      sets: p.parenthesized(() => p.list(parseGroupingSet)),
    };
  const isCall = !p.rules.mariadb && (p.token === "ROLLUP" || p.token === "CUBE") && p.peek() === "(";
  if (isCall) {
    const modifier = p.expectOneOf("ROLLUP", "CUBE");
    return { kind: "GroupBy", items: p.parenthesized((inner) => inner.list(parseGroupItem)), modifier, sets: [] };
  }
  const items = p.list(parseGroupItem);
  const modifier = p.acceptPair("WITH", "ROLLUP") ? "WITH ROLLUP" : undefined;
  return { kind: "GroupBy", items, modifier, sets: [] };
}

function parseGroupingSet(p: Parser): GroupingSet {
  const items = p.parenthesized((inner) => (inner.token === ")" ? [] : inner.list(p.grammar.expression)));
  return { kind: "GroupingSet", items };
}

/** MariaDB takes ASC and DESC here too. */
function parseGroupItem(p: Parser): OrderItem {
  if (p.rules.mariadb) return parseOrderItem(p);
  return { kind: "OrderItem", expression: p.grammar.expression(p), direction: undefined };
}

function parseWindows(p: Parser): readonly NamedWindow[] {
  p.next();
  return p.list(() => {
    const name = p.identifier();
    p.expect("AS");
    return { kind: "NamedWindow", name, window: parseWindow(p) };
  });
}

function parseQualify(p: Parser): Expression {
  p.next();
  return p.grammar.expression(p);
}

/** MariaDB: PROCEDURE ANALYSE(…) */
function parseProcedure(p: Parser): Expression {
  p.next();
  return p.grammar.expression(p);
}

/** WITH RECURSIVE name (columns) AS (query), … */
export function parseWith(p: Parser): With {
  p.expect("WITH");
  const recursive = p.accept("RECURSIVE");
  return { kind: "With", recursive, tables: p.list(parseCommonTable) };
}

function parseCommonTable(p: Parser): CommonTable {
  const name = p.identifier();
  const columns = p.token === "(" ? p.identifiers() : [];
  p.expect("AS");
  const { query } = parseSubquery(p);
  let cycle: readonly string[] = [];
  if (p.rules.mariadb && p.accept("CYCLE")) {
    cycle = p.list((inner) => inner.identifier());
    p.expect("RESTRICT");
  }
  return { kind: "CommonTable", name, columns, query, cycle };
}
