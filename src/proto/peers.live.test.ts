/** Peers that nobody here wrote (buf, protoc) read what we encode, and write what we decode. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary, toJson } from "@bufbuild/protobuf";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { testProgram } from "../testing/programs.ts";
import { createKeyspace, createShard } from "../topo/cluster-records.ts";
import { keyspaceName, shardName } from "../topo/names.ts";
import { TopoServer } from "../topo/server.ts";
import { ExecuteRequestSchema, QueryResultSchema, Type } from "./generated/query_pb.js";
import { KeyspaceSchema, TabletSchema, TabletType } from "./generated/topodata_pb.js";
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

test("protoc reads the topology's records", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitess-ts-protoc-"));
  try {
    const options = {
      implementation: "sqlite",
      globalAddress: join(folder, "topo.sqlite"),
      globalRoot: "/vitess/global",
    };
    const topo = await TopoServer.open({ clock: systemClock, disk, memoryStores: new Map() }, options);
    await createKeyspace(topo, keyspaceName("customer"), create(KeyspaceSchema, { durabilityPolicy: "semi_sync" }));
    await createShard(topo, keyspaceName("customer"), shardName("40-80"));
    const read = async (path: string) => (await topo.global.read(path))?.bytes ?? new Uint8Array();
    const keyspace = decode("topodata.Keyspace", await read("keyspaces/customer/Keyspace"));
    assert.match(keyspace, /^durability_policy: "semi_sync"$/m);
    const shard = decode("topodata.Shard", await read("keyspaces/customer/shards/40-80/Shard"));
    assert.match(shard, /^key_range \{\n {2}start: "@"\n {2}end: "\\200"\n\}$/m);
    await topo.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A message as protoc's text format. */
function decode(type: string, input: Uint8Array): string {
  const { command } = testProgram("protoc");
  return execFileSync(command, ["--decode", type, "-I", "src/proto", "topodata.proto"], {
    cwd: root,
    input,
  }).toString();
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
