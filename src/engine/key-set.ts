/** The different whole numbers of a column, as long as they are few. NULL joins nothing and is left out. */
import type { RowBatch } from "../sqltypes/result.ts";
import { findTextCells, nullSize } from "../sqltypes/text-row.ts";
import { isIntegral } from "../sqltypes/types.ts";
import type { Value } from "../sqltypes/value.ts";

const keysMax = 2_000;

export class KeySet {
  readonly #found = new Map<string, Value>();
  #isUseless = false;

  /** Undefined: too many, or no whole numbers, which alone are equal by every comparison that may join them. */
  get values(): readonly Value[] | undefined {
    return this.#isUseless ? undefined : [...this.#found.values()];
  }

  /** Takes the values of the column by its name in small letters. */
  add({ columns, bytes, offsets, count }: RowBatch, name: string): void {
    const at = columns.findIndex((column) => column.name.toLowerCase() === name);
    const type = columns[at]?.type;
    if (type === undefined || !isIntegral(type) || type === "YEAR") this.#isUseless = true;
    if (this.#isUseless || type === undefined) return;
    const cells = new Int32Array(2 * columns.length);
    for (let row = 0; row < count; row++) {
      findTextCells(bytes, offsets[row] as number, offsets[row + 1] as number, columns.length, cells);
      const size = cells[2 * at + 1] as number;
      if (size === nullSize) continue;
      const begin = cells[2 * at] as number;
      const text = bytes.toString("latin1", begin, begin + size);
      if (!this.#found.has(text)) this.#found.set(text, { type, bytes: Buffer.from(text) });
      if (this.#found.size > keysMax) this.#isUseless = true;
    }
  }
}
