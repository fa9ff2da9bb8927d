/** INSERT and REPLACE. */
import type { Assignment, Insert, RowAlias } from "../ast/dml.ts";
import type { Column } from "../ast/expression.ts";
import type { Query, RowValues } from "../ast/query.ts";
import { parseGiven } from "./clause.ts";
import type { Parser } from "./parser.ts";
import { parseItems } from "./query.ts";
import { parseColumn } from "./special-calls.ts";
import { parsePartitions } from "./tables.ts";

const noAssignments: readonly Assignment[] = [];

export function parseInsert(p: Parser): Insert {
  const action = p.token === "REPLACE" ? "REPLACE" : "INSERT";
  const comments = p.verb(action);
  const priority =
    action === "INSERT"
      ? p.acceptOneOf("LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY")
      : p.acceptOneOf("LOW_PRIORITY", "DELAYED");
  const ignore = action === "INSERT" && p.accept("IGNORE");
  p.accept("INTO");
  if (p.rules.mariadb && p.token === "VALUE") p.fail();
  const table = p.tableName();
  const partitions = p.token === "PARTITION" ? parsePartitions(p) : [];
  const source = parseSource(p);
  const mayAlias = action === "INSERT" && !p.rules.mariadb && source.query === undefined;
  const rowAlias = mayAlias && p.accept("AS") ? parseRowAlias(p) : undefined;
  const onDuplicate = action === "INSERT" && p.token === "ON" ? parseOnDuplicate(p) : noAssignments;
  const returning = parseReturning(p);
  return {
    kind: "Insert",
    action,
    comments,
    priority,
    ignore,
    table,
    partitions,
    ...source,
    rowAlias,
    onDuplicate,
    returning,
  };
}

/** What is inserted: columns, and rows or a query. */
interface Source {
  readonly columns: readonly Column[] | undefined;
  readonly rows: readonly RowValues[] | undefined;
  readonly query: Query | undefined;
}

function parseSource(p: Parser): Source {
  if (p.accept("SET")) {
    const assignments = p.token === "ON" ? [] : p.list(parseAssignment);
    const row: RowValues = { kind: "RowValues", values: assignments.map(({ value }) => value) };
    return { columns: assignments.map(({ column }) => column), rows: [row], query: undefined };
  }
  const columns = p.token === "(" && !startsQueryInside(p) ? parseColumns(p) : undefined;
  if (p.token === "VALUE" || (p.token === "VALUES" && p.peek() === "(")) {
    p.next();
    return { columns, rows: p.list(parseRow), query: undefined };
  }
  return { columns, rows: undefined, query: p.grammar.query(p) };
}

/** INSERT INTO t (SELECT …) and INSERT INTO t ((SELECT …) UNION …) have no list of columns. */
function startsQueryInside(p: Parser): boolean {
  return p.ahead(() => {
    while (p.accept("(")) continue;
    return p.reserved && (p.is("SELECT") || p.is("WITH") || p.is("TABLE") || p.is("VALUES"));
  });
}

function parseColumns(p: Parser): readonly Column[] {
  p.expect("(");
  const columns = p.token === ")" ? [] : p.list(parseColumn);
  p.expect(")");
  return columns;
}

/** (1, DEFAULT), or () */
function parseRow(p: Parser): RowValues {
  p.expect("(");
  const values = p.token === ")" ? [] : p.list(parseGiven);
  p.expect(")");
  return { kind: "RowValues", values };
}

/** column = value; MySQL also takes := here. */
export function parseAssignment(p: Parser): Assignment {
  const column = parseColumn(p);
  if (!p.accept(":=")) p.expect("=");
  return { kind: "Assignment", column, value: parseGiven(p) };
}

function parseRowAlias(p: Parser): RowAlias {
  const name = p.identifier();
  return { kind: "RowAlias", name, columns: p.token === "(" ? p.identifiers() : [] };
}

function parseOnDuplicate(p: Parser): readonly Assignment[] {
  p.expectAll("ON", "DUPLICATE", "KEY", "UPDATE");
  const outer = p.inOnDuplicate;
  p.inOnDuplicate = true;
  const assignments = p.list(parseAssignment);
  p.inOnDuplicate = outer;
  return assignments;
}

const noReturning: Insert["returning"] = [];

/** MariaDB: RETURNING a, b AS c, * */
export function parseReturning(p: Parser): Insert["returning"] {
  if (p.token !== "RETURNING" || !p.reserved) return noReturning;
  p.next();
  return parseItems(p);
}
