/** Prepared statements, EXPLAIN and its kin, USE, KILL; Vitess's VEXPLAIN, STREAM and VSTREAM. */
import type { Bare } from "../ast/commented.ts";
import type { Expression, UserVariable } from "../ast/expression.ts";
import type {
  Deallocate,
  DescribeTable,
  Execute,
  ExecuteImmediate,
  Explain,
  ExplainConnection,
  Kill,
  Prepare,
  Use,
} from "../ast/session.ts";
import type { Stream, VExplain, VStream } from "../ast/vitess.ts";
import type { Token } from "../token.ts";
import { parseLimit, parseGiven } from "./clause.ts";
import type { Parser } from "./parser.ts";

/** PREPARE name FROM text */
export function parsePrepare(p: Parser): Bare<Prepare> {
  p.expect("PREPARE");
  const name = p.identifier();
  p.expect("FROM");
  return { kind: "Prepare", name, source: parseSource(p) };
}

/** A string or a user variable; MariaDB takes expressions. */
function parseSource(p: Parser): Expression {
  if (!p.rules.mariadb && p.token !== "string" && p.token !== "userVariable") p.fail();
  if (p.rules.mariadb) return p.grammar.expression(p);
  return p.token === "string" ? { kind: "Literal", type: "string", text: p.string() } : p.grammar.infix(p, 100);
}

export function parseExecute(p: Parser): Bare<Execute | ExecuteImmediate> {
  p.expect("EXECUTE");
  if (p.rules.mariadb && p.accept("IMMEDIATE")) {
    const source = p.grammar.expression(p);
    return { kind: "ExecuteImmediate", source, using: parseUsing(p) };
  }
  return { kind: "Execute", name: p.identifier(), using: parseUsing(p) };
}

function parseUsing(p: Parser): readonly Expression[] {
  if (!p.accept("USING")) return [];
  return p.list(() => {
    if (!p.rules.mariadb && p.token !== "userVariable") p.fail();
    return p.rules.mariadb ? parseGiven(p) : p.grammar.infix(p, 100);
  });
}

/** DEALLOCATE PREPARE name, DROP PREPARE name; stands at PREPARE. */
export function parseDeallocate(p: Parser): Bare<Deallocate> {
  p.expect("PREPARE");
  return { kind: "Deallocate", name: p.identifier() };
}

const explainable: ReadonlySet<Token> = new Set<Token>([
  "SELECT",
  "INSERT",
  "REPLACE",
  "UPDATE",
  "DELETE",
  "WITH",
  "TABLE",
  "VALUES",
  "(",
]);

/** EXPLAIN, DESCRIBE, DESC: of a statement, of a connection or of a table. */
export function parseExplain(p: Parser): Bare<Explain | ExplainConnection | DescribeTable> {
  p.expectOneOf("EXPLAIN", "DESCRIBE", "DESC");
  if (p.isIdentifier && p.peek() !== "=" && !startsExplain(p)) return parseDescribe(p);
  const analyze = !p.rules.mariadb && p.accept("ANALYZE");
  const extra = p.rules.mariadb ? p.acceptOneOf("EXTENDED", "PARTITIONS") : undefined;
  const format = parseFormat(p);
  const into = !p.rules.mariadb && p.accept("INTO") ? parseVariable(p) : undefined;
  if (p.accept("FOR")) {
    if (p.acceptOneOf("SCHEMA", "DATABASE") === undefined) {
      if (analyze) p.fail();
      p.expect("CONNECTION");
      if (!p.rules.mariadb && p.token !== "integer") p.fail();
      return { kind: "ExplainConnection", format, connection: p.grammar.expression(p) };
    }
    const schema = p.identifier();
    return { kind: "Explain", analyze, format, extra, into, schema, statement: parseExplained(p) };
  }
  return { kind: "Explain", analyze, format, extra, into, schema: undefined, statement: parseExplained(p) };
}

/** EXTENDED, PARTITIONS and FORMAT may be names of tables: what follows tells. */
function startsExplain(p: Parser): boolean {
  if (p.token === "FORMAT") return p.peek() === "=";
  if (p.token !== "EXTENDED" && p.token !== "PARTITIONS") return false;
  const after = p.peek();
  return explainable.has(after) || after === "FORMAT";
}

function parseVariable(p: Parser): UserVariable {
  if (p.token !== "userVariable") p.fail();
  const name = p.value;
  p.next();
  return { kind: "UserVariable", name };
}

function parseFormat(p: Parser): string | undefined {
  if (!p.accept("FORMAT")) return undefined;
  p.expect("=");
  return (p.token === "string" ? p.string() : p.identifier()).toUpperCase();
}

function parseExplained(p: Parser): Explain["statement"] {
  if (!explainable.has(p.token)) p.fail();
  p.deeper();
  const statement = p.grammar.statement(p);
  p.shallower();
  return statement;
}

function parseDescribe(p: Parser): Bare<DescribeTable> {
  const table = p.tableName();
  const column = p.token === "string" ? p.string() : p.acceptIdentifier();
  return { kind: "DescribeTable", table, column };
}

/** MariaDB: ANALYZE [FORMAT = JSON] statement. */
export function parseAnalyzeStatement(p: Parser): Bare<Explain> {
  if (!p.rules.mariadb) p.fail();
  p.expect("ANALYZE");
  const format = parseFormat(p);
  const none = { extra: undefined, into: undefined, schema: undefined } as const;
  return { kind: "Explain", analyze: true, format, ...none, statement: parseExplained(p) };
}

/** USE database: the rest of the statement may be a Vitess target such as ks:-80@replica. */
export function parseUse(p: Parser): Bare<Use> {
  p.expect("USE");
  if (p.token === "quoted") return { kind: "Use", database: p.identifier() };
  if (p.reserved || p.token === "string" || p.token === "integer" || p.token === "decimal" || p.token === "float")
    p.fail();
  const { start } = p;
  while (p.token !== "end" && p.token !== ";" && p.token !== "invalid" && isTargetToken(p.token)) p.next();
  const database = p.source.slice(start, p.previousEnd);
  if (p.start === start || /\s/.test(database)) p.fail();
  return { kind: "Use", database };
}

const isTargetToken = (token: Token) => !"(),{}=<>!".includes(token.charAt(0));

/** KILL CONNECTION n, KILL QUERY n; MariaDB: HARD, SOFT, QUERY ID, USER. */
export function parseKill(p: Parser): Bare<Kill> {
  p.expect("KILL");
  const severity = p.rules.mariadb ? p.acceptOneOf("HARD", "SOFT") : undefined;
  const word = p.acceptOneOf("CONNECTION", "QUERY");
  let what: Kill["what"] = word;
  if (p.rules.mariadb && word === "QUERY" && p.accept("ID")) what = "QUERY ID";
  if (p.rules.mariadb && p.accept("USER")) {
    const isCurrent = p.accept("CURRENT_USER");
    if (isCurrent && p.accept("(")) p.expect(")");
    const user = isCurrent ? undefined : p.token === "string" ? p.string() : p.identifier();
    const host = p.token === "userVariable" ? parseVariable(p).name : undefined;
    what = word === "QUERY" ? "QUERY USER" : "USER";
    return { kind: "Kill", what, severity, connection: undefined, user, host };
  }
  return { kind: "Kill", what, severity, connection: p.grammar.expression(p), user: undefined, host: undefined };
}

/** VEXPLAIN PLAN statement; without a word it is PLAN. */
export function parseVexplain(p: Parser): Bare<VExplain> {
  p.expect("VEXPLAIN");
  const what = p.acceptOneOf("PLAN", "QUERIES", "ALL", "TRACE", "KEYS", "MYSQLPLAN") ?? "PLAN";
  return { kind: "VExplain", what, statement: parseExplained(p) };
}

export function parseStream(p: Parser): Bare<Stream> {
  p.expect("STREAM");
  p.expectAll("*", "FROM");
  return { kind: "Stream", table: p.tableName() };
}

export function parseVstream(p: Parser): Bare<VStream> {
  p.expect("VSTREAM");
  p.expectAll("*", "FROM");
  const table = p.tableName();
  const where = p.accept("WHERE") ? p.grammar.expression(p) : undefined;
  return { kind: "VStream", table, where, limit: parseLimit(p) };
}
