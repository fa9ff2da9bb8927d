/** Rows by hand are what generated code reads and writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { BindVariableSchema, QueryResultSchema, Type } from "../proto/generated/query_pb.js";
import { madeColumn } from "./column-packet.ts";
import { fromBindVariables, fromField, toBindVariables, toField } from "./proto-fields.ts";
import { findRows, rowsField, writeRowPackets } from "./proto-rows.ts";
import type { RowBatch } from "./result.ts";
import { RowCollector } from "./row-bytes.ts";
import { textCells, writeTextRow } from "./text-row.ts";
import { sqlTypes } from "./types.ts";
import { MalformedBytes, WireWriter } from "./wire.ts";

type Cells = (Buffer | null)[];

function batchOf(width: number, rows: readonly Cells[]): RowBatch {
  const columns = Array.from({ length: width }, (_, i) => madeColumn(`c${i}`));
  const to = new WireWriter();
  const offsets = [0];
  for (const row of rows) {
    writeTextRow(to, row);
    offsets.push(to.size);
  }
  return { columns, format: "text", bytes: to.finish(), offsets, count: rows.length };
}

function encode(batch: RowBatch): Buffer {
  const result = create(QueryResultSchema, { rowsAffected: 7n, info: "i" });
  result.$unknown = rowsField(batch);
  return Buffer.from(toBinary(QueryResultSchema, result));
}

/** Back through packets, in chunks of `sizeMax`. */
function decode(bytes: Buffer, width: number, sizeMax: number): { rows: Cells[]; rest: Buffer } {
  const { rest, ranges } = findRows(bytes, 0, bytes.length);
  const columns = Array.from({ length: width }, (_, i) => madeColumn(`c${i}`));
  const collector = new RowCollector(columns, "text");
  for (let next = 0; next * 2 < ranges.length; ) {
    const written = writeRowPackets({ bytes, ranges }, next, sizeMax);
    collector.push(written.chunk);
    next = written.next;
  }
  return { rows: textCells(collector.take()), rest };
}

const cell = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 120, max: 70_000 }).map((size) => Buffer.alloc(size, "x")) },
);
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) =>
    fc.tuple(fc.constant(width), fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 8 })),
  );

test("any rows: generated code reads ours, and we read generated code's", () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 100_000 }), ([width, rows], sizeMax) => {
      const bytes = encode(batchOf(width, rows));
      const read = fromBinary(QueryResultSchema, bytes);
      assert.equal(read.rowsAffected, 7n);
      assert.deepEqual(
        read.rows.map((row) => row.lengths.map(Number)),
        rows.map((row) => row.map((each) => each?.length ?? -1)),
      );
      assert.ok(
        read.rows.every((row, i) => Buffer.concat((rows[i] ?? []).filter((c) => c !== null)).equals(row.values)),
      );
      const theirs = Buffer.from(
        toBinary(QueryResultSchema, create(QueryResultSchema, { rows: read.rows, info: "i" })),
      );
      for (const each of [bytes, theirs]) {
        const back = decode(each, width, sizeMax);
        assert.deepEqual(back.rows, rows);
        assert.equal(fromBinary(QueryResultSchema, back.rest).info, "i");
      }
    }),
    { numRuns: 60 },
  );
});

test("a row of 16 MiB and more spans packets", () => {
  for (const size of [0xff_fffa, 0xff_fffb, 0xff_ffff, 0x200_0001]) {
    const rows: Cells[] = [
      [Buffer.alloc(size, "ab"), null],
      [null, Buffer.from("after")],
    ];
    const back = decode(encode(batchOf(2, rows)), 2, 1).rows;
    assert.ok(back[0]?.[0]?.equals(rows[0]?.[0] as Buffer), `${size} bytes`);
    assert.deepEqual(back[1], rows[1]);
  }
});

test("bytes that lie are refused", () => {
  const whole = encode(batchOf(1, [[Buffer.from("abc")]]));
  assert.throws(() => findRows(whole.subarray(0, whole.length - 1), 0, whole.length - 1), MalformedBytes);
  const lying = create(QueryResultSchema, { rows: [{ lengths: [2n], values: Buffer.from("abc") }] });
  assert.throws(() => decode(Buffer.from(toBinary(QueryResultSchema, lying)), 1, 10), MalformedBytes);
  const endless = Buffer.alloc(20, 0xff);
  assert.throws(() => findRows(endless, 0, endless.length), MalformedBytes);
});

test("types are those of query.proto", () => {
  for (const [name, { number }] of Object.entries(sqlTypes)) assert.equal(Type[number], name);
});

test("columns and binds there and back", () => {
  const column = { ...madeColumn("a", "UINT64"), table: "t", database: "d", orgName: "o", orgTable: "ot" };
  assert.deepEqual(fromField(toField(column)), column);
  const bare = fromField(create(QueryResultSchema, { fields: [{ name: "b", type: 6165 }] }).fields[0]!);
  assert.deepEqual(bare, madeColumn("b", "VARCHAR"));
  const binds = {
    a: { type: "INT64", bytes: Buffer.from("-1") },
    n: { type: "NULL_TYPE", bytes: undefined },
    l: { type: "TUPLE", values: [{ type: "VARBINARY", bytes: Buffer.from([0, 255]) }] },
  } as const;
  const messages = Object.entries(toBindVariables(binds)).map(([name, init]) => [
    name,
    create(BindVariableSchema, init),
  ]);
  assert.deepEqual(fromBindVariables(Object.fromEntries(messages)), binds);
});
