/** Serving records are built from the global ones, and not where the shards leave a hole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { silentLogger } from "../base/log.ts";
import {
  KeyspaceSchema,
  KeyspaceType,
  type Shard,
  ShardSchema,
  type SrvKeyspace,
  SrvKeyspaceSchema,
  TabletType,
} from "../proto/generated/topodata_pb.js";
import { KeyspaceSchema as VSchemaSchema, RoutingRulesSchema } from "../proto/generated/vschema_pb.js";
import { createCell, createKeyspace, createShard, keyRangeOf } from "./cluster-records.ts";
import { MemoryStore } from "./memory-topo.ts";
import { cellName, keyspaceName, type ShardName, shardName } from "./names.ts";
import { buildSrvKeyspace, deleteSrvKeyspace, rebuildKeyspace, rebuildVSchema } from "./rebuild.ts";
import { mustReadRecord, readRecord, records, replaceRecord } from "./records.ts";
import { TopoServer } from "./server.ts";
import { ServingCache } from "./serving-cache.ts";
import { type Topo, TopoError } from "./topo.ts";

const user = keyspaceName("user");
const zone1 = cellName("zone1");

function shards(...names: string[]): Map<ShardName, Shard> {
  return new Map(
    names.map((text) => {
      const name = shardName(text.replace("!", ""));
      const keyRange = keyRangeOf(name);
      const range = keyRange === undefined ? {} : { keyRange };
      return [name, create(ShardSchema, { isPrimaryServing: !text.startsWith("!"), ...range })];
    }),
  );
}

test("each served type has the serving shards in order of their ranges", () => {
  const built = buildSrvKeyspace(user, create(KeyspaceSchema), shards("80-", "!-40", "-80", "!40-80"), undefined);
  assert.deepEqual(
    built.partitions.map((partition) => [partition.servedType, partition.shardReferences.map((r) => r.name).join(" ")]),
    [TabletType.PRIMARY, TabletType.REPLICA, TabletType.RDONLY].map((type) => [type, "-80 80-"]),
  );
});

test("holes, overlaps and mixed kinds of shards are refused", () => {
  const build = (...names: string[]) => buildSrvKeyspace(user, create(KeyspaceSchema), shards(...names), undefined);
  for (const [names, why] of [
    [["80-"], /below 80-/],
    [["-80"], /above -80/],
    [["-40", "80-"], /-40 and 80- leave a hole/],
    [["-80", "40-"], /hole or overlap/],
    [["-", "80-"], /hole or overlap/],
    [["0", "-80", "80-"], /0 has no key range/],
  ] as const)
    assert.throws(
      () => build(...names),
      (error) => {
        assert.match(String(error), why);
        assert.match(String(error), /bad record: keyspaces\/user\/shards/);
        return true;
      },
    );
  for (const names of [["0"], ["-"], ["-40", "40-80", "80-"]]) assert.equal(build(...names).partitions.length, 3);
  assert.equal(build("!-80").partitions.length, 0);
  const snapshot = create(KeyspaceSchema, { keyspaceType: KeyspaceType.SNAPSHOT });
  assert.equal(buildSrvKeyspace(user, snapshot, shards("-80"), undefined, true).partitions.length, 3);
});

test("a switch of traffic that is half done refuses the rebuild; keyspace settings come along", async () => {
  const switching = (queryServiceDisabled: boolean) =>
    create(SrvKeyspaceSchema, {
      partitions: [{ servedType: TabletType.REPLICA, shardTabletControls: [{ name: "-80", queryServiceDisabled }] }],
    });
  const keyspace = create(KeyspaceSchema, { throttlerConfig: { enabled: true, threshold: 5 } });
  const build = (present: SrvKeyspace) => buildSrvKeyspace(user, keyspace, shards("-80", "80-"), present);
  assert.throws(() => build(switching(true)), /VT22034.* -80 for REPLICA is switched off/);
  assert.equal(build(switching(false)).throttlerConfig?.threshold, 5);

  const server = await openCluster();
  const zone2 = cellName("zone2");
  await createCell(server, zone2, "g", "/zone2");
  await replaceRecord(await server.cell(zone2), records.srvKeyspace(user), switching(true));
  await assert.rejects(rebuildKeyspace(server, user), { code: "VT22034" });
  assert.equal(await readRecord(await server.cell(zone1), records.srvKeyspace(user)), undefined, "no cell was written");
});

async function openCluster() {
  const context = { clock: systemClock, disk, memoryStores: new Map<string, MemoryStore>() };
  const store = new MemoryStore();
  context.memoryStores.set("g", store);
  const server = await TopoServer.open(context, { implementation: "memory", globalAddress: "g", globalRoot: "/g" });
  await createCell(server, zone1, "g", "/zone1");
  await createKeyspace(server, user, create(KeyspaceSchema));
  await createShard(server, user, shardName("0"));
  return server;
}

test("rebuilding writes every cell, and tells which it could not", async () => {
  const server = await openCluster();
  await rebuildKeyspace(server, user);
  await rebuildVSchema(server);
  const topo = await server.cell(zone1);
  assert.equal((await mustReadRecord(topo, records.srvKeyspace(user))).message.partitions.length, 3);
  const { message } = await mustReadRecord(topo, records.srvVSchema);
  assert.deepEqual(Object.keys(message.keyspaces), ["user"]);
  const rules = create(RoutingRulesSchema, { rules: [{ fromTable: "a", toTables: ["user.a"] }] });
  await replaceRecord(server.global, records.routingRules, rules);
  await replaceRecord(server.global, records.vschema(user), create(VSchemaSchema, { sharded: true }));
  const failing = rebuildVSchema(server, [zone1, cellName("zone9")]);
  await assert.rejects(failing, /partial result: SrvVSchema \(zone9: no node: cells\/zone9\/CellInfo\)/);
  const second = (await mustReadRecord(topo, records.srvVSchema)).message;
  assert.equal(second.keyspaces["user"]?.sharded, true);
  assert.equal(second.routingRules?.rules[0]?.fromTable, "a");
  await createShard(server, user, shardName("-80"));
  for (const [name, shard] of shards("-80")) await replaceRecord(server.global, records.shard(user, name), shard);
  await assert.rejects(rebuildKeyspace(server, user), { kind: "bad_record" });
  await deleteSrvKeyspace(server, user);
  await deleteSrvKeyspace(server, user);
  assert.equal(await readRecord(topo, records.srvKeyspace(user)), undefined);
});

test("the cache answers the last good record while the store is away or the record bad", async (t) => {
  const server = await openCluster();
  const inner = await server.cell(zone1);
  let isAway = false;
  const flaky: Topo = new Proxy(inner, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return isAway && key === "list" ? unavailable : (value as () => void).bind(target);
    },
  });
  server.cell = async () => flaky;
  const cache = new ServingCache({ server, cell: zone1, log: silentLogger, ttlMs: 5 });
  t.after(() => cache.close());
  await assert.rejects(cache.srvKeyspace(user), { kind: "no_node" });
  await rebuildKeyspace(server, user, { cells: [zone1] });
  const first = await retry(() => cache.srvKeyspace(user));
  assert.equal(first.partitions.length, 3);
  assert.deepEqual(await cache.keyspaces(), ["user"]);
  const seen: number[] = [];
  const silence = cache.onSrvKeyspace(user, (srvKeyspace) => seen.push(srvKeyspace.partitions.length));
  isAway = true;
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(await cache.keyspaces(), ["user"]);
  isAway = false;
  await inner.write(records.srvKeyspace(user).path, Buffer.from([0xff]), undefined);
  await retry(async () =>
    assert.equal(
      cache.contents.some((entry) => entry.error !== undefined),
      true,
    ),
  );
  assert.equal(await cache.srvKeyspace(user), first);
  await replaceRecord(inner, records.srvKeyspace(user), create(SrvKeyspaceSchema));
  await retry(async () => assert.equal((await cache.srvKeyspace(user)).partitions.length, 0));
  assert.deepEqual(seen, [3, 0]);
  silence();
  await inner.delete(records.srvKeyspace(user).path, undefined);
  await retry(() => assert.rejects(cache.srvKeyspace(user), { kind: "no_node" }));
});

test("a listener for a record that comes later is told of it", async (t) => {
  const server = await openCluster();
  const cache = new ServingCache({ server, cell: zone1, log: silentLogger, ttlMs: 5 });
  t.after(() => cache.close());
  assert.equal(cache.srvVSchemaNow, undefined);
  const told = new Promise((resolve) => cache.onSrvVSchema(resolve));
  await rebuildVSchema(server);
  assert.equal(await told, await cache.srvVSchema());
});

const unavailable = () => Promise.reject(new TopoError("unavailable", "", "away"));

async function retry<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 400; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
