/** The two JSON forms of a message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { KeyspaceSchema, TabletSchema, TabletType } from "../proto/generated/topodata_pb.js";
import { plainJson, protoJson } from "./message-json.ts";

const tablet = create(TabletSchema, {
  alias: { cell: "zone1", uid: 100 },
  type: TabletType.REPLICA,
  portMap: { vt: 15_000, grpc: 16_000 },
  primaryTermStartTime: { seconds: 5n },
});

test("vtctldclient's form has every field, in order", () => {
  const json = protoJson(TabletSchema, tablet);
  assert.deepEqual(Object.keys(json).slice(0, 4), ["alias", "hostname", "port_map", "keyspace"]);
  assert.deepEqual(json["port_map"], { grpc: 16_000, vt: 15_000 });
  assert.equal(json["type"], "REPLICA");
  assert.equal(json["key_range"], null);
  assert.deepEqual(json["primary_term_start_time"], { seconds: "5", nanoseconds: 0 });
  assert.equal(protoJson(KeyspaceSchema, create(KeyspaceSchema), false)["keyspace_type"], "NORMAL");
});

test("compact leaves out what is empty", () => {
  assert.deepEqual(protoJson(KeyspaceSchema, create(KeyspaceSchema, { durabilityPolicy: "none" }), true), {
    durability_policy: "none",
  });
});

test("VTAdmin's form has numbers for enums and for 64-bit integers", () => {
  const json = plainJson(TabletSchema, tablet);
  assert.equal(json["type"], 2);
  assert.deepEqual(json["primary_term_start_time"], { seconds: 5 });
  assert.ok(!("hostname" in json));
});
