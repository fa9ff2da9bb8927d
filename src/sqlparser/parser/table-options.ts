/** Options of tables, databases and partitions. https://dev.mysql.com/doc/refman/8.4/en/create-table.html */
import type { Column, Expression, Literal } from "../ast/expression.ts";
import type { Option } from "../ast/table.ts";
import type { Token } from "../token.ts";
import { acceptCharset, parseCharsetName, parseCollationName, parseTableName, parseText } from "./names.ts";
import { parseEngineOption, parseOptionValue, startsEngineOption } from "./option.ts";
import type { Parser } from "./parser.ts";

type Value =
  /** A word or 'text'. */
  | "name"
  | "string"
  | "number"
  /** A number, K, M, G allowed. */
  | "size"
  | "switch"
  | "words"
  | "none";

interface Rule {
  readonly value: Value;
  /** Only this flavour knows it. */
  readonly flavour?: "mysql" | "mariadb";
  readonly words?: readonly Token[];
}

const tableOptions: ReadonlyMap<Token, Rule> = new Map<Token, Rule>([
  ["ENGINE", { value: "name" }],
  ["TYPE", { value: "name", flavour: "mariadb" }],
  ["SECONDARY_ENGINE", { value: "name", flavour: "mysql" }],
  ["MAX_ROWS", { value: "number" }],
  ["MIN_ROWS", { value: "number" }],
  ["AVG_ROW_LENGTH", { value: "number" }],
  ["AUTO_INCREMENT", { value: "number" }],
  ["PASSWORD", { value: "string" }],
  ["COMMENT", { value: "string" }],
  ["COMPRESSION", { value: "string", flavour: "mysql" }],
  ["ENCRYPTION", { value: "string", flavour: "mysql" }],
  ["CONNECTION", { value: "string" }],
  ["ENGINE_ATTRIBUTE", { value: "string", flavour: "mysql" }],
  ["SECONDARY_ENGINE_ATTRIBUTE", { value: "string", flavour: "mysql" }],
  ["AUTOEXTEND_SIZE", { value: "size", flavour: "mysql" }],
  ["ALLOW_MISSING_FILES", { value: "switch", flavour: "mysql" }],
  ["AUTO_REFRESH", { value: "switch", flavour: "mysql" }],
  ["AUTO_REFRESH_SOURCE", { value: "name", flavour: "mysql" }],
  ["STRICT_LOAD", { value: "switch", flavour: "mysql" }],
  ["VERIFY_KEY_CONSTRAINTS", { value: "switch", flavour: "mysql" }],
  ["PACK_KEYS", { value: "switch" }],
  ["STATS_AUTO_RECALC", { value: "switch" }],
  ["STATS_PERSISTENT", { value: "switch" }],
  ["STATS_SAMPLE_PAGES", { value: "switch" }],
  ["CHECKSUM", { value: "switch" }],
  ["TABLE_CHECKSUM", { value: "number" }],
  ["PAGE_CHECKSUM", { value: "switch", flavour: "mariadb" }],
  ["TRANSACTIONAL", { value: "switch", flavour: "mariadb" }],
  ["DELAY_KEY_WRITE", { value: "number" }],
  [
    "ROW_FORMAT",
    { value: "words", words: ["DEFAULT", "DYNAMIC", "FIXED", "COMPRESSED", "REDUNDANT", "COMPACT", "PAGE"] },
  ],
  ["INSERT_METHOD", { value: "words", words: ["NO", "FIRST", "LAST"] }],
  ["TABLESPACE", { value: "name" }],
  ["STORAGE", { value: "words", words: ["DISK", "MEMORY"] }],
  ["KEY_BLOCK_SIZE", { value: "number" }],
  ["SEQUENCE", { value: "switch", flavour: "mariadb" }],
]);

/** Options with commas or without between them, as many as stand here. */
export function parseTableOptions(p: Parser): readonly Option[] {
  const options: Option[] = [];
  let isMust = false;
  for (;;) {
    const option = acceptTableOption(p);
    if (option === undefined) return isMust ? p.fail() : options;
    options.push(option);
    isMust = p.accept(",");
  }
}

/** One option of a table, or undefined when none stands here. */
export function acceptTableOption(p: Parser): Option | undefined {
  const rule = tableOptions.get(p.token);
  if (rule !== undefined && (rule.flavour === undefined || (rule.flavour === "mariadb") === p.rules.mariadb)) {
    const name = p.token;
    p.next();
    return { kind: "Option", name, value: parseValueOf(p, name, rule) };
  }
  switch (p.token) {
    case "DEFAULT":
    case "CHARSET":
    case "CHARACTER":
    case "CHAR":
    case "COLLATE":
      return acceptCharsetOption(p);
    case "UNION":
      return parseUnion(p);
    case "DATA":
    case "INDEX":
      return acceptDirectory(p);
    case "START":
      if (p.rules.mariadb || !p.acceptPair("START", "TRANSACTION")) return undefined;
      return { kind: "Option", name: "START TRANSACTION", value: undefined };
    case "WITH":
      if (!p.rules.mariadb || !p.acceptPair("WITH", "SYSTEM")) return undefined;
      p.expect("VERSIONING");
      return { kind: "Option", name: "WITH SYSTEM VERSIONING", value: undefined };
    default:
      return startsEngineOption(p) ? parseEngineOption(p) : undefined;
  }
}

/** CHARACTER SET = x, COLLATE = y, both also after DEFAULT. */
export function acceptCharsetOption(p: Parser): Option | undefined {
  const isDefault = p.accept("DEFAULT");
  if (acceptCharset(p)) {
    p.accept("=");
    const isWord = p.rules.mariadb && p.token === "DEFAULT";
    return wordOption("CHARACTER SET", isWord ? p.word().toUpperCase() : parseCharsetName(p));
  }
  if (p.accept("COLLATE")) {
    p.accept("=");
    return wordOption(
      "COLLATE",
      p.rules.mariadb && p.token === "DEFAULT" ? p.word().toUpperCase() : parseCollationName(p),
    );
  }
  return isDefault ? p.fail() : undefined;
}

export function wordOption(name: string, word: string): Option {
  return { kind: "Option", name, value: { kind: "Column", schema: undefined, table: undefined, name: word } };
}

export function stringOption(name: string, text: string): Option {
  return { kind: "Option", name, value: { kind: "Literal", type: "string", text } };
}

/** UNION = (a, b): the tables of a MERGE table. */
function parseUnion(p: Parser): Option {
  p.next();
  p.accept("=");
  const tables = p.parenthesized((inside) => (inside.token === ")" ? [] : inside.list(parseTableName)));
  const items = tables.map(
    ({ schema, name }): Expression => ({ kind: "Column", schema: undefined, table: schema, name }),
  );
  return { kind: "Option", name: "UNION", value: { kind: "Row", items } };
}

/** DATA DIRECTORY = 'folder', INDEX DIRECTORY = 'folder'. */
export function acceptDirectory(p: Parser): Option | undefined {
  const word = p.token as "DATA" | "INDEX";
  if (!p.acceptPair(word, "DIRECTORY")) return undefined;
  p.accept("=");
  return stringOption(`${word} DIRECTORY`, p.string());
}

function parseValueOf(p: Parser, name: Token, rule: Rule): Expression | undefined {
  if (name !== "STORAGE" && !(name === "TABLESPACE" && p.rules.mariadb)) p.accept("=");
  switch (rule.value) {
    case "name":
      return { kind: "Column", schema: undefined, table: undefined, name: parseText(p) };
    case "string":
      return { kind: "Literal", type: "string", text: p.string() };
    case "number":
      if (p.token !== "integer" && p.token !== "hexNumber" && p.token !== "decimal") p.fail();
      return parseOptionValue(p);
    case "switch":
      if (p.token !== "integer" && p.token !== "DEFAULT" && p.token !== "hexNumber") p.fail();
      return upper(parseOptionValue(p));
    case "size":
      return parseSize(p);
    case "words":
      return { kind: "Column", schema: undefined, table: undefined, name: p.expectOneOf(...(rule.words ?? [])) };
    case "none":
      return undefined;
  }
}

const upper = (value: Expression): Expression =>
  value.kind === "Column" ? { ...value, name: value.name.toUpperCase() } : value;

/** 4194304, 4M: a number, or a number with its unit. */
export function parseSize(p: Parser): Literal | Column {
  if (p.token === "integer" || p.token === "hexNumber") return parseOptionValue(p);
  if (p.token !== "name" || !/^\d+[kmgtpe]$/i.test(p.text)) p.fail();
  return { kind: "Column", schema: undefined, table: undefined, name: p.identifier().toUpperCase() };
}

/** Options of CREATE DATABASE and ALTER DATABASE. */
export function acceptDatabaseOption(p: Parser): Option | undefined {
  const isDefault = p.token === "DEFAULT";
  if (!p.rules.mariadb && (p.token === "ENCRYPTION" || (isDefault && p.peek() === "ENCRYPTION"))) {
    if (isDefault) p.next();
    p.next();
    p.accept("=");
    return stringOption("ENCRYPTION", p.string());
  }
  if (p.rules.mariadb && p.token === "COMMENT") {
    p.next();
    p.accept("=");
    return stringOption("COMMENT", p.string());
  }
  return acceptCharsetOption(p);
}

/** MySQL's READ ONLY = 1, of ALTER DATABASE. */
export function acceptReadOnly(p: Parser): Option | undefined {
  if (p.rules.mariadb || !p.acceptPair("READ", "ONLY")) return undefined;
  p.accept("=");
  return { kind: "Option", name: "READ ONLY", value: upper(parseOptionValue(p)) };
}
