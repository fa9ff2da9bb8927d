/**
 * Statements by their first word. To add a family: its rules in a file of their own, and a line for each first word here.
 * A rule stands at that word.
 */
import type { Statement } from "../ast.ts";
import type { Token } from "../token.ts";
import { parseCall, parseDo, parseHandler, parseLoadFile } from "./file.ts";
import { parseInsert } from "./insert.ts";
import type { Parser } from "./parser.ts";
import { parseQuery, parseQueryWith, parseWith } from "./query.ts";
import {
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

export type StatementRule = (p: Parser) => Statement;

const statements: Partial<Record<Token, StatementRule>> = {
  "(": parseQuery,
  BEGIN: parseBegin,
  CALL: parseCall,
  COMMIT: parseCommit,
  DEALLOCATE: (p) => {
    p.next();
    return parseDeallocate(p);
  },
  DELETE: parseDelete,
  DESC: parseExplain,
  DESCRIBE: parseExplain,
  DO: parseDo,
  EXECUTE: parseExecute,
  EXPLAIN: parseExplain,
  HANDLER: parseHandler,
  INSERT: parseInsert,
  KILL: parseKill,
  LOAD: parseLoadFile,
  LOCK: parseLock,
  PREPARE: parsePrepare,
  RELEASE: parseReleaseSavepoint,
  REPLACE: parseInsert,
  ROLLBACK: parseRollback,
  SAVEPOINT: parseSavepoint,
  SELECT: parseQuery,
  SET: (p) => parseSet(p, p.verb("SET")),
  START: (p) => {
    p.next();
    return parseStartTransaction(p);
  },
  STREAM: parseStream,
  TABLE: parseQuery,
  UNLOCK: parseUnlock,
  UPDATE: parseUpdate,
  USE: parseUse,
  VALUES: parseQuery,
  VEXPLAIN: parseVexplain,
  VSTREAM: parseVstream,
  WITH: parseWithStatement,
  XA: parseXa,
};

const rules: ReadonlyMap<string, StatementRule> = new Map(Object.entries(statements));

/** Any statement; leaves the cursor behind it. */
export function parseStatement(p: Parser): Statement {
  const rule = rules.get(p.token) ?? p.fail();
  return rule(p);
}

/** WITH … and the query, UPDATE or DELETE that it is for. */
function parseWithStatement(p: Parser): Statement {
  const tables = parseWith(p);
  if (p.token === "UPDATE") return parseUpdateWith(p, tables);
  if (p.token === "DELETE") return parseDeleteWith(p, tables);
  return parseQueryWith(p, tables);
}
