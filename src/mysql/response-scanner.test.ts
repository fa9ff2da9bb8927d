/** Answers cut anywhere come out the same: 1-byte chunks, random chunks, rows over 64 KiB and over 16 MiB, noise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Random, seededRandom } from "../base/random.ts";
import { encodeColumn, madeColumn } from "../sqltypes/column-packet.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import { textCells } from "../sqltypes/text-row.ts";
import { WireWriter } from "../sqltypes/wire.ts";
import { emptyTrailer, encodeError, encodeOk } from "./packets/answers.ts";
import { frontendCapabilities } from "./packets/capabilities.ts";
import { framePacket, packetCount } from "./packets/frame.ts";
import { ResponseScanner } from "./response-scanner.ts";

const columns = [madeColumn("a"), madeColumn("b")];

function answer(rows: readonly (readonly Buffer[])[], last: Buffer): Buffer {
  let sequence = 1;
  const packets: Buffer[] = [];
  const add = (payload: Buffer) => {
    packets.push(framePacket(payload, sequence));
    sequence += packetCount(payload.length);
  };
  add(Buffer.from([columns.length]));
  for (const column of columns) add(encodeColumn(column));
  for (const row of rows) {
    const to = new WireWriter();
    for (const cell of row) to.lenencRaw(cell);
    add(to.finish());
  }
  add(last);
  return Buffer.concat(packets);
}

const okEnd = encodeOk({ ...emptyTrailer, warnings: 3 }, frontendCapabilities, 0xfe);

function scan(bytes: Buffer, sizeOf: () => number) {
  const collector = new RowCollector(columns, "text");
  const seen: string[] = [];
  const scanner = new ResponseScanner({
    columns: ({ packets }) => seen.push(`columns ${packets.length}`),
    rows: (chunk) => collector.push(chunk),
    ok: (payload) => seen.push(`ok ${payload.toString("hex")}`),
    error: (payload) => seen.push(`error ${payload.toString("hex")}`),
    prepared: () => seen.push("prepared"),
  });
  scanner.begin("result");
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(1, sizeOf());
    scanner.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return { seen, cells: textCells(collector.take()), rowCount: scanner.rowCount, isIdle: scanner.isIdle };
}

function randomRows(random: Random): Buffer[][] {
  const count = random.below(40);
  return Array.from({ length: count }, () => [
    random.bytes(random.below(random.below(10) === 0 ? 70_000 : 300)),
    random.bytes(random.below(20)),
  ]);
}

test("every way to cut an answer gives the same rows", () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1e9);
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let round = 0; round < 60; round++) {
    const rows = randomRows(random);
    const last = random.below(4) === 0 ? encodeError(1317, "70100", "interrupted") : okEnd;
    const bytes = answer(rows, last);
    const cuts = [() => bytes.length, () => 1 + random.below(9), () => random.below(5000), () => 65_536];
    if (bytes.length < 20_000) cuts.push(() => 1);
    for (const cut of cuts) {
      const got = scan(bytes, cut);
      assert.deepEqual(got.cells, rows);
      assert.equal(got.rowCount, rows.length);
      assert.equal(got.isIdle, true);
      assert.deepEqual(got.seen, ["columns 2", `${last === okEnd ? "ok" : "error"} ${last.toString("hex")}`]);
    }
  }
});

test("a row of more than 16 MiB, whose packets begin like an end of rows", () => {
  const big = Buffer.alloc(0xff_ffff * 2 - 8 - 9, 0xfe);
  for (const size of [65_536, 100_000_000]) {
    const got = scan(
      answer(
        [
          [Buffer.from("x"), big],
          [big, Buffer.from("y")],
          [Buffer.from("z"), Buffer.alloc(0)],
        ],
        okEnd,
      ),
      () => size,
    );
    assert.equal(got.rowCount, 3);
    assert.equal(got.cells.length, 3);
    assert.ok(got.cells[0]?.[1]?.equals(big) && got.cells[1]?.[0]?.equals(big));
    assert.equal(got.cells[2]?.[0]?.toString(), "z");
  }
});

test("noise ends in an error or in rows, never in a hang or a crash of another kind", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 3000; round++) {
    const bytes = answer(randomRows(random).slice(0, 3), okEnd);
    for (let i = 0; i < 1 + random.below(4); i++) bytes[random.below(Math.min(bytes.length, 120))] = random.below(256);
    const scanner = new ResponseScanner({
      columns: () => {},
      rows: () => {},
      ok: () => {},
      error: () => {},
      prepared: () => {},
    });
    scanner.begin(random.below(2) === 0 ? "result" : "prepare");
    try {
      for (let at = 0; at < bytes.length; at += 100) scanner.push(bytes.subarray(at, at + 100));
    } catch (thrown) {
      assert.equal((thrown as Error).name, "MalformedBytes", String((thrown as Error).stack));
    }
  }
});
