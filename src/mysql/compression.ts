/**
 * The compressed protocol: after the login every byte travels in frames of a header (size, sequence number, size before
 * compression; 0 where the bytes are not compressed) and a body. Packets and frames do not fall together: a frame may hold
 * many packets, and a packet many frames.
 *
 * - `CompressedWriter` stands where the socket stood. Answers are compressed in pieces of at most 64 KiB, a few a turn of the
 *   event loop, so that a large answer holds up nobody.
 * - `CompressedReader` inflates what comes, never beyond what a frame's header says, which is capped.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_compression_packet.html
 */
import * as zlib from "node:zlib";
import type { BatchedSocket } from "../base/socket.ts";
import { MalformedBytes } from "../sqltypes/wire.ts";
import { capability } from "./packets/capabilities.ts";

export type CompressionAlgorithm = "zlib" | "zstd";

/** What this Node can do; zstd came late. */
export const compressionAlgorithms: readonly CompressionAlgorithm[] =
  typeof zlib.zstdCompressSync === "function" ? ["zlib", "zstd"] : ["zlib"];

export function compressionCapabilities(algorithms: readonly CompressionAlgorithm[]): number {
  return (algorithms.includes("zlib") ? capability.compress : 0) | (algorithms.includes("zstd") ? capability.zstd : 0);
}

/** Compresses and inflates whole bodies. */
export interface Codec {
  compress(bytes: Buffer): Buffer;
  /** Throws where there is more than `sizeMax`. */
  inflate(bytes: Buffer, sizeMax: number): Buffer;
  inflateLater(bytes: Buffer, sizeMax: number, done: (error: Error | null, bytes: Buffer) => void): void;
}

/** As a server chooses where a client could do both. */
export function codecFor(capabilities: number, zstdLevel: number): Codec | undefined {
  if ((capabilities & capability.compress) !== 0) return zlibCodec;
  return (capabilities & capability.zstd) === 0 ? undefined : zstdCodec(zstdLevel);
}

const zlibCodec: Codec = {
  compress: (bytes) => zlib.deflateSync(bytes),
  inflate: (bytes, maxOutputLength) => zlib.inflateSync(bytes, { maxOutputLength }),
  inflateLater: (bytes, maxOutputLength, done) => zlib.inflate(bytes, { maxOutputLength }, done),
};

/** Higher levels take too long for an event loop. */
const zstdLevelMax = 9;
/** A frame is at most 16 MiB: a larger window is nobody's need. */
const zstdWindowLogMax = 24;

function zstdCodec(level: number): Codec {
  const { ZSTD_c_compressionLevel, ZSTD_d_windowLogMax } = zlib.constants;
  const writing = { params: { [ZSTD_c_compressionLevel]: Math.min(Math.max(level, 1), zstdLevelMax) } };
  const params = { [ZSTD_d_windowLogMax]: zstdWindowLogMax };
  return {
    compress: (bytes) => zlib.zstdCompressSync(bytes, writing),
    inflate: (bytes, maxOutputLength) => zlib.zstdDecompressSync(bytes, { params, maxOutputLength }),
    inflateLater: (bytes, maxOutputLength, done) => zlib.zstdDecompress(bytes, { params, maxOutputLength }, done),
  };
}

const frameHeaderSize = 7;
/** Smaller bodies travel as they are. */
const compressedBytesMin = 50;
/** Bytes before compression of one frame that we send. */
const frameBytesMax = 64 * 1024;
/** Compressed in one turn of the event loop. */
const turnBytesMax = 128 * 1024;
const queuedBytesMax = 1024 * 1024;
const batchSize = 32 * 1024;

/** What answers are written to: a socket, or what stands before it. */
export type PacketSocket = Pick<BatchedSocket, "reserve" | "batch" | "writeOwned" | "isFull">;

export class CompressedWriter implements PacketSocket {
  readonly #socket: BatchedSocket;
  readonly #codec: Codec;
  readonly #drained: () => void;
  /** Bytes to send; a number is that of the frame that follows. */
  #queue: (Buffer | number)[] = [];
  #queuedBytes = 0;
  #sequence = 0;
  #batch: Buffer = noBytes;
  #used = 0;
  #isScheduled = false;
  #wasFull = false;
  #isEnding = false;

  /** `drained`: what made it full has been handed to the socket. */
  constructor(socket: BatchedSocket, codec: Codec, drained: () => void) {
    this.#socket = socket;
    this.#codec = codec;
    this.#drained = drained;
  }

  /** The frames of the next answer are numbered from `sequence` on. */
  begin(sequence: number): void {
    this.#gather();
    this.#queue.push(sequence);
  }

  get isFull(): boolean {
    const isFull = this.#socket.isFull || this.#queuedBytes + this.#used > queuedBytesMax;
    if (isFull) this.#wasFull = true;
    return isFull;
  }
  get batch(): Buffer {
    return this.#batch;
  }

  reserve(size: number): number {
    if (this.#socket.isClosed) return -1;
    if (this.#used + size > batchSize) this.#gather();
    if (size > batchSize) return -1;
    if (this.#batch.length === 0) this.#batch = Buffer.allocUnsafeSlow(batchSize);
    this.#schedule();
    const at = this.#used;
    this.#used += size;
    return at;
  }

  writeOwned(bytes: Buffer): void {
    if (this.#socket.isClosed) return;
    this.#gather();
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#schedule();
  }

  /** Closes when all is sent. */
  end(): void {
    this.#isEnding = true;
    this.#schedule();
  }

  #gather(): void {
    if (this.#used === 0) return;
    this.#queue.push(this.#batch.subarray(0, this.#used));
    this.#queuedBytes += this.#used;
    this.#batch = noBytes;
    this.#used = 0;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#pump());
  }

  #pump(): void {
    this.#isScheduled = false;
    this.#gather();
    let left = turnBytesMax;
    while (left > 0 && this.#queue.length > 0 && !this.#socket.isClosed) left -= this.#sendNext();
    if (this.#queue.length > 0 && !this.#socket.isClosed) return this.#schedule();
    if (this.#isEnding) return this.#socket.end();
    if (!this.#wasFull || this.isFull) return;
    this.#wasFull = false;
    this.#drained();
  }

  /** Answers how many bytes that took. */
  #sendNext(): number {
    const next = this.#queue[0] as Buffer | number;
    if (typeof next === "number") {
      this.#queue.shift();
      this.#sequence = next;
      return 0;
    }
    const piece = next.subarray(0, frameBytesMax);
    if (piece.length === next.length) this.#queue.shift();
    else this.#queue[0] = next.subarray(frameBytesMax);
    this.#queuedBytes -= piece.length;
    this.#socket.writeOwned(encodeFrame(piece, this.#sequence, this.#codec));
    this.#sequence = (this.#sequence + 1) & 0xff;
    return piece.length;
  }
}

export function encodeFrame(bytes: Buffer, sequence: number, codec: Codec): Buffer {
  const body = bytes.length < compressedBytesMin ? bytes : codec.compress(bytes);
  const isSmaller = body.length < bytes.length;
  const sent = isSmaller ? body : bytes;
  const frame = Buffer.allocUnsafe(frameHeaderSize + sent.length);
  frame.writeUIntLE(sent.length, 0, 3);
  frame[3] = sequence;
  frame.writeUIntLE(isSmaller ? bytes.length : 0, 4, 3);
  sent.copy(frame, frameHeaderSize);
  return frame;
}

export interface ReaderPorts {
  /** Bytes of packets, valid only during the call; `sequence` is that of their frame. */
  bytes(bytes: Buffer, sequence: number): void;
  /** No more chunks until `resume`: one frame is inflated beside the event loop. */
  pause(): void;
  resume(): void;
  failed(error: Error): void;
}

/** Larger frames are inflated beside the event loop. */
const inflatedNowMax = 256 * 1024;

export class CompressedReader {
  /** The most that one frame may say it holds. */
  frameMax: number;
  readonly #codec: Codec;
  readonly #ports: ReaderPorts;
  #kept: Buffer = noBytes;
  #used = 0;
  #isWaiting = false;
  #isClosed = false;

  constructor(codec: Codec, frameMax: number, ports: ReaderPorts) {
    this.#codec = codec;
    this.frameMax = frameMax;
    this.#ports = ports;
  }

  close(): void {
    this.#isClosed = true;
    this.#kept = noBytes;
    this.#used = 0;
  }

  push(chunk: Buffer): void {
    if (this.#isClosed) return;
    if (this.#used > 0 || this.#isWaiting) {
      this.#keep(chunk);
      if (!this.#isWaiting) this.#readKept();
      return;
    }
    const at = this.#readFrames(chunk);
    if (at < chunk.length) this.#keep(chunk.subarray(at));
  }

  #readKept(): void {
    if (this.#used < this.#wanted()) return;
    const kept = this.#kept.subarray(0, this.#used);
    this.#kept = noBytes;
    this.#used = 0;
    this.push(kept);
  }

  /** Bytes of the frame that is kept, as far as its header tells. */
  #wanted(): number {
    if (this.#used < frameHeaderSize) return frameHeaderSize;
    return frameHeaderSize + this.#kept.readUIntLE(0, 3);
  }

  /** Memory grows with what arrives, not with what a header promises. */
  #keep(chunk: Buffer): void {
    const size = this.#used + chunk.length;
    if (size > this.#kept.length) {
      const grown = Buffer.allocUnsafe(Math.max(size, this.#kept.length * 2));
      this.#kept.copy(grown, 0, 0, this.#used);
      this.#kept = grown;
    }
    chunk.copy(this.#kept, this.#used);
    this.#used = size;
  }

  /** Answers where the first frame begins that is not whole. */
  #readFrames(chunk: Buffer): number {
    let at = 0;
    while (chunk.length - at >= frameHeaderSize && !this.#isWaiting && !this.#isClosed) {
      const size = chunk.readUIntLE(at, 3);
      const inflated = chunk.readUIntLE(at + 4, 3);
      if (Math.max(size, inflated) > this.frameMax)
        throw new MalformedBytes(`a frame of ${Math.max(size, inflated)} bytes, over the limit of ${this.frameMax}`);
      const from = at + frameHeaderSize;
      if (chunk.length < from + size) return at;
      at = from + size;
      this.#frame(chunk.subarray(from, at), chunk[from - 4] ?? 0, inflated);
    }
    return this.#isClosed ? chunk.length : at;
  }

  #frame(body: Buffer, sequence: number, inflated: number): void {
    if (inflated === 0) return this.#ports.bytes(body, sequence);
    if (inflated > inflatedNowMax) return this.#inflateLater(Buffer.from(body), sequence, inflated);
    let bytes: Buffer;
    try {
      bytes = this.#codec.inflate(body, inflated);
    } catch (thrown) {
      throw malformed(thrown);
    }
    this.#ports.bytes(checked(bytes, inflated), sequence);
  }

  #inflateLater(body: Buffer, sequence: number, inflated: number): void {
    this.#isWaiting = true;
    this.#ports.pause();
    this.#codec.inflateLater(body, inflated, (error, bytes) => {
      if (this.#isClosed) return;
      this.#isWaiting = false;
      try {
        if (error !== null) throw malformed(error);
        this.#ports.bytes(checked(bytes, inflated), sequence);
        this.#readKept();
      } catch (thrown) {
        return this.#ports.failed(thrown as Error);
      }
      if (!this.#isWaiting) this.#ports.resume();
    });
  }
}

function malformed(thrown: unknown): MalformedBytes {
  return new MalformedBytes(`a frame that does not inflate: ${thrown instanceof Error ? thrown.message : ""}`);
}

function checked(bytes: Buffer, size: number): Buffer {
  if (bytes.length !== size) throw new MalformedBytes(`a frame of ${bytes.length} bytes that said ${size}`);
  return bytes;
}

const noBytes = Buffer.alloc(0);
