/** Commands cut anywhere come out whole; what is too large is refused from its header on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/random.ts";
import { MalformedBytes } from "../sqltypes/wire.ts";
import { PacketAssembler } from "./packet-assembler.ts";
import { framePacket } from "./packets/frame.ts";

test("payloads come out as they went in", () => {
  const random = seededRandom(3);
  const payloads = Array.from({ length: 50 }, () => random.bytes(random.below(9000)));
  payloads.push(Buffer.alloc(0xff_ffff, 1), Buffer.alloc(0xff_ffff + 5, 2), Buffer.from("last"));
  const bytes = Buffer.concat(payloads.map((payload) => framePacket(payload, 0)));
  for (const size of [1000, 65_536, bytes.length]) {
    const got: Buffer[] = [];
    const assembler = new PacketAssembler(64 * 1024 * 1024, (payload) => got.push(Buffer.from(payload)));
    for (let at = 0; at < bytes.length; at += size) assembler.push(bytes.subarray(at, at + size));
    assert.equal(got.length, payloads.length);
    for (const [i, payload] of payloads.entries()) assert.ok(payload.equals(got[i] as Buffer), `payload ${i}`);
  }
});

test("1-byte chunks", () => {
  const got: string[] = [];
  const assembler = new PacketAssembler(100, (payload, sequence) => got.push(`${sequence}:${payload.toString()}`));
  for (const byte of Buffer.concat([
    framePacket(Buffer.from("abc"), 1),
    framePacket(Buffer.alloc(0), 2),
    framePacket(Buffer.from("d"), 3),
  ]))
    assembler.push(Buffer.from([byte]));
  assert.deepEqual(got, ["1:abc", "2:", "3:d"]);
});

test("too large is refused before its bytes come, also over several packets", () => {
  const assembler = new PacketAssembler(1000, () => {});
  assert.throws(() => assembler.push(Buffer.from([0xe9, 0x03, 0, 0])), MalformedBytes);
  const joining = new PacketAssembler(0xff_ffff + 10, () => {});
  joining.push(framePacket(Buffer.alloc(0xff_ffff), 0).subarray(0, 0xff_ffff + 4));
  assert.throws(() => joining.push(Buffer.from([11, 0, 0, 1])), MalformedBytes);
});

test("stop leaves the rest to somebody else", () => {
  const assembler = new PacketAssembler(100, () => assembler.stop());
  const bytes = Buffer.concat([framePacket(Buffer.from("one"), 0), framePacket(Buffer.from("two"), 0)]);
  assert.equal(assembler.push(bytes), 7);
});
