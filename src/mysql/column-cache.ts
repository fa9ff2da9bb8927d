/**
 * Column definitions seen before on this connection. The same statement brings the same packets each time; comparing
 * bytes is cheaper than decoding them, and equal results then share one `Column[]`.
 */
import { decodeColumn } from "../sqltypes/column-packet.ts";
import type { Column } from "../sqltypes/result.ts";

export interface DecodedColumns {
  readonly columns: readonly Column[];
  readonly packets: readonly Buffer[];
}

const entriesMax = 64;

export class ColumnCache {
  /** By count and first packet's length: a cheap guess that the bytes then confirm. */
  readonly #entries = new Map<number, DecodedColumns>();

  decode(packets: readonly Buffer[]): DecodedColumns {
    const guess = packets.length * 4096 + (packets[0]?.length ?? 0) * 4 + ((packets.at(-1)?.length ?? 0) & 3);
    const found = this.#entries.get(guess);
    if (found !== undefined && isSame(found.packets, packets)) return found;
    const fresh: DecodedColumns = { columns: packets.map(decodeColumn), packets };
    if (this.#entries.size >= entriesMax) this.#entries.clear();
    this.#entries.set(guess, fresh);
    return fresh;
  }
}

function isSame(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!(a[i] as Buffer).equals(b[i] as Buffer)) return false;
  return true;
}
