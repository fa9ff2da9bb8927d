/** Columns, text rows, binary rows, row batches and literals: there and back, and noise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/random.ts";
import { binaryText, decodeBinaryRow, writeBinaryRow } from "./binary-row.ts";
import { decodeColumn, encodeColumn, madeColumn } from "./column-packet.ts";
import { literalText } from "./literal.ts";
import { RowCollector } from "./row-bytes.ts";
import { findTextCells, textBatch, textCells } from "./text-row.ts";
import { type SqlType, sqlTypes } from "./types.ts";
import { integerValue, nullValue, textValue } from "./value.ts";
import { WireReader, WireWriter } from "./wire.ts";

test("column packets there and back, for every type that travels", () => {
  for (const [type, { wire }] of Object.entries(sqlTypes)) {
    if (wire < 0) continue;
    const flags = type === "ENUM" ? 256 : type === "SET" ? 2048 : 0;
    const made = madeColumn("é", type as SqlType);
    const column = { ...made, flags: made.flags | flags, table: "t", orgTable: "o", database: "d", orgName: "n" };
    assert.deepEqual(decodeColumn(encodeColumn(column)), column);
  }
  const random = seededRandom(6);
  for (let round = 0; round < 10_000; round++)
    try {
      decodeColumn(random.bytes(random.below(60)));
    } catch (thrown) {
      assert.equal((thrown as Error).name, "MalformedBytes");
    }
});

test("binary rows there and back", () => {
  const types: SqlType[] = [
    "INT8",
    "UINT8",
    "INT64",
    "UINT64",
    "FLOAT64",
    "FLOAT32",
    "DATE",
    "DATETIME",
    "TIME",
    "VARCHAR",
    "YEAR",
    "DECIMAL",
  ];
  const columns = types.map((type) => ({
    ...madeColumn(type, type),
    decimals: type === "DATETIME" || type === "TIME" ? 6 : 31,
  }));
  const cells = [
    "-128",
    "255",
    "-9223372036854775808",
    "18446744073709551615",
    "-0.25",
    "1.5",
    "2024-02-29",
    "2024-02-29 00:00:00.000001",
    "-838:59:59.000000",
    "é",
    "1999",
    "1.50",
  ];
  const to = new WireWriter();
  writeBinaryRow(
    to,
    columns,
    cells.map((cell) => Buffer.from(cell)),
  );
  const full = to.size;
  writeBinaryRow(
    to,
    columns,
    cells.map(() => null),
  );
  const batch = { columns, format: "binary" as const, bytes: to.finish(), offsets: [0, full, to.size], count: 2 };
  assert.deepEqual(binaryText(batch), [cells, cells.map(() => null)]);
  const random = seededRandom(8);
  for (let round = 0; round < 10_000; round++)
    try {
      decodeBinaryRow(columns, random.bytes(random.below(80)));
    } catch (thrown) {
      assert.equal((thrown as Error).name, "MalformedBytes", String((thrown as Error).stack));
    }
});

test("text rows there and back; a row that lies is refused", () => {
  const columns = [madeColumn("a"), madeColumn("b")];
  const long = "x".repeat(70_000);
  const rows = [
    ["1", null],
    ["", long],
    ["é", "2"],
  ];
  const batch = textBatch(columns, rows);
  assert.deepEqual(
    textCells(batch).map((row) => row.map((cell) => cell?.toString() ?? null)),
    rows,
  );
  const random = seededRandom(2);
  const cells = new Int32Array(8);
  for (let round = 0; round < 10_000; round++) {
    const bytes = random.bytes(random.below(30));
    try {
      findTextCells(bytes, 0, bytes.length, 4, cells);
      for (let i = 0; i < 4; i++) assert.ok((cells[2 * i] ?? 0) + Math.max(0, cells[2 * i + 1] ?? 0) <= bytes.length);
    } catch (thrown) {
      assert.equal((thrown as Error).name, "MalformedBytes", String((thrown as Error).stack));
    }
  }
});

test("a collector gives up finished rows only", () => {
  const collector = new RowCollector([madeColumn("a")], "text");
  const row = Buffer.from([4, 0, 0, 1, 3, 0x61, 0x62, 0x63]);
  collector.push(Buffer.concat([row, row.subarray(0, 6)]));
  assert.equal(collector.take().count, 1);
  assert.equal(collector.count, 0);
  collector.push(row.subarray(6));
  assert.deepEqual(
    textCells(collector.take()).map(([cell]) => cell?.toString()),
    ["abc"],
  );
});

test("literals", () => {
  assert.equal(literalText(textValue("it's")), "'it''s'");
  assert.equal(literalText(textValue("é")), "'é'");
  assert.equal(literalText(textValue("a\\")), "_utf8mb4 x'615c'");
  assert.equal(literalText({ type: "VARCHAR", bytes: Buffer.from([0xff]) }), "_utf8mb4 x'ff'");
  assert.equal(literalText({ type: "VARBINARY", bytes: Buffer.from("abc") }), "_binary'abc'");
  assert.equal(literalText({ type: "VARBINARY", bytes: Buffer.from([0]) }), "x'00'");
  assert.equal(literalText(integerValue(-7)), "-7");
  assert.equal(literalText({ type: "DECIMAL", bytes: Buffer.from("1.50") }), "1.50");
  assert.equal(literalText(nullValue), "null");
  for (const type of ["INT64", "DECIMAL", "HEXNUM", "BITNUM"] as const)
    assert.throws(() => literalText({ type, bytes: Buffer.from("1 or 1=1") }), { name: "MalformedBytes" });
});

test("numbers on the wire", () => {
  const numbers = [
    0,
    250,
    251,
    65_535,
    65_536,
    2 ** 24,
    2 ** 32,
    2 ** 53 - 1,
    "9007199254740992",
    "18446744073709551615",
  ];
  const to = new WireWriter(1);
  for (const n of numbers) to.lenenc(n);
  const from = new WireReader(to.finish());
  assert.deepEqual(
    numbers.map(() => from.lenenc()),
    numbers,
  );
  assert.throws(() => from.u8(), { name: "MalformedBytes" });
});
