/** FROM: tables, joins, derived tables, JSON_TABLE. */
import type {
  Derived,
  IndexHint,
  Join,
  JoinType,
  Query,
  SystemTime,
  Table,
  TableExpression,
  TableSample,
} from "../ast/query.ts";
import { powers, type Token } from "../token.ts";
import { parseJsonTable } from "./json-table.ts";
import type { Parser } from "./parser.ts";

/** table, table JOIN table ON …, … */
export function parseTables(p: Parser): readonly TableExpression[] {
  const first = parseTableReference(p);
  if (p.token !== ",") return [first];
  const tables = [first];
  while (p.accept(",")) tables.push(parseTableReference(p));
  return tables;
}

/** One item of the list: a table with its joins. */
export function parseTableReference(p: Parser): TableExpression {
  const first = parseFactor(p);
  return joinWords.has(p.token) ? parseJoins(p, first) : first;
}

const joinWords: ReadonlySet<Token> = new Set<Token>([
  "JOIN",
  "INNER",
  "CROSS",
  "STRAIGHT_JOIN",
  "LEFT",
  "RIGHT",
  "NATURAL",
]);

/** A join whose right side is read, but whose condition may still come: a JOIN b JOIN c ON … ON …. */
interface Pending {
  readonly left: TableExpression;
  readonly type: JoinType;
}

/**
 * Joins behind `first`. ON belongs to the nearest join that has none yet. Joins left without a condition lean to the
 * left: a JOIN b JOIN c ON x is (a JOIN b) JOIN c ON x.
 */
function parseJoins(p: Parser, first: TableExpression): TableExpression {
  const pending: Pending[] = [];
  const made = new Set<TableExpression>();
  let current = first;
  for (;;) {
    if (p.token === "NATURAL") {
      p.next();
      const type = parseJoinType(p);
      current = join(type, true, current, parseFactor(p));
      made.add(current);
    } else if (joinWords.has(p.token)) {
      pending.push({ left: current, type: parseJoinType(p) });
      current = parseFactor(p);
    } else if (p.token === "ON" || p.token === "USING") {
      const open = pending.pop() ?? p.fail();
      const on = p.accept("ON") ? p.grammar.expression(p) : undefined;
      const using = on === undefined ? parseUsing(p) : noNames;
      current = { kind: "Join", type: open.type, natural: false, left: open.left, right: current, on, using };
      made.add(current);
      if (pending.length === 0 && !joinWords.has(p.token)) break;
    } else break;
    if (made.size > chainMax || pending.length > chainMax) p.exhausted();
  }
  return pending.length === 0 ? current : closePending(p, pending, current, made);
}

/** How many joins may follow each other: each makes the tree one deeper. */
const chainMax = 1500;
const noNames: readonly string[] = [];

/** Joins without condition, innermost last: each takes the leftmost table of what stands to its right as its own. */
function closePending(
  p: Parser,
  pending: Pending[],
  last: TableExpression,
  made: Set<TableExpression>,
): TableExpression {
  let current = last;
  for (let open = pending.pop(); open !== undefined; open = pending.pop()) {
    if (open.type === "LEFT" || open.type === "RIGHT") p.fail();
    current = joinLeftmost(open, current, made);
  }
  return current;
}

function joinLeftmost(open: Pending, right: TableExpression, made: Set<TableExpression>): TableExpression {
  let joined: TableExpression;
  if (right.kind === "Join" && made.has(right)) joined = { ...right, left: joinLeftmost(open, right.left, made) };
  else joined = join(open.type, false, open.left, right);
  made.add(joined);
  return joined;
}

function join(type: JoinType, natural: boolean, left: TableExpression, right: TableExpression): Join {
  return { kind: "Join", type, natural, left, right, on: undefined, using: noNames };
}

function parseJoinType(p: Parser): JoinType {
  if (p.accept("STRAIGHT_JOIN")) return "STRAIGHT";
  const word = p.acceptOneOf("INNER", "CROSS", "LEFT", "RIGHT");
  if (word === "LEFT" || word === "RIGHT") p.accept("OUTER");
  p.expect("JOIN");
  return word ?? "INNER";
}

function parseUsing(p: Parser): readonly string[] {
  p.expect("USING");
  return p.identifiers();
}

function parseFactor(p: Parser): TableExpression {
  switch (p.token) {
    case "name":
      return parseTable(p);
    case "(": {
      const found = parseParenthesized(p);
      return isQuery(found) ? parseDerived(p, false, found) : found;
    }
    case "LATERAL":
      if (!p.reserved) return parseTable(p);
      p.next();
      return parseDerived(p, true, p.grammar.subquery(p).query);
    case "JSON_TABLE":
      return p.reserved || p.peek() === "(" ? parseJsonTable(p) : parseTable(p);
    case "{": {
      p.next();
      p.expect("OJ");
      const inside = parseTableReference(p);
      p.expect("}");
      return inside;
    }
    default:
      return parseTable(p);
  }
}

const queryKinds: ReadonlySet<string> = new Set(["Select", "SetOperation", "ValuesQuery", "TableQuery", "Wrapped"]);
const isQuery = (found: Query | TableExpression): found is Query => queryKinds.has(found.kind);

/** ( … ): a query that waits for its alias, or tables. Stands at the parenthesis. */
function parseParenthesized(p: Parser): Query | TableExpression {
  p.deeper();
  p.next();
  const found = parseInside(p);
  p.expect(")");
  p.shallower();
  return found;
}

function parseInside(p: Parser): Query | TableExpression {
  const { token } = p;
  if (token === "SELECT" || token === "WITH" || token === "TABLE" || (token === "VALUES" && p.reserved))
    return p.grammar.query(p);
  let first: TableExpression;
  if (token === "(") {
    const inner = parseParenthesized(p);
    if (isQuery(inner)) {
      if (p.token === (")" as Token)) return inner;
      if (!p.isIdentifier && p.token !== "AS") return p.grammar.queryAfter(p, inner);
      first = parseDerived(p, false, inner);
    } else first = inner;
    if (joinWords.has(p.token)) first = parseJoins(p, first);
  } else first = parseTableReference(p);
  // What has an alias by need stands in parentheses only with others.
  if (p.token === ")" && (first.kind === "JsonTable" || (first.kind === "Derived" && !p.rules.mariadb))) p.fail();
  if (p.token !== ",") return first;
  const tables = [first];
  while (p.accept(",")) tables.push(parseTableReference(p));
  return { kind: "TableGroup", tables };
}

function parseDerived(p: Parser, lateral: boolean, query: Query): Derived {
  const alias = parseTableAlias(p);
  if (alias === undefined && p.rules.mariadb && !p.rules.oracle) p.fail(); // MySQL's 1248 comes later.
  const mayName = alias !== undefined && (!p.rules.mariadb || p.rules.version >= 110700);
  const columns = mayName && p.token === "(" ? p.identifiers() : [];
  return { kind: "Derived", lateral, query, alias, columns };
}

/** [AS] alias, or nothing. */
export function parseTableAlias(p: Parser): string | undefined {
  const isGiven = p.accept("AS");
  if (isGiven && !(p.rules.mariadb && p.token === "WINDOW")) return p.identifier();
  if (p.token === "name") return p.identifier();
  if (!p.isIdentifier || p.token === "WINDOW") return isGiven ? p.fail() : undefined;
  return p.identifier();
}

function parseTable(p: Parser): Table {
  const name = p.tableName();
  let partitions = noNames;
  let systemTime: SystemTime | undefined;
  if (p.token === "PARTITION") partitions = parsePartitions(p);
  if (p.token === "FOR" && p.rules.mariadb && p.peek() === "SYSTEM_TIME") systemTime = parseSystemTime(p);
  const sampleFirst = p.token === "TABLESAMPLE" && p.reserved ? parseSample(p) : undefined;
  const alias = parseTableAlias(p);
  const sample = p.token === "TABLESAMPLE" && p.reserved && sampleFirst === undefined ? parseSample(p) : sampleFirst;
  const hints = p.token === "USE" || p.token === "IGNORE" || p.token === "FORCE" ? parseHints(p) : noHints;
  return { kind: "Table", name, partitions, systemTime, alias, hints, sample };
}

const noHints: readonly IndexHint[] = [];

/** PARTITION (p0, p1) */
export function parsePartitions(p: Parser): readonly string[] {
  p.expect("PARTITION");
  return p.identifiers();
}

function parseSample(p: Parser): TableSample {
  p.next();
  const method = p.expectOneOf("SYSTEM", "BERNOULLI");
  return { kind: "TableSample", method, percentage: p.parenthesized(p.grammar.expression) };
}

function parseHints(p: Parser): readonly IndexHint[] {
  const hints: IndexHint[] = [];
  for (;;) {
    const action = p.acceptOneOf("USE", "IGNORE", "FORCE");
    if (action === undefined) return hints;
    const what = p.expectOneOf("INDEX", "KEY", "VINDEX") === "VINDEX" ? "VINDEX" : "INDEX";
    let scope: IndexHint["for"];
    if (p.accept("FOR")) {
      const word = p.expectOneOf("JOIN", "ORDER", "GROUP");
      if (word !== "JOIN") p.expect("BY");
      scope = word === "JOIN" ? "JOIN" : word === "ORDER" ? "ORDER BY" : "GROUP BY";
    }
    p.expect("(");
    const isEmpty = p.token === ")" && action === "USE";
    const indexes = isEmpty ? noNames : p.list((inner) => (inner.accept("PRIMARY") ? "PRIMARY" : inner.identifier()));
    p.expect(")");
    hints.push({ kind: "IndexHint", action, what, for: scope, indexes });
  }
}

/** MariaDB: FOR SYSTEM_TIME AS OF …, BETWEEN … AND …, FROM … TO …, ALL */
function parseSystemTime(p: Parser): SystemTime {
  p.expectAll("FOR", "SYSTEM_TIME");
  const unit = () => p.acceptOneOf("TIMESTAMP", "TRANSACTION");
  if (p.accept("ALL")) return { kind: "SystemTime", range: "ALL", unit: undefined, from: undefined, to: undefined };
  if (p.accept("AS")) {
    p.expect("OF");
    const of =
      p.token === "TRANSACTION" ? unit() : p.token === "TIMESTAMP" && p.peek() !== "string" ? unit() : undefined;
    return { kind: "SystemTime", range: "AS OF", unit: of, from: p.grammar.infix(p, powers.bitOr), to: undefined };
  }
  const isBetween = p.accept("BETWEEN");
  if (!isBetween) p.expect("FROM");
  const of = p.accept("TRANSACTION") ? "TRANSACTION" : undefined;
  const from = p.grammar.infix(p, powers.bitOr);
  p.expect(isBetween ? "AND" : "TO");
  if (of !== undefined) p.accept("TRANSACTION");
  return {
    kind: "SystemTime",
    range: isBetween ? "BETWEEN" : "FROM",
    unit: of,
    from,
    to: p.grammar.infix(p, powers.bitOr),
  };
}
