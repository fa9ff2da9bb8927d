/**
 * A planned cluster whose roles share this process: vtctld, the tablets and the gateway talk over the in-memory network
 * and a topology in memory; only the database servers are processes of their own. What vtcombo runs, and tests.
 *
 * The gateway calls a tablet's query service directly: nothing is framed or copied on the way.
 */
import { VtError } from "../base/errors.ts";
import { resolveFlags } from "../base/flag-sources.ts";
import type { Metrics } from "../base/metrics.ts";
import type { Random } from "../base/random.ts";
import type { Mysqld } from "../mysqld/mysqld.ts";
import type { MysqldEnvironment } from "../mysqld/workshop.ts";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import { Vtctld } from "../proto/generated/vtctlservice_pb.js";
import { type MemoryNetwork, memoryNetwork } from "../rpc/in-memory.ts";
import type { QueryService } from "../rpc/query-service.ts";
import { type Channel, implement } from "../rpc/service.ts";
import { aliasOf } from "../topo/cluster-records.ts";
import type { MemoryStore } from "../topo/memory-topo.ts";
import { TopoServer } from "../topo/server.ts";
import { openVtctld } from "../vtctld/open-vtctld.ts";
import { vtctldService } from "../vtctld/service.ts";
import type { TabletConnections } from "../vtctld/tablet-connections.ts";
import type { Vtctld as Control } from "../vtctld/vtctld.ts";
import { grpcAddress } from "../vtctld/tablet-access.ts";
import { bufferCounts } from "../vtgate/buffer.ts";
import type { Insights } from "../vtgate/insights.ts";
import type { QueryLog } from "../vtgate/query-log.ts";
import { healthMetrics } from "../vtgate/health-metrics.ts";
import { openVtgate, type Vtgate, type VtgateOptions } from "../vtgate/open-vtgate.ts";
import { vttabletFlags } from "../vttablet/flags.ts";
import { tabletOptions } from "../vttablet/tablet-options.ts";
import { openVttablet, type Vttablet } from "../vttablet/vttablet.ts";
import {
  choosePrimaries,
  checkMachine,
  databaseOf,
  makeRecords,
  startDatabases,
  waitForPrimaries,
} from "./bring-up.ts";
import { DataRoot } from "./data-root.ts";
import { type ClusterPlan, planCluster, type TabletPlan } from "./plan.ts";
import { tabletFlags } from "./recipes.ts";

export interface CombinedEffects extends MysqldEnvironment {
  readonly random: Random;
  readonly metrics: Metrics;
  /** What the gateway counts, and the log of its statements. */
  readonly insights: Insights;
  readonly queryLog: QueryLog;
  readonly pid: number;
  readonly progress: (text: string) => void;
}

const shutdownTimeoutMs = 30_000;
const controlAddress = "vtctld";
const owner = { hostName: "vtcombo", userName: "vtcombo" };
const times = { remoteOperationTimeoutMs: 15_000, lockTimeoutMs: 45_000 };

export class CombinedCluster {
  readonly plan: ClusterPlan;
  readonly control: Control;
  readonly topo: TopoServer;
  readonly #effects: CombinedEffects;
  readonly #root: DataRoot;
  readonly #network: MemoryNetwork;
  readonly #tabletConnections: TabletConnections;
  readonly #channel: Channel;
  readonly #databases: ReadonlyMap<string, Mysqld>;
  readonly #tablets = new Map<string, Vttablet>();
  #vtgate: Vtgate | undefined;

  private constructor(plan: ClusterPlan, root: DataRoot, topo: TopoServer, effects: CombinedEffects) {
    this.plan = plan;
    this.topo = topo;
    this.#root = root;
    this.#effects = effects;
    this.#network = memoryNetwork(effects.clock);
    const { clock, logger, metrics } = effects;
    const dial = (address: string) => this.#network.dial(address, { timeoutMs: times.remoteOperationTimeoutMs });
    const parts = { topo, dial, clock, log: logger, owner, times: () => times, metrics };
    const { vtctld, tablets } = openVtctld(parts);
    this.control = vtctld;
    this.#tabletConnections = tablets;
    this.#network.serve(controlAddress, { services: [vtctldService(vtctld)] });
    this.#channel = this.#network.dial(controlAddress);
    this.#databases = new Map(plan.tablets.map((tablet) => [tablet.alias, databaseOf(plan, tablet, effects)]));
  }

  /** Brings it up; on failure everything that was started is stopped again. `gateway` is all but its cell. */
  static async start(
    options: Omit<Parameters<typeof planCluster>[0], "topo">,
    gateway: VtgateOptions,
    effects: CombinedEffects,
  ): Promise<CombinedCluster> {
    const plan = planCluster({ ...options, topo: "memory" });
    const root = DataRoot.take(plan.options.root, effects.disk, effects.pid);
    let cluster: CombinedCluster | undefined;
    try {
      const ports = plan.tablets.map(({ alias, mysqlPort }) => ({
        port: mysqlPort,
        owner: `database server of ${alias}`,
      }));
      await checkMachine(plan, ports, effects);
      cluster = new CombinedCluster(plan, root, await openTopo(plan, effects), effects);
      await cluster.#bringUp(gateway);
      return cluster;
    } catch (error) {
      if (cluster === undefined) root.release();
      else await cluster.stop();
      throw error;
    }
  }

  /** What vtctldclient speaks to. */
  get vtctld() {
    return this.#channel.client(Vtctld);
  }
  get vtgate(): Vtgate {
    if (this.#vtgate === undefined) throw new Error("the gateway is not open");
    return this.#vtgate;
  }

  /** The database server beside a tablet. */
  database(alias: string): Mysqld | undefined {
    return this.#databases.get(alias);
  }

  /** How whoever has a tablet's record asks it. */
  readonly queryService = ({ alias }: Tablet): QueryService => {
    const found = this.#tablets.get(aliasOf(alias) ?? "");
    if (found === undefined) throw VtError.of("VT14001", aliasOf(alias) ?? "a tablet", "it is not in this process");
    return lent(found.queryService);
  };

  async stop(): Promise<void> {
    const { progress } = this.#effects;
    progress("stopping the gateway and the tablets");
    await this.#vtgate?.close();
    await Promise.all([...this.#tablets.values()].map((tablet) => tablet.close()));
    progress("stopping the databases");
    await Promise.all([...this.#databases.values()].map((database) => database.shutdown(shutdownTimeoutMs)));
    await this.#channel.close();
    await this.#tabletConnections.close();
    await this.topo.close();
    this.#root.release();
  }

  async #bringUp(gateway: VtgateOptions): Promise<void> {
    const { plan, vtctld } = this;
    const { progress, clock } = this.#effects;
    progress(`starting ${this.#databases.size} ${plan.options.flavour} servers`);
    await makeRecords(vtctld, plan);
    await startDatabases([...this.#databases.values()]);
    progress("opening the tablets and the gateway");
    await Promise.all(plan.tablets.map((tablet) => this.#openTablet(tablet)));
    await choosePrimaries(vtctld, plan);
    await waitForPrimaries(vtctld, plan, clock);
    await this.#openGateway(gateway);
  }

  async #openTablet(tablet: TabletPlan): Promise<void> {
    const { topo } = this;
    const { disk } = this.#effects;
    const { values } = resolveFlags(vttabletFlags, { args: tabletFlags(this.plan, tablet), environment: {}, disk });
    const options = tabletOptions({ ...values, port: 0, grpcPort: tablet.grpcPort });
    const opened = await openVttablet(options, { ...this.#effects, topo, owner });
    this.#tablets.set(tablet.alias, opened);
    const address = grpcAddress(opened.tablet.record);
    this.#network.serve(address, { services: [implement(TabletManager, opened.tabletCalls)] });
  }

  async #openGateway(options: VtgateOptions): Promise<void> {
    const { clock, random, network, logger, disk, metrics, insights, queryLog } = this.#effects;
    this.#vtgate = await openVtgate(
      {
        topo: this.topo,
        clock,
        random,
        network,
        log: logger,
        dial: this.queryService,
        readFile: (path) => disk.readFileSync(path, "utf8"),
        bufferCounts: bufferCounts(metrics),
        watchHealth: healthMetrics(metrics).watch,
        insights,
        queryLog,
      },
      options,
    );
  }
}

function openTopo({ topo }: ClusterPlan, { clock, disk }: CombinedEffects): Promise<TopoServer> {
  const { implementation, address: globalAddress, globalRoot } = topo;
  const memoryStores = new Map<string, MemoryStore>();
  return TopoServer.open({ clock, disk, memoryStores }, { implementation, globalAddress, globalRoot });
}

/** Whoever is lent a service may close what it holds, and the service goes on. */
function lent(service: QueryService): QueryService {
  return {
    execute: (request, reader) => service.execute(request, reader),
    begin: (target, options, settings, caller) => service.begin(target, options, settings, caller),
    commit: (target, transactionId) => service.commit(target, transactionId),
    rollback: (target, transactionId) => service.rollback(target, transactionId),
    release: (target, transactionId, reservedId) => service.release(target, transactionId, reservedId),
    streamHealth: (onHealth, signal) => service.streamHealth(onHealth, signal),
    getSchema: (target, kind, names) => service.getSchema(target, kind, names),
    close: () => Promise.resolve(),
  };
}
