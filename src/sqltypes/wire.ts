/**
 * Bytes as MySQL lays them out on the wire: little-endian integers, length-encoded integers and strings, strings that
 * end with a zero byte. A `WireReader` checks every length against what is there and throws `MalformedBytes` when a
 * peer's bytes lie; a `WireWriter` grows as needed. Neither is for row loops: those walk bytes in place.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_data_types.html
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";

/** A peer sent bytes that do not follow the protocol. */
export class MalformedBytes extends Error {
  override readonly name = "MalformedBytes";
}

export class WireReader {
  #bytes: Buffer;
  #end: number;
  at: number;

  /** Reads bytes[at, end). */
  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  /** Other bytes from now on: for who reads many small messages. */
  restart(bytes: Buffer, at: number, end: number): this {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
    return this;
  }

  get left(): number {
    return this.#end - this.at;
  }

  /** Moves on by `size` bytes and answers where they begin. */
  #take(size: number): number {
    const from = this.at;
    if (size > this.#end - from)
      throw new MalformedBytes(`wanted ${size} bytes at ${from}, but only ${this.#end - from} are there`);
    this.at = from + size;
    return from;
  }

  skip(size: number): void {
    this.#take(size);
  }
  /** The next byte, not consumed; -1 at the end. */
  peek(): number {
    return this.at < this.#end ? (this.#bytes[this.at] as number) : -1;
  }
  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }
  u16(): number {
    const from = this.#take(2);
    return (this.#bytes[from] as number) | ((this.#bytes[from + 1] as number) << 8);
  }
  u24(): number {
    const from = this.#take(3);
    const bytes = this.#bytes;
    return (bytes[from] as number) | ((bytes[from + 1] as number) << 8) | ((bytes[from + 2] as number) << 16);
  }
  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }
  u48(): number {
    return this.#bytes.readUIntLE(this.#take(6), 6);
  }
  f64(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  /** Exact: a number up to 2^53 - 1, decimal text above. */
  u64(): number | string {
    const from = this.#take(8);
    const high = this.#bytes.readUInt32LE(from + 4);
    if (high < 0x20_0000) return high * 2 ** 32 + this.#bytes.readUInt32LE(from);
    return this.#bytes.readBigUInt64LE(from).toString();
  }

  /** A length-encoded integer. */
  lenenc(): number | string {
    const first = this.u8();
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.u16();
    if (first === 0xfd) return this.u24();
    if (first === 0xfe) return this.u64();
    throw new MalformedBytes(`0x${first.toString(16)} begins no length`);
  }

  /** A length-encoded integer that counts something in memory. */
  lenencSize(): number {
    const size = this.lenenc();
    if (typeof size !== "number") throw new MalformedBytes(`a length of ${size}`);
    return size;
  }

  /** A view, not a copy. */
  view(size: number): Buffer {
    const from = this.#take(size);
    return this.#bytes.subarray(from, this.at);
  }
  lenencView(): Buffer {
    return this.view(this.lenencSize());
  }
  lenencText(): string {
    const size = this.lenencSize();
    if (size === 0) return "";
    const from = this.#take(size);
    return this.#bytes.toString("utf8", from, this.at);
  }
  /** A copy; nothing is allocated for nothing. */
  lenencCopy(): Buffer {
    const size = this.lenencSize();
    if (size === 0) return noBytes;
    const from = this.#take(size);
    const copy = Buffer.allocUnsafe(size);
    copyBytes(this.#bytes, from, from + size, copy, 0);
    return copy;
  }

  /** Up to the next zero byte, which is consumed. */
  zeroEndedView(): Buffer {
    const end = this.#bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.#end) throw new MalformedBytes("a string without its closing zero");
    const view = this.#bytes.subarray(this.at, end);
    this.at = end + 1;
    return view;
  }
  zeroEndedText(): string {
    return this.zeroEndedView().toString("utf8");
  }

  rest(): Buffer {
    return this.view(this.left);
  }
}

const noBytes = Buffer.alloc(0);

export class WireWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(sizeHint = 128) {
    this.#bytes = Buffer.allocUnsafe(sizeHint);
  }

  get size(): number {
    return this.#at;
  }

  #reserve(size: number): number {
    const from = this.#at;
    if (from + size > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, from + size));
      this.#bytes.copy(grown, 0, 0, from);
      this.#bytes = grown;
    }
    this.#at = from + size;
    return from;
  }

  u8(n: number): this {
    const at = this.#reserve(1);
    this.#bytes[at] = n;
    return this;
  }
  u16(n: number): this {
    const at = this.#reserve(2);
    this.#bytes[at] = n;
    this.#bytes[at + 1] = n >>> 8;
    return this;
  }
  u24(n: number): this {
    const at = this.#reserve(3);
    this.#bytes.writeUIntLE(n, at, 3);
    return this;
  }
  u32(n: number): this {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32LE(n, at);
    return this;
  }
  f64(n: number): this {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleLE(n, at);
    return this;
  }

  /** 64 bits; decimal text for what is above 2^53. */
  u64(n: number | string): this {
    const at = this.#reserve(8);
    if (typeof n === "string") this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(n)), at);
    else {
      assert(Number.isSafeInteger(n) && n >= 0, `${n} does not fit an unsigned 64-bit field exactly`);
      this.#bytes.writeUInt32LE(n % 2 ** 32, at);
      this.#bytes.writeUInt32LE(Math.floor(n / 2 ** 32), at + 4);
    }
    return this;
  }

  lenenc(n: number | string): this {
    if (typeof n === "string") return this.u8(0xfe).u64(n);
    if (n < 0xfb) return this.u8(n);
    if (n < 0x1_0000) return this.u8(0xfc).u16(n);
    if (n < 0x100_0000) return this.u8(0xfd).u24(n);
    return this.u8(0xfe).u64(n);
  }

  raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }
  zeros(size: number): this {
    const at = this.#reserve(size);
    this.#bytes.fill(0, at, at + size);
    return this;
  }
  text(text: string): this {
    const at = this.#reserve(Buffer.byteLength(text));
    this.#bytes.write(text, at);
    return this;
  }
  zeroEndedText(text: string): this {
    return this.text(text).u8(0);
  }
  lenencRaw(bytes: Uint8Array): this {
    return this.lenenc(bytes.length).raw(bytes);
  }
  lenencText(text: string): this {
    return this.lenenc(Buffer.byteLength(text)).text(text);
  }
  /** Forgets what was written; the memory stays. */
  reset(): this {
    this.#at = 0;
    return this;
  }
  /** Puts a number back in what is already written. */
  patchU32(at: number, n: number): this {
    assert(at + 4 <= this.#at, "a patch beyond what is written");
    this.#bytes.writeUInt32LE(n, at);
    return this;
  }
  /** The memory, of which the first `size` bytes are written: for who copies them at once. */
  get memory(): Buffer {
    return this.#bytes;
  }

  /** What was written. The writer must not be used again. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }
}
