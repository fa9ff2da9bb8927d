/** CREATE TABLE, CREATE INDEX, and the statements that drop, rename and empty tables. */
import type { Bare } from "../ast/commented.ts";
import type {
  CreateIndex,
  CreateTable,
  DropIndex,
  DropTable,
  Option,
  RenamePair,
  RenameTables,
  TruncateTable,
} from "../ast/table.ts";
import { acceptLockWait, parseIndexOnTable, parseTableElement } from "./index-definition.ts";
import { acceptIfExists, acceptIfNotExists, parseTableName } from "./names.ts";
import type { Parser } from "./parser.ts";
import { parsePartitioning } from "./partitioning.ts";
import { parseTableOptions, wordOption } from "./table-options.ts";

/** What stands between CREATE and the word that says what is created. */
export interface CreateHead {
  readonly replace: boolean;
}

/** Stands at TABLE. */
export function parseCreateTable(p: Parser, head: CreateHead, temporary: boolean): Bare<CreateTable> {
  p.expect("TABLE");
  const ifNotExists = acceptIfNotExists(p);
  const table = parseTableName(p);
  const start = {
    kind: "CreateTable",
    ...head,
    temporary,
    ifNotExists,
    table,
    like: undefined,
    elements: [],
    options: [],
    partitioning: undefined,
    duplicates: undefined,
    query: undefined,
  } as const;
  if (p.accept("LIKE")) return { ...start, like: parseTableName(p) };
  const inParentheses = p.token === "(" ? p.peek() : undefined;
  if (inParentheses === "LIKE") {
    p.next();
    p.expect("LIKE");
    const like = parseTableName(p);
    p.expect(")");
    return { ...start, like };
  }
  const hasElements = inParentheses !== undefined && !startsQuery(inParentheses);
  const elements = hasElements ? p.parenthesized((inside) => inside.list(parseTableElement)) : [];
  const options = parseTableOptions(p);
  const partitioning = p.token === "PARTITION" ? parsePartitioning(p) : undefined;
  const duplicates = p.acceptOneOf("IGNORE", "REPLACE");
  const hasAs = p.accept("AS");
  const hasQuery = hasAs || duplicates !== undefined || startsQuery(p.token);
  const query = hasQuery ? p.grammar.query(p) : undefined;
  if (query?.into !== undefined) p.fail();
  return { ...start, elements, options, partitioning, duplicates, query };
}

const startsQuery = (token: string) =>
  token === "SELECT" || token === "WITH" || token === "VALUES" || token === "TABLE" || token === "(";

/** Stands at UNIQUE, FULLTEXT, SPATIAL, VECTOR or INDEX. */
export function parseCreateIndex(p: Parser, head: CreateHead, online: boolean): Bare<CreateIndex> {
  const found = parseIndexOnTable(p);
  return { kind: "CreateIndex", ...head, online, ...found, options: parseAlgorithmAndLock(p) };
}

/** ALGORITHM = INPLACE LOCK = NONE, in any order. */
export function parseAlgorithmAndLock(p: Parser): readonly Option[] {
  const options: Option[] = [];
  for (let option = acceptAlgorithmOrLock(p); option !== undefined; option = acceptAlgorithmOrLock(p))
    options.push(option);
  return options;
}

export function acceptAlgorithmOrLock(p: Parser): Option | undefined {
  const name = p.acceptOneOf("ALGORITHM", "LOCK");
  if (name === undefined) return undefined;
  p.accept("=");
  return wordOption(name, p.accept("DEFAULT") ? "DEFAULT" : p.identifier().toUpperCase());
}

/** Behind DROP; stands at INDEX. */
export function parseDropIndex(p: Parser, online: boolean): Bare<DropIndex> {
  p.expect("INDEX");
  const ifExists = p.rules.mariadb && acceptIfExists(p);
  const name = p.token === "PRIMARY" ? (p.next(), "PRIMARY") : p.identifier();
  p.expect("ON");
  const table = parseTableName(p);
  const wait = acceptLockWait(p);
  return {
    kind: "DropIndex",
    online,
    ifExists,
    name,
    table,
    wait,
    options: p.rules.mariadb ? [] : parseAlgorithmAndLock(p),
  };
}

/** Behind DROP; stands at TABLE or TABLES. */
export function parseDropTable(p: Parser, temporary: boolean): Bare<DropTable> {
  p.expectOneOf("TABLE", "TABLES");
  const ifExists = acceptIfExists(p);
  const tables = p.list(parseTableName);
  const wait = acceptLockWait(p);
  const behaviour = p.acceptOneOf("RESTRICT", "CASCADE");
  return { kind: "DropTable", temporary, ifExists, tables, wait, behaviour };
}

/** Behind RENAME; stands at TABLE or TABLES. */
export function parseRenameTables(p: Parser): Bare<RenameTables> {
  p.expectOneOf("TABLE", "TABLES");
  const ifExists = p.rules.mariadb && acceptIfExists(p);
  return { kind: "RenameTables", ifExists, pairs: p.list(parseRenamePair) };
}

function parseRenamePair(p: Parser): RenamePair {
  const from = parseTableName(p);
  const wait = acceptLockWait(p);
  p.expect("TO");
  return { kind: "RenamePair", from, wait, to: parseTableName(p) };
}

export function parseTruncate(p: Parser): Bare<TruncateTable> {
  p.expect("TRUNCATE");
  p.accept("TABLE");
  const table = parseTableName(p);
  return { kind: "TruncateTable", table, wait: acceptLockWait(p) };
}
