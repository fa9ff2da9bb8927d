/** Columns as tables define them. https://dev.mysql.com/doc/refman/8.4/en/create-table.html */
import type { Expression, Literal } from "../ast/expression.ts";
import type { Check, ColumnDefinition, Generated } from "../ast/table.ts";
import { SqlSyntaxError, syntaxCause } from "../syntax-error.ts";
import type { Token } from "../token.ts";
import { parseDataType } from "./data-type.ts";
import { parseCollationName } from "./names.ts";
import { parseEngineOption, startsEngineOption } from "./option.ts";
import type { Parser } from "./parser.ts";
import { parseCheckAfterName, parseReferences } from "./references.ts";

/** Binds tighter than every operator: `p.grammar.infix(p, operandOnly)` reads one operand. */
const operandOnly = 100;

type Writable = { -readonly [F in keyof ColumnDefinition]: ColumnDefinition[F] };

/** name type attributes. CHANGE and MODIFY take no references. */
export function parseColumnDefinition(p: Parser, takesReferences = true): ColumnDefinition {
  const name = p.identifier();
  const column: Writable = {
    kind: "ColumnDefinition",
    name,
    type: parseDataType(p),
    nullable: undefined,
    default: undefined,
    defaultInParentheses: false,
    onUpdate: undefined,
    autoIncrement: false,
    primaryKey: false,
    unique: false,
    comment: undefined,
    generated: undefined,
    rowTime: undefined,
    visibility: undefined,
    columnFormat: undefined,
    storage: undefined,
    srid: undefined,
    versioning: undefined,
    compressed: undefined,
    checks: [],
    references: undefined,
    options: [],
  };
  while (p.token === "COLLATE" && mayFollow(p, column)) parseAttribute(p, column);
  if ((p.token === "GENERATED" || p.token === "AS") && !(p.rules.mariadb && column.type.name === "SERIAL"))
    parseGenerated(p, column);
  while (mayFollow(p, column) && parseAttribute(p, column)) continue;
  if (p.rules.mariadb && p.token === "CHECK") column.checks = [parseCheck(p)];
  const isMade = column.generated !== undefined || column.rowTime !== undefined;
  const mayRefer = takesReferences && !(p.rules.mariadb && isMade);
  if (mayRefer && p.rules.mariadb && p.token === "CONSTRAINT") parseConstrainedReference(p, column);
  else if (mayRefer && p.token === "REFERENCES") column.references = parseReferences(p);
  return column;
}

/** MariaDB's SERIAL says all of this itself. */
const notOfSerial: ReadonlySet<Token> = new Set<Token>([
  "DEFAULT",
  "ON",
  "COLLATE",
  "AUTO_INCREMENT",
  "NULL",
  "SERIAL",
]);

/** MariaDB's attributes of AS ROW START and AS ROW END. */
const ofRowTime: ReadonlySet<Token> = new Set<Token>(["NOT", "PRIMARY", "KEY", "UNIQUE", "COMMENT", "INVISIBLE"]);

/** Behind the expression of a generated column, MariaDB takes few attributes. */
function mayFollow(p: Parser, column: Writable): boolean {
  if (!p.rules.mariadb) return true;
  if (column.type.name === "SERIAL") return !notOfSerial.has(p.token);
  if (column.rowTime !== undefined) return ofRowTime.has(p.token);
  if (column.generated === undefined) return true;
  return p.token === "UNIQUE" || p.token === "COMMENT" || p.token === "INVISIBLE";
}

type Attribute = (p: Parser, column: Writable) => void;

/** By first word; the rule moves over that word itself. */
const attributes: ReadonlyMap<Token, Attribute> = new Map<Token, Attribute>([
  ["NULL", (p, column) => void (p.next(), (column.nullable = true))],
  ["NOT", parseNot],
  ["DEFAULT", parseDefault],
  ["ON", parseOnUpdate],
  ["AUTO_INCREMENT", (p, column) => void (p.next(), (column.autoIncrement = true))],
  ["SERIAL", parseSerial],
  ["PRIMARY", (p, column) => void (p.next(), p.expect("KEY"), (column.primaryKey = true))],
  ["KEY", (p, column) => void (p.next(), (column.primaryKey = true))],
  ["UNIQUE", (p, column) => void (p.next(), p.accept("KEY"), (column.unique = true))],
  ["COMMENT", (p, column) => void (p.next(), (column.comment = p.string()))],
  ["COLLATE", (p, column) => void (p.next(), (column.type = { ...column.type, collation: parseCollationName(p) }))],
  ["INVISIBLE", (p, column) => void (p.next(), (column.visibility = "INVISIBLE"))],
]);

const mysqlAttributes: ReadonlyMap<Token, Attribute> = new Map<Token, Attribute>([
  ["CONSTRAINT", (p, column) => void (column.checks = [...column.checks, parseCheck(p)])],
  ["CHECK", (p, column) => void (column.checks = [...column.checks, parseCheck(p)])],
  ["VISIBLE", (p, column) => void (p.next(), (column.visibility = "VISIBLE"))],
  [
    "COLUMN_FORMAT",
    (p, column) => void (p.next(), (column.columnFormat = p.expectOneOf("FIXED", "DYNAMIC", "DEFAULT"))),
  ],
  ["STORAGE", (p, column) => void (p.next(), (column.storage = p.expectOneOf("DISK", "MEMORY", "DEFAULT")))],
  ["SRID", (p, column) => void (p.next(), (column.srid = p.integer()))],
  ["ENGINE_ATTRIBUTE", parseAttributeOption],
  ["SECONDARY_ENGINE_ATTRIBUTE", parseAttributeOption],
]);

const mariadbAttributes: ReadonlyMap<Token, Attribute> = new Map<Token, Attribute>([
  ["WITH", parseVersioning],
  ["WITHOUT", parseVersioning],
  ["COMPRESSED", parseCompressed],
  ["REF_SYSTEM_ID", (p, column) => void (p.next(), p.expect("="), (column.srid = p.integer()))],
]);

function parseAttribute(p: Parser, column: Writable): boolean {
  const rule = attributes.get(p.token) ?? (p.rules.mariadb ? mariadbAttributes : mysqlAttributes).get(p.token);
  if (rule !== undefined) {
    rule(p, column);
    return true;
  }
  if (!startsEngineOption(p)) return false;
  column.options = [...column.options, parseEngineOption(p)];
  return true;
}

function parseNot(p: Parser, column: Writable): void {
  p.next();
  if (p.accept("NULL")) column.nullable = false;
  else if (!p.rules.mariadb && p.accept("SECONDARY"))
    column.options = [...column.options, { kind: "Option", name: "NOT SECONDARY", value: undefined }];
  else p.fail();
}

function parseDefault(p: Parser, column: Writable): void {
  p.next();
  column.defaultInParentheses = p.token === "(";
  column.default = parseDefaultValue(p, true);
}

/** After DEFAULT: a signed number, a literal, an expression in parentheses, the current time; MariaDB: most operands. */
export function parseDefaultValue(p: Parser, takesTime: boolean): Expression {
  if (p.token === "(") return p.parenthesized(p.grammar.expression);
  if (p.token === "-" || p.token === "+") return parseSignedNumber(p);
  if (p.token === "~" || p.token === "!" || p.token === "bind" || p.token === "NOT") p.fail();
  const { start, token } = p;
  const value = p.grammar.infix(p, operandOnly);
  if (p.rules.mariadb || isPlainValue(value) || (takesTime && times.has(token))) return value;
  throw new SqlSyntaxError(syntaxCause(p.rules), p.source, start);
}

/** The words for the current time: as a default without parentheses, and ON UPDATE. */
const times: ReadonlySet<Token> = new Set<Token>(["NOW", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"]);

const isPlainValue = ({ kind }: Expression) => kind === "Literal" || kind === "Introduced" || kind === "Null";

function parseSignedNumber(p: Parser): Expression {
  const operator = p.expectOneOf("-", "+");
  if (p.token !== "integer" && p.token !== "decimal" && p.token !== "float") p.fail();
  return { kind: "Unary", operator, operand: p.grammar.infix(p, operandOnly) };
}

/** MariaDB: CONSTRAINT name REFERENCES …: the name is read and forgotten, as the server does. */
function parseConstrainedReference(p: Parser, column: Writable): void {
  p.expect("CONSTRAINT");
  p.acceptIdentifier();
  column.references = parseReferences(p);
}

/** ON UPDATE CURRENT_TIMESTAMP(6) */
function parseOnUpdate(p: Parser, column: Writable): void {
  p.next();
  p.expect("UPDATE");
  if (!times.has(p.token)) p.fail();
  column.onUpdate = p.grammar.infix(p, operandOnly);
}

/** SERIAL DEFAULT VALUE: NOT NULL AUTO_INCREMENT UNIQUE. */
function parseSerial(p: Parser, column: Writable): void {
  p.next();
  p.expect("DEFAULT");
  p.expect("VALUE");
  column.nullable = false;
  column.autoIncrement = true;
  column.unique = true;
}

/** GENERATED ALWAYS AS (expression) STORED, GENERATED ALWAYS AS ROW START. */
function parseGenerated(p: Parser, column: Writable): void {
  if (p.accept("GENERATED")) p.expect("ALWAYS");
  p.expect("AS");
  if (p.rules.mariadb && p.accept("ROW")) {
    column.rowTime = p.expectOneOf("START", "END");
    return;
  }
  const expression = p.parenthesized(p.grammar.expression);
  column.generated = { kind: "Generated", expression, storage: acceptStorage(p) };
}

function acceptStorage(p: Parser): Generated["storage"] {
  const word = p.acceptOneOf("VIRTUAL", "STORED");
  if (word !== undefined || !p.rules.mariadb) return word;
  return p.accept("PERSISTENT") ? "STORED" : undefined;
}

function parseAttributeOption(p: Parser, column: Writable): void {
  const name = p.token;
  p.next();
  p.accept("=");
  const value: Literal = { kind: "Literal", type: "string", text: p.string() };
  column.options = [...column.options, { kind: "Option", name, value }];
}

function parseVersioning(p: Parser, column: Writable): void {
  column.versioning = p.expectOneOf("WITH", "WITHOUT");
  p.expect("SYSTEM");
  p.expect("VERSIONING");
}

/** COMPRESSED, COMPRESSED=zlib: the method, or "" when none is named. */
function parseCompressed(p: Parser, column: Writable): void {
  if (!/BLOB|TEXT|^VAR|JSON/.test(column.type.name) || column.compressed !== undefined) p.fail();
  p.next();
  column.compressed = p.accept("=") ? p.identifier() : "";
}

/** CONSTRAINT name CHECK (expression) NOT ENFORCED; stands at CONSTRAINT or CHECK. */
function parseCheck(p: Parser): Check {
  const hasConstraint = p.accept("CONSTRAINT");
  const constraint = hasConstraint ? p.acceptIdentifier() : undefined;
  if (p.token !== "CHECK") p.fail();
  return parseCheckAfterName(p, hasConstraint, constraint, false);
}
