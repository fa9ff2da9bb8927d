/** Clauses that stand in many statements: ORDER BY, LIMIT, a value that may be DEFAULT. */
import type { Limit, OrderItem } from "../ast/call.ts";
import type { Expression } from "../ast/expression.ts";
import type { Parser } from "./parser.ts";

const noItems: readonly OrderItem[] = [];

/** ORDER BY …, or nothing. */
export function parseOrderBy(p: Parser): readonly OrderItem[] {
  if (p.token !== "ORDER") return noItems;
  p.next();
  p.expect("BY");
  return p.list(parseOrderItem);
}

export function parseOrderItem(p: Parser): OrderItem {
  const expression = p.grammar.expression(p);
  return { kind: "OrderItem", expression, direction: p.acceptOneOf("ASC", "DESC") };
}

/** LIMIT n, LIMIT offset, n, LIMIT n OFFSET offset; MariaDB: ROWS EXAMINED, OFFSET … FETCH. Or nothing. */
export function parseLimit(p: Parser): Limit | undefined {
  if (p.rules.mariadb && (p.token === "OFFSET" || p.token === "FETCH")) return parseFetch(p);
  if (p.token !== "LIMIT") return undefined;
  p.next();
  if (p.rules.mariadb && p.is("ROWS"))
    return { kind: "Limit", count: undefined, offset: undefined, rowsExamined: parseExamined(p), withTies: false };
  let count = parseLimitValue(p);
  let offset: Expression | undefined;
  if (p.accept(",")) {
    offset = count;
    count = parseLimitValue(p);
  } else if (p.accept("OFFSET")) offset = parseLimitValue(p);
  const rowsExamined = p.rules.mariadb && p.is("ROWS") ? parseExamined(p) : undefined;
  return { kind: "Limit", count, offset, rowsExamined, withTies: false };
}

function parseExamined(p: Parser): Expression {
  p.expectAll("ROWS", "EXAMINED");
  return parseLimitValue(p);
}

/** A whole number, a bind, or a variable of a stored program. */
export function parseLimitValue(p: Parser): Expression {
  switch (p.token) {
    case "integer":
    case "bind":
      return p.grammar.infix(p, limitPower);
    default:
      return { kind: "Column", schema: undefined, table: undefined, name: p.identifier() };
  }
}

/** Above every operator: only the operand itself is read. */
const limitPower = 100;

/** MariaDB: OFFSET n ROWS FETCH FIRST m ROWS ONLY. */
function parseFetch(p: Parser): Limit {
  let offset: Expression | undefined;
  if (p.accept("OFFSET")) {
    offset = parseLimitValue(p);
    p.expectOneOf("ROW", "ROWS");
  }
  let count: Expression | undefined;
  let withTies = false;
  if (p.accept("FETCH")) {
    p.expectOneOf("FIRST", "NEXT");
    const one: Expression = { kind: "Literal", type: "integer", text: "1" };
    count = p.token === "ROW" || p.token === "ROWS" ? one : parseLimitValue(p);
    p.expectOneOf("ROW", "ROWS");
    if (!p.accept("ONLY")) {
      p.expectAll("WITH", "TIES");
      withTies = true;
    }
  } else if (offset === undefined) p.fail();
  return { kind: "Limit", count, offset, rowsExamined: undefined, withTies };
}

/** What a column or a parameter is given: a value, or (MariaDB) the word IGNORE. */
export function parseGiven(p: Parser): Expression {
  return p.rules.mariadb && p.accept("IGNORE") ? { kind: "Ignore" } : parseValue(p);
}

/** A value: an expression, or the word DEFAULT. */
export function parseValue(p: Parser): Expression {
  if (p.token === "DEFAULT" && p.peek() !== "(") {
    p.next();
    return { kind: "Default", column: undefined };
  }
  return p.grammar.expression(p);
}
