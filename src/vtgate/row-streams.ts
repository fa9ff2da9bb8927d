/** Batches of rows on their way to the client: as it asked for them, or unread. */
import type { Answered } from "../engine/primitive.ts";
import { writeBinaryRow } from "../sqltypes/binary-row.ts";
import type { ResultTrailer, RowBatch, RowFormat } from "../sqltypes/result.ts";
import { textCells } from "../sqltypes/text-row.ts";
import { WireWriter } from "../sqltypes/wire.ts";

/** Executors work on text rows; prepared statements answer binary ones. */
export function inFormat(batch: RowBatch, format: RowFormat): RowBatch {
  if (batch.format === format || format === "text") return batch;
  const to = new WireWriter(batch.bytes.length + 16);
  const offsets = [0];
  for (const cells of textCells(batch)) {
    writeBinaryRow(to, batch.columns, cells);
    offsets.push(to.size);
  }
  return { columns: batch.columns, format, bytes: to.finish(), offsets, count: batch.count };
}

/** Lets the rows go. */
export async function trailerOf(answered: Answered): Promise<ResultTrailer> {
  for (;;) {
    const step = await answered.next();
    if (step.done === true) return step.value;
  }
}

/** Reads the rest, whatever comes of it. */
export async function drained(rows: AsyncIterator<RowBatch>): Promise<void> {
  try {
    while ((await rows.next()).done !== true);
  } catch {
    // Who asked has another error to tell, or needs no more rows.
  }
}
