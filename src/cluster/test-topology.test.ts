/** Topologies for tests, as JSON. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FlagError } from "../base/flag-values.ts";
import { parseTestTopology } from "./test-topology.ts";

test("keyspaces, shards and replicas are read, by either spelling", () => {
  const text = `{"cells": ["zone1"], "keyspaces": [
    {"name": "commerce", "replica_count": 2},
    {"name": "customer", "shards": [{"name": "-80"}, {"name": "80-"}], "replicaCount": 0}]}`;
  assert.deepEqual(parseTestTopology(text), {
    cells: ["zone1"],
    keyspaces: [
      { name: "commerce", shards: ["0"], replicas: 2 },
      { name: "customer", shards: ["-80", "80-"], replicas: 0 },
    ],
  });
});

test("what is no topology is refused, and so are names that are none", () => {
  for (const text of ["", "[]", '{"keyspaces": []}', '{"keyspaces": [{"name": "a", "color": "red"}]}'])
    assert.throws(() => parseTestTopology(text), FlagError, text);
  assert.throws(() => parseTestTopology('{"keyspaces": [{"name": "a/b"}]}'), { code: "VT22001" });
});
