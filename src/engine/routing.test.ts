/** Where rows go by their vindex values: which texts count as the same number. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SqlType } from "../sqltypes/types.ts";
import type { Value } from "../sqltypes/value.ts";
import { makeVindex } from "../vschema/vindexes.ts";
import { exactly } from "./routing.ts";

const hash = makeVindex("hash", "hash", {}, () => "");
const value = (type: SqlType, text: string): Value => ({ type, bytes: Buffer.from(text) });
const placeOf = (type: SqlType, text: string) => exactly(hash, [value(type, text)]).toString("hex");

test("a whole number goes where the integer goes, also as the double that mysql2 binds", () => {
  assert.equal(placeOf("INT64", "4"), "d2fd8867d50d2dfe");
  for (const type of ["FLOAT64", "FLOAT32", "DECIMAL"] as const) {
    assert.equal(placeOf(type, "4"), placeOf("INT64", "4"), type);
    assert.equal(placeOf(type, "-4"), placeOf("INT64", "-4"), type);
  }
});

test("a number with a fraction or exponent has no place of its own: the server may round it", () => {
  for (const text of ["4.5", "4.0", "1e3", "-0", "1234567890123456"])
    assert.throws(() => placeOf("FLOAT64", text), /VT09023/, text);
});
