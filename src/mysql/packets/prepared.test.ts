/** Parameters of EXECUTE: what we encode we decode; the forms that other clients use; noise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../base/random.ts";
import { bytesValue, integerValue, nullValue, textValue, type Value } from "../../sqltypes/value.ts";
import { WireWriter } from "../../sqltypes/wire.ts";
import { decodeExecute, encodeExecute } from "./prepared.ts";

const noLongData = new Map<number, Buffer>();
const decode = (packet: Buffer, count: number) =>
  decodeExecute(packet.subarray(5), count, undefined, noLongData).values;

test("there and back", () => {
  const values: Value[] = [
    integerValue(5),
    integerValue(-5),
    integerValue(2 ** 53),
    integerValue(-(2n ** 63n)),
    integerValue(2n ** 64n - 1n),
    nullValue,
    textValue("é"),
    bytesValue(Buffer.from([0, 255])),
    { type: "FLOAT64", bytes: Buffer.from("-1.5e300") },
  ];
  const back = decode(encodeExecute(1, values, 1000), values.length);
  assert.deepEqual(
    back.map(({ bytes }) => bytes?.toString("latin1")),
    values.map(({ bytes }) => bytes?.toString("latin1")),
  );
  assert.deepEqual(
    back.map(({ type }) => type),
    ["INT64", "INT64", "INT64", "INT64", "UINT64", "NULL_TYPE", "VARCHAR", "VARBINARY", "FLOAT64"],
  );
});

test("types that other clients send: small integers, dates, times", () => {
  const to = new WireWriter().u8(0).u32(1).u8(0).u8(1);
  for (const type of [1, 0x8001, 2, 3, 12, 10, 11]) to.u16(type);
  to.u8(0xff).u8(0xff).u16(0x8000).u32(0xffff_ffff);
  to.u8(11).u16(2024).u8(2).u8(29).u8(13).u8(14).u8(15).u32(123_000);
  to.u8(4).u16(1999).u8(12).u8(31);
  to.u8(8).u8(1).u32(34).u8(22).u8(59).u8(58);
  const { values } = decodeExecute(to.finish(), 7, undefined, noLongData);
  assert.deepEqual(
    values.map(({ bytes }) => bytes?.toString()),
    ["-1", "255", "-32768", "-1", "2024-02-29 13:14:15.123000", "1999-12-31", "-838:59:58"],
  );
});

test("types are remembered, long data counts, too few bytes are refused", () => {
  const again = new WireWriter().u8(0).u32(1).u8(0).u8(0).lenencText("x").finish();
  assert.equal(decodeExecute(again, 1, [253], noLongData).values[0]?.bytes?.toString(), "x");
  assert.throws(() => decodeExecute(again, 1, undefined, noLongData), { name: "MalformedBytes" });
  const long = new WireWriter().u8(0).u32(1).u8(0).u8(1).u16(252).finish();
  assert.equal(
    decodeExecute(long, 1, undefined, new Map([[0, Buffer.from("sent ahead")]])).values[0]?.bytes?.toString(),
    "sent ahead",
  );
  const random = seededRandom(4);
  for (let round = 0; round < 20_000; round++)
    try {
      decodeExecute(random.bytes(random.below(60)), random.below(6), undefined, noLongData);
    } catch (thrown) {
      assert.equal((thrown as Error).name, "MalformedBytes", String((thrown as Error).stack));
    }
});
