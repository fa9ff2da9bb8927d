/**
 * The statements of an ApplySchema request. Scripts are split at semicolons outside quotes and comments; what is no
 * schema statement is refused before anything runs.
 */
import { VtError } from "../base/errors.ts";

const statementsMax = 10_000;

/** Every statement of the texts, without what stands around it. Throws when there is none, or one that is no DDL. */
export function schemaStatements(scripts: readonly string[]): readonly string[] {
  const statements = scripts.flatMap(splitStatements);
  if (statements.length === 0) throw VtError.of("VT23007", "sql");
  if (statements.length > statementsMax)
    throw VtError.of("VT23009", "schema change", `${statements.length} statements`, `at most ${statementsMax}`);
  for (const statement of statements)
    if (!/^(create|alter|drop|rename|truncate)\b/i.test(withoutComments(statement)))
      throw VtError.of("VT23009", "schema change", statement.slice(0, 80), "CREATE, ALTER, DROP, RENAME, TRUNCATE");
  return statements;
}

/** Splits a script; comments stay with their statement, empty statements vanish. */
export function splitStatements(script: string): readonly string[] {
  const statements: string[] = [];
  let from = 0;
  for (let at = 0; at <= script.length; ) {
    if (at === script.length || script[at] === ";") {
      const statement = script.slice(from, at).trim();
      if (withoutComments(statement) !== "") statements.push(statement);
      from = ++at;
    } else at = skipPiece(script, at);
  }
  return statements;
}

/** Where the piece at `at` ends: a quoted text, a comment, or one character. */
function skipPiece(script: string, at: number): number {
  const char = script[at];
  if (char === "'" || char === '"' || char === "`") return skipQuoted(script, at, char);
  if (char === "#" || /^--(\s|$)/.test(script.slice(at, at + 3))) return endOf(script, "\n", at);
  if (script.startsWith("/*", at)) return endOf(script, "*/", at + 2);
  return at + 1;
}

function skipQuoted(script: string, at: number, quote: string): number {
  for (let i = at + 1; i < script.length; i++) {
    if (script[i] === "\\" && quote !== "`") i++;
    else if (script[i] === quote) {
      if (script[i + 1] !== quote) return i + 1;
      i++;
    }
  }
  return script.length;
}

function endOf(script: string, mark: string, from: number): number {
  const found = script.indexOf(mark, from);
  return found < 0 ? script.length : found + mark.length;
}

/** The statement without leading comments. Version comments count as code. */
function withoutComments(statement: string): string {
  let rest = statement.trim();
  for (;;) {
    if (/^(#|--(\s|$))/.test(rest)) rest = rest.slice(endOf(rest, "\n", 0)).trim();
    else if (rest.startsWith("/*") && !/^\/\*M?!/.test(rest)) rest = rest.slice(endOf(rest, "*/", 2)).trim();
    else return rest.replace(/^\/\*M?!\d*\s*/, "");
  }
}
