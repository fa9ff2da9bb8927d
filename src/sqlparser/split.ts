/**
 * Cuts texts apart: a script into statements as the command-line client does (with DELIMITER), and a statement into its
 * margins and its middle. Quotes and comments are seen; nothing is parsed.
 */
import { type Environment, mysqlEnvironment } from "./environment.ts";
import { Lexer } from "./lexer.ts";
import { lexicalRules } from "./lexical-rules.ts";
import { commentEnd, lineEnd, scanQuoted } from "./scan.ts";

export interface ScriptPiece {
  /** Without its delimiter, without blanks and comments at its ends. */
  readonly text: string;
  /** Where it begins in the script. */
  readonly position: number;
  /** The line, from 1, on which it begins. */
  readonly line: number;
}

/** The statements of a script. A line `DELIMITER //` changes what ends them; empty statements are left out. */
export function* splitScript(script: string, environment: Environment = mysqlEnvironment): Iterable<ScriptPiece> {
  const { backslashEscapes } = lexicalRules(environment);
  let delimiter = ";";
  let start = -1; // Of the statement; -1 before its first character.
  let line = 1;
  let counted = 0;
  const piece = (from: number, to: number): ScriptPiece => {
    for (let at = script.indexOf("\n", counted); at >= 0 && at < from; at = script.indexOf("\n", at + 1)) line++;
    counted = from;
    return { text: script.slice(from, to).trimEnd(), position: from, line };
  };
  for (let at = 0; at < script.length; ) {
    const code = script.charCodeAt(at);
    if (start < 0 && isDelimiterCommand(script, at)) {
      const end = lineEnd(script, at);
      delimiter =
        script
          .slice(at + 10, end)
          .trim()
          .split(/\s/)[0] || delimiter;
      at = end + 1;
    } else if (script.startsWith(delimiter, at)) {
      if (start >= 0) yield piece(start, at);
      start = -1;
      at += delimiter.length;
    } else if (isBlank(code)) at++;
    else {
      const end = skipPiece(script, at, backslashEscapes);
      const isComment = end > at + 1 && code !== 39 && code !== 34 && code !== 96 && !isVersionComment(script, at);
      if (start < 0 && !isComment) start = at;
      at = end;
    }
  }
  if (start >= 0) yield piece(start, script.length);
}

const isBlank = (code: number) => code === 32 || (code >= 9 && code <= 13);

function isDelimiterCommand(script: string, at: number): boolean {
  if ((script.charCodeAt(at) | 32) !== 100) return false;
  return script.slice(at, at + 9).toLowerCase() === "delimiter" && isBlank(script.charCodeAt(at + 9));
}

const isVersionComment = (script: string, at: number) =>
  script.startsWith("/*!", at) || script.startsWith("/*M!", at) || script.startsWith("/*+", at);

/** The end of the quoted text or comment at `at`, or the next position. What has no end takes the rest. */
function skipPiece(script: string, at: number, backslashEscapes: boolean): number {
  const code = script.charCodeAt(at);
  if (code === 39 || code === 34 || code === 96) {
    const scanned = scanQuoted(script, at, code, backslashEscapes && code !== 96);
    return scanned < 0 ? script.length : scanned >>> 1;
  }
  if (code === 35) return lineEnd(script, at);
  if (code === 45 && script.charCodeAt(at + 1) === 45 && !(script.charCodeAt(at + 2) > 32)) return lineEnd(script, at);
  if (code !== 47 || script.charCodeAt(at + 1) !== 42) return at + 1;
  const end = commentEnd(script, at, false);
  return end < 0 ? script.length : end;
}

/** Comments and blanks around a statement, which stay out of its plan but travel to the server. */
export interface Margins {
  readonly leading: string;
  readonly statement: string;
  readonly trailing: string;
}

/**
 * Cuts off what stands before the first token and behind the last one. A semicolon at the end goes. A statement with
 * version comments, whose marks may stand at its ends, is left whole.
 */
export function splitMargins(source: string, environment: Environment = mysqlEnvironment): Margins {
  if (source.includes("/*!") || source.includes("/*M!")) return { leading: "", statement: source, trailing: "" };
  const lexer = new Lexer(source, lexicalRules(environment));
  lexer.next();
  const from = lexer.start;
  let to = from;
  let end = from;
  for (; lexer.token !== "end"; lexer.next()) {
    if (lexer.token !== ";") to = lexer.position;
    end = lexer.position;
  }
  return { leading: source.slice(0, from), statement: source.slice(from, to), trailing: source.slice(end) };
}
