/** The steps of changing a primary, with tablets that record what they are told and fail where they are made to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { VtError } from "../base/errors.ts";
import { silentLogger } from "../base/log.ts";
import { KeyspaceSchema, type Tablet, TabletSchema, TabletType } from "../proto/generated/topodata_pb.js";
import * as cluster from "../topo/cluster-records.ts";
import type { MemoryStore } from "../topo/memory-topo.ts";
import { cellName, keyspaceName, shardName, tabletAlias } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import { TopoServer } from "../topo/server.ts";
import { timestamp } from "../topo/times.ts";
import type { ReparentOptions } from "./decide.ts";
import { initShardPrimary } from "./init-shard-primary.ts";
import { plannedReparentShard } from "./planned.ts";
import { reparentTablet } from "./reparent-tablet.ts";
import type { ReparentContext } from "./shard-tablets.ts";
import type { TabletClient } from "./tablet-client.ts";

const keyspace = keyspaceName("user");
const shard = shardName("0");
const alias = (uid: number) => tabletAlias(`zone1-${uid}`);
const uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

interface World {
  readonly server: TopoServer;
  readonly context: ReparentContext;
  /** What tablets were told, in order: "2.promoteReplica". */
  readonly told: string[];
  /** Calls that fail: "2.promoteReplica". */
  readonly failing: Set<string>;
  /** How many transactions each tablet has. */
  readonly counts: Map<number, number>;
}

async function openWorld(primary: number | undefined, durabilityPolicy = "semi_sync"): Promise<World> {
  const stores = { clock: systemClock, disk, memoryStores: new Map<string, MemoryStore>() };
  const server = await TopoServer.open(stores, { implementation: "memory", globalAddress: "g", globalRoot: "/g" });
  await cluster.createCell(server, cellName("zone1"), "g", "/zone1");
  await cluster.createKeyspace(server, keyspace, create(KeyspaceSchema, { durabilityPolicy }));
  await cluster.createShard(server, keyspace, shard);
  for (const uid of [1, 2, 3]) {
    const isPrimary = uid === primary;
    const tablet = create(TabletSchema, {
      alias: cluster.aliasMessage(alias(uid)),
      keyspace,
      shard,
      type: isPrimary ? TabletType.PRIMARY : TabletType.REPLICA,
      ...(isPrimary ? { primaryTermStartTime: timestamp(1000) } : {}),
    });
    await cluster.createTablet(server, tablet, false);
  }
  if (primary !== undefined) await cluster.recordPrimary(server, keyspace, shard, alias(primary), timestamp(1000));
  const world = {
    server,
    told: [],
    failing: new Set<string>(),
    counts: new Map([
      [1, 9],
      [2, 8],
      [3, 9],
    ]),
  };
  const dial = (tablet: Tablet) => fakeClient(world, tablet.alias?.uid ?? 0);
  const owner = { hostName: "test", userName: "test" };
  return { ...world, context: { server, dial, clock: systemClock, log: silentLogger, owner, waitReplicasMs: 1000 } };
}

function fakeClient(world: Omit<World, "context">, uid: number): TabletClient {
  const position = () => `MySQL56/${uuid}:1-${world.counts.get(uid) ?? 0}`;
  const answers: Record<string, () => unknown> = {
    getGlobalStatusVars: () => ({ statusValues: { Innodb_buffer_pool_pages_data: "100" } }),
    replicationStatus: () => ({
      status: { position: position(), replicationLagUnknown: false, replicationLagSeconds: 1 },
    }),
    demotePrimary: () => ({ primaryStatus: { position: position() } }),
    primaryPosition: () => ({ position: position() }),
    promoteReplica: () => ({ position: position() }),
    initPrimary: () => ({ position: position() }),
  };
  const silent = ["getGlobalStatusVars", "replicationStatus"];
  return new Proxy({} as TabletClient, {
    get: (_target, method: string) => async (request: Record<string, unknown>) => {
      if (!silent.includes(method)) {
        const marks = ["semiSync", "forceStartReplication"].filter((name) => request[name] === true);
        world.told.push([`${uid}.${method}`, ...marks].join("+"));
      }
      if (world.failing.has(`${uid}.${method}`)) throw new Error(`${method} failed on ${uid}`);
      return answers[method]?.() ?? {};
    },
  });
}

const commands = [
  "getGlobalStatusVars",
  "primaryPosition",
  "setReplicationSource",
  "demotePrimary",
  "undoDemotePrimary",
  "promoteReplica",
] as const;

const reparent = ({ context }: World, options: ReparentOptions = {}) =>
  plannedReparentShard(context, keyspace, shard, options);

async function failsWith(code: string, pattern: RegExp, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof VtError, String(error));
    assert.match(error.message, pattern);
    assert.equal(error.code, code);
    return true;
  });
}

/** The lock was given up: somebody else gets it at once. */
async function lockIsFree({ server }: World): Promise<void> {
  const lock = await server.global.tryLock(`keyspaces/${keyspace}/shards/${shard}`, "x", { timeoutMs: 0, ttlMs: 1000 });
  await lock.unlock();
}

const following = ["1.setReplicationSource+semiSync", "3.setReplicationSource+semiSync", "2.populateReparentJournal"];

test("graceful: the candidate catches up, the old one is demoted, the new one promoted, all follow", async () => {
  const world = await openWorld(1);
  const report = await reparent(world, { newPrimary: alias(2) });
  assert.deepEqual(world.told, [
    "1.primaryPosition",
    "2.setReplicationSource+semiSync+forceStartReplication",
    "1.demotePrimary",
    "2.waitForPosition",
    "2.promoteReplica+semiSync",
    ...following,
  ]);
  assert.deepEqual(report, {
    kind: "done",
    situation: "graceful",
    oldPrimary: alias(1),
    newPrimary: alias(2),
    position: `MySQL56/${uuid}:1-8`,
  });
  const stored = await mustReadRecord(world.server.global, records.shard(keyspace, shard));
  assert.equal(cluster.aliasOf(stored.message.primaryAlias), alias(2), "named before it is promoted");
  await lockIsFree(world);
});

test("without a name the most advanced replica is chosen; without semi-sync nobody is told to use it", async () => {
  const world = await openWorld(1, "none");
  const report = await reparent(world);
  assert.equal(report.kind === "done" && report.newPrimary, alias(3));
  assert.ok(world.told.every((call) => !call.includes("semiSync")));
  assert.deepEqual(await reparent(await openWorld(1), { avoidPrimary: alias(2) }), {
    kind: "nothing-to-do",
    why: "the primary is zone1-0000000001, and zone1-0000000002 was to be avoided",
  });
});

test("first promotion: the tablet is initialized, then refreshed", async () => {
  const world = await openWorld(undefined);
  const report = await reparent(world, { newPrimary: alias(2) });
  assert.deepEqual(world.told, ["2.initPrimary+semiSync", ...following, "2.refreshState"]);
  assert.equal(report.kind === "done" && report.situation, "first-promotion");
  const blank = await openWorld(undefined);
  for (const uid of [1, 2, 3]) blank.failing.add(`${uid}.replicationStatus`);
  const chosen = await reparent(blank);
  assert.equal(chosen.kind === "done" && chosen.newPrimary, alias(1), "tablets that never replicated are equals");
});

test("repair: the primary is made writable, and the others follow", async () => {
  const world = await openWorld(2);
  const report = await reparent(world, { newPrimary: alias(2) });
  assert.deepEqual(world.told, ["2.setReadWrite", "2.primaryPosition", ...following]);
  assert.equal(report.kind === "done" && report.situation, "repair");
});

async function contested(): Promise<World> {
  const world = await openWorld(1);
  await cluster.updateTablet(world.server, alias(3), (tablet) => {
    tablet.type = TabletType.PRIMARY;
    tablet.primaryTermStartTime = timestamp(1000);
    return tablet;
  });
  return world;
}

test("no clear primary: all are stopped, and the wanted one must have everything", async () => {
  const world = await contested();
  world.counts.set(2, 9);
  const report = await reparent(world, { newPrimary: alias(2) });
  assert.deepEqual(world.told.slice(0, 4).sort(), [
    "1.demotePrimary",
    "2.demotePrimary",
    "2.promoteReplica+semiSync",
    "3.demotePrimary",
  ]);
  assert.equal(report.kind === "done" && report.situation, "no-clear-primary");

  const behind = await contested();
  await failsWith(
    "VT22032",
    /has transactions that zone1-0000000002 has not/,
    reparent(behind, { newPrimary: alias(2) }),
  );
  assert.ok(!behind.told.some((call) => /promote|undo/.test(call)), "nobody is put back, nobody promoted");
  const silent = await contested();
  silent.failing.add("1.demotePrimary");
  await failsWith("VT22032", /the stop of all tablets: zone1-0000000001/, reparent(silent, { newPrimary: alias(2) }));
  await lockIsFree(silent);
});

test("a failure before the demotion changes nothing", async () => {
  for (const [call, why] of [
    ["3.getGlobalStatusVars", /not all tablets can be reached: zone1-0000000003/],
    ["1.primaryPosition", /zone1-0000000002 does not keep up/],
    ["2.setReplicationSource", /zone1-0000000002 does not keep up/],
  ] as const) {
    const world = await openWorld(1);
    world.failing.add(call);
    await failsWith("VT22030", why, reparent(world, { newPrimary: alias(2) }));
    assert.ok(!world.told.some((told) => /demote|promote/i.test(told)), call);
    await lockIsFree(world);
  }
});

test("a failure between demotion and promotion puts the old one back; if that fails it is told", async () => {
  for (const call of ["1.demotePrimary", "2.waitForPosition"]) {
    const world = await openWorld(1);
    world.failing.add(call);
    await failsWith("VT22030", /could not be demoted|did not catch up/, reparent(world, { newPrimary: alias(2) }));
    assert.equal(world.told.at(-1), "1.undoDemotePrimary+semiSync");
    world.failing.add("1.undoDemotePrimary");
    await failsWith("VT22032", /and putting back zone1-0000000001/, reparent(world, { newPrimary: alias(2) }));
    await lockIsFree(world);
  }
});

test("with the lock lost nothing is promoted and nothing put back", async () => {
  const world = await openWorld(1);
  const { global } = world.server;
  const real = global.lock.bind(global);
  let lose = async () => {};
  global.lock = async (...args) => {
    const lock = await real(...args);
    lose = () => lock.unlock();
    return lock;
  };
  const { dial } = world.context;
  const losing = (tablet: Tablet): TabletClient =>
    ({
      ...Object.fromEntries(commands.map((name) => [name, dial(tablet)[name]])),
      waitForPosition: async (request, limits) => {
        const answer = await dial(tablet).waitForPosition(request, limits);
        await lose();
        return answer;
      },
    }) as TabletClient;
  const unlucky = { ...world, context: { ...world.context, dial: losing } };
  await failsWith("VT22032", /at the shard's record: lock lost/, reparent(unlucky, { newPrimary: alias(2) }));
  assert.equal(world.told.at(-1), "2.waitForPosition");
});

test("an old primary that was started again after its demotion stops the change", async () => {
  const world = await openWorld(1);
  const { dial } = world.context;
  const restarting = (tablet: Tablet): TabletClient => ({
    ...(Object.fromEntries(commands.map((name) => [name, dial(tablet)[name]])) as unknown as TabletClient),
    waitForPosition: async (request, limits) => {
      await cluster.updateTablet(world.server, alias(1), (record) => {
        record.tabletStartTime = timestamp(5000);
        return record;
      });
      return dial(tablet).waitForPosition(request, limits);
    },
  });
  const unlucky = { ...world, context: { ...world.context, dial: restarting } };
  const failing = reparent(unlucky, { newPrimary: alias(2) });
  await failsWith("VT22032", /the look after the demotion: zone1-0000000001 was started again/, failing);
  assert.equal(world.told.at(-1), "2.waitForPosition");
});

test("a promotion that fails, or a journal that cannot be written, stops half-way and says so", async () => {
  for (const [call, why] of [
    ["2.promoteReplica", /stopped half-way, at the promotion of zone1-0000000002/],
    ["2.populateReparentJournal", /at the reparent journal of zone1-0000000002/],
  ] as const) {
    const world = await openWorld(1);
    world.failing.add(call);
    await failsWith("VT22032", why, reparent(world, { newPrimary: alias(2) }));
    assert.ok(!world.told.includes("1.undoDemotePrimary+semiSync"), "what may have been promoted is not undone");
  }
  const world = await openWorld(1);
  world.failing.add("3.setReplicationSource");
  await failsWith(
    "VT22031",
    /zone1-0000000002 is primary .* zone1-0000000003: setRep/,
    reparent(world, { newPrimary: alias(2) }),
  );
});

test("a cell whose tablets cannot be read, or a policy nobody knows, refuses the change", async () => {
  const world = await openWorld(1);
  await cluster.createCell(world.server, cellName("zone2"), "", "/x/../y");
  await failsWith("VT22030", /not all of its tablets are known/, reparent(world, { newPrimary: alias(2) }));
  await failsWith("VT22033", /no durability policy 'strange'/, reparent(await openWorld(1, "strange")));
});

test("InitShardPrimary resets all, and records the primary", async () => {
  const world = await openWorld(undefined);
  await initShardPrimary(world.context, keyspace, shard, alias(2));
  assert.deepEqual(world.told.slice(0, 3).sort(), ["1.resetReplication", "2.resetReplication", "3.resetReplication"]);
  assert.deepEqual(world.told.slice(3), [
    "2.initPrimary+semiSync",
    "1.initReplica+semiSync",
    "3.initReplica+semiSync",
    "2.populateReparentJournal",
    "2.refreshState",
  ]);
  const stored = await mustReadRecord(world.server.global, records.shard(keyspace, shard));
  assert.equal(cluster.aliasOf(stored.message.primaryAlias), alias(2));
  const again = initShardPrimary(world.context, keyspace, shard, alias(1));
  await failsWith("VT22030", /zone1-0000000002 is its primary/, again);
  const broken = await openWorld(undefined);
  broken.failing.add("3.resetReplication");
  await failsWith("VT22032", /the reset of replication/, initShardPrimary(broken.context, keyspace, shard, alias(2)));
  broken.failing.clear();
  broken.failing.add("3.initReplica");
  await failsWith(
    "VT22031",
    /zone1-0000000003: initReplica/,
    initShardPrimary(broken.context, keyspace, shard, alias(2)),
  );
});

test("ReparentTablet points a tablet at the recorded primary", async () => {
  const world = await openWorld(1);
  assert.equal(await reparentTablet(world.context, alias(3)), alias(1));
  assert.deepEqual(world.told, ["3.setReplicationSource+semiSync"]);
  await failsWith("VT22030", /itself the primary/, reparentTablet(world.context, alias(1)));
  await failsWith("VT22030", /has no primary/, reparentTablet((await openWorld(undefined)).context, alias(1)));
  const stale = await openWorld(1);
  await cluster.updateTablet(stale.server, alias(1), (tablet) => {
    tablet.type = TabletType.DRAINED;
    return tablet;
  });
  await failsWith("VT22030", /recorded as primary, but is none/, reparentTablet(stale.context, alias(3)));
});
