/** Indexes, keys and constraints, within CREATE TABLE and ALTER TABLE and on their own. */
import type { ForeignKey, IndexDefinition, IndexMethod, Option, Period, TableElement } from "../ast/table.ts";
import { parseColumnDefinition } from "./column-definition.ts";
import { acceptIfNotExists, parseTableName } from "./names.ts";
import { parseEngineOption, parseOptionValue, startsEngineOption } from "./option.ts";
import type { Parser } from "./parser.ts";
import { parseCheckAfterName, parseIndexColumns, parseIndexPart, parseReferences } from "./references.ts";

/** A column, an index, a constraint: what stands between the parentheses of CREATE TABLE. */
export function parseTableElement(p: Parser): TableElement {
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
      return parseConstraint(p, false);
    case "VECTOR":
      return p.rules.mariadb && (p.peek() === "INDEX" || p.peek() === "KEY")
        ? parseConstraint(p, false)
        : parseColumnDefinition(p);
    case "PERIOD":
      return p.rules.mariadb && p.peek() === "FOR" ? parsePeriod(p) : parseColumnDefinition(p);
    default:
      return parseColumnDefinition(p);
  }
}

/** Stands at CONSTRAINT or at the word that says which constraint or index it is. */
export function parseConstraint(p: Parser, isAlter: boolean): TableElement {
  const hasConstraint = p.accept("CONSTRAINT");
  let ifNotExists = isAlter && hasConstraint && p.rules.mariadb && acceptIfNotExists(p);
  const isNamed = hasConstraint && p.isIdentifier;
  const constraint = isNamed ? p.identifier() : undefined;
  if (p.token === "CHECK") return parseCheckAfterName(p, hasConstraint, constraint, ifNotExists);
  if (p.accept("FOREIGN")) return parseForeignKey(p, hasConstraint, constraint, ifNotExists);
  const type = parseIndexType(p, hasConstraint);
  if (p.rules.mariadb) ifNotExists = acceptIfNotExists(p) || ifNotExists;
  const name = p.acceptIdentifier();
  return parseIndexRest(p, { type, hasConstraint, constraint, ifNotExists, name });
}

function parseIndexType(p: Parser, hasConstraint: boolean): IndexDefinition["type"] {
  const word = hasConstraint
    ? p.expectOneOf("PRIMARY", "UNIQUE")
    : p.expectOneOf("PRIMARY", "UNIQUE", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "VECTOR");
  switch (word) {
    case "PRIMARY":
      p.expect("KEY");
      return "PRIMARY KEY";
    case "INDEX":
    case "KEY":
      return "INDEX";
    default:
      if (!p.accept("INDEX")) p.accept("KEY");
      return word;
  }
}

type IndexHead = Omit<IndexDefinition, "kind" | "using" | "parts" | "options">;

const takesMethodOf = (type: IndexDefinition["type"]) => type !== "FULLTEXT" && type !== "SPATIAL";

/** USING BTREE (parts) options */
function parseIndexRest(p: Parser, head: IndexHead): IndexDefinition {
  const takesMethod = takesMethodOf(head.type);
  const using = takesMethod && (p.token === "USING" || p.token === "TYPE") ? parseMethod(p) : undefined;
  return parseIndexOptions(p, head, using, parseParts(p));
}

const parseParts = (p: Parser) => p.parenthesized((inside) => inside.list(parseIndexPart));

function parseIndexOptions(
  p: Parser,
  head: IndexHead,
  method: IndexMethod | undefined,
  parts: IndexDefinition["parts"],
): IndexDefinition {
  let using = method;
  const takesMethod = takesMethodOf(head.type);
  const options: Option[] = [];
  for (;;) {
    if (takesMethod && (p.token === "USING" || p.token === "TYPE")) using = parseMethod(p);
    else {
      const option = acceptIndexOption(p, head.type);
      if (option === undefined) break;
      options.push(option);
    }
  }
  return { kind: "IndexDefinition", ...head, using, parts, options };
}

/** Stands at USING or TYPE. */
export function parseMethod(p: Parser): IndexMethod {
  p.next();
  return p.expectOneOf("BTREE", "HASH", "RTREE");
}

/** An option of an index, or undefined when none stands here. */
function acceptIndexOption(p: Parser, type: IndexDefinition["type"]): Option | undefined {
  const word = (name: string): Option => ({ kind: "Option", name, value: undefined });
  switch (p.token) {
    case "KEY_BLOCK_SIZE":
      p.next();
      p.accept("=");
      return { kind: "Option", name: "KEY_BLOCK_SIZE", value: p.is("integer") ? parseOptionValue(p) : p.fail() };
    case "COMMENT":
      p.next();
      return { kind: "Option", name: "COMMENT", value: { kind: "Literal", type: "string", text: p.string() } };
    case "WITH":
      if (type !== "FULLTEXT") return undefined;
      p.next();
      p.expect("PARSER");
      return {
        kind: "Option",
        name: "WITH PARSER",
        value: { kind: "Column", schema: undefined, table: undefined, name: p.identifier() },
      };
    case "VISIBLE":
    case "INVISIBLE": {
      if (p.rules.mariadb) return undefined;
      const name = p.token;
      p.next();
      return word(name);
    }
    case "ENGINE_ATTRIBUTE":
    case "SECONDARY_ENGINE_ATTRIBUTE": {
      if (p.rules.mariadb) return undefined;
      const name = p.token;
      p.next();
      p.accept("=");
      return { kind: "Option", name, value: { kind: "Literal", type: "string", text: p.string() } };
    }
    case "IGNORED":
      if (!p.rules.mariadb) return undefined;
      p.next();
      return word("IGNORED");
    case "NOT":
      if (!p.rules.mariadb || !p.acceptPair("NOT", "IGNORED")) return undefined;
      return word("NOT IGNORED");
    default:
      if (p.token === "ALGORITHM" || p.token === "LOCK") return undefined; // Of CREATE INDEX.
      return startsEngineOption(p) ? parseEngineOption(p) : undefined;
  }
}

/** Stands behind FOREIGN. */
function parseForeignKey(
  p: Parser,
  hasConstraint: boolean,
  constraint: string | undefined,
  exists: boolean,
): ForeignKey {
  p.expect("KEY");
  const ifNotExists = (p.rules.mariadb && acceptIfNotExists(p)) || exists;
  const name = p.acceptIdentifier();
  const columns = parseIndexColumns(p);
  const references = parseReferences(p);
  return { kind: "ForeignKey", hasConstraint, constraint, ifNotExists, name, columns, references };
}

/** PERIOD FOR SYSTEM_TIME (a, b), PERIOD FOR name (a, b). */
export function parsePeriod(p: Parser): Period {
  p.expect("PERIOD");
  p.expect("FOR");
  const ifNotExists = acceptIfNotExists(p);
  const name = p.accept("SYSTEM_TIME") ? undefined : p.identifier();
  p.expect("(");
  const start = p.identifier();
  p.expect(",");
  const end = p.identifier();
  p.expect(")");
  return { kind: "Period", ifNotExists, name, start, end };
}

/** CREATE UNIQUE INDEX …: stands at UNIQUE, FULLTEXT, SPATIAL, VECTOR or INDEX. Answers the index and its table. */
export function parseIndexOnTable(p: Parser) {
  const word = p.acceptOneOf("UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR");
  p.expect("INDEX");
  const type: IndexDefinition["type"] = word ?? "INDEX";
  const ifNotExists = p.rules.mariadb && acceptIfNotExists(p);
  const name = p.identifier();
  const hasMethod = p.token === "USING" || p.token === "TYPE";
  const before = hasMethod && takesMethodOf(type) ? parseMethod(p) : undefined;
  p.expect("ON");
  const table = parseTableName(p);
  const head: IndexHead = { type, hasConstraint: false, constraint: undefined, ifNotExists: false, name };
  const parts = parseParts(p);
  const wait = acceptLockWait(p);
  const index = parseIndexOptions(p, head, undefined, parts);
  return { ifNotExists, table, wait, index: { ...index, using: index.using ?? before } };
}

/** MariaDB: WAIT n or NOWAIT, or nothing. */
export function acceptLockWait(p: Parser): string | undefined {
  if (!p.rules.mariadb) return undefined;
  if (p.accept("NOWAIT")) return "NOWAIT";
  if (!p.accept("WAIT")) return undefined;
  p.accept("+");
  return p.integer();
}
