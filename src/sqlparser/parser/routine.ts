/** Procedures and functions: heads, parameters, characteristics. Their bodies are read by program.ts. */
import type { Bare } from "../ast/commented.ts";
import type {
  AlterRoutine,
  CreateLoadableFunction,
  CreateRoutine,
  LibraryUse,
  Parameter,
  RoutineOptions,
} from "../ast/schema.ts";
import type { DataType } from "../ast/table.ts";
import type { DefinitionHead } from "./create.ts";
import { acceptIfNotExists, parseProgramName, parseTableName } from "./names.ts";
import type { Parser } from "./parser.ts";
import { parseBody } from "./program.ts";
import { parseProgramType } from "./program-type.ts";

/** Stands at PROCEDURE, AGGREGATE or FUNCTION. A function of a library has no parentheses. */
export function parseCreateRoutine(p: Parser, head: DefinitionHead): Bare<CreateRoutine | CreateLoadableFunction> {
  const { replace, definer } = head;
  const aggregate = p.accept("AGGREGATE");
  const what = aggregate ? p.expectOneOf("FUNCTION") : p.expectOneOf("PROCEDURE", "FUNCTION");
  const ifNotExists = acceptIfNotExists(p);
  const name = parseProgramName(p);
  if (what === "FUNCTION" && p.token === "RETURNS" && name.schema === undefined)
    return parseLoadable(p, { replace, aggregate, ifNotExists, name: name.name });
  if (aggregate && !p.rules.mariadb) p.fail();
  const start = { kind: "CreateRoutine", what, replace, definer, aggregate, ifNotExists, name } as const;
  const parameters = parseParameters(p, what);
  const returns = what === "FUNCTION" ? parseReturns(p) : undefined;
  const options = parseRoutineOptions(p);
  if (!p.rules.mariadb && p.accept("AS"))
    return { ...start, parameters, returns, options, body: undefined, source: parseSource(p) };
  return { ...start, parameters, returns, options, body: parseBody(p), source: undefined };
}

/** RETURNS INT SONAME 'library' */
function parseLoadable(
  p: Parser,
  head: Omit<Bare<CreateLoadableFunction>, "kind" | "returns" | "library">,
): Bare<CreateLoadableFunction> {
  p.expect("RETURNS");
  const word = p.expectOneOf("STRING", "REAL", "INT", "INTEGER", "DECIMAL");
  p.expect("SONAME");
  const returns = word === "INTEGER" ? "INT" : word;
  return { kind: "CreateLoadableFunction", ...head, returns, library: p.string() };
}

/** RETURNS type */
export function parseReturns(p: Parser): DataType {
  p.expect("RETURNS");
  return parseProgramType(p);
}

const dollars = /\$[A-Za-z0-9_\u0080-\uffff]*\$/y;

/** MySQL 9: the text of another language, in quotes or between dollars: $$ … $$, $tag$ … $tag$. */
export function parseSource(p: Parser): string {
  if (p.token === "string") return p.string();
  dollars.lastIndex = p.start;
  const [mark] = dollars.exec(p.source) ?? [];
  const from = p.start + (mark?.length ?? 0);
  const to = mark === undefined ? -1 : p.source.indexOf(mark, from);
  if (mark === undefined || to < 0) return p.fail();
  const text = p.source.slice(from, to);
  p.position = to + mark.length; // What stands between was no token.
  p.next();
  return text;
}

/** (IN a INT, OUT b TEXT) */
export function parseParameters(p: Parser, what: "PROCEDURE" | "FUNCTION"): readonly Parameter[] {
  return p.parenthesized((inside) =>
    inside.token === ")" ? [] : inside.list((each) => parseParameter(each, what === "PROCEDURE")),
  );
}

function parseParameter(p: Parser, isProcedure: boolean): Parameter {
  const mode = isProcedure || p.rules.mariadb ? p.acceptOneOf("IN", "OUT", "INOUT") : undefined;
  const name = p.identifier();
  const type = parseProgramType(p);
  const hasDefault = p.rules.mariadb && p.rules.version >= 110800 && p.accept("DEFAULT");
  return { kind: "Parameter", mode, name, type, default: hasDefault ? p.grammar.expression(p) : undefined };
}

type Writable = { -readonly [F in keyof RoutineOptions]: RoutineOptions[F] };

/** COMMENT 'x' LANGUAGE SQL NOT DETERMINISTIC READS SQL DATA SQL SECURITY INVOKER, in any order; the last one counts. */
export function parseRoutineOptions(p: Parser, takesDeterministic = true): RoutineOptions {
  const options: Writable = {
    kind: "RoutineOptions",
    comment: undefined,
    language: undefined,
    deterministic: undefined,
    access: undefined,
    security: undefined,
    libraries: [],
  };
  for (;;) {
    const isDeterministic = p.token === "DETERMINISTIC" || p.token === "NOT";
    if ((isDeterministic && !takesDeterministic) || !acceptRoutineOption(p, options)) break;
  }
  return options;
}

function acceptRoutineOption(p: Parser, options: Writable): boolean {
  switch (p.token) {
    case "COMMENT":
      p.next();
      options.comment = p.string();
      return true;
    case "LANGUAGE":
      p.next();
      options.language = p.rules.mariadb
        ? p.expectOneOf("SQL")
        : (p.acceptOneOf("SQL") ?? p.identifier().toUpperCase());
      return true;
    case "DETERMINISTIC":
      p.next();
      options.deterministic = true;
      return true;
    case "NOT":
      if (!p.acceptPair("NOT", "DETERMINISTIC")) p.fail();
      options.deterministic = false;
      return true;
    case "CONTAINS":
    case "NO":
      options.access = p.expectOneOf("CONTAINS", "NO") === "NO" ? "NO SQL" : "CONTAINS SQL";
      p.expect("SQL");
      return true;
    case "READS":
    case "MODIFIES":
      options.access = `${p.expectOneOf("READS", "MODIFIES")} SQL DATA`;
      p.expect("SQL");
      p.expect("DATA");
      return true;
    case "SQL":
      if (!p.acceptPair("SQL", "SECURITY")) p.fail();
      options.security = p.expectOneOf("DEFINER", "INVOKER");
      return true;
    case "USING":
      if (p.rules.mariadb || options.libraries.length > 0) p.fail();
      p.next();
      options.libraries = p.parenthesized((inside) => inside.list(parseLibraryUse));
      return true;
    default:
      return false;
  }
}

/** schema.library AS alias */
function parseLibraryUse(p: Parser): LibraryUse {
  const library = parseTableName(p);
  return { kind: "LibraryUse", library, alias: p.accept("AS") ? p.identifier() : p.acceptIdentifier() };
}

/** Behind ALTER. */
export function parseAlterRoutine(p: Parser): Bare<AlterRoutine> {
  const what = p.expectOneOf("PROCEDURE", "FUNCTION");
  const name = parseProgramName(p);
  const options = parseRoutineOptions(p, false);
  return { kind: "AlterRoutine", what, name, options };
}
