/** The shards' rows in one order, without the columns of the keys. */
import { type Answered, emptyTrailer, type MergeSort, type Run } from "../primitive.ts";
import { RowBatcher } from "../row-batcher.ts";
import { columnsPerKey, endOfCells, openSortedRows } from "./sorted-rows.ts";
import { routeCalls } from "./route.ts";

export async function* executeMergeSort({ input, keys }: MergeSort, run: Run): Answered {
  const sorted = await openSortedRows(run.sendEach(routeCalls(input, run)), keys);
  try {
    const shown = sorted.columns.slice(0, sorted.columns.length - keys.length * columnsPerKey);
    const out = new RowBatcher(shown);
    yield out.take(); // The first batch brings the columns.
    for await (const row of sorted.rows) {
      out.add(row.bytes, row.from, endOfCells(row, shown.length));
      if (out.isFull) yield out.take();
    }
    yield out.take();
    return emptyTrailer;
  } finally {
    await sorted.close();
  }
}
