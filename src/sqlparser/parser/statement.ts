/**
 * Statements by their first word. To add a family: its rules in a file of their own, and a line for each first word here.
 * A rule stands at that word.
 */
import type { Bare } from "../ast/commented.ts";
import type { PlainStatement, Statement } from "../ast.ts";
import { isPlain } from "../head-comments.ts";
import type { Token } from "../token.ts";
import { parseAdministration, parseShow, startsAdministration } from "./administration.ts";
import { parseAlter, parseCreate, parseDrop } from "./create.ts";
import { parseRenameTables, parseTruncate } from "./create-table.ts";
import { parseGetDiagnostics, parseSignal } from "./diagnostics.ts";
import { parseCall, parseDo, parseHandler, parseLoadFile } from "./file.ts";
import { parseInsert } from "./insert.ts";
import type { Parser } from "./parser.ts";
import { parseBody } from "./program.ts";
import { parseQueryStatement, parseQueryWith, parseWith } from "./query.ts";
import {
  parseAnalyzeStatement,
  parseDeallocate,
  parseExecute,
  parseExplain,
  parseKill,
  parsePrepare,
  parseStream,
  parseUse,
  parseVexplain,
  parseVstream,
} from "./session.ts";
import { parseSet } from "./set.ts";
import {
  parseBegin,
  parseCommit,
  parseLock,
  parseReleaseSavepoint,
  parseRollback,
  parseSavepoint,
  parseStartTransaction,
  parseUnlock,
  parseXa,
} from "./transaction.ts";
import { parseDelete, parseDeleteWith, parseUpdate, parseUpdateWith } from "./update.ts";
import { parseRevert } from "./vitess-ddl.ts";

/** A plain statement's comments are not the rule's business. */
export type StatementRule = (p: Parser) => Statement | Bare<PlainStatement>;

const statements: Partial<Record<Token, StatementRule>> = {
  "(": parseQueryStatement,
  ALTER: parseAlter,
  ANALYZE: parseAnalyzeStatement,
  BEGIN: parseBegin,
  CALL: parseCall,
  COMMIT: parseCommit,
  CREATE: parseCreate,
  DEALLOCATE: (p) => {
    p.next();
    return parseDeallocate(p);
  },
  DELETE: parseDelete,
  DESC: parseExplain,
  DESCRIBE: parseExplain,
  DO: parseDo,
  DROP: parseDrop,
  EXECUTE: parseExecute,
  EXPLAIN: parseExplain,
  GET: parseGetDiagnostics,
  HANDLER: parseHandler,
  INSERT: parseInsert,
  KILL: parseKill,
  LOAD: parseLoadFile,
  LOCK: parseLock,
  PREPARE: parsePrepare,
  RELEASE: parseReleaseSavepoint,
  RENAME: parseRename,
  REPLACE: parseInsert,
  RESIGNAL: parseSignal,
  REVERT: parseRevert,
  ROLLBACK: parseRollback,
  SAVEPOINT: parseSavepoint,
  SELECT: parseQueryStatement,
  SET: parseAnySet,
  SHOW: parseShow,
  SIGNAL: parseSignal,
  START: (p) => {
    p.next();
    return parseStartTransaction(p);
  },
  STREAM: parseStream,
  TABLE: parseQueryStatement,
  TRUNCATE: parseTruncate,
  UNLOCK: parseUnlock,
  UPDATE: parseUpdate,
  USE: parseUse,
  VALUES: parseQueryStatement,
  VEXPLAIN: parseVexplain,
  VSTREAM: parseVstream,
  WITH: parseWithStatement,
  XA: parseXa,
};

const rules: ReadonlyMap<string, StatementRule> = new Map(Object.entries(statements));

/** Any statement; leaves the cursor behind it. */
export function parseStatement(p: Parser): Statement {
  const comments = p.commentsBehind(definitionVerbs.has(p.token) ? 2 : 1);
  const statement = parseByFirstWord(p);
  return isPlain(statement) ? { ...statement, comments } : statement;
}

/** Their second word says what is defined: comments may stand behind that too. */
const definitionVerbs: ReadonlySet<Token> = new Set<Token>(["CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE"]);

function parseByFirstWord(p: Parser): Statement | Bare<PlainStatement> {
  if (p.rules.oracle && startsBlock(p)) p.inProgram = true;
  if (startsAdministration(p)) return parseAdministration(p);
  if (p.rules.mariadb && startsCompound(p)) return parseBody(p);
  const rule = rules.get(p.token) ?? p.fail();
  return rule(p);
}

/** BEGIN may begin a transaction as well: then it is read as that. */
const startsBlock = ({ token }: Parser) => token === "DECLARE" || token === "BEGIN" || token === "<<";

/** MariaDB takes compound statements outside of programs; BEGIN alone begins a transaction. */
function startsCompound(p: Parser): boolean {
  switch (p.token) {
    case "IF":
    case "CASE":
    case "LOOP":
    case "WHILE":
    case "REPEAT":
    case "FOR":
      return true;
    case "BEGIN":
      return p.peek() === "NOT";
    default:
      return false;
  }
}

/** SET of variables, or of passwords, roles and resource groups. */
function parseAnySet(p: Parser): Bare<PlainStatement> {
  p.expect("SET");
  switch (p.token) {
    case "PASSWORD":
      return parseAdministration(p, ["SET"]);
    case "ROLE":
      return isAssigned(p) ? parseSet(p) : parseAdministration(p, ["SET"]);
    case "DEFAULT":
      return p.peek() === "ROLE" ? parseAdministration(p, ["SET"]) : parseSet(p);
    case "RESOURCE":
      return p.peek() === "GROUP" ? parseAdministration(p, ["SET"]) : parseSet(p);
    default:
      return parseSet(p);
  }
}

const isAssigned = (p: Parser) => p.peek() === "=" || p.peek() === ":=";

/** RENAME TABLE; RENAME USER is administration. */
function parseRename(p: Parser): Bare<PlainStatement> {
  p.expect("RENAME");
  return parseRenameTables(p);
}

/** WITH … and the query, UPDATE or DELETE that it is for. */
function parseWithStatement(p: Parser): Statement {
  const tables = parseWith(p);
  if (p.token === "UPDATE" && !p.rules.mariadb) return parseUpdateWith(p, tables);
  if (p.token === "DELETE" && !p.rules.mariadb) return parseDeleteWith(p, tables);
  const outer = p.mayInto;
  p.mayInto = true;
  const query = parseQueryWith(p, tables);
  p.mayInto = outer;
  return query;
}
