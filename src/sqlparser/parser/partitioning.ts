/** PARTITION BY and the definitions of partitions. https://dev.mysql.com/doc/refman/8.4/en/partitioning.html */
import type { Expression } from "../ast/expression.ts";
import type { Option, PartitionDefinition, Partitioning, PartitionValues, SubPartitioning } from "../ast/table.ts";
import type { Kind } from "../ast.ts";
import { SqlSyntaxError, syntaxCause } from "../syntax-error.ts";
import { powers } from "../token.ts";
import { walk } from "../walk.ts";
import { parseIdentifier, parseNames } from "./names.ts";
import { parseEngineOption, parseOptionValue, startsEngineOption } from "./option.ts";
import type { Parser } from "./parser.ts";
import { acceptDirectory, stringOption, wordOption } from "./table-options.ts";

type Method = Pick<
  Partitioning,
  "method" | "linear" | "algorithm" | "expression" | "columns" | "interval" | "starts" | "rows" | "auto"
>;

/** Stands at PARTITION. */
export function parsePartitioning(p: Parser): Partitioning {
  p.expect("PARTITION");
  p.expect("BY");
  const method = parseMethod(p);
  const partitions = p.accept("PARTITIONS") ? p.integer() : undefined;
  const subpartitioning = p.token === "SUBPARTITION" ? parseSubPartitioning(p) : undefined;
  const definitions = p.token === "(" ? parsePartitionDefinitions(p) : [];
  return { kind: "Partitioning", ...method, partitions, subpartitioning, definitions };
}

/** Without comparisons, variables and (in MySQL) subqueries: servers answer 1064 to them here. */
function parsePartitionExpression(p: Parser): Expression {
  const { start } = p;
  const expression = p.grammar.infix(p, powers.bitOr);
  const forbidden = p.rules.mariadb ? variables : variablesAndQueries;
  walk(expression, (node) => {
    if (forbidden.has(node.kind)) throw new SqlSyntaxError(syntaxCause(p.rules), p.source, start);
  });
  return expression;
}

const variables: ReadonlySet<Kind> = new Set<Kind>(["UserVariable", "SystemVariable"]);
const variablesAndQueries: ReadonlySet<Kind> = new Set<Kind>([...variables, "Subquery", "Exists"]);

function parseMethod(p: Parser): Method {
  const none = {
    linear: false,
    algorithm: undefined,
    expression: undefined,
    columns: [],
    interval: undefined,
    starts: undefined,
    rows: undefined,
    auto: false,
  };
  if (p.token === "RANGE" || p.token === "LIST") {
    const method = p.expectOneOf("RANGE", "LIST");
    if (p.accept("COLUMNS")) return { ...none, method: `${method} COLUMNS`, columns: parseNames(p) };
    return { ...none, method, expression: p.parenthesized(parsePartitionExpression) };
  }
  if (p.rules.mariadb && p.token === "SYSTEM_TIME") return parseSystemTime(p, none);
  return { ...none, ...parseHashOrKey(p, true) };
}

/** LINEAR HASH (expression), LINEAR KEY ALGORITHM = 2 (columns). */
function parseHashOrKey(p: Parser, mayBeEmpty: boolean) {
  const linear = p.accept("LINEAR");
  const method = p.expectOneOf("HASH", "KEY");
  if (method === "HASH") {
    const expression = p.parenthesized(parsePartitionExpression);
    return { method, linear, algorithm: undefined, expression, columns: [] };
  }
  let algorithm: string | undefined;
  if (p.accept("ALGORITHM")) {
    p.expect("=");
    algorithm = p.integer();
  }
  const columns = p.parenthesized((inside) => (mayBeEmpty && inside.token === ")" ? [] : inside.list(parseIdentifier)));
  return { method, linear, algorithm, expression: undefined, columns };
}

/** SYSTEM_TIME INTERVAL 1 DAY STARTS …, SYSTEM_TIME LIMIT n, AUTO: MariaDB. */
function parseSystemTime(p: Parser, none: Omit<Method, "method">): Method {
  p.expect("SYSTEM_TIME");
  let { interval, starts, rows }: Pick<Method, "interval" | "starts" | "rows"> = none;
  if (p.token === "INTERVAL") {
    p.next();
    const amount = p.grammar.expression(p);
    interval = {
      kind: "Interval",
      amount,
      unit: p.expectOneOf("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"),
    };
    if (p.accept("STARTS")) starts = p.grammar.expression(p);
  } else if (p.accept("LIMIT")) rows = p.integer();
  const auto = p.accept("AUTO");
  return { ...none, method: "SYSTEM_TIME", interval, starts, rows, auto };
}

function parseSubPartitioning(p: Parser): SubPartitioning {
  p.expect("SUBPARTITION");
  p.expect("BY");
  const method = parseHashOrKey(p, false);
  const subpartitions = p.accept("SUBPARTITIONS") ? p.integer() : undefined;
  return { kind: "SubPartitioning", ...method, subpartitions };
}

/** (PARTITION a …, PARTITION b …) */
export function parsePartitionDefinitions(p: Parser): readonly PartitionDefinition[] {
  return p.parenthesized((inside) => inside.list(parsePartitionDefinition));
}

export function parsePartitionDefinition(p: Parser): PartitionDefinition {
  if (!p.rules.mariadb || p.token === "PARTITION") p.expect("PARTITION"); // MariaDB lets the word out.
  const name = p.identifier();
  const values = p.token === "VALUES" ? parsePartitionValues(p) : acceptHistory(p);
  const options = parsePartitionOptions(p);
  const subpartitions = p.token === "(" ? p.parenthesized((inside) => inside.list(parseSubPartitionDefinition)) : [];
  return { kind: "PartitionDefinition", name, values, options, subpartitions };
}

function parseSubPartitionDefinition(p: Parser): PartitionDefinition {
  p.expect("SUBPARTITION");
  const name = p.token === "string" ? p.string() : p.identifier();
  return { kind: "PartitionDefinition", name, values: undefined, options: parsePartitionOptions(p), subpartitions: [] };
}

/** MariaDB: CURRENT and HISTORY stand without VALUES; DEFAULT is a list partition's. */
function acceptHistory(p: Parser): PartitionValues | undefined {
  if (!p.rules.mariadb) return undefined;
  const what = p.acceptOneOf("CURRENT", "HISTORY", "DEFAULT");
  return what === undefined ? undefined : { kind: "PartitionValues", what, items: [] };
}

function parsePartitionValues(p: Parser): PartitionValues {
  p.expect("VALUES");
  if (p.accept("IN")) {
    const items = p.parenthesized((inside) => inside.list(parsePartitionTuple));
    return { kind: "PartitionValues", what: "IN", items };
  }
  p.expect("LESS");
  p.expect("THAN");
  if (p.accept("MAXVALUE")) return { kind: "PartitionValues", what: "LESS THAN MAXVALUE", items: [] };
  const items = p.parenthesized((inside) => inside.list(parsePartitionItem));
  return { kind: "PartitionValues", what: "LESS THAN", items };
}

function parsePartitionItem(p: Parser): Expression {
  if (p.accept("MAXVALUE")) return { kind: "Column", schema: undefined, table: undefined, name: "MAXVALUE" };
  return parsePartitionExpression(p);
}

/** An expression, or a tuple of them, even of one. */
function parsePartitionTuple(p: Parser): Expression {
  if (p.token !== "(") return parsePartitionItem(p);
  return { kind: "Row", items: p.parenthesized((inside) => inside.list(parsePartitionItem)) };
}

function parsePartitionOptions(p: Parser): readonly Option[] {
  const options: Option[] = [];
  for (let option = acceptPartitionOption(p); option !== undefined; option = acceptPartitionOption(p))
    options.push(option);
  return options;
}

function acceptPartitionOption(p: Parser): Option | undefined {
  const { token } = p;
  switch (token) {
    case "STORAGE":
      p.next();
      p.expect("ENGINE");
      p.accept("=");
      return wordOption("ENGINE", nameOrText(p));
    case "ENGINE":
    case "TABLESPACE":
      p.next();
      p.accept("=");
      return wordOption(token, nameOrText(p));
    case "NODEGROUP":
    case "MAX_ROWS":
    case "MIN_ROWS":
      p.next();
      p.accept("=");
      return { kind: "Option", name: token, value: numberOf(p) };
    case "COMMENT":
      p.next();
      p.accept("=");
      return stringOption("COMMENT", p.string());
    case "DATA":
    case "INDEX":
      return acceptDirectory(p);
    default:
      return startsEngineOption(p) ? parseEngineOption(p) : undefined;
  }
}

const nameOrText = (p: Parser) => (p.token === "string" ? p.string() : p.identifier());

function numberOf(p: Parser): Expression {
  if (p.token !== "integer" && p.token !== "hexNumber") p.fail();
  return parseOptionValue(p);
}
