/** Names and patterns as SQL. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tableCondition } from "./table-condition.ts";

test("names, patterns, exclusions, and everything", () => {
  assert.equal(tableCondition([], []).text, "1");
  assert.equal(tableCondition(["a", "o'b"], []).text, "(table_name in ('a', 'o''b'))");
  assert.equal(
    tableCondition(["/^x/", "a"], ["/y$/"]).text,
    "(table_name regexp '^x' or table_name in ('a')) and not (table_name regexp 'y$')",
  );
});
