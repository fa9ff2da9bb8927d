/** The shards' rows in one order, without the columns of the keys. */
import type { Answered, MergeSort, Run } from "../primitive.ts";
import { RowBatcher } from "../row-batcher.ts";
import { columnsPerKey, elsewhere, endOfCells, openSortedRows } from "./sorted-rows.ts";
import { routeCalls } from "./route.ts";

export async function* executeMergeSort({ input, keys, otherwise }: MergeSort, run: Run): Answered {
  const sorted = await openSortedRows(routeCalls(input, run), keys, run);
  try {
    if (!sorted.isMergeable) {
      await sorted.close();
      return yield* run.execute(elsewhere(otherwise, sorted.columns));
    }
    const shown = sorted.columns.slice(0, sorted.columns.length - keys.length * columnsPerKey);
    const out = new RowBatcher(shown);
    yield out.take(); // The first batch brings the columns.
    for await (const row of sorted.rows) {
      out.add(row.bytes, row.from, endOfCells(row, shown.length));
      if (out.isFull) yield out.take();
    }
    yield out.take();
    return sorted.trailer();
  } finally {
    await sorted.close();
  }
}
