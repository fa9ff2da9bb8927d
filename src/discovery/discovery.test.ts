/** Health bookkeeping, the lists of fit tablets, and the shells over them, on a simulated clock. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { disk } from "../base/disk.ts";
import { silentLogger } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { TabletSchema, type Tablet } from "../proto/generated/topodata_pb.js";
import type { QueryService, TabletHealth, TabletTypeName } from "../rpc/query-service.ts";
import { settle, SimulatedClock } from "../testing/simulated-clock.ts";
import { aliasMessage, createCell, createTablet, deleteTablet, keyRangeOf } from "../topo/cluster-records.ts";
import type { MemoryStore } from "../topo/memory-topo.ts";
import { cellName, shardName, tabletAlias } from "../topo/names.ts";
import { TopoServer } from "../topo/server.ts";
import { TopoError } from "../topo/topo.ts";
import { balanceModes, balanceOf, balances, byCell, weigh } from "./balance.ts";
import { HealthCheck } from "./health-check.ts";
import { filterByLag } from "./lag-filter.ts";
import { tabletFilter } from "./tablet-filter.ts";
import { addTablet, decideTablet, type TabletEvent, type TabletState } from "./tablet-state.ts";
import { TargetBook } from "./target-book.ts";
import { TopologyWatcher } from "./topology-watcher.ts";

const limits = { silenceMsMax: 1000, retryDelayMs: 10 };
const alias = (uid: number, cell = "zone1") => tabletAlias(`${cell}-${uid}`);
const record = (uid: number, cell = "zone1", fields = {}): Tablet =>
  create(TabletSchema, { alias: aliasMessage(alias(uid, cell)), hostname: `h${uid}`, portMap: { grpc: 1 }, ...fields });

function health(uid: number, type: TabletTypeName, fields: Partial<TabletHealth> = {}, cell = "zone1"): TabletHealth {
  return {
    target: { keyspace: "user", shard: "-80", tabletType: type, cell },
    tabletAlias: alias(uid, cell),
    isServing: true,
    primaryTermStartSeconds: 0,
    healthError: "",
    replicationLagSeconds: 0,
    qps: 0,
    tableSchemaChanged: [],
    viewSchemaChanged: [],
    udfsChanged: false,
    ...fields,
  };
}

/** Runs events through a tablet; answers the state and the kinds of the actions of each. */
function run(...events: readonly (readonly [nowMs: number, event: TabletEvent])[]) {
  let state: TabletState = addTablet(alias(1), record(1), 0, limits).state;
  const actions = events.map(([nowMs, event]) => {
    const choice = decideTablet(state, event, nowMs, limits);
    state = choice.state;
    return choice.actions.map((action) => action.kind).join("+");
  });
  return { state, actions };
}

test("a stream that ends is asked for again with a growing delay; the connection is kept once", () => {
  const { state, actions } = run(
    [5, { kind: "health", stream: 1, health: health(1, "REPLICA") }],
    [20, { kind: "lost", stream: 1, error: "reset" }],
    [25, { kind: "look" }],
    [30, { kind: "look" }],
    [31, { kind: "lost", stream: 2, error: "refused" }],
    [50, { kind: "look" }],
    [51, { kind: "look" }],
  );
  assert.deepEqual(actions, ["", "hang-up", "", "stream", "hang-up+drop", "", "stream"]);
  assert.equal(state.stream, 3);
  assert.equal(state.error, "refused");
  assert.equal(state.health, undefined);
});

test("a message makes the delays short again, and clears the error", () => {
  const { state } = run(
    [0, { kind: "lost", stream: 1, error: "x" }],
    [10, { kind: "look" }],
    [11, { kind: "health", stream: 2, health: health(1, "REPLICA") }],
  );
  assert.deepEqual([state.retryMs, state.lossesInARow, state.error], [10, 0, undefined]);
  assert.equal(state.lookAtMs, 1011);
});

test("silence, and an answer of somebody else, give the connection up", () => {
  const silent = run(
    [500, { kind: "health", stream: 1, health: health(1, "REPLICA") }],
    [1499, { kind: "look" }],
    [1500, { kind: "look" }],
  );
  assert.deepEqual(silent.actions, ["", "", "hang-up+drop"]);
  assert.match(silent.state.error ?? "", /silent for 1000 ms/);
  const other = run([500, { kind: "health", stream: 1, health: health(2, "REPLICA") }]);
  assert.deepEqual(other.actions, ["hang-up+drop"]);
  assert.match(other.state.error ?? "", /zone1-0000000002 answers at the address of zone1-0000000001/);
});

test("events of an earlier stream, and of a removed tablet, change nothing", () => {
  const { state, actions } = run(
    [0, { kind: "lost", stream: 1, error: "x" }],
    [10, { kind: "look" }],
    [11, { kind: "health", stream: 1, health: health(1, "REPLICA") }],
    [12, { kind: "lost", stream: 1, error: "late" }],
    [13, { kind: "removed" }],
    [14, { kind: "health", stream: 2, health: health(1, "REPLICA") }],
    [99999, { kind: "look" }],
  );
  assert.deepEqual(actions, ["hang-up", "stream", "", "", "hang-up+drop", "", ""]);
  assert.equal(state.health, undefined);
});

test("a tablet that moved is dialed anew; one that changed otherwise is not", () => {
  const moved = run([5, { kind: "replaced", record: record(1, "zone1", { hostname: "elsewhere" }) }]);
  assert.deepEqual(moved.actions, ["hang-up+drop+stream"]);
  const retagged = run([5, { kind: "replaced", record: record(1, "zone1", { tags: { a: "b" } }) }]);
  assert.deepEqual(retagged.actions, [""]);
  assert.deepEqual(retagged.state.record.tags, { a: "b" });
});

test("lag: low ones, and at least so many, but none beyond the high lag", () => {
  const lag = { lowSecondsMax: 30, highSecondsMax: 7200, countMin: 2 };
  const left = (...seconds: number[]) =>
    filterByLag(
      seconds.map((lagSeconds) => ({ lagSeconds })),
      lag,
    ).map((tablet) => tablet.lagSeconds);
  assert.deepEqual(left(120, 5, 15, 10), [5, 10, 15]);
  assert.deepEqual(left(2400, 1800, 2100), [1800, 2100]);
  assert.deepEqual(left(7200, 10800, 14400), [7200]);
  assert.deepEqual(left(10800), []);
  assert.deepEqual(left(30, 31, 32), [30, 31]);
  assert.deepEqual(left(), []);
});

/** A book told by one line a tablet. */
function bookOf() {
  const book = new TargetBook("zone1");
  const states = new Map<string, TabletState>();
  const tell = (uid: number, event: TabletEvent, cell = "zone1") => {
    const old = states.get(alias(uid, cell)) ?? addTablet(alias(uid, cell), record(uid, cell), 0, limits).state;
    const { state } = decideTablet(old, event, 0, limits);
    states.set(state.alias, state);
    return book.update(state).map(({ tabletType }) => tabletType);
  };
  const says = (uid: number, type: TabletTypeName, fields: Partial<TabletHealth> = {}, cell = "zone1") =>
    tell(uid, { kind: "health", stream: 1, health: health(uid, type, fields, cell) }, cell);
  const fit = (type: TabletTypeName) => {
    const { local, remote } = book.fit("user", "-80", type);
    return [local, remote].map((views) => views.map((view) => Number(view.alias.slice(-3))).join()).join(" | ");
  };
  return { book, tell, says, fit };
}

test("of the primaries only the one with the newest term is fit, also while it cannot be reached", () => {
  const { tell, says, fit, book } = bookOf();
  assert.deepEqual(says(1, "PRIMARY", { primaryTermStartSeconds: 10 }), ["PRIMARY"]);
  assert.equal(fit("PRIMARY"), "1 | ");
  assert.deepEqual(says(2, "PRIMARY", { primaryTermStartSeconds: 20 }), ["PRIMARY"]);
  assert.equal(fit("PRIMARY"), "2 | ");
  assert.deepEqual(says(1, "PRIMARY", { primaryTermStartSeconds: 10 }), []);
  assert.deepEqual(tell(2, { kind: "lost", stream: 1, error: "gone" }), ["PRIMARY"]);
  assert.equal(fit("PRIMARY"), " | ");
  says(1, "PRIMARY", { primaryTermStartSeconds: 10 });
  assert.equal(fit("PRIMARY"), " | ", "the old primary must stay hidden");
  assert.equal(book.termOf("user", "-80"), 20);
  assert.deepEqual(tell(2, { kind: "removed" }), ["PRIMARY"]);
  assert.equal(fit("PRIMARY"), "1 | ");
  says(3, "PRIMARY", { primaryTermStartSeconds: 10 });
  assert.equal(fit("PRIMARY"), "1 | ", "of two claims of one term the first by name");
  assert.deepEqual(says(1, "REPLICA"), ["PRIMARY", "REPLICA"]);
  assert.equal(fit("PRIMARY"), "3 | ");
});

test("replicas are fit by serving, health and lag; the own cell stands apart", () => {
  const { says, fit } = bookOf();
  says(1, "REPLICA");
  says(2, "REPLICA", { isServing: false });
  says(3, "REPLICA", { healthError: "no heartbeat" });
  says(4, "REPLICA", { replicationLagSeconds: 60 });
  says(5, "REPLICA", {}, "zone2");
  says(6, "RDONLY");
  assert.equal(fit("REPLICA"), "1 | 5");
  assert.equal(fit("RDONLY"), "6 | ");
  assert.deepEqual(says(2, "REPLICA"), ["REPLICA"]);
  assert.deepEqual(says(2, "REPLICA", { qps: 5 }), [], "the same tablets are no news");
  assert.equal(fit("REPLICA"), "1,2 | 5");
  assert.equal(fit("SPARE"), " | ");
});

/** Fit tablets: so many in each cell; the first cell is the own one. */
function fitOf(counts: Record<string, number>) {
  const book = new TargetBook("zone1");
  for (const [cell, count] of Object.entries(counts))
    for (let uid = 1; uid <= count; uid++) {
      const { state } = addTablet(alias(uid, cell), record(uid, cell), 0, limits);
      const event = { kind: "health", stream: 1, health: health(uid, "REPLICA", {}, cell) } as const;
      book.update(decideTablet(state, event, 0, limits).state);
    }
  return book.fit("user", "-80", "REPLICA");
}

test("by cell: spread over the own cell, then over the others, and never one tried before", () => {
  const fit = fitOf({ zone1: 3, zone2: 1 });
  const random = seededRandom(1);
  const counts = new Map<string, number>();
  for (let i = 0; i < 3000; i++) {
    const picked = byCell({ fit, random, tried: undefined, session: "" })?.alias ?? "none";
    counts.set(picked, (counts.get(picked) ?? 0) + 1);
  }
  assert.deepEqual(
    [...counts.keys()].sort(),
    [1, 2, 3].map((uid) => alias(uid)),
  );
  for (const count of counts.values()) assert.ok(count > 850 && count < 1150, `uneven: ${[...counts.values()].join()}`);
  assert.equal(byCell({ fit: fitOf({}), random, tried: undefined, session: "" }), undefined);
});

test("every way of balancing answers each tablet once as others are tried, then none", () => {
  for (const mode of balanceModes) {
    const balance = balances[mode]({ localCell: "zone1", gatewayCells: ["zone1", "zone2", "zone3"] });
    const fit = fitOf({ zone1: 2, zone2: 1, zone3: 1 });
    const tried = new Set<string>();
    const random = seededRandom(1);
    for (let view = balance({ fit, random, tried, session: "s" }); view !== undefined; ) {
      assert.ok(!tried.has(view.alias), mode);
      tried.add(view.alias);
      view = balance({ fit, random, tried, session: "s" });
    }
    assert.ok(tried.has(alias(1)) && tried.has(alias(2)), `${mode} never tried the own cell`);
    if (mode !== "prefer-cell") assert.equal(tried.size, 4, mode);
  }
});

test("prefer-cell gives every tablet the same load over all cells, at home as far as it goes", () => {
  const cells = ["zone1", "zone2"];
  const shares = (counts: Record<string, number>, gatewayCells = cells) => {
    const load = new Map<string, number>();
    for (const localCell of gatewayCells) {
      const fit = fitOf(counts);
      const all = [...fit.local, ...fit.remote];
      const own = { local: all.filter((v) => v.cell === localCell), remote: all.filter((v) => v.cell !== localCell) };
      for (const { view, weight } of weigh(own, localCell, gatewayCells))
        load.set(view.alias, (load.get(view.alias) ?? 0) + weight);
    }
    return [...load.values()].map((value) => value.toFixed(4));
  };
  assert.deepEqual(new Set(shares({ zone1: 2, zone2: 2 })), new Set(["0.2500"]));
  assert.deepEqual(new Set(shares({ zone1: 3, zone2: 1 })), new Set(["0.2500"]));
  assert.deepEqual(new Set(shares({ zone1: 1, zone2: 1, zone3: 2 })), new Set(["0.2500"]));
  assert.deepEqual(new Set(shares({ zone2: 5 })), new Set(["0.2000"]));
  const atHome = weigh(fitOf({ zone1: 2, zone2: 2 }), "zone1", cells);
  assert.deepEqual(
    atHome.map(({ view }) => view.cell),
    ["zone1", "zone1"],
    "nothing leaves a cell that has enough tablets",
  );
});

test("a mode may be for some keyspaces; prefer-cell must know the gateways' cells", () => {
  const fit = fitOf({ zone1: 4 });
  const random = seededRandom(1);
  const choose = balanceOf({ mode: "session", keyspaces: ["user"], localCell: "zone1" });
  const chosen = (keyspace: string) =>
    new Set(
      Array.from({ length: 100 }, () => choose(keyspace)({ fit, random, tried: undefined, session: "s" })?.alias),
    );
  assert.equal(chosen("user").size, 1);
  assert.equal(chosen("other").size, 4);
  assert.throws(
    () => balanceOf({ mode: "prefer-cell", keyspaces: [], localCell: "zone1", gatewayCells: ["zone2"] }),
    /zone1 in --balancer-vtgate-cells/,
  );
});

test("a session stays with its tablet, and moves only when that one is gone", () => {
  const balance = balances.session({ localCell: "zone1" });
  const random = seededRandom(1);
  const fit = fitOf({ zone1: 4, zone2: 2 });
  const sessions = Array.from({ length: 200 }, (_, i) => `session ${i}`);
  const homes = sessions.map((session) => balance({ fit, random, tried: undefined, session })?.alias);
  assert.equal(new Set(homes).size, 4);
  const smaller = fitOf({ zone1: 3, zone2: 2 });
  sessions.forEach((session, i) => {
    const home = balance({ fit: smaller, random, tried: undefined, session })?.alias;
    if (homes[i] !== alias(4)) assert.equal(home, homes[i]);
    else assert.ok(home !== alias(4) && home?.startsWith("zone1"));
  });
});

/** A tablet that can be made to speak, to hang up and to refuse. */
class FakeTablet {
  dials = 0;
  closes = 0;
  isRefusing = false;
  say: ((health: TabletHealth) => void) | undefined;
  hangUp: ((error: Error) => void) | undefined;

  dial(): QueryService {
    this.dials++;
    const service = {
      streamHealth: (onHealth: (health: TabletHealth) => void, signal: AbortSignal) => {
        if (this.isRefusing) return Promise.reject(new Error("refused"));
        this.say = (message) => signal.aborted || onHealth(message);
        return new Promise<void>((_resolve, reject) => (this.hangUp = reject));
      },
      close: async () => void this.closes++,
    };
    return service as unknown as QueryService;
  }
}

function openHealthCheck(clock: SimulatedClock) {
  const tablets = new Map<string, FakeTablet>();
  const tablet = (uid: number) => {
    const known = tablets.get(`h${uid}`) ?? new FakeTablet();
    tablets.set(`h${uid}`, known);
    return known;
  };
  const dial = ({ hostname }: Tablet) => tablet(Number(hostname.slice(1))).dial();
  const common = { clock, random: seededRandom(1), log: silentLogger, localCell: "zone1" };
  return { tablet, check: new HealthCheck({ ...common, dial, limits }) };
}

const primary = { keyspace: "user", shard: "-80", tabletType: "PRIMARY" } as const;

test("the health check streams, retries, tells its listeners and hands out connections", async () => {
  const clock = new SimulatedClock();
  const { check, tablet } = openHealthCheck(clock);
  const told: string[] = [];
  check.listen({
    tablet: (view, isKnown) => told.push(`${view.alias.slice(-1)} ${isKnown ? (view.error ?? "well") : "removed"}`),
    target: (target) => told.push(`target ${target.tabletType}`),
  });
  check.addTablet(record(1));
  await settle();
  assert.equal(check.pick(primary), undefined);
  tablet(1).say?.(health(1, "PRIMARY", { primaryTermStartSeconds: 5 }));
  assert.equal(check.pick(primary)?.view.alias, alias(1));
  assert.equal(check.pick(primary)?.service, check.service(alias(1)));
  const service = check.service(alias(1));
  tablet(1).hangUp?.(new Error("reset"));
  await settle();
  assert.equal(check.pick(primary), undefined);
  await clock.runFor(10);
  tablet(1).say?.(health(1, "PRIMARY", { primaryTermStartSeconds: 5 }));
  assert.equal(check.pick(primary)?.service, service, "one broken stream must not cost the connection");
  await clock.runFor(1000);
  assert.deepEqual([tablet(1).dials, tablet(1).closes], [1, 1]);
  await clock.runFor(10);
  tablet(1).say?.(health(1, "PRIMARY", { primaryTermStartSeconds: 5 }));
  assert.equal(tablet(1).dials, 2);
  check.removeTablet(alias(1));
  assert.equal(check.pick(primary), undefined);
  const expected = `1 well, target PRIMARY, 1 reset, target PRIMARY, 1 well, target PRIMARY,
    1 silent for 1000 ms, target PRIMARY, 1 well, target PRIMARY, 1 removed, target PRIMARY`;
  assert.deepEqual(told, expected.split(/,\s+/));
  await check.close();
});

test("waiting for targets ends when all have a fit tablet, or names those that have none", async () => {
  const clock = new SimulatedClock();
  const { check, tablet } = openHealthCheck(clock);
  const replica = { ...primary, tabletType: "REPLICA" } as const;
  check.addTablet(record(1));
  check.addTablet(record(2));
  await settle();
  const waiting = check.waitFor([primary, replica], 500);
  tablet(1).say?.(health(1, "PRIMARY", { primaryTermStartSeconds: 5 }));
  tablet(2).say?.(health(2, "REPLICA"));
  await waiting;
  await check.waitFor([primary], 0);
  const failing = check.waitFor([primary, { ...replica, shard: "80-" }], 500);
  const failed = assert.rejects(failing, /timeout: tablets \(none is fit for user\/80- REPLICA after 500 ms\)/);
  await clock.runFor(600);
  await failed;
  const stop = new AbortController();
  const stopped = assert.rejects(check.waitFor([{ ...replica, shard: "80-" }], 500, stop.signal), /enough/);
  stop.abort(new Error("enough"));
  await stopped;
  await check.close();
  assert.deepEqual([tablet(1).closes, tablet(2).closes], [1, 1]);
});

test("a tablet that refuses is dialed ever more rarely", async () => {
  const clock = new SimulatedClock();
  const { check, tablet } = openHealthCheck(clock);
  tablet(1).isRefusing = true;
  check.addTablet(record(1));
  await clock.runFor(10_000);
  assert.ok(tablet(1).dials >= 10 && tablet(1).dials <= 20, `${tablet(1).dials} dials in 10 s`);
  tablet(1).isRefusing = false;
  await clock.runFor(1_100);
  tablet(1).say?.(health(1, "REPLICA"));
  assert.equal(check.book.view(alias(1))?.isServing, true);
  await check.close();
});

test("filters choose tablets by keyspace, shard, key range and tags", () => {
  const tablet = (keyspace: string, shard: string, tags = {}) => {
    const keyRange = keyRangeOf(shardName(shard));
    return create(TabletSchema, { keyspace, shard, tags, ...(keyRange === undefined ? {} : { keyRange }) });
  };
  const passes = (filter: Parameters<typeof tabletFilter>[0]) =>
    [tablet("user", "-40"), tablet("user", "80-", { pool: "a" }), tablet("main", "0")]
      .filter(tabletFilter(filter))
      .map(({ keyspace, shard }) => `${keyspace}/${shard}`)
      .join(" ");
  assert.equal(passes({}), "user/-40 user/80- main/0");
  assert.equal(passes({ keyspaces: ["user"] }), "user/-40 user/80-");
  assert.equal(passes({ shards: ["user|-80"] }), "user/-40");
  assert.equal(passes({ shards: ["user|80-", "main"] }), "user/80- main/0");
  assert.equal(passes({ shards: ["main|0"] }), "main/0");
  assert.equal(passes({ tags: { pool: "a" } }), "user/80-");
  assert.throws(() => tabletFilter({ keyspaces: ["a/b"] }), { code: "VT22001" });
});

test("the watcher follows a cell's tablets, and keeps them while the cell is away", async () => {
  const clock = new SimulatedClock();
  const context = { clock, disk, memoryStores: new Map<string, MemoryStore>() };
  const server = await TopoServer.open(context, { implementation: "memory", globalAddress: "g", globalRoot: "/g" });
  const zone1 = cellName("zone1");
  await createCell(server, zone1, "g", "/zone1");
  const put = (uid: number, fields = {}) =>
    createTablet(server, record(uid, "zone1", { keyspace: "user", shard: "0", ...fields }), true);
  await put(1);
  await put(2, { keyspace: "hidden" });
  const told: string[] = [];
  const recorder = {
    addTablet: (tablet: Tablet) => void told.push(`+${tablet.hostname}`),
    removeTablet: (name: string) => void told.push(`-${name.slice(-1)}`),
  };
  const filter = tabletFilter({ keyspaces: ["user"] });
  const watcher = new TopologyWatcher({ server, cell: zone1, recorder, filter, log: silentLogger, refreshMs: 5000 });
  await watcher.firstRead;
  assert.deepEqual(told, ["+h1"]);
  await put(3);
  await settle();
  assert.deepEqual(told.splice(0), ["+h1", "+h3"]);
  await put(3, { hostname: "moved" });
  await deleteTablet(server, alias(1));
  await settle();
  assert.deepEqual(told.splice(0), ["+moved", "-1"]);
  const topo = await server.cell(zone1);
  await topo.write("tablets/zone1-0000000003/Tablet", Buffer.from([0xff]), undefined);
  await clock.runFor(20_000);
  assert.deepEqual(told, [], "a bad record leaves what is known in force");
  const cell = server.cell.bind(server);
  server.cell = () => Promise.reject(new TopoError("unavailable", "", "away"));
  await clock.runFor(20_000);
  server.cell = cell;
  await clock.runFor(20_000);
  assert.deepEqual(told, [], "a cell that is away leaves what is known in force");
  watcher.close();
  await put(4);
  await clock.runFor(20_000);
  assert.deepEqual(told, []);
});
