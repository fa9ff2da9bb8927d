/** Reads the statements that are data: see administration-grammar.ts and word-grammar.ts. */
import type { Bare } from "../ast/commented.ts";
import type { Administration, AdministrationPiece, Filter, Show } from "../ast/administration.ts";
import type { Account } from "../ast/schema.ts";
import type { Expression } from "../ast/expression.ts";
import type { Token } from "../token.ts";
import {
  type AdministrationName,
  administrationGrammar,
  administrationRules,
  showGrammar,
  showRules,
} from "./administration-grammar.ts";
import { parseLimit } from "./clause.ts";
import { isRole } from "./labels.ts";
import { parseAccount, parseTableName } from "./names.ts";
import { parseOptionValue } from "./option.ts";
import { parseSource } from "./routine.ts";
import type { Parser } from "./parser.ts";
import { parseSize } from "./table-options.ts";
import { type Element, Parts, type Pieces, WordGrammar } from "./word-grammar.ts";

/** Binds tighter than every operator: an operand alone is read. */
const operandOnly = 100;

const isText = (p: Parser) => p.token === "string" || p.isIdentifier;
const isInteger = (p: Parser) => p.token === "integer";
const isNumber = (p: Parser) => ["integer", "decimal", "float", "hexNumber"].includes(p.token);
const startsExpression = (p: Parser) => p.token !== "end" && p.token !== ";" && p.token !== ")" && p.token !== ",";
const isAccount = (p: Parser) => isText(p) || p.token === "CURRENT_USER" || p.token === "CURRENT_ROLE";
const isHex = (p: Parser) => p.token === "hexNumber" || p.token === "hexString";

const piece = (starts: (p: Parser) => boolean, read: (p: Parser) => AdministrationPiece) => ({
  starts,
  read: (p: Parser, parts: Parts) => parts.piece(read(p)),
});
const words = (starts: (p: Parser) => boolean, read: (p: Parser) => string) => ({
  starts,
  read: (p: Parser, parts: Parts) => parts.word(read(p)),
});
const literal = (text: string): Expression => ({ kind: "Literal", type: "string", text });

/** Options of CHANGE REPLICATION SOURCE by what their value may be; before MySQL 8.4 SOURCE is MASTER too. */
const sourceOption = (names: string): RegExp => new RegExp(`^(?:${names})$`);
const textOption = sourceOption(
  "(SOURCE|MASTER)_(BIND|HOST|USER|PASSWORD|LOG_FILE|COMPRESSION_ALGORITHMS|SSL_(CA|CAPATH|CERT|CRL|CRLPATH|KEY|CIPHER)|" +
    "TLS_VERSION|PUBLIC_KEY_PATH)|RELAY_LOG_FILE|NETWORK_NAMESPACE",
);
const integerOption = sourceOption("SOURCE_CONNECTION_AUTO_FAILOVER|GTID_ONLY");
const pointOption = sourceOption("(SOURCE|MASTER)_(HEARTBEAT_PERIOD|LOG_POS)");
const numberOption = sourceOption(
  "(SOURCE|MASTER)_(PORT|CONNECT_RETRY|RETRY_COUNT|AUTO_POSITION|ZSTD_COMPRESSION_LEVEL|SSL|SSL_VERIFY_SERVER_CERT|DELAY)|" +
    "RELAY_LOG_POS|GET_(SOURCE|MASTER)_PUBLIC_KEY|REQUIRE_ROW_FORMAT",
);

const sourceWord = (option: RegExp) =>
  words(
    (p) => option.test(p.token) && (p.rules.version < 80400 || !p.token.includes("MASTER")),
    (p) => p.word().toUpperCase(),
  );

const pieces: Pieces = {
  name: piece(
    (p) => p.isIdentifier,
    (p) => ({ kind: "Name", role: "name", name: p.identifier() }),
  ),
  text: piece(isText, (p) =>
    p.token === "string" ? literal(p.string()) : { kind: "Name", role: "name", name: p.identifier() },
  ),
  source: piece(
    (p) => p.token === "string" || p.token === "hexString" || p.source.charAt(p.start) === "$",
    (p) => (p.token === "hexString" ? p.grammar.infix(p, operandOnly) : literal(parseSource(p))),
  ),
  string: piece(
    (p) => p.token === "string",
    (p) => literal(p.string()),
  ),
  integer: piece(isInteger, (p) => (isInteger(p) ? parseOptionValue(p) : p.fail())),
  number: piece(isNumber, (p) => (isNumber(p) ? parseOptionValue(p) : p.fail())),
  hex: piece(isHex, (p) => p.grammar.infix(p, operandOnly)),
  expr: piece(startsExpression, (p) => p.grammar.expression(p)),
  /** An expression without queries. */
  scalar: piece(startsExpression, parseScalar),
  decimal: piece(
    (p) => p.token === "decimal" || p.token === "float",
    (p) => (p.token === "decimal" || p.token === "float" ? parseOptionValue(p) : p.fail()),
  ),
  size: words(
    () => true,
    (p) => {
      const value = parseSize(p);
      return value.kind === "Literal" ? value.text : value.name;
    },
  ),
  /** What GRANT is about: *, *.*, d.*, d.t, t. */
  level: { starts: (p) => p.token === "*" || p.isIdentifier, read: readLevel },
  /** :3306 of CLONE INSTANCE, which the lexer takes for a bind variable. */
  port: words(
    (p) => p.token === "bind" && p.start === p.previousEnd,
    (p) => {
      const port = p.text;
      if (!/^:\d+$/.test(port) || p.start !== p.previousEnd) p.fail();
      p.next();
      return port;
    },
  ),
  table: piece((p) => p.isIdentifier || p.token === ".", parseTableName),
  /** database.table */
  qualified: piece((p) => p.isIdentifier, parseQualified),
  account: piece(isAccount, parseAccount),
  /** An account that is named, not CURRENT_USER. */
  named: piece(isText, (p) => (isText(p) ? parseAccount(p) : p.fail())),
  role: piece(isRole, parseRole),
  variable: piece(
    (p) => p.token === "userVariable",
    (p) => (p.token === "userVariable" ? p.grammar.infix(p, operandOnly) : p.fail()),
  ),
  filter: piece((p) => p.token === "LIKE" || p.token === "WHERE", parseFilter),
  limit: piece(
    (p) => p.token === "LIMIT" || (p.rules.mariadb && (p.token === "OFFSET" || p.token === "FETCH")),
    (p) => parseLimit(p) ?? p.fail(),
  ),
  /** COUNT(*) without blanks. */
  count: {
    starts: (p) => p.token === "COUNT" && p.source.charAt(p.position) === "(",
    read: (p, parts) => {
      p.expectAll("COUNT", "(", "*", ")");
      parts.word("COUNT(*)");
      parts.marked.push("COUNT");
    },
  },
  star: words(
    (p) => p.token === "*",
    (p) => (p.expect("*"), "*"),
  ),
  word: words(
    (p) => /^[A-Z]/.test(p.token) || p.token === "name",
    (p) => p.word().toUpperCase(),
  ),
  source_text: sourceWord(textOption),
  source_integer: sourceWord(integerOption),
  source_point: sourceWord(pointOption),
  source_number: sourceWord(numberOption),
};

function parseQualified(p: Parser): AdministrationPiece {
  const schema = p.identifier();
  p.expect(".");
  return { kind: "TableName", schema, name: p.identifier() };
}

function parseScalar(p: Parser): Expression {
  const outer = p.mayQuery;
  p.mayQuery = false;
  const found = p.grammar.expression(p);
  p.mayQuery = outer;
  return found;
}

/** MariaDB's roles have no host. */
function parseRole(p: Parser): Account {
  if (!isRole(p) && p.token !== "CURRENT_ROLE") p.fail();
  if (!p.rules.mariadb || p.token === "CURRENT_ROLE") return parseAccount(p);
  const name = p.token === "string" ? p.string() : p.identifier();
  return { kind: "Account", current: undefined, name, host: undefined };
}

function readLevel(p: Parser, parts: Parts): void {
  if (p.accept("*")) {
    parts.word("*");
    if (!p.accept(".")) return;
    parts.word(".");
    p.expect("*");
    parts.word("*");
    return;
  }
  const name = p.identifier();
  if (!p.accept(".")) return parts.piece({ kind: "TableName", schema: undefined, name });
  if (!p.is("*")) return parts.piece({ kind: "TableName", schema: name, name: p.word() });
  p.next();
  parts.piece({ kind: "Name", role: "database", name });
  parts.word(".");
  parts.word("*");
}

function parseFilter(p: Parser): Filter {
  if (p.accept("LIKE")) return { kind: "Filter", like: p.string(), where: undefined };
  p.expect("WHERE");
  return { kind: "Filter", like: undefined, where: p.grammar.expression(p) };
}

const grammar = new WordGrammar(administrationRules, pieces);

interface Entry {
  readonly name: AdministrationName;
  readonly words: readonly Token[];
  readonly rest: Element;
}

/** By first word. */
const entries: ReadonlyMap<Token, readonly Entry[]> = Map.groupBy(
  Object.entries(administrationGrammar).map(
    ([name, rest]): Entry => ({
      name: name as AdministrationName,
      words: name.split(" ") as Token[],
      rest: grammar.compile(rest),
    }),
  ),
  ({ words }) => words[0] as Token,
);

/** Whether a statement of this family stands at the cursor; not those of SET, CREATE, ALTER and DROP: their
 * rules look further. */
export function startsAdministration(p: Parser): boolean {
  if (p.token === "SET" || p.token === "CREATE" || p.token === "ALTER" || p.token === "DROP") return false;
  const found = entries.get(p.token);
  if (found === undefined) return false;
  const second = p.peek();
  return found.some(({ words }) => words.length === 1 || words[1] === second);
}

/** Stands at the first word, or behind `before` (CREATE OR REPLACE), which the caller has read. */
export function parseAdministration(p: Parser, before: readonly Token[] = []): Bare<Administration> {
  const first = before[0] ?? p.token;
  const parts = new Parts();
  for (const word of before) parts.word(word);
  if (before.length === 0) parts.word(first);
  if (before.length === 0) p.next();
  const entry = entries.get(first)?.find(({ words }) => words.length === 1 || words[1] === p.token);
  if (entry === undefined) return p.fail();
  if (entry.words.length > 1) {
    parts.word(p.token);
    p.next();
  }
  entry.rest.read(p, parts);
  parts.flush();
  return { kind: "Administration", name: entry.name, parts: parts.pieces };
}

const showing = new WordGrammar(showRules, pieces);
const show = showing.compile(showGrammar);

/** Stands at SHOW. */
export function parseShow(p: Parser): Bare<Show> {
  p.expect("SHOW");
  const parts = new Parts();
  parts.word("SHOW");
  if (!show.starts(p)) p.fail();
  show.read(p, parts);
  parts.flush();
  return { kind: "Show", what: showName(parts), parts: parts.pieces };
}

/** One name for what has several spellings. */
const showSynonyms: Readonly<Record<string, string>> = {
  FIELDS: "COLUMNS",
  INDEX: "INDEXES",
  KEYS: "INDEXES",
  SCHEMAS: "DATABASES",
  KEYSPACES: "VITESS_KEYSPACES",
  CHARSET: "CHARACTER SET",
  "CHAR SET": "CHARACTER SET",
  "CREATE SCHEMA": "CREATE DATABASE",
  "MASTER STATUS": "BINARY LOG STATUS",
  "BINLOG STATUS": "BINARY LOG STATUS",
  "BINARY STATUS": "BINARY LOG STATUS",
  "MASTER LOGS": "BINARY LOGS",
  "SLAVE STATUS": "REPLICA STATUS",
  "SLAVE HOSTS": "REPLICAS",
  "REPLICA HOSTS": "REPLICAS",
  "SLAVES STATUS": "REPLICAS STATUS",
};

function showName(parts: Parts): string {
  const name = parts.marked.join(" ");
  return showSynonyms[name] ?? name;
}

/** The first part of that kind. */
export function partOf<K extends AdministrationPiece["kind"]>(
  { parts }: Show | Administration,
  kind: K,
): Extract<AdministrationPiece, { readonly kind: K }> | undefined {
  return parts.find((part): part is Extract<AdministrationPiece, { readonly kind: K }> => part.kind === kind);
}

/** The name in that role: the database of SHOW TABLES FROM d. */
export function nameOf({ parts }: Show | Administration, role: string): string | undefined {
  for (const part of parts) if (part.kind === "Name" && part.role === role) return part.name;
  return undefined;
}

/** Whether the word stands in it: FULL, EXTENDED, GLOBAL. */
export function hasWord({ parts }: Show | Administration, word: string): boolean {
  return parts.some((part) => part.kind === "Words" && part.text.split(" ").includes(word));
}
