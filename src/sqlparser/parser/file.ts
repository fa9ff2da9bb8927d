/** LOAD DATA, LOAD XML, HANDLER, CALL, DO. */
import type { Bare } from "../ast/commented.ts";
import type { CallProcedure, Do, Handler, LoadFile } from "../ast/dml.ts";
import type { Column, Expression, UserVariable } from "../ast/expression.ts";
import type { RowValues } from "../ast/query.ts";
import { parseLimit, parseValue } from "./clause.ts";
import { parseAssignment } from "./insert.ts";
import { parseCharsetClause, parseFileFormat } from "./into.ts";
import type { Parser } from "./parser.ts";
import { parseColumn } from "./special-calls.ts";
import { parsePartitions, parseTableAlias } from "./tables.ts";

/** LOAD DATA | XML …; stands at LOAD. */
export function parseLoadFile(p: Parser): Bare<LoadFile> {
  p.expect("LOAD");
  const format = p.expectOneOf("DATA", "XML");
  const priority = p.acceptOneOf("LOW_PRIORITY", "CONCURRENT");
  const local = p.accept("LOCAL");
  p.expect("INFILE");
  const file = p.string();
  const duplicates = p.acceptOneOf("REPLACE", "IGNORE");
  p.expectAll("INTO", "TABLE");
  const table = p.tableName();
  const partitions = p.token === "PARTITION" ? parsePartitions(p) : [];
  const charset = parseCharsetClause(p);
  const rowsIdentifiedBy = format === "XML" ? parseRowsIdentified(p) : undefined;
  const fileFormat = parseFileFormat(p);
  let ignoreCount: string | undefined;
  if (p.accept("IGNORE")) {
    ignoreCount = p.integer();
    p.expectOneOf("LINES", "ROWS");
  }
  const columns = p.token === "(" ? parseTargets(p) : [];
  const set = p.accept("SET") ? p.list(parseAssignment) : [];
  return {
    kind: "LoadFile",
    format,
    priority,
    local,
    file,
    duplicates,
    table,
    partitions,
    charset,
    fileFormat,
    rowsIdentifiedBy,
    ignoreCount,
    columns,
    set,
  };
}

function parseRowsIdentified(p: Parser): string | undefined {
  if (!p.accept("ROWS")) return undefined;
  p.expectAll("IDENTIFIED", "BY");
  return p.string();
}

function parseTargets(p: Parser): readonly (Column | UserVariable)[] {
  p.expect("(");
  const targets = p.token === ")" ? [] : p.list(parseTarget);
  p.expect(")");
  return targets;
}

function parseTarget(p: Parser): Column | UserVariable {
  if (p.token !== "userVariable") return parseColumn(p);
  const name = p.value;
  p.next();
  return { kind: "UserVariable", name };
}

const noHandler: Omit<Bare<Handler>, "table" | "action"> = {
  kind: "Handler",
  alias: undefined,
  index: undefined,
  read: undefined,
  values: undefined,
  where: undefined,
  limit: undefined,
};

/** HANDLER t OPEN AS a, HANDLER a READ …, HANDLER a CLOSE */
export function parseHandler(p: Parser): Bare<Handler> {
  p.expect("HANDLER");
  const table = p.tableName();
  if (p.accept("OPEN")) return { ...noHandler, table, action: "OPEN", alias: parseTableAlias(p) };
  if (p.accept("CLOSE")) return { ...noHandler, table, action: "CLOSE" };
  p.expect("READ");
  let index: string | undefined;
  let read = p.acceptOneOf("FIRST", "NEXT");
  let values: RowValues | undefined;
  let compared: Handler["read"];
  if (read === undefined || (p.token !== "WHERE" && p.token !== "LIMIT" && p.token !== "end" && p.token !== ";")) {
    if (read !== undefined) p.fail();
    index = p.accept("PRIMARY") ? "PRIMARY" : p.identifier();
    compared = p.acceptOneOf("FIRST", "NEXT", "PREV", "LAST");
    if (compared === undefined) {
      compared = p.expectOneOf("=", "<=", ">=", "<", ">");
      values = { kind: "RowValues", values: p.parenthesized((inner) => inner.list(parseValue)) };
    }
    read = undefined;
  }
  p.mayQuery = p.rules.mariadb;
  const where = p.accept("WHERE") ? p.grammar.expression(p) : undefined;
  p.mayQuery = true;
  return { ...noHandler, table, action: "READ", index, read: read ?? compared, values, where, limit: parseLimit(p) };
}

/** CALL procedure, CALL procedure(arguments) */
export function parseCall(p: Parser): Bare<CallProcedure> {
  p.expect("CALL");
  if (p.token === ".") p.fail();
  const name = p.tableName();
  if (!p.accept("(")) return { kind: "CallProcedure", name, arguments: [] };
  const given = p.token === ")" ? [] : p.list(p.grammar.expression);
  p.expect(")");
  return { kind: "CallProcedure", name, arguments: given };
}

/** DO expression, … */
export function parseDo(p: Parser): Bare<Do> {
  p.expect("DO");
  return { kind: "Do", expressions: p.list(parseDone) };
}

/** MySQL takes aliases here, which name nothing. */
function parseDone(p: Parser): Expression {
  const expression = p.grammar.expression(p);
  if (!p.rules.mariadb && (p.accept("AS") || p.isIdentifier || p.token === "string"))
    if (p.token === "string") p.string();
    else p.identifier();
  return expression;
}
