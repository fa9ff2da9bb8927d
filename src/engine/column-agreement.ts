/** Columns of several shards under one head must mean the same. */
import { VtError } from "../base/errors.ts";
import type { Column } from "../sqltypes/result.ts";

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
    if (found.collation !== column.collation || (found.decimals !== column.decimals && hasScale(column)))
      throw VtError.of("VT20012", shard, `column ${column.name} has another collation or scale`);
  }
}

/** Of text the number says how the server came by it (31, 39, 0: by a temporary table or not), and nothing of the rows. */
const hasScale = ({ type }: Column) => scaled.has(type);
const scaled: ReadonlySet<string> = new Set(["DECIMAL", "FLOAT32", "FLOAT64", "TIME", "DATETIME", "TIMESTAMP"]);
