/** Records are read, changed and listed; the cluster's rules between records hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { KeyspaceSchema, TabletSchema, TabletType } from "../proto/generated/topodata_pb.js";
import * as cluster from "./cluster-records.ts";
import { MemoryStore } from "./memory-topo.ts";
import { cellName, keyspaceName, shardName, tabletAlias } from "./names.ts";
import { createRecord, mustReadRecord, readRecord, records, stateOf, updateRecord, watchRecord } from "./records.ts";
import { TopoServer } from "./server.ts";
import { timestamp } from "./times.ts";
import { lockShard, withLock } from "./topo-locks.ts";

const user = keyspaceName("user");
const zone1 = cellName("zone1");
const zone2 = cellName("zone2");

async function openServer(): Promise<TopoServer> {
  const context = { clock: systemClock, disk, memoryStores: new Map<string, MemoryStore>() };
  const options = { implementation: "memory", globalAddress: "global", globalRoot: "/vitess/global" };
  const server = await TopoServer.open(context, options);
  await cluster.createCell(server, zone1, "global", "/vitess/zone1");
  await cluster.createCell(server, zone2, "elsewhere", "/vitess/zone2");
  await cluster.createKeyspace(server, user, create(KeyspaceSchema, { durabilityPolicy: "semi_sync" }));
  return server;
}

const tablet = (alias: string, shard = "-80", keyspace = "user") =>
  create(TabletSchema, {
    alias: cluster.aliasMessage(tabletAlias(alias)),
    keyspace,
    shard,
    type: TabletType.REPLICA,
    hostname: "db",
  });

test("a record is created once and read back", async () => {
  const { global } = await openServer();
  const { message } = await mustReadRecord(global, records.keyspace(user));
  assert.equal(message.durabilityPolicy, "semi_sync");
  await assert.rejects(createRecord(global, records.keyspace(user), message), { kind: "node_exists" });
  await assert.rejects(mustReadRecord(global, records.keyspace(keyspaceName("no"))), {
    kind: "no_node",
    path: "keyspaces/no/Keyspace",
  });
});

test("a change that was outrun is made again", async () => {
  const { global } = await openServer();
  const record = records.keyspace(user);
  let calls = 0;
  const stored = await updateRecord(global, record, (present) => {
    assert.ok(present);
    if (++calls === 1) void global.write(record.path, Buffer.from([]), undefined); // Somebody is faster.
    present.sidecarDbName = `_vt${calls}`;
    return present;
  });
  assert.equal(calls, 2);
  assert.equal(stored?.message.sidecarDbName, "_vt2");
  assert.equal(stored?.message.durabilityPolicy, "", "the change was made on the newer record");
  const never = updateRecord(global, record, (present) => {
    void global.write(record.path, Buffer.from([]), undefined);
    return present;
  });
  await assert.rejects(never, { kind: "timeout", path: record.path });
});

test("a truncated or foreign record is named, and crashes nobody", async () => {
  const server = await openServer();
  const record = records.tablet(tabletAlias("zone1-1"));
  const topo = await server.cell(zone1);
  for (const bytes of [Buffer.from([0x0a, 0xff]), Buffer.from('{"json": true}'), Buffer.alloc(10, 0xff)]) {
    await topo.write(record.path, bytes, undefined);
    await assert.rejects(readRecord(topo, record), { kind: "bad_record", path: record.path });
    assert.equal(stateOf(record.schema, { path: "x", bytes, version: 1 }).error?.kind, "bad_record");
    const { tablets, problems } = await cluster.findTablets(server, {});
    assert.equal(tablets.size, 0);
    assert.deepEqual(
      problems.map((problem) => problem.path),
      [record.path],
    );
  }
  const nameless = create(TabletSchema, { keyspace: "user" });
  await topo.delete(record.path, undefined);
  await createRecord(topo, record, nameless);
  assert.equal((await cluster.findTablets(server, {})).problems[0]?.kind, "bad_record");
});

test("fields of a newer Vitess survive a change", async () => {
  const { global } = await openServer();
  const record = records.keyspace(user);
  const unknownField = Buffer.from([0xfa, 0x3e, 0x02, 0x68, 0x69]); // Field 1007: "hi".
  await global.write(record.path, unknownField, undefined);
  await updateRecord(global, record, (present) => {
    if (present !== undefined) present.durabilityPolicy = "none";
    return present;
  });
  assert.ok((await global.read(record.path))?.bytes.includes(unknownField));
});

test("a watched record is told state by state, bad ones too", async () => {
  const { global } = await openServer();
  const stop = new AbortController();
  const seen: string[] = [];
  const done = (async () => {
    for await (const { message, error } of watchRecord(global, records.keyspace(user), stop.signal)) {
      seen.push(error?.kind ?? message?.durabilityPolicy ?? "gone");
      if (seen.length === 1) await global.write(records.keyspace(user).path, Buffer.from([0xff]), undefined);
      if (seen.length === 2) await global.delete(records.keyspace(user).path, undefined);
      if (seen.length === 3) stop.abort();
    }
  })();
  await done;
  assert.deepEqual(seen, ["semi_sync", "bad_record", "gone"]);
});

test("a new shard serves unless a serving one has its ids", async () => {
  const server = await openServer();
  for (const name of ["-80", "80-", "-40", "40-80"]) await cluster.createShard(server, user, shardName(name));
  const shards = await cluster.shardsOf(server, user);
  const serving = [...shards].filter(([, shard]) => shard.isPrimaryServing).map(([name]) => name);
  assert.deepEqual(serving.sort(), ["-80", "80-"]);
  assert.deepEqual(Buffer.from(shards.get(shardName("40-80"))?.keyRange?.start ?? []), Buffer.from([0x40]));
  await assert.rejects(cluster.createShard(server, user, shardName("-80")), { kind: "node_exists" });
  await assert.rejects(cluster.createShard(server, keyspaceName("no"), shardName("0")), { kind: "no_node" });
  assert.deepEqual([...(await server.shards(user))].sort(), ["-40", "-80", "40-80", "80-"]);
});

test("tablets live in their cells and are listed with their shard", async () => {
  const server = await openServer();
  await cluster.createTablet(server, tablet("zone1-1"), false);
  await cluster.createTablet(server, tablet("zone2-2"), false);
  await cluster.createTablet(server, tablet("zone2-3", "80-"), false);
  await assert.rejects(cluster.createTablet(server, tablet("zone1-1"), false), { kind: "node_exists" });
  await cluster.createTablet(server, tablet("zone1-1"), true);
  await assert.rejects(cluster.createTablet(server, tablet("zone1-1", "80-"), true), { kind: "node_exists" });
  await assert.rejects(cluster.createTablet(server, tablet("zone9-1"), false), { kind: "no_node" });

  const found = async (filter: Parameters<typeof cluster.findTablets>[1]) =>
    [...(await cluster.findTablets(server, filter)).tablets.keys()].join(" ");
  assert.equal(await found({}), "zone1-0000000001 zone2-0000000002 zone2-0000000003");
  assert.equal(await found({ keyspace: user, shard: shardName("-80") }), "zone1-0000000001 zone2-0000000002");
  assert.equal(await found({ cells: [zone2], shard: shardName("-80") }), "zone2-0000000002");

  const nodes = async () =>
    (await readRecord(await server.cell(zone1), records.shardReplication(user, shardName("-80"))))?.message.nodes
      .length;
  assert.equal(await nodes(), 1);
  await cluster.updateTablet(server, tabletAlias("zone1-1"), (present) => {
    present.type = TabletType.DRAINED;
    return present;
  });
  assert.equal((await cluster.readTablet(server, tabletAlias("zone1-1"))).type, TabletType.DRAINED);
  await cluster.deleteTablet(server, tabletAlias("zone1-1"));
  assert.equal(await nodes(), 0);
  await assert.rejects(cluster.readTablet(server, tabletAlias("zone1-1")), { kind: "no_node" });
});

test("a primary is recorded under the shard's lock, and no earlier term replaces a later one", async () => {
  const server = await openServer();
  const shard = shardName("-");
  await cluster.createShard(server, user, shard);
  const request = { owner: { hostName: "h", userName: "u" }, action: "PlannedReparentShard" };
  const lock = await lockShard(server, user, shard, request);
  await assert.rejects(lockShard(server, user, shard, { ...request, timeoutMs: 10 }), { kind: "timeout" });
  const [one, two] = [tabletAlias("zone1-1"), tabletAlias("zone1-2")];
  await cluster.recordPrimary(server, user, shard, one, timestamp(2000), lock);
  const early = cluster.recordPrimary(server, user, shard, two, timestamp(1999), lock);
  await assert.rejects(early, { kind: "no_update_needed" });
  await lock.unlock();
  const late = cluster.recordPrimary(server, user, shard, two, timestamp(3000), { ...lock });
  await assert.rejects(late, { kind: "lock_lost" });
  const stored = await mustReadRecord(server.global, records.shard(user, shard));
  assert.equal(cluster.aliasOf(stored.message.primaryAlias), one);
  await assert.rejects(lockShard(server, user, shardName("80-"), request), { kind: "no_node" });
});

test("withLock gives the lock up after success and failure", async () => {
  const server = await openServer();
  const shard = shardName("0");
  await cluster.createShard(server, user, shard);
  const request = { owner: { hostName: "h", userName: "u" }, action: "x", timeoutMs: 100 };
  assert.equal(await withLock(lockShard(server, user, shard, request), async () => 7), 7);
  const failing = withLock(lockShard(server, user, shard, request), async () => {
    throw new Error("no");
  });
  await assert.rejects(failing, /no/);
  await (await lockShard(server, user, shard, request)).unlock();
});

test("a cell whose address changed is opened anew; an unknown one is refused", async () => {
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const context = { clock, disk, memoryStores: new Map<string, MemoryStore>() };
  const server = await TopoServer.open(context, { implementation: "memory", globalAddress: "g", globalRoot: "/g" });
  await assert.rejects(server.cell(zone1), { kind: "no_node", path: "cells/zone1/CellInfo" });
  await cluster.createCell(server, zone1, "a", "/zone1");
  const first = await server.cell(zone1);
  await updateRecord(server.global, records.cellInfo(zone1), (present) => {
    if (present !== undefined) present.serverAddress = "b";
    return present;
  });
  assert.equal(await server.cell(zone1), first);
  nowMs += 20_000;
  const second = await server.cell(zone1);
  assert.notEqual(second, first);
  assert.deepEqual([...context.memoryStores.keys()], ["g", "a", "b"]);
  await assert.rejects(first.read("x"), { kind: "interrupted" });
  await server.close();
  await assert.rejects(second.read("x"), { kind: "interrupted" });
});
