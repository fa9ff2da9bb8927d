/**
 * Walks raw row packets without looking into them: counts rows, and tells whether a chunk ended inside a row. Two shards'
 * chunks may be mixed only between rows. A row of 16 MiB or more comes in several packets, all full but the last.
 */

const headerSize = 4;
const packetPayloadMax = 0xff_ffff;

export class RowWalk {
  rows = 0;
  #left = 0;
  #headerUsed = 0;
  #size = 0;
  #isContinued = false;

  get isInsideRow(): boolean {
    return this.#left > 0 || this.#headerUsed > 0 || this.#isContinued;
  }

  push(chunk: Buffer): void {
    const end = chunk.length;
    let at = 0;
    while (at < end) {
      if (!this.isInsideRow) at = this.#wholeRows(chunk, at);
      if (at === end) return;
      if (this.#left > 0) {
        const taken = Math.min(this.#left, end - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#endPacket();
        continue;
      }
      const byte = chunk[at++] as number;
      if (this.#headerUsed === 0) this.#size = 0;
      if (this.#headerUsed < 3) this.#size |= byte << (8 * this.#headerUsed);
      if (++this.#headerUsed < headerSize) continue;
      this.#headerUsed = 0;
      this.#left = this.#size;
      if (this.#left === 0) this.#endPacket();
    }
  }

  /** Steps over the rows that are whole; answers where it stopped. */
  #wholeRows(chunk: Buffer, from: number): number {
    const end = chunk.length;
    let at = from;
    while (end - at >= headerSize) {
      const size = (chunk[at] as number) | ((chunk[at + 1] as number) << 8) | ((chunk[at + 2] as number) << 16);
      const next = at + headerSize + size;
      if (next > end || size === packetPayloadMax) break;
      this.rows++;
      at = next;
    }
    return at;
  }

  #endPacket(): void {
    this.#isContinued = this.#size === packetPayloadMax;
    if (!this.#isContinued) this.rows++;
  }
}
