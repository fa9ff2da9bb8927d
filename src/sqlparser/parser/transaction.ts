/** Transactions, savepoints, XA and locks on tables. */
import type { Bare } from "../ast/commented.ts";
import type {
  Begin,
  Commit,
  LockInstance,
  LockTables,
  ReleaseSavepoint,
  Rollback,
  Savepoint,
  TableLock,
  UnlockTables,
  Xa,
  Xid,
} from "../ast/session.ts";
import type { Expression } from "../ast/expression.ts";
import type { Parser } from "./parser.ts";

/** BEGIN [WORK] */
export function parseBegin(p: Parser): Bare<Begin> {
  p.expect("BEGIN");
  p.accept("WORK");
  return { kind: "Begin", consistentSnapshot: false, access: undefined };
}

/** START TRANSACTION …; stands behind START, at TRANSACTION. */
export function parseStartTransaction(p: Parser): Bare<Begin> {
  p.expect("TRANSACTION");
  let consistentSnapshot = false;
  let access: Begin["access"];
  if (p.token === "WITH" || p.token === "READ")
    p.list(() => {
      if (p.accept("WITH")) {
        p.expectAll("CONSISTENT", "SNAPSHOT");
        consistentSnapshot = true;
      } else {
        if (access !== undefined) p.fail();
        access = parseAccess(p);
      }
    });
  return { kind: "Begin", consistentSnapshot, access };
}

/** READ ONLY, READ WRITE */
export function parseAccess(p: Parser): "READ ONLY" | "READ WRITE" {
  p.expect("READ");
  return p.expectOneOf("ONLY", "WRITE") === "ONLY" ? "READ ONLY" : "READ WRITE";
}

interface Completion {
  readonly chain: boolean | undefined;
  readonly release: boolean | undefined;
}

/** [AND [NO] CHAIN] [[NO] RELEASE] */
function parseCompletion(p: Parser): Completion {
  let chain: boolean | undefined;
  if (p.accept("AND")) {
    chain = !p.accept("NO");
    p.expect("CHAIN");
  }
  let release: boolean | undefined;
  if (p.acceptPair("NO", "RELEASE")) release = false;
  else if (p.token === "RELEASE") {
    if (chain === true) p.fail();
    release = p.accept("RELEASE");
  }
  return { chain, release };
}

export function parseCommit(p: Parser): Bare<Commit> {
  p.expect("COMMIT");
  p.accept("WORK");
  return { kind: "Commit", ...parseCompletion(p) };
}

export function parseRollback(p: Parser): Bare<Rollback> {
  p.expect("ROLLBACK");
  p.accept("WORK");
  if (!p.accept("TO")) return { kind: "Rollback", savepoint: undefined, ...parseCompletion(p) };
  const isName = p.rules.mariadb && p.token === "SAVEPOINT" && (p.peek() === "end" || p.peek() === ";");
  if (!isName) p.accept("SAVEPOINT");
  return { kind: "Rollback", savepoint: p.identifier(), chain: undefined, release: undefined };
}

export function parseSavepoint(p: Parser): Bare<Savepoint> {
  p.expect("SAVEPOINT");
  return { kind: "Savepoint", name: p.identifier() };
}

export function parseReleaseSavepoint(p: Parser): Bare<ReleaseSavepoint> {
  p.expectAll("RELEASE", "SAVEPOINT");
  return { kind: "ReleaseSavepoint", name: p.identifier() };
}

/** XA START xid …; stands at XA. */
export function parseXa(p: Parser): Bare<Xa> {
  p.expect("XA");
  const action = p.expectOneOf("START", "BEGIN", "END", "PREPARE", "COMMIT", "ROLLBACK", "RECOVER");
  const verb = action === "BEGIN" ? "START" : action;
  if (verb === "RECOVER") return { kind: "Xa", action: verb, xid: undefined, option: parseRecover(p) };
  const xid = parseXid(p);
  let option: Xa["option"];
  if (verb === "START") option = p.acceptOneOf("JOIN", "RESUME");
  else if (verb === "COMMIT" && p.acceptPair("ONE", "PHASE")) option = "ONE PHASE";
  else if (verb === "END" && p.accept("SUSPEND")) {
    option = "SUSPEND";
    if (p.accept("FOR")) {
      p.expect("MIGRATE");
      option = "SUSPEND FOR MIGRATE";
    }
  }
  return { kind: "Xa", action: verb, xid, option };
}

function parseRecover(p: Parser): Xa["option"] {
  if (!p.rules.mariadb && p.acceptPair("CONVERT", "XID")) return "CONVERT XID";
  if (!p.rules.mariadb || !p.accept("FORMAT")) return undefined;
  p.expect("=");
  if (p.token === "string") return p.string().toUpperCase() === "SQL" ? "FORMAT SQL" : "FORMAT RAW";
  return p.expectOneOf("RAW", "SQL") === "RAW" ? "FORMAT RAW" : "FORMAT SQL";
}

const numbers: ReadonlySet<string> = new Set(["integer", "hexNumber", "decimal", "float"]);

function parseXid(p: Parser): Xid {
  const globalId = parseXidText(p);
  let branch: Expression | undefined;
  let format: string | undefined;
  if (p.accept(",")) {
    branch = parseXidText(p);
    if (p.accept(",")) {
      if (!numbers.has(p.token)) p.fail();
      format = p.text;
      p.next();
    }
  }
  return { kind: "Xid", globalId, branch, format };
}

function parseXidText(p: Parser): Expression {
  if (p.token !== "string" && p.token !== "hexString" && p.token !== "hexNumber" && p.token !== "bit") p.fail();
  return p.token === "string" ? { kind: "Literal", type: "string", text: p.string() } : p.grammar.infix(p, 100);
}

/** LOCK TABLES …, LOCK INSTANCE FOR BACKUP */
export function parseLock(p: Parser): Bare<LockTables | LockInstance> {
  p.expect("LOCK");
  if (!p.rules.mariadb && p.accept("INSTANCE")) {
    p.expectAll("FOR", "BACKUP");
    return { kind: "LockInstance", lock: true };
  }
  p.expectOneOf("TABLE", "TABLES");
  const tables = p.list(parseTableLock);
  let waitSeconds: string | undefined;
  if (p.rules.mariadb) {
    if (p.accept("NOWAIT")) waitSeconds = "0";
    else if (p.accept("WAIT")) waitSeconds = p.integer();
  }
  return { kind: "LockTables", tables, waitSeconds };
}

function parseTableLock(p: Parser): TableLock {
  const table = p.tableName();
  const alias = p.accept("AS") || (p.isIdentifier && p.token !== "READ") ? p.identifier() : undefined;
  return { kind: "TableLock", table, alias, lock: parseLockKind(p) };
}

function parseLockKind(p: Parser): TableLock["lock"] {
  if (p.accept("READ")) return p.accept("LOCAL") ? "READ LOCAL" : "READ";
  if (p.accept("LOW_PRIORITY")) {
    p.expect("WRITE");
    return "LOW_PRIORITY WRITE";
  }
  p.expect("WRITE");
  return p.rules.mariadb && p.accept("CONCURRENT") ? "WRITE CONCURRENT" : "WRITE";
}

export function parseUnlock(p: Parser): Bare<UnlockTables | LockInstance> {
  p.expect("UNLOCK");
  if (!p.rules.mariadb && p.accept("INSTANCE")) return { kind: "LockInstance", lock: false };
  p.expectOneOf("TABLE", "TABLES");
  return { kind: "UnlockTables" };
}
