/**
 * One shard's life, simulated from a seed: tablets with databases, a gateway that writes through the real health check,
 * two controllers that change the primary by the real PlannedReparentShard over the memory topology, and weather:
 * lost, late and doubled messages, cuts, crashes.
 *
 * Always: at most one tablet takes writes; no term has two primaries. In the end, when the weather is calm: a change of
 * primary succeeds, gateway, topology and tablets agree on it, and every acknowledged write is on every tablet.
 */
import { create } from "@bufbuild/protobuf";
import { assert } from "../base/assert.ts";
import { type Clock, sleep } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { errorText } from "../base/errors.ts";
import { silentLogger } from "../base/log.ts";
import { pick, type Random, seededRandom } from "../base/random.ts";
import { HealthCheck } from "../discovery/health-check.ts";
import { tabletFilter } from "../discovery/tablet-filter.ts";
import { TopologyWatcher } from "../discovery/topology-watcher.ts";
import { KeyspaceSchema, type Tablet } from "../proto/generated/topodata_pb.js";
import type { ReparentOptions } from "../reparent/decide.ts";
import type { DurabilityName } from "../reparent/durability.ts";
import { plannedReparentShard, type ReparentReport } from "../reparent/planned.ts";
import type { TabletClient } from "../reparent/tablet-client.ts";
import type { QueryService, TabletHealth } from "../rpc/query-service.ts";
import { aliasOf, createCell, createKeyspace, createShard } from "../topo/cluster-records.ts";
import { MemoryStore } from "../topo/memory-topo.ts";
import { cellName, keyspaceName, shardName, type TabletAlias, tabletAlias } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import { TopoServer } from "../topo/server.ts";
import { EventLog } from "./event-log.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { calm, SimulatedNetwork, stormy } from "./simulated-network.ts";
import { type ProcessLife, SimulatedProcess } from "./simulated-process.ts";
import type { Transaction } from "./simulated-database.ts";
import { type Command, SimulatedTablet } from "./simulated-tablet.ts";

export interface ClusterOptions {
  readonly seed: number;
  readonly tabletCount: number;
  readonly durability: DurabilityName;
  /** Changes of weather, each followed by a pause. */
  readonly rounds: number;
  readonly pauseMsMax: number;
}

const keyspace = keyspaceName("user");
const shard = shardName("-");
const zone1 = cellName("zone1");
const primaryTarget = { keyspace, shard, tabletType: "PRIMARY" } as const;
const health = { silenceMsMax: 2_000, retryDelayMs: 100 };

export class ClusterSimulation {
  readonly clock = new SimulatedClock();
  readonly log = new EventLog(this.clock);
  readonly acknowledged = new Set<string>();
  reparents = 0;
  readonly #random: Random;
  readonly #network: SimulatedNetwork;
  readonly #store = new MemoryStore();
  readonly #options: ClusterOptions;
  readonly #tablets: readonly TabletAlias[];
  readonly #processes = new Map<string, SimulatedProcess>();
  readonly #writable = new Map<TabletAlias, number>();
  readonly #terms = new Map<number, TabletAlias>();
  /** Found where the finder's own errors are caught: told by the driver. */
  readonly #violations: string[] = [];
  #gatewayHealth: HealthCheck | undefined;
  #writes = 0;
  /** No more changes of primary by the controllers; no more writes. */
  #isQuiet = false;
  #isSilent = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#network = new SimulatedNetwork(this.clock, this.#random, this.log);
    this.#tablets = Array.from({ length: options.tabletCount }, (_, i) => tabletAlias(`zone1-${i + 1}`));
    for (const alias of this.#tablets) this.#add(alias, (life) => this.#runTablet(life, alias));
    this.#add("gateway", (life) => this.#runGateway(life));
    for (const name of ["control-a", "control-b"]) this.#add(name, (life) => this.#runControl(life));
  }

  /** Makes the shard and its first primary, lets the weather rage, and waits for calm. */
  async run(): Promise<void> {
    const server = this.#server(this.clock, "setup", () => true);
    await createCell(server, zone1, "store", "/zone1");
    await createKeyspace(server, keyspace, create(KeyspaceSchema, { durabilityPolicy: this.#options.durability }));
    await createShard(server, keyspace, shard);
    for (const process of this.#processes.values()) process.start();
    for (let round = 0; round < this.#options.rounds; round++) {
      await this.clock.runFor(this.#random.below(this.#options.pauseMsMax));
      assert(this.#violations.length === 0, this.#violations.join("; "));
      this.#changeWeather();
    }
    await this.#calmDown(server);
  }

  #changeWeather(): void {
    const names = [...this.#processes.keys()];
    const chance = this.#random.below(10);
    if (chance < 1) this.#network.weather = pick(this.#random, [calm, stormy]);
    else if (chance < 4) {
      const process = this.#processes.get(pick(this.#random, names));
      if (process?.isRunning) this.#crash(process);
      else process?.start();
    } else if (chance < 6) {
      const other = this.#random.below(2) === 0 ? "topology" : pick(this.#random, names);
      this.#network.cut(pick(this.#random, names), other);
    } else {
      this.#network.mendAll();
      for (const process of this.#processes.values()) if (this.#random.below(4) > 0) process.start();
    }
    this.#store.wake();
  }

  #crash(process: SimulatedProcess): void {
    process.crash();
    this.#writable.delete(process.name as TabletAlias);
  }

  async #calmDown(server: TopoServer): Promise<void> {
    this.log.add("weather", "calm");
    this.#network.weather = calm;
    this.#network.mendAll();
    this.#isQuiet = true;
    for (const process of this.#processes.values()) process.start();
    this.#store.wake();
    await this.clock.runFor(60_000); // Leases of crashed controllers end.
    const elect = pick(this.#random, this.#tablets);
    await this.#makeSomePrimary(server);
    const report = await this.#mustFinish(this.#reparent(server, this.clock, "setup", { newPrimary: elect }), 60_000);
    assert(report.kind === "done" && report.newPrimary === elect, "in calm weather a change of primary succeeds");
    this.log.add("weather", `${elect} was made primary: ${report.situation}`);
    await this.clock.runFor(5_000);
    this.#isSilent = true;
    await this.clock.runFor(5_000); // Replicas catch up with the last writes.
    assert(this.#violations.length === 0, this.#violations.join("; "));
    await this.#check(server, elect);
  }

  /** After a change that stopped half-way only a tablet that has everything is accepted: as a person would, try each. */
  async #makeSomePrimary(server: TopoServer): Promise<void> {
    const refusals: string[] = [];
    for (const newPrimary of this.#tablets) {
      try {
        await this.#mustFinish(this.#reparent(server, this.clock, "setup", { newPrimary }), 60_000);
        return;
      } catch (error) {
        refusals.push(errorText(error));
      }
    }
    throw new Error(`no tablet can become primary: ${refusals.join("; ")}`);
  }

  async #check(server: TopoServer, elect: TabletAlias): Promise<void> {
    const { message } = await mustReadRecord(server.global, records.shard(keyspace, shard));
    assert(aliasOf(message.primaryAlias) === elect, `the record names ${aliasOf(message.primaryAlias)}, not ${elect}`);
    assert([...this.#writable.keys()].join() === elect, `writes go to ${[...this.#writable.keys()].join()}`);
    const picked = this.#gatewayHealth?.pick(primaryTarget)?.view.alias;
    assert(picked === elect, `the gateway writes to ${picked}, not to ${elect}`);
    for (const alias of this.#tablets) {
      const log = (this.#processes.get(alias)?.disk.get("log") ?? []) as readonly Transaction[];
      const texts = new Set(log.map(({ text }) => text));
      const lost = [...this.acknowledged].filter((value) => !texts.has(value));
      assert(lost.length === 0, `${alias} lacks acknowledged writes: ${lost.slice(0, 5).join()}`);
    }
  }

  /** Drives the clock until the promise settles. */
  async #mustFinish<T>(promise: Promise<T>, durationMsMax: number): Promise<T> {
    let isSettled = false;
    const settled = promise.finally(() => (isSettled = true));
    settled.catch(() => undefined); // Awaited below.
    assert(await this.clock.runUntil(() => isSettled, durationMsMax), "a change of primary never ends");
    return settled;
  }

  #add(name: string, main: (life: ProcessLife) => void): void {
    this.#processes.set(
      name,
      new SimulatedProcess(name, { clock: this.clock, network: this.#network, log: this.log }, main),
    );
  }

  /** The topology as one process sees it. */
  #server(clock: Clock, name: string, isAlive: () => boolean): TopoServer {
    const isReachable = () => isAlive() && !this.#network.isCut(name, "topology");
    const store = {
      open: (client: Parameters<MemoryStore["open"]>[0]) => this.#store.open({ ...client, isReachable }),
    };
    const context = { clock, disk, memoryStores: new Map([["store", store]]) };
    return new TopoServer(store.open({ clock, root: "/global" }), "memory", context);
  }

  #runTablet(life: ProcessLife, alias: TabletAlias): void {
    const tablet = new SimulatedTablet(life, alias, {
      server: this.#server(life.clock, alias, life.isAlive),
      keyspace,
      shard,
      isSemiSync: this.#options.durability !== "none",
      onWritable: (who, isWritable, termMs) => this.#onWritable(who, isWritable, termMs),
    });
    assert(tablet instanceof SimulatedTablet, "a tablet runs by its timers and what it hears");
  }

  #onWritable(alias: TabletAlias, isWritable: boolean, termMs: number): void {
    if (!isWritable) return void this.#writable.delete(alias);
    this.#writable.set(alias, termMs);
    const holder = this.#terms.get(termMs) ?? alias;
    this.#terms.set(termMs, holder);
    if (holder !== alias) this.#violate(`${holder} and ${alias} are primaries of one term, ${termMs}`);
    const writable = [...this.#writable.keys()];
    if (writable.length > 1) this.#violate(`${writable.join(" and ")} take writes at the same time`);
  }

  #violate(what: string): void {
    this.log.add("VIOLATION", what);
    this.#violations.push(what);
  }

  #runGateway(life: ProcessLife): void {
    const server = this.#server(life.clock, "gateway", life.isAlive);
    const dial = (tablet: Tablet) => healthService(life, tablet.hostname);
    const options = {
      dial,
      clock: life.clock,
      random: this.#random,
      log: silentLogger,
      localCell: zone1,
      limits: health,
    };
    const check = new HealthCheck(options);
    this.#gatewayHealth = check;
    const watcher = {
      server,
      cell: zone1,
      recorder: check,
      filter: tabletFilter({}),
      log: silentLogger,
      refreshMs: 5_000,
    };
    const topologyWatcher = new TopologyWatcher(watcher);
    check.listen({
      target: ({ tabletType }) => {
        if (tabletType !== "PRIMARY") return;
        life.note(`writes to ${check.pick(primaryTarget)?.view.alias ?? "nobody"}`);
      },
    });
    life.clock.every(40, () => {
      const alias = check.pick(primaryTarget)?.view.alias;
      if (alias === undefined || this.#isSilent) return;
      const value = `w${++this.#writes}`;
      life.ask(alias, { kind: "write", value }, 2_000).then(
        () => this.acknowledged.add(value),
        () => undefined, // Unanswered or refused: it may be there or not.
      );
    });
    assert(topologyWatcher instanceof TopologyWatcher, "the watcher runs by its timers");
  }

  #runControl(life: ProcessLife): void {
    const server = this.#server(life.clock, life.name, life.isAlive);
    const loop = async () => {
      for (;;) {
        await sleep(life.clock, 300 + this.#random.below(2_000));
        if (this.#isQuiet) continue;
        const elect = pick(this.#random, [undefined, ...this.#tablets]);
        try {
          const report = await this.#reparent(
            server,
            life.clock,
            life.name,
            elect === undefined ? {} : { newPrimary: elect },
            life,
          );
          life.note(
            report.kind === "done" ? `made ${report.newPrimary} primary: ${report.situation}` : "had nothing to do",
          );
          if (report.kind === "done") this.reparents++;
        } catch (error) {
          life.note(`failed: ${errorText(error)}`);
        }
      }
    };
    void loop();
  }

  #reparent(
    server: TopoServer,
    clock: Clock,
    name: string,
    options: ReparentOptions,
    life?: ProcessLife,
  ): Promise<ReparentReport> {
    const ask = (to: string, body: unknown, timeoutMs: number) =>
      life === undefined ? this.#network.ask(clock, name, to, body, timeoutMs) : life.ask(to, body, timeoutMs);
    return plannedReparentShard(
      {
        server,
        dial: (tablet) => commandClient(clock, tablet.hostname, ask),
        clock,
        log: silentLogger,
        owner: { hostName: name, userName: "simulation" },
        operationTimeoutMs: 3_000,
        waitReplicasMs: 3_000,
      },
      keyspace,
      shard,
      options,
    );
  }
}

/** The commands of a tablet over the simulated network. */
function commandClient(
  clock: Clock,
  to: string,
  ask: (to: string, body: unknown, timeoutMs: number) => Promise<unknown>,
): TabletClient {
  return new Proxy({} as TabletClient, {
    get:
      (_target, method: string) =>
      (request: Record<string, unknown>, limits: { readonly timeoutMs?: number } = {}) => {
        const timeoutMs = limits.timeoutMs ?? 3_000;
        const command: Command = { kind: "command", method, request, deadlineMs: clock.monotonicMs() + timeoutMs };
        return ask(to, command, timeoutMs);
      },
  });
}

/** The health stream of a tablet, by asking again and again: the first silence is the stream's end. */
function healthService(life: ProcessLife, to: string): QueryService {
  const service: Pick<QueryService, "streamHealth" | "close"> = {
    streamHealth: async (onHealth, signal) => {
      while (!signal.aborted) {
        onHealth((await life.ask(to, { kind: "health" }, 1_000)) as TabletHealth);
        await sleep(life.clock, 250, signal);
      }
    },
    close: async () => {},
  };
  return service as QueryService;
}
