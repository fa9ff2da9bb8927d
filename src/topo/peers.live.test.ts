/** A peer that nobody here wrote (protoc) reads the records that we write. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { KeyspaceSchema } from "../proto/generated/topodata_pb.js";
import { testProgram } from "../testing/programs.ts";
import { createKeyspace, createShard } from "./cluster-records.ts";
import { keyspaceName, shardName } from "./names.ts";
import { TopoServer } from "./server.ts";

const root = join(import.meta.dirname, "../..");

/** A message as protoc's text format. */
function decode(type: string, input: Uint8Array): string {
  const { command } = testProgram("protoc");
  return execFileSync(command, ["--decode", type, "-I", "src/proto", "topodata.proto"], {
    cwd: root,
    input,
  }).toString();
}

test("protoc reads keyspaces and shards", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitess-ts-protoc-"));
  try {
    const globalAddress = join(folder, "topo.sqlite");
    const options = { implementation: "sqlite", globalAddress, globalRoot: "/vitess/global" };
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
