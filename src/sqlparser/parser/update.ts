/** UPDATE and DELETE, over one table and over many. */
import type { Delete, Portion, Update } from "../ast/dml.ts";
import type { Expression } from "../ast/expression.ts";
import type { TableExpression, TableName, With } from "../ast/query.ts";
import { powers } from "../token.ts";
import { parseLimit, parseOrderBy } from "./clause.ts";
import { parseAssignment, parseReturning } from "./insert.ts";
import type { Parser } from "./parser.ts";
import { parsePartitions, parseTableAlias, parseTables } from "./tables.ts";

export function parseUpdate(p: Parser): Update {
  return parseUpdateWith(p, undefined);
}

export function parseUpdateWith(p: Parser, tables: With | undefined): Update {
  const comments = p.verb("UPDATE");
  const priority = p.acceptOneOf("LOW_PRIORITY");
  const ignore = p.accept("IGNORE");
  const from = parseTables(p);
  const portion = parsePortion(p);
  p.expect("SET");
  const set = p.list(parseAssignment);
  const where = p.accept("WHERE") ? p.grammar.expression(p) : undefined;
  const orderBy = parseOrderBy(p);
  const limit = parseLimit(p);
  const returning = parseReturning(p);
  return {
    kind: "Update",
    comments,
    with: tables,
    priority,
    ignore,
    from,
    portion,
    set,
    where,
    orderBy,
    limit,
    returning,
  };
}

/** MariaDB: FOR PORTION OF period FROM … TO … */
function parsePortion(p: Parser): Portion | undefined {
  if (!p.rules.mariadb || p.token !== "FOR") return undefined;
  p.expectAll("FOR", "PORTION", "OF");
  const period = p.identifier();
  p.expect("FROM");
  const from = p.grammar.infix(p, powers.bitOr);
  p.expect("TO");
  return { kind: "Portion", period, from, to: p.grammar.infix(p, powers.bitOr) };
}

export function parseDelete(p: Parser): Delete {
  return parseDeleteWith(p, undefined);
}

export function parseDeleteWith(p: Parser, tables: With | undefined): Delete {
  const comments = p.verb("DELETE");
  if (p.rules.mariadb && p.token === "HISTORY" && p.peek() === "FROM") return parseDeleteHistory(p, comments);
  let priority: Delete["priority"];
  let quick = false;
  let ignore = false;
  for (;;) {
    if (p.token === "QUICK" && p.peek() !== ".") quick = p.accept("QUICK");
    else if (p.token === "LOW_PRIORITY") priority = p.acceptOneOf("LOW_PRIORITY");
    else if (p.token === "IGNORE") ignore = p.accept("IGNORE");
    else break;
  }
  const start = { ...nothing, comments, with: tables, priority, quick, ignore };
  if (!p.accept("FROM")) {
    const targets = p.list(parseTarget);
    p.expect("FROM");
    return { ...start, targets, from: parseTables(p), ...parseEnd(p, false) };
  }
  const isMany = p.ahead(() => {
    parseTarget(p);
    return p.is(",") || p.is("USING") || (p.previousEnd > 0 && p.source.charCodeAt(p.previousEnd - 1) === 42);
  });
  if (isMany) {
    const targets = p.list(parseTarget);
    p.expect("USING");
    return { ...start, targets, from: parseTables(p), ...parseEnd(p, false) };
  }
  const name = p.tableName();
  // MySQL wants the alias first; MariaDB has one since 11.6, behind the partitions.
  const mysqlAlias = p.rules.mariadb ? undefined : parseTableAlias(p);
  const partitions = p.token === "PARTITION" ? parsePartitions(p) : [];
  const portion = parsePortion(p);
  const alias = p.rules.mariadb && p.rules.version >= 110600 ? parseTableAlias(p) : mysqlAlias;
  const from: readonly TableExpression[] = [
    { kind: "Table", name, partitions, systemTime: undefined, alias, hints: [], sample: undefined },
  ];
  return { ...start, targets: [], from, portion, ...parseEnd(p, true) };
}

const nothing = {
  kind: "Delete",
  history: false,
  portion: undefined,
  before: undefined,
  beforeUnit: undefined,
} as const;

/** WHERE, and for one table ORDER BY, LIMIT and RETURNING. */
function parseEnd(p: Parser, isOne: boolean): Pick<Delete, "where" | "orderBy" | "limit" | "returning"> {
  const where = p.accept("WHERE") ? p.grammar.expression(p) : undefined;
  const mayEnd = isOne || p.rules.mariadb;
  const orderBy = mayEnd ? parseOrderBy(p) : [];
  const limit = mayEnd ? parseLimit(p) : undefined;
  return { where, orderBy, limit, returning: parseReturning(p) };
}

/** t, s.t, t.*: the star means nothing. */
function parseTarget(p: Parser): TableName {
  const first = p.identifier();
  if (!p.accept(".")) return { kind: "TableName", schema: undefined, name: first };
  if (p.accept("*")) return { kind: "TableName", schema: undefined, name: first };
  const name = p.identifier();
  if (p.accept(".")) p.expect("*");
  return { kind: "TableName", schema: first, name };
}

/** MariaDB: DELETE HISTORY FROM t BEFORE SYSTEM_TIME TIMESTAMP '…' */
function parseDeleteHistory(p: Parser, comments: readonly string[]): Delete {
  p.expectAll("HISTORY", "FROM");
  const name = p.tableName();
  const partitions = p.token === "PARTITION" ? parsePartitions(p) : [];
  let before: Expression | undefined;
  let beforeUnit: Delete["beforeUnit"];
  if (p.accept("BEFORE")) {
    p.expect("SYSTEM_TIME");
    if (p.accept("TRANSACTION")) beforeUnit = "TRANSACTION";
    else if (p.token === "TIMESTAMP" && p.peek() !== "string") beforeUnit = p.expectOneOf("TIMESTAMP");
    before = p.grammar.infix(p, powers.bitOr);
  }
  const from: readonly TableExpression[] = [
    { kind: "Table", name, partitions, systemTime: undefined, alias: undefined, hints: [], sample: undefined },
  ];
  return {
    ...nothing,
    comments,
    with: undefined,
    priority: undefined,
    quick: false,
    ignore: false,
    history: true,
    targets: [],
    from,
    before,
    beforeUnit,
    where: undefined,
    orderBy: [],
    limit: undefined,
    returning: [],
  };
}
