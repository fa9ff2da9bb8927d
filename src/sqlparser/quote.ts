/** Quotes around names and texts: exactly those that are needed, so that reading them back gives the same. */
import { isReservedAnywhere } from "./keywords.ts";
import { isIdentifierCode } from "./scan.ts";

/** Words that are not reserved, and yet would be read as something else where a name may stand. */
const ambiguous: ReadonlySet<string> = new Set(
  (
    "ANY BEGIN BINLOG CAST CHARSET COUNT DATE END ESCAPE EXTRACT GLOBAL GROUP_CONCAT LOCAL MATCHED MEMBER MINUS NAMES NCHAR NEXT " +
    "PACKAGE PERSIST PERSIST_ONLY PREVIOUS QUICK SESSION SOME SOUNDS SQL_BUFFER_RESULT SQL_CACHE SQL_NO_CACHE SYSDATE TIME TIMESTAMP TRANSACTION VALUE"
  ).split(" "),
);

/** A name, in backticks where it needs them. */
export function quoteName(name: string): string {
  return isPlainName(name) && !ambiguous.has(name.toUpperCase()) ? name : `\`${name.replaceAll("`", "``")}\``;
}

function isPlainName(name: string): boolean {
  if (name.length === 0) return false;
  const first = name.charCodeAt(0);
  if (!isNameStart(first)) return false;
  for (let i = 1; i < name.length; i++)
    if (name.charCodeAt(i) >= 128 || !isIdentifierCode(name.charCodeAt(i))) return false;
  return !isReservedAnywhere(name) && !(first === 95 && name.length > 1);
}

const isNameStart = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;

/** 'text' with the escapes of the mode. */
export function quoteText(text: string, backslashEscapes: boolean): string {
  if (!backslashEscapes) return `'${text.replaceAll("'", "''")}'`;
  for (let i = 0; i < text.length; i++) if (escapeOf(text.charCodeAt(i)) !== "") return `'${escapeFrom(text, i)}'`;
  return `'${text}'`;
}

/** What stands for a character within quotes, or "" when it stands for itself. */
function escapeOf(code: number): string {
  switch (code) {
    case 0:
      return "\\0";
    case 10:
      return "\\n";
    case 13:
      return "\\r";
    case 26:
      return "\\Z";
    case 39:
      return "''";
    case 92:
      return "\\\\";
    default:
      return "";
  }
}

function escapeFrom(text: string, first: number): string {
  let escaped = "";
  let from = 0;
  for (let i = first; i < text.length; i++) {
    const escape = escapeOf(text.charCodeAt(i));
    if (escape === "") continue;
    escaped += text.slice(from, i) + escape;
    from = i + 1;
  }
  return escaped + text.slice(from);
}
