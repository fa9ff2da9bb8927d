/**
 * Whole frames of the query link out of chunks that split anywhere. Memory for a frame grows with what arrives, never with
 * what its header promises; a frame above `payloadMax` is refused from its header on.
 */
import { MalformedBytes, WireReader } from "../sqltypes/wire.ts";
import { frameHeaderSize } from "./link-frames.ts";

/** `payload` is valid only during the call, and the same reader each time. */
export type OnFrame = (kind: number, stream: number, payload: WireReader) => void;

const firstRoom = 128 * 1024;

export class FrameAssembler {
  payloadMax: number;
  readonly #onFrame: OnFrame;
  #partial: Buffer = Buffer.alloc(0);
  #used = 0;
  readonly #payload = new WireReader(Buffer.alloc(0));

  constructor(payloadMax: number, onFrame: OnFrame) {
    this.payloadMax = payloadMax;
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let at = this.#used > 0 ? this.#fill(chunk, 0) : 0;
    while (chunk.length - at >= frameHeaderSize) {
      const end = at + frameHeaderSize + this.#checkedSize(chunk, at);
      if (end > chunk.length) break;
      const from = at;
      at = end;
      this.#emit(chunk, from, end);
    }
    if (at < chunk.length) this.#keep(chunk, at, chunk.length);
  }

  #checkedSize(bytes: Buffer, at: number): number {
    const size = bytes.readUInt32LE(at);
    if (size > this.payloadMax)
      throw new MalformedBytes(`a frame of ${size} bytes, over the limit of ${this.payloadMax}`);
    return size;
  }

  #emit(bytes: Buffer, from: number, end: number): void {
    const payload = this.#payload.restart(bytes, from + frameHeaderSize, end);
    this.#onFrame(bytes[from + 8] as number, bytes.readUInt32LE(from + 4), payload);
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    const size = to - from;
    if (this.#used + size > this.#partial.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(firstRoom, this.#partial.length * 2, this.#used + size));
      this.#partial.copy(grown, 0, 0, this.#used);
      this.#partial = grown;
    }
    chunk.copy(this.#partial, this.#used, from, to);
    this.#used += size;
  }

  /** Completes the frame under way; answers where the chunk's next frame begins. */
  #fill(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#used < frameHeaderSize) {
      const take = Math.min(frameHeaderSize - this.#used, chunk.length - at);
      this.#keep(chunk, at, at + take);
      at += take;
      if (this.#used < frameHeaderSize) return at;
    }
    const whole = frameHeaderSize + this.#checkedSize(this.#partial, 0);
    const take = Math.min(whole - this.#used, chunk.length - at);
    this.#keep(chunk, at, at + take);
    at += take;
    if (this.#used < whole) return at;
    this.#used = 0;
    const bytes = this.#partial;
    if (bytes.length > roomKeptMax) this.#partial = Buffer.alloc(0);
    this.#emit(bytes, 0, whole);
    return at;
  }
}

/** After a frame larger than this, its memory is given back. */
const roomKeptMax = 1024 * 1024;
