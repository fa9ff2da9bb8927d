/**
 * Row packets (with headers) into row payloads (without): the way from a raw chunk to a `RowBatch`, for those who must
 * look into rows. Chunks end at a packet's end unless one packet is larger than a chunk; rows of 16 MiB and more come in
 * several packets. `take` answers the rows finished so far and starts anew.
 */
import type { Column, RowBatch, RowFormat } from "./result.ts";

const headerSize = 4;
const packetPayloadMax = 0xff_ffff;

export class RowCollector {
  readonly #columns: readonly Column[];
  readonly #format: RowFormat;
  #bytes: Buffer = Buffer.allocUnsafe(8192);
  #used = 0;
  #offsets: number[] = [0];
  /** Header bytes seen of the packet under way, and what its payload still lacks. */
  #headerUsed = 0;
  #left = 0;
  #packetSize = 0;
  #sizeBits = 0;

  constructor(columns: readonly Column[], format: RowFormat) {
    this.#columns = columns;
    this.#format = format;
  }

  /** Finished rows not yet taken. */
  get count(): number {
    return this.#offsets.length - 1;
  }
  /** Bytes held, those of an unfinished row included. */
  get size(): number {
    return this.#used;
  }

  push(chunk: Buffer): void {
    this.#room(chunk.length);
    let at = 0;
    const end = chunk.length;
    while (at < end) {
      if (this.#left === 0) {
        at = this.#header(chunk, at);
        continue;
      }
      const take = Math.min(this.#left, end - at);
      chunk.copy(this.#bytes, this.#used, at, at + take);
      this.#used += take;
      this.#left -= take;
      at += take;
      if (this.#left === 0) this.#endPacket();
    }
  }

  #header(chunk: Buffer, from: number): number {
    let at = from;
    while (this.#headerUsed < headerSize && at < chunk.length) {
      if (this.#headerUsed < 3) this.#sizeBits |= (chunk[at] as number) << (8 * this.#headerUsed);
      this.#headerUsed++;
      at++;
    }
    if (this.#headerUsed < headerSize) return at;
    this.#packetSize = this.#sizeBits;
    this.#left = this.#sizeBits;
    if (this.#left === 0) this.#endPacket();
    return at;
  }

  #endPacket(): void {
    this.#headerUsed = 0;
    this.#sizeBits = 0;
    if (this.#packetSize < packetPayloadMax) this.#offsets.push(this.#used);
  }

  #room(size: number): void {
    if (this.#used + size <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#used + size, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }

  /** The finished rows; an unfinished one stays. */
  take(): RowBatch {
    const end = this.#offsets.at(-1) ?? 0;
    const batch: RowBatch = {
      columns: this.#columns,
      format: this.#format,
      bytes: this.#bytes.subarray(0, end),
      offsets: this.#offsets,
      count: this.#offsets.length - 1,
    };
    const rest = this.#bytes.subarray(end, this.#used);
    this.#bytes = Buffer.allocUnsafe(Math.max(8192, rest.length));
    rest.copy(this.#bytes);
    this.#used = rest.length;
    this.#offsets = [0];
    return batch;
  }
}
