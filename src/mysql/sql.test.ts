/** The SQL builder: what is put in cannot get out of its quotes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { identifier, join, sql, tuple, value } from "./sql.ts";

test("values and identifiers are quoted", () => {
  assert.equal(
    sql`select ${identifier("a`b")} from t where x = ${value("it's")}`.text,
    "select `a``b` from t where x = 'it''s'",
  );
  assert.equal(identifier("_vt", "heartbeat").text, "`_vt`.`heartbeat`");
  assert.equal(tuple([1, null, true, 12n, Buffer.from([0xab])]).text, "(1, null, 1, 12, x'ab')");
  assert.equal(join([value(1), value(2)]).text, "1, 2");
});

test("a backslash or control character makes a hexadecimal literal, the same in every sql_mode", () => {
  assert.equal(value("a\\").text, "_utf8mb4 x'615c'");
  assert.equal(value("\0").text, "_utf8mb4 x'00'");
});

test("what SQL cannot say is refused", () => {
  assert.throws(() => value(Number.NaN), RangeError);
  assert.throws(() => identifier(""), RangeError);
  assert.throws(() => identifier("a\0b"), RangeError);
});
