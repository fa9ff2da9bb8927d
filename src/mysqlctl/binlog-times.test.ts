/** First and last transaction of a binary log, from event headers made by hand. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { disk } from "../base/disk.ts";
import { readBinlogTimes } from "./binlog-times.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "vt-b-"));
});
after(() => rmSync(folder, { recursive: true }));

const [formatEvent, queryEvent, gtidEvent, mariadbGtidEvent] = [15, 2, 33, 162];
function event(seconds: number, type: number, bodySize: number): Buffer {
  const bytes = Buffer.alloc(19 + bodySize);
  bytes.writeUInt32LE(seconds, 0);
  bytes.writeUInt8(type, 4);
  bytes.writeUInt32LE(bytes.length, 9);
  return bytes;
}
function write(...parts: Buffer[]): string {
  const path = join(folder, "bin.000001");
  writeFileSync(path, Buffer.concat(parts));
  return path;
}
const magic = Buffer.from([0xfe, 0x62, 0x69, 0x6e]);

test("other events do not count; both flavours' transactions do", () => {
  const path = write(
    magic,
    event(5, formatEvent, 90),
    event(10, gtidEvent, 20),
    event(11, queryEvent, 9),
    event(20, mariadbGtidEvent, 19),
    event(30, queryEvent, 0),
  );
  assert.deepEqual(readBinlogTimes(path, disk), { first: 10, last: 20 });
  assert.deepEqual(readBinlogTimes(write(magic, event(5, formatEvent, 90)), disk), {
    first: undefined,
    last: undefined,
  });
});

test("half an event at the end is passed over; what is no log is refused", () => {
  assert.deepEqual(readBinlogTimes(write(magic, event(1, gtidEvent, 4), Buffer.alloc(7)), disk), { first: 1, last: 1 });
  assert.throws(() => readBinlogTimes(write(Buffer.from("hello, world")), disk), /is no binary log/);
  assert.throws(() => readBinlogTimes(write(magic, Buffer.alloc(19)), disk), /is damaged at byte 4/);
});
