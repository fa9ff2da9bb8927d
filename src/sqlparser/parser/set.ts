/** SET in all its forms but those for accounts (SET PASSWORD, SET ROLE, SET DEFAULT ROLE), and SET TRANSACTION. */
import type { Bare } from "../ast/commented.ts";
import type { VariableScope } from "../ast/expression.ts";
import type { BareVariable, Set, SetAssignment, SetNames, SetTransaction, SetVariable } from "../ast/session.ts";
import { parseValue } from "./clause.ts";
import type { Parser } from "./parser.ts";
import { parseSystemVariable } from "./primary.ts";
import { parseAccess } from "./transaction.ts";

/** SET …; stands behind SET. */
export function parseSet(p: Parser): Bare<Set | SetTransaction> {
  if (p.token === "TRANSACTION" && isTransaction(p)) return parseSetTransaction(p, undefined);
  if (p.token === "GLOBAL" || p.token === "SESSION" || p.token === "LOCAL") {
    if (p.peek() === "TRANSACTION") {
      const scope = p.expectOneOf("GLOBAL", "SESSION", "LOCAL");
      return parseSetTransaction(p, scope);
    }
  }
  if (p.rules.mariadb && p.token === "STATEMENT" && p.peek() !== "=" && p.peek() !== ":=") return parseSetStatement(p);
  return { kind: "Set", assignments: p.list(parseAssignment), statement: undefined };
}

const isTransaction = (p: Parser) => p.peek() === "ISOLATION" || p.peek() === "READ";

/** MariaDB: SET STATEMENT a = 1, b = 2 FOR statement */
function parseSetStatement(p: Parser): Bare<Set> {
  p.deeper();
  p.next();
  const assignments = p.list((inner) => parseVariable(inner, undefined));
  p.expect("FOR");
  const statement = p.grammar.statement(p);
  p.shallower();
  return { kind: "Set", assignments, statement };
}

/** TRANSACTION ISOLATION LEVEL …, READ ONLY; stands at TRANSACTION. */
function parseSetTransaction(p: Parser, scope: SetTransaction["scope"]): Bare<SetTransaction> {
  p.expect("TRANSACTION");
  let isolation: SetTransaction["isolation"];
  let access: SetTransaction["access"];
  p.list(() => {
    if (p.accept("ISOLATION")) {
      if (isolation !== undefined) p.fail();
      p.expect("LEVEL");
      isolation = parseIsolation(p);
    } else {
      if (access !== undefined) p.fail();
      access = parseAccess(p);
    }
  });
  return { kind: "SetTransaction", scope, isolation, access };
}

function parseIsolation(p: Parser): NonNullable<SetTransaction["isolation"]> {
  if (p.accept("SERIALIZABLE")) return "SERIALIZABLE";
  if (p.accept("REPEATABLE")) {
    p.expect("READ");
    return "REPEATABLE READ";
  }
  p.expect("READ");
  return p.expectOneOf("COMMITTED", "UNCOMMITTED") === "COMMITTED" ? "READ COMMITTED" : "READ UNCOMMITTED";
}

function parseAssignment(p: Parser): SetAssignment {
  if (p.token === "userVariable") {
    const target = { kind: "UserVariable", name: p.value } as const;
    p.next();
    expectAssign(p);
    return { kind: "SetVariable", target, value: p.grammar.expression(p) };
  }
  if (p.token === "@@") {
    const target = parseSystemVariable(p);
    expectAssign(p);
    return { kind: "SetVariable", target, value: parseSetValue(p) };
  }
  if (p.token === "NAMES" && !isAssigned(p)) return parseNames(p);
  if ((p.token === "CHARACTER" || p.token === "CHAR") && p.peek() === "SET") {
    p.next();
    p.next();
    return parseCharacterSet(p);
  }
  if (p.token === "CHARSET" && !isAssigned(p)) {
    p.next();
    return parseCharacterSet(p);
  }
  const scope = scopes.has(p.token) && !isAssigned(p) ? (p.token as VariableScope) : undefined;
  return parseVariable(p, scope);
}

const scopes: ReadonlySet<string> = new Set(["GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY"]);

function isAssigned(p: Parser): boolean {
  const after = p.peek();
  return after === "=" || after === ":=" || after === ".";
}

function parseVariable(p: Parser, scope: VariableScope | undefined): SetVariable {
  if (scope !== undefined) p.next();
  const isDefault = p.token === "DEFAULT" && p.peek() === ".";
  const first = isDefault ? p.word() : p.identifier();
  let qualifier: string | undefined;
  let name = first;
  if (p.accept(".")) {
    qualifier = first;
    name = p.identifier();
  }
  expectAssign(p);
  const bare: BareVariable = { kind: "BareVariable", qualifier, name };
  const target = scope === undefined ? bare : ({ kind: "SystemVariable", scope, component: qualifier, name } as const);
  return { kind: "SetVariable", target, value: parseSetValue(p) };
}

function expectAssign(p: Parser): void {
  if (!p.accept(":=")) p.expect("=");
}

/** A value; some reserved words are names here: ON, ALL, BINARY, ROW, SYSTEM. */
function parseSetValue(p: Parser): SetVariable["value"] {
  switch (p.token) {
    case "ON":
    case "ALL":
    case "ROW":
    case "SYSTEM": {
      const name = p.text;
      p.next();
      return { kind: "Column", schema: undefined, table: undefined, name: name.toUpperCase() };
    }
    case "BINARY": {
      const after = p.peek();
      if (after !== "end" && after !== "," && after !== ";" && after !== "FOR") return parseValue(p);
      p.next();
      return { kind: "Column", schema: undefined, table: undefined, name: "BINARY" };
    }
    default:
      return parseValue(p);
  }
}

function parseNames(p: Parser): SetNames {
  p.next();
  if (p.accept("DEFAULT")) return { kind: "SetNames", what: "NAMES", charset: undefined, collation: undefined };
  const charset = p.charsetName();
  let collation: string | undefined;
  if (p.accept("COLLATE") && !(p.rules.mariadb && p.accept("DEFAULT"))) collation = p.charsetName();
  return { kind: "SetNames", what: "NAMES", charset, collation };
}

function parseCharacterSet(p: Parser): SetNames {
  const charset = p.accept("DEFAULT") ? undefined : p.charsetName();
  return { kind: "SetNames", what: "CHARACTER SET", charset, collation: undefined };
}
