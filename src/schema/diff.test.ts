/** Differences between tables, and the two flavours' spellings of one type. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { diffTables } from "./diff.ts";
import type { TableModel } from "./table.ts";

const heartbeat: TableModel = {
  name: "heartbeat",
  columns: [
    { name: "keyspaceShard", type: "varbinary(256)", isNullable: false },
    { name: "tabletUid", type: "int unsigned", isNullable: false },
    { name: "ts", type: "bigint unsigned", isNullable: false },
  ],
  primaryKey: ["keyspaceShard"],
};

test("a table is like itself, in either flavour's spelling", () => {
  assert.deepEqual(diffTables(heartbeat, heartbeat), []);
  const mariadb = {
    ...heartbeat,
    columns: [
      { name: "keyspaceshard", type: "VARBINARY(256)", isNullable: false },
      { name: "tabletUid", type: "int(10) unsigned", isNullable: false },
      { name: "ts", type: "bigint(20) unsigned", isNullable: false },
    ],
  };
  assert.deepEqual(diffTables(mariadb, heartbeat), []);
});

test("columns come, change and go; a new one knows its place", () => {
  const older: TableModel = {
    name: "heartbeat",
    columns: [
      { name: "keyspaceShard", type: "varbinary(64)", isNullable: false },
      { name: "ts", type: "bigint unsigned", isNullable: true },
      { name: "master", type: "int", isNullable: true },
    ],
    primaryKey: ["keyspaceShard"],
  };
  assert.deepEqual(diffTables(older, heartbeat), [
    { kind: "change-column", column: heartbeat.columns[0] },
    { kind: "add-column", column: heartbeat.columns[1], after: "keyspaceShard" },
    { kind: "change-column", column: heartbeat.columns[2] },
    { kind: "drop-column", name: "master" },
  ]);
});

test("a collation counts only where one is asked for; utf8 is utf8mb3", () => {
  const table = (collation?: string): TableModel => ({
    name: "views",
    columns: [{ name: "n", type: "varchar(64)", isNullable: false, ...(collation === undefined ? {} : { collation }) }],
    primaryKey: ["n"],
  });
  assert.deepEqual(diffTables(table("utf8_bin"), table("utf8mb3_bin")), []);
  assert.deepEqual(diffTables(table("utf8mb4_bin"), table()), []);
  assert.equal(diffTables(table("utf8mb4_general_ci"), table("utf8mb3_bin")).length, 1);
});

test("another primary key is one change", () => {
  assert.deepEqual(diffTables({ ...heartbeat, primaryKey: ["ts"] }, heartbeat), [
    { kind: "change-primary-key", from: ["ts"], to: ["keyspaceShard"] },
  ]);
});
