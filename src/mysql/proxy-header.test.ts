/** PROXY headers of both versions, whole, in pieces and wrong; which networks an address is in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { networkList } from "../base/network.ts";
import { seededRandom } from "../base/random.ts";
import { readProxyHeader } from "./proxy-header.ts";

const start = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const binary = (command: number, family: number, body: Buffer) =>
  Buffer.concat([start, Buffer.from([command, family, body.length >> 8, body.length & 0xff]), body]);

test("version 1", () => {
  const line = "PROXY TCP4 192.0.2.7 10.0.0.1 40000 3306\r\n";
  assert.deepEqual(readProxyHeader(Buffer.from(`${line}rest`)), { size: line.length, remoteAddress: "192.0.2.7" });
  for (let size = 0; size < line.length; size++)
    assert.equal(readProxyHeader(Buffer.from(line).subarray(0, size)), undefined);
  const six = Buffer.from("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n");
  assert.equal(readProxyHeader(six)?.remoteAddress, "2001:db8::1");
  assert.equal(readProxyHeader(Buffer.from("PROXY UNKNOWN\r\n"))?.remoteAddress, undefined);
  for (const wrong of [
    "PROXY TCP4 nobody 10.0.0.1 1 2\r\n",
    "PROXY TCP4 ::1 ::1 1 2\r\n",
    "PROXY TCP4 1.2.3.4\r\n",
    "PRAXY",
    `PROXY ${"x".repeat(200)}`,
  ])
    assert.throws(() => readProxyHeader(Buffer.from(wrong)), { name: "MalformedBytes" }, wrong);
});

test("version 2", () => {
  const four = binary(0x21, 0x11, Buffer.from([192, 0, 2, 7, 10, 0, 0, 1, 1, 2, 3, 4, 9, 9]));
  assert.deepEqual(readProxyHeader(four), { size: 30, remoteAddress: "192.0.2.7" });
  for (let size = 0; size < four.length; size++) assert.equal(readProxyHeader(four.subarray(0, size)), undefined);
  const six = Buffer.alloc(36);
  six.set([0x20, 0x01, 0x0d, 0xb8], 0);
  six[15] = 1;
  assert.equal(readProxyHeader(binary(0x21, 0x21, six))?.remoteAddress, "2001:db8:0:0:0:0:0:1");
  assert.deepEqual(readProxyHeader(binary(0x20, 0, Buffer.alloc(0))), { size: 16, remoteAddress: undefined });
  assert.equal(readProxyHeader(binary(0x21, 0x31, Buffer.alloc(216)))?.remoteAddress, undefined);
  for (const wrong of [
    binary(0x21, 0x11, Buffer.alloc(4)),
    binary(0x22, 0x11, Buffer.alloc(12)),
    binary(0x21, 0x11, Buffer.alloc(60_000)),
  ])
    assert.throws(() => readProxyHeader(wrong), { name: "MalformedBytes" });
});

test("noise is no header", () => {
  const random = seededRandom(5);
  for (let round = 0; round < 20_000; round++) {
    const noise = random.bytes(random.below(60));
    const bytes = random.below(2) === 0 ? Buffer.concat([start, noise]) : Buffer.concat([Buffer.from("PROXY "), noise]);
    try {
      readProxyHeader(bytes);
    } catch (thrown) {
      assert.equal((thrown as Error).name, "MalformedBytes");
    }
  }
});

test("networks", () => {
  const isInside = networkList(["10.0.0.0/8", "192.0.2.7", "fd00::/8"]);
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "fd00::1"]) assert.ok(isInside(address), address);
  for (const address of ["11.0.0.1", "192.0.2.8", "fe80::1", "", "nobody"]) assert.ok(!isInside(address), address);
  for (const wrong of ["10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/", "localhost", "10.0.0.0/8/8", "fd00::/129"])
    assert.throws(() => networkList([wrong]), /is no network/, wrong);
});
