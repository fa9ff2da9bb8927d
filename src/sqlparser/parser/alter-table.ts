/** ALTER TABLE. https://dev.mysql.com/doc/refman/8.4/en/alter-table.html */
import type { Bare } from "../ast/commented.ts";
import type { AlterAction, AlterElement, AlterTable, ColumnPlace, DropElement } from "../ast/alter.ts";
import type { OrderItem } from "../ast/call.ts";
import type { Token } from "../token.ts";
import { parseColumnDefinition, parseDefaultValue } from "./column-definition.ts";
import { acceptAlgorithmOrLock } from "./create-table.ts";
import { acceptLockWait, parseConstraint, parsePeriod, parseTableElement } from "./index-definition.ts";
import {
  acceptCharset,
  acceptIfExists,
  acceptIfNotExists,
  parseCharsetName,
  parseCollationName,
  parseTableName,
} from "./names.ts";
import { parsePartitionAction } from "./alter-partitions.ts";
import type { Parser } from "./parser.ts";
import { parsePartitioning } from "./partitioning.ts";
import { acceptEnforced } from "./references.ts";
import { acceptTableOption } from "./table-options.ts";

/** Behind ALTER, ONLINE and IGNORE; stands at TABLE. */
export function parseAlterTable(p: Parser, online: boolean, ignore: boolean): Bare<AlterTable> {
  p.expect("TABLE");
  const ifExists = p.rules.mariadb && acceptIfExists(p);
  const table = parseTableName(p);
  const wait = acceptLockWait(p);
  const actions: AlterAction[] = [];
  let hadComma = false;
  if (p.token !== "end" && p.token !== ";") {
    do {
      if (actions.length > 0 && (isAlone(actions.at(-1)) || (hadComma && isLastAction(p)))) p.fail();
      actions.push(parseAction(p));
      if (isAlone(actions.at(-1)) && !actions.slice(0, -1).every((action) => isModifier(p, action))) p.fail();
      hadComma = p.accept(",");
    } while (hadComma || isLastAction(p));
  }
  return { kind: "AlterTable", online, ignore, ifExists, table, wait, actions };
}

/** What stands alone: all that is done to partitions and tablespaces. */
function isAlone(action: AlterAction | undefined): boolean {
  switch (action?.kind) {
    case "AddPartitions":
    case "PartitionAction":
    case "ReorganizePartitions":
    case "ExchangePartition":
    case "ConvertPartition":
    case "SecondaryLoad":
      return true;
    case "AlterSwitch":
      return action.what.endsWith("TABLESPACE");
    default:
      return false;
  }
}

/** What may stand before it: ALGORITHM, LOCK and VALIDATION, in MySQL. */
function isModifier(p: Parser, action: AlterAction): boolean {
  if (p.rules.mariadb) return false;
  if (action.kind === "AlterSwitch") return action.what.endsWith("VALIDATION");
  return action.kind === "SetOptions" && action.options.every(({ name }) => name === "ALGORITHM" || name === "LOCK");
}

/** PARTITION BY and REMOVE PARTITIONING stand behind the others without a comma; so do further options. */
function isLastAction(p: Parser): boolean {
  return p.token !== "end" && p.token !== ";" && (p.token === "PARTITION" || p.token === "REMOVE");
}

type ActionRule = (p: Parser) => AlterAction | undefined;

/** By first word; a rule that answers undefined has not moved, and an option of the table may stand there. */
const actions: ReadonlyMap<Token, ActionRule> = new Map<Token, ActionRule>([
  ["ADD", parseAdd],
  ["CHANGE", parseChange],
  ["MODIFY", parseModify],
  ["DROP", parseDrop],
  ["ALTER", parseAlter],
  ["RENAME", parseRename],
  ["CONVERT", parseConvert],
  ["ORDER", parseOrder],
  ["DISABLE", (p) => parseKeys(p, "DISABLE")],
  ["ENABLE", (p) => parseKeys(p, "ENABLE")],
  ["FORCE", (p) => (p.next(), { kind: "AlterSwitch", what: "FORCE" })],
  ["WITH", (p) => parseValidation(p, "WITH")],
  ["WITHOUT", (p) => parseValidation(p, "WITHOUT")],
  ["PARTITION", parsePartitionBy],
]);

function parseAction(p: Parser): AlterAction {
  const action = actions.get(p.token)?.(p) ?? parsePartitionAction(p);
  if (action !== undefined) return action;
  const alone = acceptAlgorithmOrLock(p);
  if (alone !== undefined) return { kind: "SetOptions", options: [alone] };
  const options = [];
  for (let option = acceptTableOption(p); option !== undefined; option = acceptTableOption(p)) options.push(option);
  return options.length === 0 ? p.fail() : { kind: "SetOptions", options };
}

/** FIRST, AFTER column, or nothing. */
function acceptPlace(p: Parser): ColumnPlace | undefined {
  if (p.accept("FIRST")) return "";
  return p.accept("AFTER") ? p.identifier() : undefined;
}

function parseAdd(p: Parser): AlterAction | undefined {
  const what = p.peek();
  if (what === "PARTITION") return undefined;
  p.expect("ADD");
  const none = { kind: "AddElements", ifNotExists: false, inParentheses: false, place: undefined } as const;
  if (p.rules.mariadb && p.acceptPair("SYSTEM", "VERSIONING"))
    return { kind: "AlterSwitch", what: "ADD SYSTEM VERSIONING" };
  if (p.rules.mariadb && p.token === "PERIOD" && p.peek() === "FOR") return { ...none, elements: [parsePeriod(p)] };
  if (startsConstraint(p)) return { ...none, elements: [parseConstraint(p, true)] };
  p.accept("COLUMN");
  const ifNotExists = p.rules.mariadb && acceptIfNotExists(p);
  if (p.token === "(") {
    const elements = p.parenthesized((inside) => inside.list(parseTableElement));
    return { ...none, ifNotExists, elements, inParentheses: true };
  }
  const column = parseColumnDefinition(p);
  return { ...none, ifNotExists, elements: [column], place: acceptPlace(p) };
}

function startsConstraint(p: Parser): boolean {
  switch (p.token) {
    case "INDEX":
    case "KEY":
    case "FULLTEXT":
    case "SPATIAL":
    case "CONSTRAINT":
    case "PRIMARY":
    case "UNIQUE":
    case "FOREIGN":
    case "CHECK":
      return true;
    case "VECTOR":
      return p.rules.mariadb && (p.peek() === "INDEX" || p.peek() === "KEY");
    default:
      return false;
  }
}

function parseChange(p: Parser): AlterAction {
  p.next();
  p.accept("COLUMN");
  const ifExists = p.rules.mariadb && acceptIfExists(p);
  const from = p.identifier();
  const column = parseColumnDefinition(p, false);
  return { kind: "ChangeColumn", ifExists, from, column, place: acceptPlace(p) };
}

function parseModify(p: Parser): AlterAction {
  p.next();
  p.accept("COLUMN");
  const ifExists = p.rules.mariadb && acceptIfExists(p);
  const column = parseColumnDefinition(p, false);
  return { kind: "ChangeColumn", ifExists, from: undefined, column, place: acceptPlace(p) };
}

function parseDrop(p: Parser): AlterAction | undefined {
  if (p.peek() === "PARTITION") return undefined;
  p.next();
  const { what, name, ifExists } = parseDropped(p);
  if (what === "COLUMN" || (p.rules.mariadb && what === "CONSTRAINT")) p.acceptOneOf("RESTRICT", "CASCADE");
  return { kind: "DropElement", what, ifExists, name };
}

function parseDropped(p: Parser): Omit<DropElement, "kind"> {
  const exists = () => p.rules.mariadb && acceptIfExists(p);
  if (p.accept("PRIMARY")) {
    p.expect("KEY");
    return { what: "PRIMARY KEY", ifExists: exists(), name: undefined };
  }
  if (p.accept("FOREIGN")) {
    p.expect("KEY");
    return { what: "FOREIGN KEY", ifExists: exists(), name: p.identifier() };
  }
  if (p.accept("INDEX") || p.accept("KEY")) {
    const ifExists = exists();
    return { what: "INDEX", ifExists, name: p.token === "PRIMARY" ? (p.next(), "PRIMARY") : p.identifier() };
  }
  if (p.token === "CONSTRAINT" || (p.token === "CHECK" && !p.rules.mariadb)) {
    const what = p.expectOneOf("CONSTRAINT", "CHECK");
    return { what, ifExists: exists(), name: p.identifier() };
  }
  if (p.rules.mariadb && p.acceptPair("SYSTEM", "VERSIONING"))
    return { what: "SYSTEM VERSIONING", ifExists: false, name: undefined };
  if (p.rules.mariadb && p.acceptPair("PERIOD", "FOR")) {
    const ifExists = exists();
    return { what: "PERIOD", ifExists, name: p.accept("SYSTEM_TIME") ? undefined : p.identifier() };
  }
  p.accept("COLUMN");
  return { what: "COLUMN", ifExists: exists(), name: p.identifier() };
}

function parseAlter(p: Parser): AlterAction {
  p.next();
  if (p.token === "INDEX" || p.token === "KEY") return parseAlterIndex(p);
  if (!p.rules.mariadb && (p.token === "CHECK" || p.token === "CONSTRAINT")) {
    const what = p.expectOneOf("CHECK", "CONSTRAINT");
    const name = p.identifier();
    const enforced = acceptEnforced(p) ?? p.fail();
    return { kind: "AlterElement", what, ifExists: false, name, state: enforced ? "ENFORCED" : "NOT ENFORCED" };
  }
  p.accept("COLUMN");
  const ifExists = p.rules.mariadb && acceptIfExists(p);
  const name = p.identifier();
  const start = { kind: "AlterColumn", ifExists, name, default: undefined, defaultInParentheses: false } as const;
  if (p.accept("DROP")) {
    p.expect("DEFAULT");
    return { ...start, action: "DROP DEFAULT" };
  }
  p.expect("SET");
  if (p.accept("DEFAULT")) {
    const defaultInParentheses = p.token === "(";
    return { ...start, action: "SET DEFAULT", default: parseDefaultValue(p, false), defaultInParentheses };
  }
  if (p.rules.mariadb) p.fail();
  return { ...start, action: `SET ${p.expectOneOf("VISIBLE", "INVISIBLE")}` };
}

function parseAlterIndex(p: Parser): AlterElement {
  p.next();
  const ifExists = p.rules.mariadb && acceptIfExists(p);
  const name = p.identifier();
  const start = { kind: "AlterElement", what: "INDEX", ifExists, name } as const;
  if (!p.rules.mariadb) return { ...start, state: p.expectOneOf("VISIBLE", "INVISIBLE") };
  if (p.accept("NOT")) {
    p.expect("IGNORED");
    return { ...start, state: "NOT IGNORED" };
  }
  p.expect("IGNORED");
  return { ...start, state: "IGNORED" };
}

function parseRename(p: Parser): AlterAction {
  p.next();
  const what = p.token === "COLUMN" ? "COLUMN" : p.token === "INDEX" || p.token === "KEY" ? "INDEX" : undefined;
  if (what === undefined) {
    if (!p.accept("TO") && !p.accept("AS")) p.accept("=");
    return { kind: "RenameTo", table: parseTableName(p) };
  }
  p.next();
  const ifExists = p.rules.mariadb && acceptIfExists(p);
  const from = p.identifier();
  p.expect("TO");
  return { kind: "RenameElement", what, ifExists, from, to: p.identifier() };
}

function parseConvert(p: Parser): AlterAction | undefined {
  const what = p.peek();
  if (what === "PARTITION" || what === "TABLE") return undefined;
  p.expect("CONVERT");
  p.expect("TO");
  if (!acceptCharset(p)) p.fail();
  const charset = p.accept("DEFAULT") ? undefined : parseCharsetName(p);
  const hasCollation = p.accept("COLLATE");
  const collation = hasCollation && !p.accept("DEFAULT") ? parseCollationName(p) : undefined;
  return { kind: "ConvertCharset", charset, collation };
}

function parseOrder(p: Parser): AlterAction {
  p.next();
  p.expect("BY");
  return { kind: "OrderRows", items: p.list(parseOrderedColumn) };
}

/** A column, and ASC or DESC: no expressions here. */
function parseOrderedColumn(p: Parser): OrderItem {
  const expression = p.isIdentifier ? p.grammar.infix(p, operandOnly) : p.fail();
  if (expression.kind !== "Column") p.fail();
  return { kind: "OrderItem", expression, direction: p.acceptOneOf("ASC", "DESC") };
}

/** Binds tighter than every operator: an operand alone is read. */
const operandOnly = 100;

function parseKeys(p: Parser, word: "DISABLE" | "ENABLE"): AlterAction {
  p.next();
  p.expect("KEYS");
  return { kind: "AlterSwitch", what: `${word} KEYS` };
}

function parseValidation(p: Parser, word: "WITH" | "WITHOUT"): AlterAction | undefined {
  if (p.rules.mariadb || !p.acceptPair(word, "VALIDATION")) return undefined;
  return { kind: "AlterSwitch", what: `${word} VALIDATION` };
}

function parsePartitionBy(p: Parser): AlterAction {
  return { kind: "RepartitionBy", partitioning: parsePartitioning(p) };
}
