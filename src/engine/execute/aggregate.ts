/**
 * Combines the shards' groups: rows of a group follow each other (or all are one group), and each column combines by
 * itself. Sums are exact: integers and decimals are added digit for digit. What does not combine so (sums of floating
 * point, the least of texts) is left to the primitive that the plan holds for it, or refused.
 */
import { VtError } from "../../base/errors.ts";
import type { Column } from "../../sqltypes/result.ts";
import { nullSize, writeTextRow } from "../../sqltypes/text-row.ts";
import { isIntegral } from "../../sqltypes/types.ts";
import { WireWriter } from "../../sqltypes/wire.ts";
import { type CellRow, valueComparison } from "../compare.ts";
import { type Aggregate, type Answered, type Combine, type Run } from "../primitive.ts";
import { RowBatcher } from "../row-batcher.ts";
import { elsewhere, openSortedRows } from "./sorted-rows.ts";
import { routeCalls } from "./route.ts";

export async function* executeAggregate({ input, keys, columns, otherwise }: Aggregate, run: Run): Answered {
  const sorted = await openSortedRows(routeCalls(input, run), keys, run);
  try {
    const shown = sorted.columns.slice(0, columns.length);
    if (!sorted.isMergeable || !shown.every((column, i) => combines(columns[i] as Combine, column))) {
      await sorted.close();
      return yield* run.execute(elsewhere(otherwise, sorted.columns));
    }
    const out = new RowBatcher(shown);
    yield out.take(); // The first batch brings the columns.
    let group: Group | undefined;
    for await (const row of sorted.rows) {
      if (group !== undefined && keys.length > 0 && sorted.compare(row, group.first) !== 0) {
        group.write(out);
        group = undefined;
        if (out.isFull) yield out.take();
      }
      if (group === undefined) group = new Group(shown, columns, row);
      else group.add(row);
    }
    group?.write(out);
    yield out.take();
    return sorted.trailer();
  } finally {
    await sorted.close();
  }
}

function combines(combine: Combine, { type }: Column): boolean {
  if (combine === "first") return true;
  const isNumber = isIntegral(type) || type === "DECIMAL";
  return isNumber || ((combine === "min" || combine === "max") && !unordered.test(type));
}

const unordered = /CHAR|TEXT|BLOB|BINARY|ENUM|SET|JSON|GEOMETRY|VECTOR/;

/** One group under way: the first row (copied, for the stream goes on) and a cell for each column. */
class Group {
  readonly first: CellRow;
  readonly #columns: readonly Column[];
  readonly #combine: readonly Combine[];
  readonly #cells: (Buffer | null)[];

  constructor(columns: readonly Column[], combine: readonly Combine[], row: CellRow) {
    this.first = { bytes: Buffer.from(row.bytes), cells: row.cells.slice() };
    this.#columns = columns;
    this.#combine = combine;
    this.#cells = columns.map((_, i) => cellOf(this.first, i));
  }

  add(row: CellRow): void {
    for (const [i, combine] of this.#combine.entries()) {
      if (combine === "first") continue;
      const cell = cellOf(row, i);
      if (cell === null) continue;
      const have = this.#cells[i] ?? null;
      const column = this.#columns[i] as Column;
      this.#cells[i] = have === null ? Buffer.from(cell) : combined(combine, have, cell, column);
    }
  }

  write(out: RowBatcher): void {
    const to = new WireWriter(64);
    writeTextRow(to, this.#cells);
    const bytes = to.finish();
    out.add(bytes, 0, bytes.length);
  }
}

function cellOf({ bytes, cells }: CellRow, i: number): Buffer | null {
  const size = cells[2 * i + 1] as number;
  const at = cells[2 * i] as number;
  return size === nullSize ? null : bytes.subarray(at, at + size);
}

function combined(combine: Combine, a: Buffer, b: Buffer, column: Column): Buffer {
  if (combine === "min" || combine === "max") {
    if (unordered.test(column.type))
      throw VtError.of("VT12001", `${combine.toUpperCase()} of text over several shards`);
    const order = valueComparison(column)(a, 0, a.length, b, 0, b.length);
    return (combine === "min" ? order <= 0 : order >= 0) ? a : Buffer.from(b);
  }
  if (!isIntegral(column.type) && column.type !== "DECIMAL")
    throw VtError.of("VT12001", `SUM of ${column.type} over several shards`);
  return addDecimals(a.toString("latin1"), b.toString("latin1"));
}

/** The exact sum of two decimal texts, with as many digits behind the point as the longer has. */
export function addDecimals(a: string, b: string): Buffer {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const sum = unscaled(a, scale) + unscaled(b, scale);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(scale + 1, "0");
  const sign = sum < 0n ? "-" : "";
  if (scale === 0) return Buffer.from(sign + digits);
  return Buffer.from(`${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
}

function scaleOf(text: string): number {
  const dot = text.indexOf(".");
  return dot < 0 ? 0 : text.length - dot - 1;
}

function unscaled(text: string, scale: number): bigint {
  return BigInt(text.replace(".", "") + "0".repeat(scale - scaleOf(text)));
}
