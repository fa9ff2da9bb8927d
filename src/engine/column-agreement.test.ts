/** When the columns of two shards may stand under one head. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { madeColumn } from "../sqltypes/column-packet.ts";
import type { Column } from "../sqltypes/result.ts";
import { checkColumns } from "./column-agreement.ts";

const text: Column = madeColumn("a");
const decimal: Column = { ...text, type: "DECIMAL", decimals: 2 };

test("name, type, collation and scale must be the same; of text the decimals say nothing", () => {
  checkColumns([text, decimal], [{ ...text, decimals: 39 }, decimal], "80-");
  for (const other of [
    [text],
    [{ ...text, name: "b" }, decimal],
    [{ ...text, type: "VARBINARY" as const }, decimal],
    [{ ...text, collation: 8 }, decimal],
    [text, { ...decimal, decimals: 3 }],
  ])
    assert.throws(() => checkColumns([text, decimal], other, "80-"), { code: "VT20012" });
});
