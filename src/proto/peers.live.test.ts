/** A peer that nobody here wrote (buf) reads what we encode, and writes what we decode. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary, toJson } from "@bufbuild/protobuf";
import { ExecuteRequestSchema, QueryResultSchema, Type } from "./generated/query_pb.js";
import { TabletSchema, TabletType } from "./generated/topodata_pb.js";
import { WorkflowSchema } from "./generated/vtctldata_pb.js";

const root = join(import.meta.dirname, "../..");
const buf = join(root, "node_modules/.bin/buf");

/** Converts one message; formats are binpb and json. */
function convert(type: string, from: string, to: string, input: Uint8Array): Buffer {
  const args = ["convert", "src/proto", "--type", type, "--from", `-#format=${from}`, "--to", `-#format=${to}`];
  return execFileSync(buf, args, { cwd: root, input });
}

function check<D extends DescMessage>(schema: D, init: MessageInitShape<D>): void {
  const bytes = toBinary(schema, create(schema, init));
  const theirs = JSON.parse(convert(schema.typeName, "binpb", "json", bytes).toString());
  assert.deepEqual(theirs, toJson(schema, fromBinary(schema, bytes)), "the peer reads the same");
  const back = convert(schema.typeName, "json", "binpb", Buffer.from(JSON.stringify(theirs)));
  assert.deepEqual(fromBinary(schema, new Uint8Array(back)), fromBinary(schema, bytes), "we read what the peer writes");
}

test("buf and we read each other", () => {
  check(TabletSchema, {
    alias: { cell: "zone1", uid: 4_294_967_295 },
    portMap: { vt: 15_100, grpc: 16_100 },
    keyRange: { start: Buffer.from("40", "hex"), end: Buffer.from("80", "hex") },
    type: TabletType.RDONLY,
    tags: { rack: "ü" },
    primaryTermStartTime: { seconds: -1n, nanoseconds: 999_999_999 },
  });
  check(QueryResultSchema, {
    fields: [{ name: "a", type: Type.UINT64, charset: 63, columnLength: 4_294_967_295 }],
    insertId: 18_446_744_073_709_551_615n,
    rows: [{ lengths: [3n, -1n, 0n], values: Buffer.from("abc") }],
  });
  check(ExecuteRequestSchema, {
    query: { sql: "select :a", bindVariables: { a: { type: Type.TUPLE, values: [{ type: Type.INT64 }] } } },
    options: { timeout: { case: "authoritativeTimeout", value: 5n }, transactionTimeout: 0n, WorkloadName: "w" },
    transactionId: -(2n ** 63n),
  });
  check(WorkflowSchema, { shardStreams: { "-80/zone1-100": { streams: [{ id: 1n, copyStates: [{ table: "t" }] }] } } });
});
