/** CREATE, ALTER and DROP: what follows the verb decides which family reads on. */
import type { Bare } from "../ast/commented.ts";
import type { PlainStatement } from "../ast.ts";
import type { Account } from "../ast/schema.ts";
import type { Keyword } from "../keywords.ts";
import type { Token } from "../token.ts";
import { parseAdministration } from "./administration.ts";
import { parseAlterTable } from "./alter-table.ts";
import { parseAlterDatabase, parseCreateDatabase, parseDropDatabase } from "./database.ts";
import { parseAlterEvent, parseCreateEvent, parseCreateTrigger } from "./event.ts";
import { parseCreateIndex, parseCreateTable, parseDropIndex, parseDropTable } from "./create-table.ts";
import { acceptIfExists, parseAccount, parseProgramName } from "./names.ts";
import { parseCreatePackage } from "./package.ts";
import type { Parser } from "./parser.ts";
import { parseAlterRoutine, parseCreateRoutine } from "./routine.ts";
import { parseAlterSequence, parseCreateSequence, parseDropSequence } from "./sequence.ts";
import { parseAlterMigration, parseAlterVSchema } from "./vitess-ddl.ts";
import { parseDropView, parseView, type ViewHead } from "./view.ts";

/** What may stand between CREATE and the word that says what is created. */
export interface DefinitionHead {
  readonly replace: boolean;
  readonly definer: Account | undefined;
}

export function parseCreate(p: Parser): Bare<PlainStatement> {
  p.expect("CREATE");
  const replace = p.acceptPair("OR", "REPLACE");
  if (isAdministered(p)) {
    if (replace && !p.rules.mariadb && p.token !== "SPATIAL") p.fail();
    return parseAdministration(p, replace ? ["CREATE", "OR", "REPLACE"] : ["CREATE"]);
  }
  const head = { replace };
  switch (p.token) {
    case "TABLE":
      return parseCreateTable(p, head, false);
    case "TEMPORARY":
      p.next();
      if (p.rules.mariadb && p.is("SEQUENCE")) return parseCreateSequence(p, replace, true);
      return parseCreateTable(p, head, true);
    case "UNIQUE":
    case "FULLTEXT":
    case "SPATIAL":
    case "INDEX":
      return parseCreateIndex(p, head, false);
    case "VECTOR":
      return p.rules.mariadb ? parseCreateIndex(p, head, false) : p.fail();
    case "ONLINE":
      if (!p.rules.mariadb) p.fail();
      p.next();
      return parseCreateIndex(p, head, true);
    case "DATABASE":
    case "SCHEMA":
      return parseCreateDatabase(p, head);
    case "SEQUENCE":
      return p.rules.mariadb ? parseCreateSequence(p, replace, false) : p.fail();
    default:
      return parseCreateProgram(p, head);
  }
}

/** Views and stored programs: ALGORITHM, DEFINER and SQL SECURITY may stand first. */
function parseCreateProgram(p: Parser, head: Omit<DefinitionHead, "definer">): Bare<PlainStatement> {
  const algorithm = acceptAlgorithm(p);
  const materialized = acceptMaterialized(p);
  const definer = acceptDefiner(p);
  const security = acceptSecurity(p);
  const view: ViewHead = { ...head, definer, algorithm, materialized, security, alter: false };
  const isView = materialized || algorithm !== undefined || security !== undefined;
  if (isView || p.token === "VIEW" || p.token === "JSON") return parseView(p, view);
  const program: DefinitionHead = { ...head, definer };
  p.inProgram = true;
  switch (p.token) {
    case "TRIGGER":
      return parseCreateTrigger(p, program);
    case "EVENT":
      return parseCreateEvent(p, program);
    case "PROCEDURE":
    case "AGGREGATE":
    case "FUNCTION":
      return parseCreateRoutine(p, program);
    case "PACKAGE":
      return hasPackages(p) ? parseCreatePackage(p, program) : p.fail();
    default:
      return p.fail();
  }
}

/** Outside of sql_mode=ORACLE, packages came with MariaDB 11.4. */
const hasPackages = (p: Parser) => p.rules.mariadb && (p.rules.oracle || p.rules.version >= 110400);

/** ALGORITHM = MERGE, or nothing. */
function acceptAlgorithm(p: Parser): ViewHead["algorithm"] {
  if (!p.accept("ALGORITHM")) return undefined;
  p.expect("=");
  return p.expectOneOf("UNDEFINED", "MERGE", "TEMPTABLE");
}

const acceptMaterialized = (p: Parser) => !p.rules.mariadb && p.accept("MATERIALIZED");

/** DEFINER = account, or nothing. */
function acceptDefiner(p: Parser): Account | undefined {
  if (p.token !== "DEFINER") return undefined;
  p.next();
  p.expect("=");
  return parseAccount(p);
}

/** SQL SECURITY DEFINER, or nothing. */
function acceptSecurity(p: Parser): ViewHead["security"] {
  if (!p.acceptPair("SQL", "SECURITY")) return undefined;
  return p.expectOneOf("DEFINER", "INVOKER");
}

/** Words behind CREATE, ALTER and DROP whose statements are tables of words (administration.ts). */
const administered: ReadonlySet<Token> = new Set<Keyword>([
  "USER",
  "ROLE",
  "SERVER",
  "TABLESPACE",
  "UNDO",
  "LOGFILE",
  "RESOURCE",
  "INSTANCE",
  "LIBRARY",
]);

function isAdministered(p: Parser): boolean {
  if (p.token === "SPATIAL") return p.peek() === "REFERENCE"; // And not CREATE SPATIAL INDEX.
  return administered.has(p.token);
}

export function parseAlter(p: Parser): Bare<PlainStatement> {
  p.expect("ALTER");
  if (isAdministered(p)) return parseAdministration(p, ["ALTER"]);
  switch (p.token) {
    case "TABLE":
      return parseAlterTable(p, false, false);
    case "ONLINE":
    case "IGNORE": {
      if (!p.rules.mariadb) p.fail();
      const online = p.accept("ONLINE");
      return parseAlterTable(p, online, p.accept("IGNORE"));
    }
    case "DATABASE":
    case "SCHEMA":
      return parseAlterDatabase(p);
    case "PROCEDURE":
    case "FUNCTION":
      return parseAlterRoutine(p);
    case "SEQUENCE":
      return p.rules.mariadb ? parseAlterSequence(p) : p.fail();
    case "VSCHEMA":
      return parseAlterVSchema(p);
    case "VITESS_MIGRATION":
      return parseAlterMigration(p);
    default: {
      const algorithm = acceptAlgorithm(p);
      const materialized = acceptMaterialized(p);
      const definer = acceptDefiner(p);
      if (p.is("EVENT") && algorithm === undefined && !materialized) return parseAlterEvent(p, definer);
      const security = acceptSecurity(p);
      return parseView(p, { replace: false, definer, algorithm, materialized, security, alter: true });
    }
  }
}

export function parseDrop(p: Parser): Bare<PlainStatement> {
  p.expect("DROP");
  if (isAdministered(p)) return parseAdministration(p, ["DROP"]);
  switch (p.token) {
    case "TABLE":
    case "TABLES":
      return parseDropTable(p, false);
    case "TEMPORARY":
      p.next();
      if (p.rules.mariadb && p.is("SEQUENCE")) return parseDropSequence(p, true);
      return parseDropTable(p, true);
    case "INDEX":
      return parseDropIndex(p, false);
    case "ONLINE":
      if (!p.rules.mariadb) p.fail();
      p.next();
      return parseDropIndex(p, true);
    case "DATABASE":
    case "SCHEMA":
      return parseDropDatabase(p);
    case "VIEW":
      return parseDropView(p);
    case "SEQUENCE":
      return p.rules.mariadb ? parseDropSequence(p, false) : p.fail();
    case "PREPARE":
      p.next();
      return { kind: "Deallocate", name: p.identifier() };
    case "PROCEDURE":
    case "FUNCTION":
    case "TRIGGER":
    case "EVENT":
      return parseDropProgram(p, p.token);
    case "PACKAGE":
      return hasPackages(p) ? parseDropProgram(p, "PACKAGE") : p.fail();
    default:
      return p.fail();
  }
}

function parseDropProgram(
  p: Parser,
  word: "PROCEDURE" | "FUNCTION" | "TRIGGER" | "EVENT" | "PACKAGE",
): Bare<PlainStatement> {
  p.next();
  const what = word === "PACKAGE" && p.accept("BODY") ? "PACKAGE BODY" : word;
  const ifExists = acceptIfExists(p);
  return { kind: "DropProgram", what, ifExists, name: parseProgramName(p) };
}
