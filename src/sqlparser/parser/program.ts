/**
 * Bodies of stored programs: blocks, declarations, control of flow, cursors, conditions. Statements within a body end in
 * semicolons; `parseBody` reads one statement and leaves the semicolon behind it.
 * https://dev.mysql.com/doc/refman/8.4/en/sql-compound-statements.html
 */
import type { Block, Branch, ConditionValue, DeclareHandler, For, ProgramStatement } from "../ast/program.ts";
import type { Statement } from "../ast.ts";
import type { Token } from "../token.ts";
import { parseConditionValue } from "./diagnostics.ts";
import { isLabel } from "./labels.ts";
import type { Parser } from "./parser.ts";
import { parseProgramType } from "./program-type.ts";

type Rule = (p: Parser, label: string | undefined) => ProgramStatement;

/** What may carry a label. */
const labelled: ReadonlyMap<Token, Rule> = new Map<Token, Rule>([
  ["BEGIN", parseBlock],
  ["LOOP", parseLoop],
  ["WHILE", parseWhile],
  ["REPEAT", parseRepeat],
]);

const unlabelled: ReadonlyMap<Token, Rule> = new Map<Token, Rule>([
  ["IF", parseIf],
  ["CASE", parseCase],
  ["RETURN", (p) => (p.next(), { kind: "Return", value: p.grammar.expression(p) })],
  ["LEAVE", (p) => (p.next(), { kind: "Leave", label: parseLabel(p) })],
  ["ITERATE", (p) => (p.next(), { kind: "Iterate", label: parseLabel(p) })],
  ["OPEN", parseOpen],
  ["FETCH", parseFetch],
  ["CLOSE", (p) => (p.next(), { kind: "CloseCursor", name: p.identifier() })],
]);

const parseLabel = (p: Parser): string => (isLabel(p) ? p.identifier() : p.fail());

/** One statement of a stored program. */
export function parseBody(p: Parser): Statement {
  p.deeper();
  const statement = parseInner(p);
  p.shallower();
  return statement;
}

function parseInner(p: Parser): Statement {
  if (isLabel(p) && p.peek() === ":") return parseLabelled(p);
  const rule = ruleOf(p) ?? unlabelled.get(p.token);
  if (rule === undefined || (p.token === "REPEAT" && p.peek() === "(")) return p.grammar.statement(p);
  return rule(p, undefined);
}

function ruleOf(p: Parser): Rule | undefined {
  return p.rules.mariadb && p.token === "FOR" ? parseFor : labelled.get(p.token);
}

function parseLabelled(p: Parser): Statement {
  const label = p.identifier();
  p.expect(":");
  const rule = ruleOf(p) ?? p.fail();
  return rule(p, label);
}

/** The label may stand again behind the end; then it is the same one. */
function endLabel(p: Parser, label: string | undefined): void {
  if (label !== undefined && isLabel(p) && p.identifier().toLowerCase() !== label.toLowerCase()) p.fail();
}

/** Statements, each with its semicolon, up to a word of `ends`. */
function parseStatements(p: Parser, ends: readonly Token[]): readonly Statement[] {
  const statements: Statement[] = [];
  while (!ends.includes(p.token)) {
    statements.push(parseBody(p));
    p.expect(";");
  }
  return statements;
}

/** BEGIN declarations statements END */
export function parseBlock(p: Parser, label: string | undefined): Block {
  p.expect("BEGIN");
  const notAtomic = p.rules.mariadb && p.acceptPair("NOT", "ATOMIC");
  const statements: Statement[] = [];
  while (p.token === "DECLARE") {
    statements.push(parseDeclaration(p));
    p.expect(";");
  }
  statements.push(...parseStatements(p, ["END"]));
  p.expect("END");
  endLabel(p, label);
  return { kind: "Block", label, notAtomic, statements };
}

/** Stands at DECLARE; leaves the semicolon. */
export function parseDeclaration(p: Parser): ProgramStatement {
  p.expect("DECLARE");
  if (p.token === "CONTINUE" || p.token === "EXIT" || p.token === "UNDO") return parseHandler(p);
  const name = p.identifier();
  if (p.accept("CONDITION")) {
    p.expect("FOR");
    return { kind: "DeclareCondition", name, value: parseConditionValue(p) };
  }
  if (p.accept("CURSOR")) {
    const parameters = p.rules.mariadb && p.token === "(" ? p.parenthesized(parseCursorParameters) : [];
    p.expect("FOR");
    return { kind: "DeclareCursor", name, parameters, query: p.grammar.query(p) };
  }
  const names = [name];
  while (p.accept(",")) names.push(p.identifier());
  const type = parseProgramType(p);
  const value = p.accept("DEFAULT") || (p.rules.mariadb && p.accept(":=")) ? p.grammar.expression(p) : undefined;
  return { kind: "DeclareVariables", names, type, default: value };
}

function parseCursorParameters(p: Parser) {
  return p.list((each) => {
    if (each.token === "IN") each.next();
    const name = each.identifier();
    return { kind: "Parameter", mode: undefined, name, type: parseProgramType(each), default: undefined } as const;
  });
}

function parseHandler(p: Parser): DeclareHandler {
  const action = p.expectOneOf("CONTINUE", "EXIT", "UNDO");
  p.expect("HANDLER");
  p.expect("FOR");
  const conditions = p.list(parseHandled);
  return { kind: "DeclareHandler", action, conditions, body: parseBody(p) };
}

/** What a handler waits for: a condition, or a class of them. */
function parseHandled(p: Parser): ConditionValue {
  if (p.accept("SQLWARNING")) return { kind: "ConditionValue", what: "SQLWARNING", value: "" };
  if (p.accept("SQLEXCEPTION")) return { kind: "ConditionValue", what: "SQLEXCEPTION", value: "" };
  if (p.acceptPair("NOT", "FOUND")) return { kind: "ConditionValue", what: "NOT FOUND", value: "" };
  return parseConditionValue(p);
}

const branchEnds: readonly Token[] = ["ELSEIF", "ELSE", "END"];

function parseIf(p: Parser): ProgramStatement {
  p.expect("IF");
  const branches = [parseBranch(p, branchEnds)];
  while (p.accept("ELSEIF")) branches.push(parseBranch(p, branchEnds));
  const otherwise = p.accept("ELSE") ? parseSome(p, ["END"]) : undefined;
  p.expect("END");
  p.expect("IF");
  return { kind: "If", branches, otherwise };
}

/** condition THEN statements */
function parseBranch(p: Parser, ends: readonly Token[]): Branch {
  const condition = p.grammar.expression(p);
  p.expect("THEN");
  return { kind: "Branch", condition, statements: parseSome(p, ends) };
}

/** At least one statement. */
function parseSome(p: Parser, ends: readonly Token[]): readonly Statement[] {
  if (ends.includes(p.token)) p.fail();
  return parseStatements(p, ends);
}

function parseCase(p: Parser): ProgramStatement {
  p.expect("CASE");
  const operand = p.token === "WHEN" ? undefined : p.grammar.expression(p);
  const branches: Branch[] = [];
  do {
    p.expect("WHEN");
    branches.push(parseBranch(p, ["WHEN", "ELSE", "END"]));
  } while (p.token === "WHEN");
  const otherwise = p.accept("ELSE") ? parseSome(p, ["END"]) : undefined;
  p.expect("END");
  p.expect("CASE");
  return { kind: "CaseStatement", operand, branches, otherwise };
}

function parseLoop(p: Parser, label: string | undefined): ProgramStatement {
  p.expect("LOOP");
  const statements = parseSome(p, ["END"]);
  p.expect("END");
  p.expect("LOOP");
  endLabel(p, label);
  return { kind: "Loop", label, statements };
}

function parseWhile(p: Parser, label: string | undefined): ProgramStatement {
  p.expect("WHILE");
  const condition = p.grammar.expression(p);
  p.expect("DO");
  const statements = parseSome(p, ["END"]);
  p.expect("END");
  p.expect("WHILE");
  endLabel(p, label);
  return { kind: "While", label, condition, statements };
}

function parseRepeat(p: Parser, label: string | undefined): ProgramStatement {
  p.expect("REPEAT");
  const statements = parseSome(p, ["UNTIL"]);
  p.expect("UNTIL");
  const until = p.grammar.expression(p);
  p.expect("END");
  p.expect("REPEAT");
  endLabel(p, label);
  return { kind: "Repeat", label, statements, until };
}

/** MariaDB: FOR i IN 1..10 DO, FOR r IN (query) DO, FOR r IN cursor(…) DO. */
function parseFor(p: Parser, label: string | undefined): For {
  p.expect("FOR");
  const variable = p.identifier();
  p.expect("IN");
  const none = { reverse: false, low: undefined, high: undefined, cursor: undefined, arguments: [], query: undefined };
  const source = { ...none, ...parseForSource(p) };
  p.expect("DO");
  const statements = parseSome(p, ["END"]);
  p.expect("END");
  p.expect("FOR");
  endLabel(p, label);
  return { kind: "For", label, variable, ...source, statements };
}

function parseForSource(p: Parser): Partial<Pick<For, "reverse" | "low" | "high" | "cursor" | "arguments" | "query">> {
  const next = p.token === "(" ? p.peek() : undefined;
  if (next === "SELECT" || next === "WITH" || next === "VALUES") return { query: p.parenthesized(p.grammar.query) };
  const reverse = p.accept("REVERSE");
  const low = p.grammar.expression(p);
  if (p.accept("..")) return { reverse, low, high: p.grammar.expression(p) };
  if (reverse) p.fail();
  if (low.kind === "Column" && low.table === undefined) return { cursor: low.name };
  return low.kind === "Call" && low.schema === undefined ? { cursor: low.name, arguments: low.arguments } : p.fail();
}

function parseOpen(p: Parser): ProgramStatement {
  p.next();
  const name = p.identifier();
  const takes = p.rules.mariadb && p.token === "(";
  const given = takes ? p.parenthesized((inside) => inside.list(inside.grammar.expression)) : [];
  return { kind: "OpenCursor", name, arguments: given };
}

/** FETCH NEXT FROM name INTO a, b */
function parseFetch(p: Parser): ProgramStatement {
  p.next();
  const into = { kind: "FetchCursor", groupNextRow: false, variables: [] } as const;
  if (p.rules.mariadb && p.acceptPair("GROUP", "NEXT")) {
    p.expect("ROW");
    return { ...into, groupNextRow: true, name: undefined };
  }
  if (!p.acceptPair("NEXT", "FROM")) p.accept("FROM");
  const name = p.identifier();
  p.expect("INTO");
  return { ...into, name, variables: p.list((each) => ({ kind: "LocalVariable", name: each.identifier() }) as const) };
}
