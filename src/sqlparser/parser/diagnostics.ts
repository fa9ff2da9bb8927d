/** Conditions: SIGNAL, RESIGNAL, GET DIAGNOSTICS, and the names of conditions in handlers. */
import type { ConditionValue, DiagnosticsItem, GetDiagnostics, Signal, SignalItem } from "../ast/program.ts";
import type { Expression, UserVariable } from "../ast/expression.ts";
import type { LocalVariable } from "../ast/query.ts";
import type { Token } from "../token.ts";
import type { Parser } from "./parser.ts";

/** SQLSTATE VALUE '42000', an error number, or the name of a declared condition. */
export function parseConditionValue(p: Parser): ConditionValue {
  if (p.token === "SQLSTATE") return parseState(p);
  if (p.token === "integer") return { kind: "ConditionValue", what: "errno", value: p.integer() };
  return { kind: "ConditionValue", what: "name", value: p.identifier() };
}

function parseState(p: Parser): ConditionValue {
  p.expect("SQLSTATE");
  p.accept("VALUE");
  return { kind: "ConditionValue", what: "SQLSTATE", value: p.string() };
}

const signalItems: ReadonlySet<Token> = new Set<Token>([
  "CLASS_ORIGIN",
  "SUBCLASS_ORIGIN",
  "CONSTRAINT_CATALOG",
  "CONSTRAINT_SCHEMA",
  "CONSTRAINT_NAME",
  "CATALOG_NAME",
  "SCHEMA_NAME",
  "TABLE_NAME",
  "COLUMN_NAME",
  "CURSOR_NAME",
  "MESSAGE_TEXT",
  "MYSQL_ERRNO",
]);

/** Stands at SIGNAL or RESIGNAL. */
export function parseSignal(p: Parser): Signal {
  const resignal = p.expectOneOf("SIGNAL", "RESIGNAL") === "RESIGNAL";
  const condition =
    p.token === "SQLSTATE" ? parseState(p) : p.isIdentifier ? conditionName(p) : resignal ? undefined : p.fail();
  const items = p.accept("SET") ? p.list(parseSignalItem) : [];
  return { kind: "Signal", resignal, condition, items };
}

const conditionName = (p: Parser): ConditionValue => ({ kind: "ConditionValue", what: "name", value: p.identifier() });

function parseSignalItem(p: Parser): SignalItem {
  const name = parseItemName(p, signalItems);
  p.expect("=");
  return { kind: "SignalItem", name, value: parseSignalValue(p) };
}

/** A literal, a variable or a parameter: no calls, no operators. */
function parseSignalValue(p: Parser): Expression {
  const value = p.token === "-" || p.token === "+" ? p.fail() : p.grammar.infix(p, operandOnly);
  switch (value.kind) {
    case "Literal":
    case "Introduced":
    case "Null":
    case "UserVariable":
    case "SystemVariable":
    case "Column":
    case "Bind":
      return value;
    default:
      return p.fail();
  }
}

function parseItemName(p: Parser, names: ReadonlySet<Token>): string {
  const name = p.token;
  const isKnown = names.has(name) || (p.rules.mariadb && name === "ROW_NUMBER");
  if (!isKnown) p.fail();
  p.next();
  return name;
}

const conditionItems: ReadonlySet<Token> = new Set<Token>([...signalItems, "RETURNED_SQLSTATE"]);
const statementItems: ReadonlySet<Token> = new Set<Token>(["NUMBER", "ROW_COUNT"]);

/** GET STACKED DIAGNOSTICS CONDITION n @a = MESSAGE_TEXT, …; stands at GET. */
export function parseGetDiagnostics(p: Parser): GetDiagnostics {
  p.expect("GET");
  const area = p.rules.mariadb ? p.acceptOneOf("CURRENT") : p.acceptOneOf("CURRENT", "STACKED");
  p.expect("DIAGNOSTICS");
  const condition = p.accept("CONDITION") ? p.grammar.infix(p, operandOnly) : undefined;
  const items = p.list((each) => parseDiagnosticsItem(each, condition === undefined));
  return { kind: "GetDiagnostics", area, condition, items };
}

/** Binds tighter than every operator: an operand alone is read. */
const operandOnly = 100;

function parseDiagnosticsItem(p: Parser, ofStatement: boolean): DiagnosticsItem {
  const target = parseTarget(p);
  p.expect("=");
  return { kind: "DiagnosticsItem", target, name: parseItemName(p, ofStatement ? statementItems : conditionItems) };
}

function parseTarget(p: Parser): UserVariable | LocalVariable {
  if (p.token !== "userVariable") return { kind: "LocalVariable", name: p.identifier() };
  const name = p.value;
  p.next();
  return { kind: "UserVariable", name };
}
