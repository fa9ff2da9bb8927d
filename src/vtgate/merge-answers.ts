/**
 * Answers of several shards as one: their columns must agree, their counts add up.
 */
import { VtError } from "../base/errors.ts";
import type { Column, ResultTrailer } from "../sqltypes/result.ts";

/** Throws VT20012 where a shard's rows would mean something else under the first shard's columns. */
export function checkColumns(first: readonly Column[], other: readonly Column[], shard: string): void {
  if (first.length !== other.length)
    throw VtError.of("VT20012", shard, `it has ${other.length} columns, not ${first.length}`);
  for (const [i, column] of first.entries()) {
    const found = other[i];
    if (found === undefined || found === column) continue;
    if (found.name !== column.name) throw VtError.of("VT20012", shard, `column ${column.name} is named ${found.name}`);
    if (found.type !== column.type)
      throw VtError.of("VT20012", shard, `column ${column.name} is ${found.type}, not ${column.type}`);
    if (found.collation !== column.collation || found.decimals !== column.decimals)
      throw VtError.of("VT20012", shard, `column ${column.name} has another collation or scale`);
  }
}

export function addTrailers(a: ResultTrailer, b: ResultTrailer): ResultTrailer {
  return {
    affectedRows: a.affectedRows + b.affectedRows,
    lastInsertId: a.lastInsertId === 0 ? b.lastInsertId : a.lastInsertId,
    statusFlags: a.statusFlags | b.statusFlags,
    warnings: Math.min(a.warnings + b.warnings, 0xffff),
    info: addInfo(a.info, b.info),
    sessionState: Buffer.alloc(0),
  };
}

/** "Rows matched: 1  Changed: 1  Warnings: 0": numbers add up where the words are the same. */
function addInfo(a: string, b: string): string {
  if (a === "" || b === "") return a || b;
  const numbers = b.match(/\d+/g) ?? [];
  if (a.replaceAll(/\d+/g, "") !== b.replaceAll(/\d+/g, "")) return a;
  let i = 0;
  return a.replaceAll(/\d+/g, (n) => String(Number(n) + Number(numbers[i++] ?? 0)));
}
