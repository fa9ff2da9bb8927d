/** LIMIT over several shards: what the gateway keeps, and what each shard may stop at. */
import { compileValue } from "../../evalengine/compile.ts";
import type { ValueExpression } from "../../evalengine/value-expression.ts";
import type { Limit } from "../../sqlparser/ast/call.ts";
import type { Merge } from "../operator.ts";

export function limitOf({ count, offset, rowsExamined, withTies }: Limit): Merge["limit"] {
  if (count === undefined || rowsExamined !== undefined || withTies) return undefined;
  const zero: ValueExpression = { kind: "Constant", value: { type: "INT64", bytes: Buffer.from("0") } };
  const rows = compileValue(count);
  const skipped = offset === undefined ? zero : compileValue(offset);
  return rows === undefined || skipped === undefined ? undefined : { count: rows, offset: skipped };
}

/** What each shard may stop at: offset + count, where both are known; without an offset the count itself. */
export function shardLimit(
  { count, offset }: NonNullable<Merge["limit"]>,
  written: Limit | undefined,
): Limit | undefined {
  if (written === undefined || written.offset === undefined) return written;
  if (count.kind !== "Constant" || offset.kind !== "Constant") return undefined;
  const sum = BigInt(count.value.bytes?.toString() ?? "0") + BigInt(offset.value.bytes?.toString() ?? "0");
  return { ...written, offset: undefined, count: { kind: "Literal", type: "integer", text: sum.toString() } };
}
