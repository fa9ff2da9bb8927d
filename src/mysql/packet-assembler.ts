/**
 * Whole payloads out of chunks that split anywhere: for commands that clients send and for the connection phase. A payload
 * over 16 MiB is put together from its packets. A payload above `payloadMax` (small before authentication) is refused
 * from its header on, before its bytes are kept. Answers with rows take `ResponseScanner` instead.
 */
import { MalformedBytes } from "../sqltypes/wire.ts";
import { packetPayloadMax } from "./packets/capabilities.ts";
import { packetHeaderSize, sizeAt } from "./packets/frame.ts";

/** Both are valid only during the call: copy what you keep. */
export type OnPayload = (payload: Buffer, sequence: number) => void;

/** What a peer sends may follow the protocol and still be too much. */
export class PayloadTooLarge extends MalformedBytes {}

export class PacketAssembler {
  payloadMax: number;
  readonly #onPayload: OnPayload;
  /** The packet that began in an earlier chunk: header and what came of its payload. */
  #partial: Buffer = empty;
  #partialUsed = 0;
  /** Full packets of a payload that goes on. */
  #parts: Buffer[] = [];
  #partsSize = 0;
  #isStopped = false;

  constructor(payloadMax: number, onPayload: OnPayload) {
    this.payloadMax = payloadMax;
    this.#onPayload = onPayload;
  }

  /** From now on nothing is called: what is left of the chunk is somebody else's. */
  stop(): void {
    this.#isStopped = true;
  }
  /** Takes chunks again, from the beginning of a packet. */
  restart(): void {
    this.#isStopped = false;
    this.#partialUsed = 0;
  }

  /** Takes a chunk; answers how many of its bytes were used (all, unless `stop` was called meanwhile). */
  push(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && !this.#isStopped) {
      if (this.#partialUsed > 0) at = this.#fill(chunk, at);
      else if (chunk.length - at < packetHeaderSize) return this.#keep(chunk, at);
      else {
        const size = sizeAt(chunk, at);
        this.#check(size);
        const end = at + packetHeaderSize + size;
        if (end > chunk.length) return this.#keep(chunk, at);
        const sequence = chunk[at + 3] ?? 0;
        const payload = chunk.subarray(at + packetHeaderSize, end);
        at = end;
        this.#packet(payload, sequence);
      }
    }
    return at;
  }

  #check(size: number): void {
    const total = this.#partsSize + size;
    if (total > this.payloadMax)
      throw new PayloadTooLarge(`a packet of ${total} bytes, over the limit of ${this.payloadMax}`);
  }

  #keep(chunk: Buffer, at: number): number {
    const left = chunk.length - at;
    const size = left >= packetHeaderSize ? packetHeaderSize + sizeAt(chunk, at) : packetHeaderSize;
    this.#room(Math.max(left, Math.min(size, firstRoom)));
    chunk.copy(this.#partial, 0, at);
    this.#partialUsed = left;
    return chunk.length;
  }

  /** Memory for a packet grows with what arrives, not with what its header promises. */
  #room(size: number): void {
    if (this.#partial.length >= size) return;
    const grown = Buffer.allocUnsafe(Math.max(size, this.#partial.length * 2));
    this.#partial.copy(grown, 0, 0, this.#partialUsed);
    this.#partial = grown;
  }

  #fill(chunk: Buffer, at: number): number {
    while (this.#partialUsed < packetHeaderSize && at < chunk.length) {
      this.#room(packetHeaderSize);
      this.#partial[this.#partialUsed++] = chunk[at++] ?? 0;
    }
    if (this.#partialUsed < packetHeaderSize) return at;
    const size = sizeAt(this.#partial, 0);
    this.#check(size);
    const take = Math.min(packetHeaderSize + size - this.#partialUsed, chunk.length - at);
    this.#room(this.#partialUsed + take);
    chunk.copy(this.#partial, this.#partialUsed, at, at + take);
    this.#partialUsed += take;
    if (this.#partialUsed < packetHeaderSize + size) return at + take;
    const whole = this.#partial;
    this.#partial = empty;
    this.#partialUsed = 0;
    this.#packet(whole.subarray(packetHeaderSize, packetHeaderSize + size), whole[3] ?? 0);
    return at + take;
  }

  #packet(payload: Buffer, sequence: number): void {
    if (payload.length === packetPayloadMax) {
      this.#parts.push(Buffer.from(payload));
      this.#partsSize += payload.length;
      return;
    }
    if (this.#partsSize === 0) return this.#onPayload(payload, sequence);
    const whole = Buffer.concat([...this.#parts, payload]);
    this.#parts = [];
    this.#partsSize = 0;
    this.#onPayload(whole, sequence);
  }
}

const empty = Buffer.alloc(0);
const firstRoom = 4096;
