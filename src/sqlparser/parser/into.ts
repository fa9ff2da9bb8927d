/** INTO and the locking clauses, at the end of queries; the format of files, which LOAD DATA shares. */
import type { Expression } from "../ast/expression.ts";
import type { FileFormat, Into, Lock } from "../ast/query.ts";
import { parseLimitValue } from "./clause.ts";
import type { Parser } from "./parser.ts";

const noLocks: readonly Lock[] = [];

export function parseLocks(p: Parser): readonly Lock[] {
  if (p.token !== "FOR" && p.token !== "LOCK") return noLocks;
  const locks: Lock[] = [];
  for (;;) {
    if (p.acceptPair("FOR", "UPDATE")) locks.push(parseLock(p, "FOR UPDATE"));
    else if (!p.rules.mariadb && p.acceptPair("FOR", "SHARE")) locks.push(parseLock(p, "FOR SHARE"));
    else if (p.acceptPair("LOCK", "IN")) {
      p.expectAll("SHARE", "MODE");
      locks.push(parseLock(p, "LOCK IN SHARE MODE"));
    } else return locks;
    if (p.rules.mariadb) return locks;
  }
}

function parseLock(p: Parser, strength: Lock["strength"]): Lock {
  const mayName = !p.rules.mariadb && strength !== "LOCK IN SHARE MODE";
  const tables = mayName && p.accept("OF") ? p.list((inner) => inner.tableName()) : [];
  let wait: Lock["wait"];
  let waitSeconds: Expression | undefined;
  if (mayName || p.rules.mariadb) {
    if (p.accept("NOWAIT")) wait = "NOWAIT";
    else if (p.acceptPair("SKIP", "LOCKED")) wait = "SKIP LOCKED";
    else if (p.rules.mariadb && p.accept("WAIT")) {
      wait = "WAIT";
      waitSeconds = parseLimitValue(p);
    }
  }
  return { kind: "Lock", strength, tables, wait, waitSeconds };
}

/** INTO OUTFILE, DUMPFILE or variables; stands at INTO. */
export function parseInto(p: Parser): Into {
  p.next();
  if (p.accept("OUTFILE")) {
    const file = p.string();
    const charset = parseCharsetClause(p);
    return { kind: "Into", target: "OUTFILE", file, charset, format: parseFileFormat(p), variables: [] };
  }
  if (p.token === "DUMPFILE" && p.peek() === "string") {
    p.next();
    return { kind: "Into", target: "DUMPFILE", file: p.string(), charset: undefined, format: undefined, variables: [] };
  }
  const variables = p.list(parseTarget);
  return { kind: "Into", target: "VARIABLES", file: undefined, charset: undefined, format: undefined, variables };
}

function parseTarget(p: Parser): Into["variables"][number] {
  if (p.token === "string") return { kind: "LocalVariable", name: p.string() };
  if (p.token !== "userVariable") return { kind: "LocalVariable", name: p.identifier() };
  const name = p.value;
  p.next();
  return { kind: "UserVariable", name };
}

/** CHARACTER SET name, or nothing. */
export function parseCharsetClause(p: Parser): string | undefined {
  if (p.acceptPair("CHARACTER", "SET") || p.acceptPair("CHAR", "SET") || p.accept("CHARSET")) return p.charsetName();
  return undefined;
}

/** FIELDS … LINES …, or nothing. COLUMNS is FIELDS. */
export function parseFileFormat(p: Parser): FileFormat | undefined {
  const hasFields = p.acceptOneOf("FIELDS", "COLUMNS") !== undefined;
  const fields = hasFields ? parseFields(p) : {};
  const hasLines = p.accept("LINES");
  const lines = hasLines ? parseLines(p) : {};
  return hasFields || hasLines ? { ...noFormat, ...fields, ...lines } : undefined;
}

const noFormat: FileFormat = {
  kind: "FileFormat",
  fieldsTerminatedBy: undefined,
  enclosedBy: undefined,
  optionallyEnclosed: false,
  escapedBy: undefined,
  linesStartingBy: undefined,
  linesTerminatedBy: undefined,
};

function parseFields(p: Parser): Partial<FileFormat> {
  let format: Partial<FileFormat> = {};
  for (let count = 0; ; count++) {
    if (p.accept("TERMINATED")) format = { ...format, fieldsTerminatedBy: parseByText(p) };
    else if (p.acceptPair("OPTIONALLY", "ENCLOSED"))
      format = { ...format, enclosedBy: parseByText(p), optionallyEnclosed: true };
    else if (p.accept("ENCLOSED")) format = { ...format, enclosedBy: parseByText(p) };
    else if (p.accept("ESCAPED")) format = { ...format, escapedBy: parseByText(p) };
    else if (count === 0) p.fail();
    else return format;
  }
}

function parseLines(p: Parser): Partial<FileFormat> {
  let format: Partial<FileFormat> = {};
  for (let count = 0; ; count++) {
    if (p.accept("STARTING")) format = { ...format, linesStartingBy: parseByText(p) };
    else if (p.accept("TERMINATED")) format = { ...format, linesTerminatedBy: parseByText(p) };
    else if (count === 0) p.fail();
    else return format;
  }
}

/** BY 'text', also as x'0A' or b'1010'. */
function parseByText(p: Parser): Expression {
  p.expect("BY");
  if (p.token === "string") return { kind: "Literal", type: "string", text: p.string() };
  if (p.token !== "hexString" && p.token !== "hexNumber" && p.token !== "bit") p.fail();
  return p.grammar.infix(p, 100);
}
