/**
 * A `Value` as SQL literal text, for putting binds into a statement. The text is built so that it means the same in every
 * sql_mode: strings with a backslash become hexadecimal literals with their character set named.
 *
 * The text is a JavaScript string that is sent as UTF-8: bytes that are no valid UTF-8 also become hexadecimal.
 */
import { isUtf8 } from "node:buffer";
import { MalformedBytes } from "./wire.ts";
import type { SqlType } from "./types.ts";
import type { Value } from "./value.ts";

const backslash = 0x5c;

export function literalText({ type, bytes }: Value): string {
  if (bytes === undefined) return "null";
  switch (type) {
    case "NULL_TYPE":
      return "null";
    case "VARBINARY":
    case "BINARY":
    case "BLOB":
    case "GEOMETRY":
    case "VECTOR":
      return binaryText(bytes);
    case "BIT":
      return `0x${bytes.toString("hex") || "00"}`;
    case "HEXNUM":
    case "HEXVAL":
    case "BITNUM":
      return checked(bytes, specialLiteral, type);
    case "EXPRESSION":
    case "TUPLE":
      throw new MalformedBytes(`a bind of type ${type} is no value`);
    default:
      return isNumber(type) ? checked(bytes, number, type) : stringText(bytes);
  }
}

const number = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const specialLiteral = /^(0x[0-9a-f]+|x'[0-9a-f]*'|0b[01]+|b'[01]*')$/i;

/** Text that goes in without quotes must be what its type says: it comes from a peer. */
function checked(bytes: Buffer, pattern: RegExp, type: SqlType): string {
  const text = bytes.toString("latin1");
  if (!pattern.test(text)) throw new MalformedBytes(`a bind of type ${type} that is none`);
  return text;
}

function isNumber(type: SqlType): boolean {
  return (
    type.startsWith("INT") ||
    type.startsWith("UINT") ||
    type.startsWith("FLOAT") ||
    type === "DECIMAL" ||
    type === "YEAR"
  );
}

/** Bytes as a string where that is harmless (it keeps comparisons with text columns usable), else hexadecimal. */
function binaryText(bytes: Buffer): string {
  return isPlain(bytes) ? `_binary'${escapeQuotes(bytes.toString("latin1"))}'` : `x'${bytes.toString("hex")}'`;
}

function stringText(bytes: Buffer): string {
  if (isPlain(bytes)) return `'${escapeQuotes(bytes.toString("latin1"))}'`;
  if (bytes.includes(backslash) || bytes.includes(0) || !isUtf8(bytes)) return `_utf8mb4 x'${bytes.toString("hex")}'`;
  return `'${escapeQuotes(bytes.toString("utf8"))}'`;
}

const escapeQuotes = (text: string) => (text.includes("'") ? text.replaceAll("'", "''") : text);

/** Printable ASCII without a backslash. */
function isPlain(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x20 || byte > 0x7e || byte === backslash) return false;
  }
  return true;
}
