/** Compressed frames: what one side writes the other reads, however it is cut; and frames that lie. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BatchedSocket } from "../base/socket.ts";
import { seededRandom } from "../base/random.ts";
import { type Codec, codecFor, CompressedReader, CompressedWriter, encodeFrame } from "./compression.ts";
import { capability } from "./packets/capabilities.ts";

const codecs: readonly [string, Codec][] = [
  ["zlib", codecFor(capability.compress, 0) as Codec],
  ["zstd", codecFor(capability.zstd, 22) as Codec],
];

interface Sent {
  readonly frames: Buffer[];
  isEnded: boolean;
}

/** A socket that keeps what is written. */
function keepingSocket(): { readonly socket: BatchedSocket; readonly sent: Sent } {
  const sent: Sent = { frames: [], isEnded: false };
  const writeOwned = (bytes: Buffer) => void sent.frames.push(Buffer.from(bytes));
  const end = () => (sent.isEnded = true);
  return { socket: { isClosed: false, isFull: false, writeOwned, end } as unknown as BatchedSocket, sent };
}

async function read(codec: Codec, chunks: readonly Buffer[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  let failure: Error | undefined;
  let resumed: (() => void) | undefined;
  const reader = new CompressedReader(codec, 2 ** 24, {
    bytes: (bytes) => void parts.push(Buffer.from(bytes)),
    pause: () => {},
    resume: () => resumed?.(),
    failed: (error) => {
      failure = error;
      resumed?.();
    },
  });
  let waits = 0;
  for (const chunk of chunks) reader.push(chunk);
  while (failure === undefined && waits++ < 50) {
    const before = parts.length;
    await new Promise<void>((resolve) => {
      resumed = resolve;
      setTimeout(resolve, 5);
    });
    if (parts.length === before && waits > 20) break;
  }
  if (failure !== undefined) throw failure;
  return Buffer.concat(parts);
}

for (const [name, codec] of codecs) {
  test(`${name}: written in all sizes, read in all pieces`, async () => {
    const random = seededRandom(3);
    const { socket, sent } = keepingSocket();
    const writer = new CompressedWriter(socket, codec, () => {});
    const written: Buffer[] = [];
    for (let i = 0; i < 60; i++) {
      const size = i === 20 ? 3_000_000 : random.below(i % 10 === 0 ? 100_000 : 200);
      const bytes = i % 3 === 0 ? random.bytes(size) : Buffer.alloc(size, "abc");
      written.push(bytes);
      const at = i % 2 === 0 ? writer.reserve(size) : -1;
      if (at >= 0) bytes.copy(writer.batch, at);
      else writer.writeOwned(Buffer.from(bytes));
    }
    writer.end();
    while (!sent.isEnded) await new Promise(setImmediate);
    for (const [i, frame] of sent.frames.entries()) assert.equal(frame[3], i & 0xff);
    const all = Buffer.concat(sent.frames);
    const chunks: Buffer[] = [];
    for (let at = 0; at < all.length; ) {
      const size = 1 + random.below(30_000);
      chunks.push(all.subarray(at, at + size));
      at += size;
    }
    assert.ok((await read(codec, chunks)).equals(Buffer.concat(written)));
  });

  test(`${name}: a large frame is inflated beside the event loop, what follows comes after it`, async () => {
    const large = Buffer.alloc(5_000_000, "xyz");
    const frames = [encodeFrame(large, 0, codec), encodeFrame(Buffer.from("after"), 1, codec)];
    const all = await read(codec, [Buffer.concat(frames)]);
    assert.ok(all.equals(Buffer.concat([large, Buffer.from("after")])));
  });

  test(`${name}: frames that lie about their size, or are noise, end the connection`, async () => {
    const honest = encodeFrame(Buffer.alloc(200_000, "a"), 0, codec);
    for (const size of [100, 199_999, 200_001, 2 ** 24 - 1]) {
      const lying = Buffer.from(honest);
      lying.writeUIntLE(size, 4, 3);
      await assert.rejects(async () => read(codec, [lying]), { name: "MalformedBytes" }, String(size));
    }
    const random = seededRandom(8);
    for (let round = 0; round < 2000; round++) {
      const noisy = Buffer.from(honest);
      for (let i = 0; i < 1 + random.below(5); i++) noisy[random.below(noisy.length)] = random.below(256);
      const reader = new CompressedReader(codec, 2 ** 20, {
        bytes: (bytes) => assert.ok(bytes.length <= 2 ** 20),
        pause: () => {},
        resume: () => {},
        failed: (error) => assert.equal(error.name, "MalformedBytes"),
      });
      try {
        reader.push(noisy);
      } catch (thrown) {
        assert.equal((thrown as Error).name, "MalformedBytes");
      }
      reader.close();
    }
  });
}
