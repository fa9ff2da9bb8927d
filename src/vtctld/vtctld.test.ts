/** The functions of the Vtctld service over a topology in memory, with tablets that only remember what they were told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type DescMethodUnary, type MessageInitShape } from "@bufbuild/protobuf";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { VtError } from "../base/errors.ts";
import { silentLogger } from "../base/log.ts";
import { type Tablet, TabletSchema, TabletType } from "../proto/generated/topodata_pb.js";
import { KeyspaceSchema as VSchemaSchema } from "../proto/generated/vschema_pb.js";
import { Vtctld as service } from "../proto/generated/vtctlservice_pb.js";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { createTablet, recordPrimary, timeNow } from "../topo/cluster-records.ts";
import { keyspaceName, shardName, tabletAlias } from "../topo/names.ts";
import { timestamp } from "../topo/times.ts";
import { TopoServer } from "../topo/server.ts";
import { functions, unserved } from "./functions.ts";
import { localCall, type VtctldCall } from "./service.ts";
import type { TabletCall, Vtctld } from "./vtctld.ts";

const m = service.method;
type Answers = { [method: string]: (tablet: Tablet, request: Record<string, unknown>) => object };

interface Cluster {
  readonly vtctld: Vtctld;
  readonly call: VtctldCall;
  readonly topo: TopoServer;
  /** "zone1-0000000100 changeType" in the order of calling. */
  readonly asked: string[];
  readonly answers: Answers;
}

async function openCluster(): Promise<Cluster> {
  const context = { clock: systemClock, disk, memoryStores: new Map() };
  const topo = await TopoServer.open(context, { implementation: "memory", globalAddress: "g", globalRoot: "/global" });
  const asked: string[] = [];
  const answers: Answers = { primaryPosition: () => ({ position: "MariaDB/0-1-7" }) };
  const callTablet: TabletCall = async (tablet, method, request) => {
    const name = `${tablet.alias?.cell}-${String(tablet.alias?.uid).padStart(10, "0")}`;
    asked.push(`${name} ${method.localName}`);
    const answer = answers[method.localName]?.(tablet, request as Record<string, unknown>) ?? {};
    return create((method as DescMethodUnary).output, answer as Record<string, unknown>) as never;
  };
  const dialTablet: Vtctld["dialTablet"] = (tablet) =>
    Object.fromEntries(
      TabletManager.methods.map((method) => [
        method.localName,
        (request: object) => callTablet(tablet, method as DescMethodUnary, request as Record<string, unknown>),
      ]),
    ) as unknown as ReturnType<Vtctld["dialTablet"]>;
  const vtctld: Vtctld = {
    topo,
    callTablet,
    dialTablet,
    readVersion: async (tablet) => tablet.tags["version"] ?? "1",
    clock: systemClock,
    log: silentLogger,
    owner: { hostName: "here", userName: "me" },
    times: () => ({ lockTimeoutMs: 1000, remoteOperationTimeoutMs: 1000 }),
  };
  const call = localCall(vtctld);
  for (const name of ["zone1", "zone2"])
    await call(m.addCellInfo, { name, cellInfo: { serverAddress: name, root: `/${name}` } });
  return { vtctld, call, topo, asked, answers };
}

async function addTablet({ topo }: Cluster, alias: string, shard: string, type = TabletType.REPLICA, tags = {}) {
  const [cell = "", uid = ""] = alias.split("-");
  const isPrimary = type === TabletType.PRIMARY;
  const start = timeNow(topo);
  const tablet = create(TabletSchema, {
    alias: { cell, uid: Number(uid) },
    hostname: "db",
    portMap: { vt: 15_000, grpc: 16_000 },
    keyspace: "user",
    shard,
    type,
    tags,
    ...(isPrimary ? { primaryTermStartTime: start } : {}),
  });
  await createTablet(topo, tablet, false);
  if (isPrimary) await recordPrimary(topo, keyspaceName("user"), shardName(shard), tabletAlias(alias), start);
}

/** A term that is later than any of now. */
const inAMinute = () => timestamp(systemClock.nowMs() + 60_000);

/** user/-80 with primary zone1-100 and replica zone2-101, user/80- with primary zone1-200. */
async function userCluster(): Promise<Cluster> {
  const cluster = await openCluster();
  const { call } = cluster;
  await call(m.createKeyspace, { name: "user", durabilityPolicy: "semi_sync" });
  for (const shardNameText of ["-80", "80-"]) await call(m.createShard, { keyspace: "user", shardName: shardNameText });
  await addTablet(cluster, "zone1-100", "-80", TabletType.PRIMARY);
  await addTablet(cluster, "zone2-101", "-80");
  await addTablet(cluster, "zone1-200", "80-", TabletType.PRIMARY);
  await call(m.rebuildKeyspaceGraph, { keyspace: "user" });
  return cluster;
}

const fails = (work: Promise<unknown>, code: string, pattern: RegExp) =>
  assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof VtError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    return true;
  });

test("cells: add, update, alias, delete; a cell is in one alias", async () => {
  const { call } = await openCluster();
  assert.deepEqual((await call(m.getCellInfoNames, {})).names, ["zone1", "zone2"]);
  await call(m.updateCellInfo, { name: "zone2", cellInfo: { serverAddress: "elsewhere" } });
  const { cellInfo } = await call(m.getCellInfo, { cell: "zone2" });
  assert.deepEqual([cellInfo?.serverAddress, cellInfo?.root], ["elsewhere", "/zone2"]);
  await call(m.addCellsAlias, { name: "near", cells: ["zone1", "zone2"] });
  await fails(call(m.addCellsAlias, { name: "far", cells: ["zone2"] }), "VT23008", /it is in alias near/);
  await call(m.updateCellsAlias, { name: "near", cellsAlias: { cells: ["zone1"] } });
  await call(m.addCellsAlias, { name: "far", cells: ["zone2"] });
  assert.deepEqual(Object.keys((await call(m.getCellsAliases, {})).aliases).sort(), ["far", "near"]);
  await call(m.deleteCellsAlias, { name: "far" });
  await fails(call(m.addCellInfo, { name: "zone1", cellInfo: { root: "/x" } }), "VT23002", /exists already/);
  await fails(call(m.addCellInfo, { name: "zone3", cellInfo: {} }), "VT23007", /cell_info.root/);
  await call(m.deleteCellInfo, { name: "zone2" });
  await fails(call(m.getCellInfo, { cell: "zone2" }), "VT23001", /cells\/zone2/);
});

test("names are validated on the server's side", async () => {
  const { call } = await openCluster();
  await fails(call(m.createKeyspace, { name: "a/b" }), "VT22001", /a\/b/);
  await fails(call(m.getShard, { keyspace: "user", shardName: "../x" }), "VT22001", /shard/);
  await fails(call(m.addCellInfo, { name: "..", cellInfo: { root: "/" } }), "VT22001", /cell/);
  await fails(call(m.getTablet, { tabletAlias: { cell: "a b", uid: 1 } }), "VT22001", /cell/);
  await fails(call(m.getTablet, {}), "VT23007", /tablet_alias/);
});

test("keyspaces: create, force, policy, snapshot, delete", async () => {
  const { call } = await openCluster();
  const made = await call(m.createKeyspace, { name: "user" });
  assert.equal(made.keyspace?.keyspace?.durabilityPolicy, "none");
  await fails(call(m.createKeyspace, { name: "user" }), "VT23002", /keyspace user exists/);
  await call(m.createKeyspace, { name: "user", force: true });
  await fails(call(m.createKeyspace, { name: "x", durabilityPolicy: "strong" }), "VT22033", /strong/);
  const changed = await call(m.setKeyspaceDurabilityPolicy, { keyspace: "user", durabilityPolicy: "cross_cell" });
  assert.equal(changed.keyspace?.durabilityPolicy, "cross_cell");
  assert.ok("user" in ((await call(m.getSrvVSchema, { cell: "zone1" })).srvVSchema?.keyspaces ?? {}));
  await fails(call(m.createKeyspace, { name: "snap", type: 1 }), "VT23007", /base_keyspace/);
  const snap = { name: "snap", type: 1, baseKeyspace: "user", snapshotTime: { seconds: 1n } };
  await call(m.createKeyspace, snap);
  assert.equal((await call(m.getVSchema, { keyspace: "snap" })).vSchema?.requireExplicitRouting, true);
  await call(m.createShard, { keyspace: "user", shardName: "0" });
  await fails(call(m.deleteKeyspace, { keyspace: "user" }), "VT23008", /1 shards/);
  await call(m.deleteKeyspace, { keyspace: "user", recursive: true });
  assert.deepEqual(
    (await call(m.getKeyspaces, {})).keyspaces.map(({ name }) => name),
    ["snap"],
  );
  assert.ok(!("user" in ((await call(m.getSrvVSchema, { cell: "zone1" })).srvVSchema?.keyspaces ?? {})));
});

test("shards: create with the keyspace, serving, deletion refuses orphans", async () => {
  const { call } = await openCluster();
  await fails(call(m.createShard, { keyspace: "user", shardName: "-80" }), "VT23001", /keyspaces\/user/);
  const made = await call(m.createShard, { keyspace: "user", shardName: "-80", includeParent: true });
  assert.equal(made.shard?.shard?.isPrimaryServing, true);
  assert.equal(made.keyspace?.name, "user");
  await fails(call(m.createShard, { keyspace: "user", shardName: "-80" }), "VT23002", /shard user\/-80/);
  assert.equal(
    (await call(m.createShard, { keyspace: "user", shardName: "-80", force: true })).shardAlreadyExists,
    true,
  );
  await call(m.createShard, { keyspace: "user", shardName: "80-" });
  const cluster = await userCluster();
  const deletion = { shards: [{ keyspace: "user", name: "-80" }] };
  await fails(cluster.call(m.deleteShards, deletion), "VT23008", /it serves in cell zone1/);
  await fails(cluster.call(m.deleteShards, { ...deletion, evenIfServing: true }), "VT23008", /2 tablets/);
  await cluster.call(m.deleteShards, { ...deletion, evenIfServing: true, recursive: true });
  const { tablets } = await cluster.call(m.getTablets, {});
  assert.deepEqual(
    tablets.map(({ alias }) => alias?.uid),
    [200],
  );
  assert.deepEqual(Object.keys((await cluster.call(m.findAllShardsInKeyspace, { keyspace: "user" })).shards), ["80-"]);
});

test("shards: denied tables, query service, sources, emergency switch", async () => {
  const { call } = await userCluster();
  const at = { keyspace: "user", shard: "-80" };
  const control = { ...at, tabletType: TabletType.RDONLY };
  await call(m.setShardTabletControl, { ...control, deniedTables: ["t1"], cells: ["zone1"] });
  const { shard } = await call(m.setShardTabletControl, { ...control, deniedTables: ["t2"], cells: ["zone2"] });
  assert.deepEqual(shard?.tabletControls[0]?.deniedTables, ["t1", "t2"]);
  assert.deepEqual(shard?.tabletControls[0]?.cells, ["zone1", "zone2"]);
  const less = await call(m.setShardTabletControl, { ...control, remove: true, cells: ["zone1"] });
  assert.deepEqual(less.shard?.tabletControls[0]?.cells, ["zone2"]);
  assert.deepEqual((await call(m.setShardTabletControl, { ...control, remove: true })).shard?.tabletControls, []);
  await call(m.setShardTabletControl, { ...control, disableQueryService: true });
  const { srvKeyspaces } = await call(m.getSrvKeyspaces, { keyspace: "user" });
  const partition = srvKeyspaces["zone1"]?.partitions.find(({ servedType }) => servedType === TabletType.RDONLY);
  assert.equal(partition?.shardTabletControls[0]?.queryServiceDisabled, true);
  const source = { ...at, uid: 1, sourceKeyspace: "old", sourceShard: "0" };
  assert.equal((await call(m.sourceShardAdd, source)).shard?.sourceShards.length, 1);
  await fails(call(m.sourceShardAdd, source), "VT23002", /source 1/);
  assert.equal((await call(m.sourceShardDelete, { ...at, uid: 1 })).shard?.sourceShards.length, 0);
  await call(m.setVtorcEmergencyReparent, { ...at, disable: true });
  const found = await call(m.getShard, { keyspace: "user", shardName: "-80" });
  assert.equal(found.shard?.shard?.vtorcState?.disableEmergencyReparent, true);
  assert.equal((await call(m.setShardIsPrimaryServing, { ...at, isServing: false })).shard?.isPrimaryServing, false);
});

test("tablets: choosing, deleting, a stale primary is shown as unknown", async () => {
  const cluster = await userCluster();
  const { call } = cluster;
  const uids = async (request: MessageInitShape<typeof m.getTablets.input>) =>
    (await call(m.getTablets, request)).tablets.map(({ alias }) => alias?.uid);
  assert.deepEqual(await uids({}), [100, 200, 101]);
  assert.deepEqual(await uids({ keyspace: "user", shard: "-80" }), [100, 101]);
  assert.deepEqual(await uids({ cells: ["zone2"] }), [101]);
  assert.deepEqual(await uids({ tabletType: TabletType.PRIMARY }), [100, 200]);
  const named = {
    tabletAliases: [
      { cell: "zone1", uid: 200 },
      { cell: "zone1", uid: 999 },
    ],
  };
  assert.deepEqual(await uids(named), [200]);
  await fails(call(m.getTablets, { ...named, strict: true }), "VT23001", /zone1-0000000999/);
  await recordPrimary(cluster.topo, keyspaceName("user"), shardName("-80"), tabletAlias("zone2-101"), inAMinute());
  const shown = (await call(m.getTablets, { tabletAliases: [{ cell: "zone1", uid: 100 }] })).tablets[0];
  assert.equal(shown?.type, TabletType.UNKNOWN);
  await call(m.deleteTablets, { tabletAliases: [{ cell: "zone1", uid: 100 }] });
  await fails(call(m.deleteTablets, { tabletAliases: [{ cell: "zone1", uid: 200 }] }), "VT23008", /it is the primary/);
  await call(m.deleteTablets, { tabletAliases: [{ cell: "zone1", uid: 200 }], allowPrimary: true });
  assert.equal((await call(m.getShard, { keyspace: "user", shardName: "80-" })).shard?.shard?.primaryAlias, undefined);
});

test("tablets: a change of type asks for semi-sync as the policy says, and never makes a primary", async () => {
  const cluster = await userCluster();
  const { call, answers, asked } = cluster;
  const seen: unknown[] = [];
  answers["changeType"] = (_tablet, { tabletType, semiSync }) => {
    seen.push([tabletType, semiSync]);
    return {};
  };
  const tabletAliasMessage = { cell: "zone2", uid: 101 };
  const change = (dbType: TabletType, dryRun = false) =>
    call(m.changeTabletType, { tabletAlias: tabletAliasMessage, dbType, dryRun });
  assert.equal((await change(TabletType.RDONLY, true)).afterTablet?.type, TabletType.RDONLY);
  await change(TabletType.RDONLY);
  await change(TabletType.REPLICA);
  assert.deepEqual(seen, [
    [TabletType.RDONLY, false],
    [TabletType.REPLICA, true],
  ]);
  await fails(change(TabletType.PRIMARY), "VT23008", /PlannedReparentShard/);
  await call(m.pingTablet, { tabletAlias: tabletAliasMessage });
  assert.equal(asked.at(-1), "zone2-0000000101 ping");
  await fails(
    call(m.executeHook, { tabletAlias: tabletAliasMessage, tabletHookRequest: { name: "../sh" } }),
    "VT22001",
    /hook/,
  );
});

test("reparents: the wish reaches src/reparent, and its report comes back", async () => {
  const { call, asked, answers, topo } = await userCluster();
  const at = { keyspace: "user", shard: "-80" };
  answers["replicationStatus"] = () => ({ status: { position: "MariaDB/0-1-7", replicationLagSeconds: 0 } });
  answers["demotePrimary"] = () => ({ primaryStatus: { position: "MariaDB/0-1-7" } });
  answers["promoteReplica"] = () => ({ position: "MariaDB/0-2-8" });
  const report = await call(m.plannedReparentShard, {
    ...at,
    newPrimary: { cell: "zone2", uid: 101 },
    allowCrossCellPromotion: true,
  });
  assert.equal(report.promotedPrimary?.uid, 101, JSON.stringify(asked));
  assert.match(
    report.events[0]?.value ?? "",
    /zone2-0000000101 is the primary of user\/-80 now, after zone1-0000000100 \(graceful/,
  );
  assert.ok(asked.indexOf("zone1-0000000100 demotePrimary") < asked.indexOf("zone2-0000000101 promoteReplica"));
  const idle = await call(m.plannedReparentShard, { ...at, avoidPrimary: { cell: "zone9", uid: 1 } });
  assert.match(idle.events[0]?.value ?? "", /nothing to do/);
  await fails(
    call(m.plannedReparentShard, { ...at, expectedPrimary: { cell: "zone2", uid: 7 } }),
    "VT22030",
    /-0000000007/,
  );
  await recordPrimary(topo, keyspaceName("user"), shardName("-80"), tabletAlias("zone1-100"), inAMinute());
  const followed = await call(m.reparentTablet, { tablet: { cell: "zone2", uid: 101 } });
  assert.equal(followed.primary?.uid, 100);
  const told = await call(m.tabletExternallyReparented, { tablet: { cell: "zone2", uid: 101 } });
  assert.deepEqual([told.newPrimary?.uid, told.oldPrimary?.uid], [101, 100]);
  assert.equal(asked.at(-1), "zone2-0000000101 changeType");
});

test("replication: positions, lists and their repair", async () => {
  const cluster = await userCluster();
  const { call, answers } = cluster;
  answers["replicationStatus"] = () => ({ status: { position: "MariaDB/0-1-5", replicationLagSeconds: 2 } });
  const at = { keyspace: "user", shard: "-80" };
  const positions = await call(m.shardReplicationPositions, at);
  assert.equal(positions.replicationStatuses["zone1-0000000100"]?.position, "MariaDB/0-1-7");
  assert.equal(positions.replicationStatuses["zone2-0000000101"]?.replicationLagSeconds, 2);
  await call(m.shardReplicationAdd, { ...at, tabletAlias: { cell: "zone1", uid: 999 } });
  assert.equal((await call(m.getShardReplication, at)).shardReplicationByCell["zone1"]?.nodes.length, 2);
  const fixed = await call(m.shardReplicationFix, { ...at, cell: "zone1" });
  assert.equal(fixed.error?.tabletAlias?.uid, 999);
  assert.equal((await call(m.shardReplicationFix, { ...at, cell: "zone1" })).error, undefined);
  answers["replicationStatus"] = () => {
    throw VtError.of("VT23010", "zone2-101", "connection refused");
  };
  assert.equal((await call(m.shardReplicationPositions, at)).replicationStatuses["zone2-0000000101"], undefined);
});

test("ApplySchema runs each statement on all primaries, then makes replicas read their schema again", async () => {
  const { call, answers, asked } = await userCluster();
  const ran: string[] = [];
  answers["executeFetchAsDba"] = (tablet, { query }) => {
    ran.push(`${tablet.shard}: ${Buffer.from(query as Uint8Array).toString()}`);
    return { result: { rowsAffected: 3n } };
  };
  const sql = ["create table t (a int); -- done;\nalter table t add b varchar(9) default ';'"];
  const answer = await call(m.applySchema, { keyspace: "user", sql, ddlStrategy: "direct" });
  assert.deepEqual(ran.toSorted(), [
    "-80: alter table t add b varchar(9) default ';'",
    "-80: create table t (a int)",
    "80-: alter table t add b varchar(9) default ';'",
    "80-: create table t (a int)",
  ]);
  assert.equal(answer.rowsAffectedByShard["-80"], 6n);
  assert.ok(asked.includes("zone2-0000000101 reloadSchema"));
  assert.ok(!asked.includes("zone1-0000000100 reloadSchema"));
  const insert = "insert into t values (1)";
  await fails(call(m.applySchema, { keyspace: "user", sql: [insert] }), "VT23009", /insert into t/);
  await fails(call(m.applySchema, { keyspace: "user", sql: ["  "] }), "VT23007", /sql/);
  await fails(call(m.applySchema, { keyspace: "user", sql, ddlStrategy: "online" }), "VT12001", /online/);
});

test("ApplySchema may bring rows to a keyspace of one shard: a sequence needs one", async () => {
  const cluster = await openCluster();
  const { call, answers } = cluster;
  await call(m.createKeyspace, { name: "user", durabilityPolicy: "none" });
  await call(m.createShard, { keyspace: "user", shardName: "0" });
  await addTablet(cluster, "zone1-100", "0", TabletType.PRIMARY);
  answers["executeFetchAsDba"] = () => ({ result: { rowsAffected: 1n } });
  const answer = await call(m.applySchema, { keyspace: "user", sql: ["insert into seq values (0, 1, 3)"] });
  assert.equal(answer.rowsAffectedByShard["0"], 1n);
});

test("ApplySchema says where a change failed and where it ran", async () => {
  const { call, answers } = await userCluster();
  answers["executeFetchAsDba"] = (tablet) => {
    if (tablet.shard === "80-") throw VtError.of("VT23010", "zone1-200", "disk full");
    return {};
  };
  await fails(
    call(m.applySchema, { keyspace: "user", sql: ["drop table t"] }),
    "VT23012",
    /80-: .*disk full.*done on shards: -80/,
  );
  answers["executeMultiFetchAsDba"] = (_tablet, { sql }) => {
    assert.equal(Buffer.from(sql as Uint8Array).toString(), "create table a (i int);\ncreate view b as select 1");
    return { results: [{ rowsAffected: 1n }, {}] };
  };
  const sql = ["create table a (i int); create view b as select 1"];
  assert.equal((await call(m.applySchema, { keyspace: "user", sql, batchSize: 5n })).rowsAffectedByShard["80-"], 1n);
});

test("VSchema: checked before it is stored; dry run; rules reach the cells", async () => {
  const { call } = await userCluster();
  const vSchema = create(VSchemaSchema, {
    sharded: true,
    vindexes: { h: { type: "xxhash", params: { odd: "1" } } },
    tables: { t: { columnVindexes: [{ column: "id", name: "h" }] } },
  });
  const dry = await call(m.applyVSchema, { keyspace: "user", vSchema, dryRun: true });
  assert.deepEqual(dry.unknownVindexParams["h"]?.params, ["odd"]);
  assert.deepEqual(Object.keys((await call(m.getVSchema, { keyspace: "user" })).vSchema?.tables ?? {}), []);
  await fails(call(m.applyVSchema, { keyspace: "user", vSchema, strict: true }), "VT20006", /odd/);
  await call(m.applyVSchema, { keyspace: "user", vSchema });
  assert.ok("t" in ((await call(m.getSrvVSchema, { cell: "zone2" })).srvVSchema?.keyspaces["user"]?.tables ?? {}));
  const bad = create(VSchemaSchema, {
    sharded: true,
    tables: { t: { columnVindexes: [{ column: "id", name: "none" }] } },
  });
  await fails(call(m.applyVSchema, { keyspace: "user", vSchema: bad }), "VT20006", /none/);
  await call(m.applyRoutingRules, { routingRules: { rules: [{ fromTable: "t", toTables: ["user.t"] }] } });
  const { srvVSchemas } = await call(m.getSrvVSchemas, {});
  assert.equal(srvVSchemas["zone1"]?.routingRules?.rules.length, 1);
  const rule = { fromKeyspace: "user", toKeyspace: "other" };
  await call(m.applyKeyspaceRoutingRules, { keyspaceRoutingRules: { rules: [rule] } });
  await call(m.applyShardRoutingRules, { shardRoutingRules: { rules: [{ ...rule, shard: "-80" }] } });
  assert.equal((await call(m.getShardRoutingRules, {})).shardRoutingRules?.rules[0]?.shard, "-80");
  assert.equal((await call(m.getKeyspaceRoutingRules, {})).keyspaceRoutingRules?.rules.length, 1);
  await call(m.deleteSrvVSchema, { cell: "zone1" });
  await fails(call(m.getSrvVSchema, { cell: "zone1" }), "VT23001", /SrvVSchema/);
});

test("ApplyVSchema takes ALTER VSCHEMA", async () => {
  const { call } = await userCluster();
  const sql = "alter vschema on t add vindex h (id) using xxhash; alter vschema on u add vindex h (id)";
  const { vSchema } = await call(m.applyVSchema, { keyspace: "user", sql });
  assert.equal(vSchema?.sharded, true);
  assert.deepEqual(Object.keys(vSchema?.tables ?? {}), ["t", "u"]);
  assert.equal((await call(m.getVSchema, { keyspace: "user" })).vSchema?.tables["u"]?.columnVindexes[0]?.name, "h");
  await fails(call(m.applyVSchema, { keyspace: "user", sql: "drop table t" }), "VT23009", /drop table t/);
  const elsewhere = "alter vschema on shop.t add vindex h (id)";
  await fails(call(m.applyVSchema, { keyspace: "user", sql: elsewhere }), "VT23013", /keyspace shop/);
  await assert.rejects(call(m.applyVSchema, { keyspace: "user", sql: "alter vschema nonsense" }), /syntax/i);
});

test("validation finds what does not agree", async () => {
  const cluster = await userCluster();
  const { call, answers } = cluster;
  assert.deepEqual((await call(m.validate, {})).resultsByKeyspace["user"]?.results, []);
  await call(m.shardReplicationAdd, { keyspace: "user", shard: "-80", tabletAlias: { cell: "zone1", uid: 9 } });
  await call(m.createShard, { keyspace: "user", shardName: "c0-" });
  answers["ping"] = (tablet) => {
    if (tablet.alias?.uid === 101) throw VtError.of("VT23010", "zone2-101", "gone");
    return {};
  };
  const { results } = await call(m.validateKeyspace, { keyspace: "user", pingTablets: true });
  assert.equal(results.length, 3, results.join("\n"));
  assert.match(results.join("\n"), /has zone1-0000000009, which is no tablet/);
  assert.match(results.join("\n"), /no primary for shard user\/c0-/);
  assert.match(results.join("\n"), /zone2-0000000101 does not answer/);
  await addTablet(cluster, "zone2-102", "-80", TabletType.REPLICA, { version: "2" });
  const versions = await call(m.validateVersionShard, { keyspace: "user", shard: "-80" });
  assert.deepEqual(versions.results, ["zone2-0000000102 runs 2, its primary 1"]);
});

test("schemas and accounts are compared with the primary's", async () => {
  const { call, answers } = await userCluster();
  const table = (name: string, schema: string) => ({ name, schema, type: "BASE TABLE" });
  answers["getSchema"] = ({ alias }) => ({
    schemaDefinition: {
      tableDefinitions: [
        table("t", alias?.uid === 101 ? "create table t (b int)" : "create table t (a int) AUTO_INCREMENT=7"),
        ...(alias?.uid === 200 ? [table("u", "create table u (a int)")] : []),
      ],
    },
  });
  const { resultsByShard } = await call(m.validateSchemaKeyspace, { keyspace: "user" });
  assert.deepEqual(resultsByShard["-80"]?.results, ["zone2-0000000101 differs from its primary: table t differs"]);
  assert.deepEqual(resultsByShard["80-"]?.results, ["shard 80- differs from -80: table u is extra"]);
  const vschema = await call(m.validateVSchema, { keyspace: "user", shards: ["-80"] });
  assert.match(vschema.results[0] ?? "", /table t, which is not in the VSchema/);
  answers["getPermissions"] = ({ alias }) => ({
    permissions: {
      userPermissions: alias?.uid === 101 ? [] : [{ host: "%", user: "app", privileges: { Select: "Y" } }],
    },
  });
  await fails(
    call(m.validatePermissionsKeyspace, { keyspace: "user" }),
    "VT23008",
    /zone2-0000000101 lacks user 'app'@'%'/,
  );
  const names = await call(m.getSchema, { tabletAlias: { cell: "zone1", uid: 200 }, tableNamesOnly: true });
  assert.deepEqual(
    names.schema?.tableDefinitions.map(({ name, schema }) => [name, schema]),
    [
      ["t", ""],
      ["u", ""],
    ],
  );
});

test("the topology can be looked into", async () => {
  const { call } = await userCluster();
  assert.deepEqual((await call(m.getTopologyPath, { path: "/" })).cell?.children, ["global", "zone1", "zone2"]);
  assert.deepEqual((await call(m.getTopologyPath, { path: "/global/keyspaces" })).cell?.children, ["user"]);
  const shard = await call(m.getTopologyPath, { path: "/global/keyspaces/user/shards/-80/Shard" });
  assert.equal(JSON.parse(shard.cell?.data ?? "").primary_alias.uid, 100);
  const tablet = await call(m.getTopologyPath, { path: "/zone2/tablets/zone2-0000000101/Tablet" });
  assert.equal(JSON.parse(tablet.cell?.data ?? "").keyspace, "user");
  await fails(call(m.getTopologyPath, { path: "/global/nothing" }), "VT23001", /nothing/);
});

test("a cell leaves a shard only without its primary and, unless told, without tablets", async () => {
  const { call } = await userCluster();
  const at = { keyspace: "user", shardName: "-80" };
  await fails(call(m.removeShardCell, { ...at, cell: "zone1" }), "VT23008", /reparent first/);
  await fails(call(m.removeShardCell, { ...at, cell: "zone2" }), "VT23008", /1 tablets there/);
  await call(m.removeKeyspaceCell, { keyspace: "user", cell: "zone2", recursive: true });
  assert.deepEqual(Object.keys((await call(m.getSrvKeyspaces, { keyspace: "user" })).srvKeyspaces), ["zone1"]);
  await call(m.deleteCellInfo, { name: "zone2" });
  await fails(call(m.deleteCellInfo, { name: "zone1" }), "VT23008", /it serves user/);
});

test("every method is served or says that it is not", async () => {
  const { call } = await openCluster();
  assert.equal(Object.keys(functions).length + Object.keys(unserved).length, service.methods.length);
  await fails(call(m.getWorkflows, { keyspace: "user" }), "VT12001", /getWorkflows: workflows/);
});
