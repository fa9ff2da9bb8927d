/** Which gathered columns need more than literals, and how their values are asked for. What servers make of it: parity.live.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { madeColumn } from "../sqltypes/column-packet.ts";
import { exactQuery, needTypes } from "./typed-rows.ts";

const column = (name: string, type: Parameters<typeof madeColumn>[1]) => madeColumn(name, type);

test("values are asked for as numbers where their texts say too little", () => {
  const columns = [column("id", "INT64"), column("f", "FLOAT32"), column("e`", "ENUM")];
  assert.equal(
    exactQuery("select 1", columns),
    "select `id`, `f` + 0e0 as `f`, cast(`e``` as unsigned) as `e``` from (select 1) as __asked",
  );
  assert.equal(exactQuery("select 1", [column("b", "BLOB"), column("y", "YEAR")]), undefined);
  assert.throws(() => exactQuery("select 1", [...columns, column("ID", "INT64")]), /VT12001/);
});

test("literals do for what they have a type for", () => {
  assert.equal(needTypes([column("a", "INT64"), column("b", "VARCHAR"), column("c", "JSON")]), false);
  for (const type of ["FLOAT32", "ENUM", "SET", "BIT", "YEAR", "GEOMETRY", "VECTOR"] as const)
    assert.equal(needTypes([column("a", type)]), true);
});
