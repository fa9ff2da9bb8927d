/** What counts as a change of the schema. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptySnapshot, isEmptyChange, kindOfTable, schemaChange, type TableShape } from "./schema-model.ts";

const shape = (name: string, create: string, kind: TableShape["kind"] = "normal"): TableShape => ({
  name,
  kind,
  create,
  viewQuery: "",
  columns: [],
  primaryKey: [],
  uniqueKeys: [],
  createdSeconds: 0,
  signature: create,
  isSettled: true,
});
const snapshot = (...tables: TableShape[]) => ({
  ...emptySnapshot,
  tables: new Map(tables.map((table) => [table.name, table])),
});

test("new, changed and dropped tables and views are named once each", () => {
  const before = snapshot(shape("same", "a"), shape("changed", "a"), shape("gone", "a"), shape("v", "a", "view"));
  const after = snapshot(shape("same", "a"), shape("changed", "b"), shape("new", "a"));
  assert.deepEqual(schemaChange(before, after), { tables: ["changed", "new", "gone"], views: ["v"], udfs: false });
  assert.ok(isEmptyChange(schemaChange(after, after)));
});

test("a table that became a view is both; a sequence that became an ordinary table changed", () => {
  const change = schemaChange(snapshot(shape("t", "a")), snapshot(shape("t", "b", "view")));
  assert.deepEqual(change, { tables: ["t"], views: ["t"], udfs: false });
  assert.deepEqual(schemaChange(snapshot(shape("t", "a", "sequence")), snapshot(shape("t", "b"))).tables, ["t"]);
});

test("functions that come or go are a change", () => {
  const udfs = [{ name: "f", isAggregate: false, returns: "INT64" as const }];
  assert.deepEqual(schemaChange(emptySnapshot, { ...emptySnapshot, udfs }), { tables: [], views: [], udfs: true });
});

test("comments make sequences and message tables", () => {
  assert.equal(kindOfTable("BASE TABLE", "vitess_sequence"), "sequence");
  assert.equal(kindOfTable("BASE TABLE", "vitess_message,vt_ack_wait=30"), "message");
  assert.equal(kindOfTable("BASE TABLE", "ours"), "normal");
  assert.equal(kindOfTable("VIEW", "VIEW"), "view");
});
