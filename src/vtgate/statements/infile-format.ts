/** How the lines of a file are read, as FIELDS and LINES of LOAD DATA say. What is left out is refused by name. */
import { ServerError, VtError } from "../../base/errors.ts";
import type { LoadFile } from "../../sqlparser/ast/dml.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Environment } from "../../sqlparser/environment.ts";
import { encodeText } from "../../sqlparser/source.ts";
import type { InfileFormat } from "../infile-rows.ts";

export function infileFormat(
  { fileFormat: given, ignoreCount }: LoadFile,
  { sqlMode }: Environment,
): Omit<InfileFormat, "fieldsMax" | "rowBytesMax"> {
  if (given?.escapedBy === undefined && sqlMode.includes("NO_BACKSLASH_ESCAPES"))
    throw VtError.of("VT12001", "LOAD DATA LOCAL without ESCAPED BY under NO_BACKSLASH_ESCAPES");
  const fieldsTerminatedBy = bytesOf(given?.fieldsTerminatedBy, "\t");
  const linesTerminatedBy = bytesOf(given?.linesTerminatedBy, "\n");
  if (fieldsTerminatedBy.length === 0 || linesTerminatedBy.length === 0)
    throw VtError.of("VT12001", "LOAD DATA LOCAL of lines or fields that nothing ends");
  if (fieldsTerminatedBy.equals(linesTerminatedBy))
    throw VtError.of("VT12001", "LOAD DATA LOCAL of lines that end as fields do");
  return {
    fieldsTerminatedBy,
    enclosedBy: byteOf(given?.enclosedBy, ""),
    escapedBy: byteOf(given?.escapedBy, "\\"),
    linesStartingBy: bytesOf(given?.linesStartingBy, ""),
    linesTerminatedBy,
    linesIgnored: Number(ignoreCount ?? 0),
  };
}

function bytesOf(expression: Expression | undefined, usual: string): Buffer {
  if (expression === undefined) return Buffer.from(usual);
  if (expression.kind === "Literal") {
    const { type, text } = expression;
    if (type === "string") return encodeText(text);
    if (type === "hexString" || type === "hexNumber") return Buffer.from(text.replace(/^0x/i, ""), "hex");
  }
  throw VtError.of("VT12001", "LOAD DATA LOCAL with a terminator that is no plain literal");
}

function byteOf(expression: Expression | undefined, usual: string): number {
  const bytes = bytesOf(expression, usual);
  if (bytes.length > 1)
    throw new ServerError(1083, "42000", "Field separator argument is not what is expected; check the manual");
  return bytes[0] ?? -1;
}
