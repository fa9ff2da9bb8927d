/** Names are checked as Vitess checks them, and printed one way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { VtError } from "../base/errors.ts";
import type { TabletType } from "../proto/generated/topodata_pb.js";
import * as names from "./names.ts";
import { parseTabletType, tabletTypeName } from "./tablet-types.ts";

const refused = (make: () => unknown) =>
  assert.throws(make, (error) => error instanceof VtError && error.code === "VT22001");

test("keyspaces and shards are letters, digits, dashes and underscores", () => {
  for (const name of ["user", "user-2", "User_2", "0", "x".repeat(64)]) assert.equal(names.keyspaceName(name), name);
  for (const name of ["", "x".repeat(65), "a/b", "..", "a b", "a.b", "ключ", "a\n"])
    refused(() => names.keyspaceName(name));
});

test("a shard's name with a dash is a key range", () => {
  for (const name of ["0", "-", "-80", "80-", "40-80", "8000-80ff"]) assert.equal(names.shardName(name), name);
  assert.equal(names.shardName("A0-C0"), "a0-c0");
  for (const name of ["80-40", "80-80", "4-8", "40-80-c0", "xy-", "-8"]) refused(() => names.shardName(name));
  assert.equal(names.shardBounds(names.shardName("0")), undefined);
  const bounds = names.shardBounds(names.shardName("40-80"));
  assert.deepEqual(bounds, { start: Buffer.from([0x40]), end: Buffer.from([0x80]) });
  assert.deepEqual(names.shardBounds(names.shardName("-")), { start: Buffer.alloc(0), end: Buffer.alloc(0) });
});

test("a tablet's alias has ten digits, whatever was written", () => {
  const alias = names.tabletAlias("zone1-100");
  assert.equal(alias, "zone1-0000000100");
  assert.equal(names.tabletAlias(alias), alias);
  assert.equal(names.cellOfTablet(alias), "zone1");
  assert.equal(names.uidOfTablet(alias), 100);
  assert.equal(names.tabletAlias("us-east-1a-4294967295"), "us-east-1a-4294967295");
  assert.equal(names.cellOfTablet(names.tabletAlias("us-east-1a-7")), "us-east-1a");
  for (const text of ["", "zone1", "-5", "zone1-", "zone1-x", "zone1-4294967296", "../x-1", "a/b-1"])
    refused(() => names.tabletAlias(text));
});

test("cells and segments cannot climb out of their folder", () => {
  assert.equal(names.cellName("us-east.1_a"), "us-east.1_a");
  for (const name of ["", ".", "..", "a/b", "a b"]) refused(() => names.cellName(name));
  for (const name of ["", ".", "..", "a/b", "a\u0000", "x".repeat(257)]) refused(() => names.segmentName("x", name));
});

test("tablet types are read by any of their names, and told by the present one", () => {
  for (const [text, name] of [
    ["primary", "PRIMARY"],
    ["MASTER", "PRIMARY"],
    ["batch", "RDONLY"],
    ["Rdonly", "RDONLY"],
  ] as const)
    assert.equal(tabletTypeName(parseTabletType(text) ?? 0), name);
  assert.equal(parseTabletType("nobody"), undefined);
  assert.equal(parseTabletType("1"), undefined);
  assert.equal(tabletTypeName(99 as TabletType), "UNKNOWN");
});
