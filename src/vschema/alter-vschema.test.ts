/** ALTER VSCHEMA on records. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toJson } from "@bufbuild/protobuf";
import { type Keyspace, KeyspaceSchema } from "../proto/generated/vschema_pb.js";
import { parse } from "../sqlparser/parse.ts";
import { alterVSchema } from "./alter-vschema.ts";

function alter(before: Keyspace, ...sqls: readonly string[]): Keyspace {
  return sqls.reduce((record, sql) => {
    const statement = parse(`alter vschema ${sql}`);
    assert.ok(statement.kind === "AlterVSchema");
    return alterVSchema("ks", record, statement);
  }, before);
}
const empty = () => create(KeyspaceSchema);
const json = (record: Keyspace) => toJson(KeyspaceSchema, record, { useProtoFieldName: true });
const fails = (pattern: RegExp, ...sqls: readonly string[]) =>
  assert.throws(() => alter(empty(), ...sqls), { name: "VtError", code: "VT23013", message: pattern });

test("tables and sequences of an unsharded keyspace", () => {
  const record = alter(empty(), "add table t", "add sequence s", "on t add auto_increment id using s");
  assert.deepEqual(json(record), {
    tables: { t: { auto_increment: { column: "id", sequence: "s" } }, s: { type: "sequence" } },
  });
  assert.deepEqual(json(alter(record, "on t drop auto_increment", "drop sequence s", "drop table t")), {});
});

test("the first vindex makes a keyspace sharded; its owner is a field of its own", () => {
  const record = alter(
    empty(),
    "on t add vindex h (id) using xxhash",
    "create vindex l using lookup with owner = t, table = 'ks.l', from = 'a', to = 'b'",
    "on t add vindex l (a)",
    "on u add vindex h (x) using xxhash",
  );
  assert.deepEqual(json(record), {
    sharded: true,
    vindexes: {
      h: { type: "xxhash" },
      l: { type: "lookup", owner: "t", params: { table: "ks.l", from: "a", to: "b" } },
    },
    tables: {
      t: {
        column_vindexes: [
          { name: "h", columns: ["id"] },
          { name: "l", columns: ["a"] },
        ],
      },
      u: { column_vindexes: [{ name: "h", columns: ["x"] }] },
    },
  });
  const less = alter(record, "on t drop vindex l", "drop vindex l", "on u drop vindex h");
  assert.deepEqual(Object.keys(less.tables), ["t"]);
  assert.deepEqual(Object.keys(less.vindexes), ["h"]);
});

test("the record before stays as it was", () => {
  const before = alter(empty(), "add table t");
  alter(before, "drop table t");
  assert.deepEqual(Object.keys(before.tables), ["t"]);
});

test("what cannot be is refused", () => {
  fails(/it is sharded/, "on t add vindex h (id) using xxhash", "add table u");
  fails(/has a table t already/, "add table t", "add table t");
  fails(/no table t/, "drop table t");
  fails(/no vindex h/, "on t add vindex h (id)");
  fails(/another vindex h/, "on t add vindex h (id) using xxhash", "on u add vindex h (id) using hash");
  fails(/table t uses vindex h/, "on t add vindex h (id) using xxhash", "drop vindex h");
  fails(/table t has vindex h already/, "on t add vindex h (id) using xxhash", "on t add vindex h (id)");
  fails(/table t has no vindex x/, "on t add vindex h (id) using xxhash", "on t drop vindex x");
  fails(/needs a type/, "create vindex h");
  fails(
    /has auto_increment already/,
    "add table t",
    "on t add auto_increment id using s",
    "on t add auto_increment id using s",
  );
  fails(/has no auto_increment/, "add table t", "on t drop auto_increment");
});
