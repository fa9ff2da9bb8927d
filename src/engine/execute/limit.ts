/** Passes on rows [offset, offset + count) of the input, then closes it. */
import { VtError } from "../../base/errors.ts";
import { evaluate, printValue, type ValueExpression } from "../../evalengine/value-expression.ts";
import type { ResultTrailer, RowBatch } from "../../sqltypes/result.ts";
import { type Answered, emptyTrailer, type Limit, rowCount, type Run } from "../primitive.ts";

export async function* executeLimit(node: Limit, run: Run): Answered {
  let skip = count(node.offset, run);
  let left = count(node.count, run);
  let trailer: ResultTrailer = emptyTrailer;
  const input = run.execute(node.input);
  try {
    for (let step = await input.next(); ; step = await input.next()) {
      if (step.done === true) {
        trailer = step.value;
        break;
      }
      const batch = step.value;
      const from = Math.min(skip, batch.count);
      const to = Math.min(from + left, batch.count);
      skip -= from;
      left -= to - from;
      yield slice(batch, from, to); // Even when empty: the first batch brings the columns.
      if (left === 0) break;
    }
  } finally {
    await input.return(trailer); // Ends the shards' streams where rows are left.
  }
  return trailer;
}

function count(expression: ValueExpression, run: Run): number {
  const value = evaluate(expression, run.binds);
  const n = rowCount(value);
  if (n === undefined) throw VtError.of("VT03025", `LIMIT ${printValue(value)}`);
  return n;
}

/** Some rows of a batch; the bytes are shared. */
function slice(batch: RowBatch, from: number, to: number): RowBatch {
  if (from === 0 && to === batch.count) return batch;
  return { ...batch, offsets: batch.offsets.slice(from, to + 1), count: to - from };
}
