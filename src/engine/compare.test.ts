/** Text cells in the servers' order: decimals by value, text by weights with padding, and exact sums. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/random.ts";
import { madeColumn } from "../sqltypes/column-packet.ts";
import { nullSize } from "../sqltypes/text-row.ts";
import type { SqlType } from "../sqltypes/types.ts";
import { type CellRow, compareByKey, compareDecimals, valueComparison } from "./compare.ts";
import { addDecimals } from "./execute/aggregate.ts";

const compareTexts = (type: SqlType, a: string, b: string) =>
  Math.sign(valueComparison(madeColumn("x", type))(Buffer.from(a), 0, a.length, Buffer.from(b), 0, b.length));

test("numbers compare by value", () => {
  const order = [
    "-100.5",
    "-100",
    "-20",
    "-1.001",
    "-1",
    "0",
    "0.0001",
    "1",
    "1.5",
    "1.49999999999999999999999999e0".slice(0, 4),
    "9",
    "10",
    "99999999999999999999",
  ];
  const sorted = [...order].sort((a, b) => compareDecimals(Buffer.from(a), 0, a.length, Buffer.from(b), 0, b.length));
  assert.deepEqual(
    sorted,
    [...order].sort((a, b) => Number(a) - Number(b)),
  );
  assert.equal(compareTexts("DECIMAL", "1.50", "1.5"), 0);
  assert.equal(compareTexts("DECIMAL", "-0.00", "0"), 0);
  assert.equal(compareTexts("INT64", "-9223372036854775808", "9223372036854775807"), -1);
  assert.equal(compareTexts("UINT64", "18446744073709551615", "18446744073709551614"), 1);
  assert.equal(compareTexts("FLOAT64", "1e300", "-2"), 1);
  assert.equal(compareTexts("TIME", "-01:00:00", "00:30:00"), -1);
  assert.equal(compareTexts("TIME", "100:00:00", "99:59:59.5"), 1);
  assert.equal(compareTexts("DATETIME", "2020-01-01 00:00:00.100", "2020-01-01 00:00:00.099"), 1);
  for (const type of ["ENUM", "SET", "JSON", "GEOMETRY"] as const)
    assert.throws(() => valueComparison(madeColumn("x", type)), /VT12001/);
});

function row(value: string | null, weight: string | null, space = "0020"): CellRow {
  const parts = [value, weight, space].map((text, i) =>
    text === null ? null : Buffer.from(text, i === 0 ? "utf8" : "hex"),
  );
  const cells = new Int32Array(6);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    cells[2 * i] = at;
    cells[2 * i + 1] = part?.length ?? nullSize;
    at += part?.length ?? 0;
  }
  return { bytes: Buffer.concat(parts.filter((part) => part !== null)), cells };
}

test("text compares by weight; the shorter one is padded where the collation says so", () => {
  const columns = [madeColumn("v", "VARCHAR"), madeColumn("w", "VARBINARY"), madeColumn("s", "VARBINARY")];
  const padded = compareByKey(columns, 0);
  assert.ok(padded(row("a", "0041"), row("a ", "00410020")) === 0); // -0 will do.
  assert.ok(padded(row("a", "0041", ""), row("a ", "00410020", "")) < 0);
  assert.ok(padded(row("a\t", "00410009"), row("a", "0041")) < 0);
  assert.ok(padded(row("a!", "00410021"), row("a", "0041")) > 0);
  assert.ok(padded(row("b", "0042"), row("a ", "00410020")) > 0);
  assert.ok(padded(row(null, null), row("", "")) < 0);
  assert.equal(padded(row(null, null), row(null, null)), 0);
});

test("sums are exact", () => {
  assert.equal(addDecimals("0.1", "0.2").toString(), "0.3");
  assert.equal(addDecimals("-1.05", "1").toString(), "-0.05");
  assert.equal(addDecimals("99999999999999999999.99", "0.01").toString(), "100000000000000000000.00");
  const seed = Math.trunc(process.hrtime()[1] / 1000);
  const random = seededRandom(seed);
  for (let i = 0; i < 500; i++) {
    const a = random.below(2 ** 31) - 2 ** 30;
    const b = random.below(2 ** 31) - 2 ** 30;
    assert.equal(addDecimals(String(a), String(b)).toString(), String(a + b), `seed ${seed}`);
  }
});
