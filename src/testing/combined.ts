/** A whole cluster in this process for one test file: its own folder and ports; nothing is left behind. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql from "mysql2/promise";
import { disk } from "../base/disk.ts";
import { resolveFlags } from "../base/flag-sources.ts";
import { silentLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import { systemRandom } from "../base/random.ts";
import { CombinedCluster } from "../cluster/combined-cluster.ts";
import type { KeyspaceOptions } from "../cluster/plan.ts";
import type { Flavour } from "../mysql/client.ts";
import { Insights, StatementMetrics } from "../vtgate/insights.ts";
import { defaultQueryLogOptions, QueryLog } from "../vtgate/query-log.ts";
import { vtgateFlags } from "../vtgate/flags.ts";
import { gatewayOptions } from "../vtgate/gateway-options.ts";
import { freeOffset } from "./e2e/test-cluster.ts";
import { mysqldTestEnvironment } from "./managed-servers.ts";

export interface CombinedOptions {
  readonly flavour: Flavour;
  readonly keyspaces: readonly KeyspaceOptions[];
}

const readFile = (path: string) => disk.readFileSync(path, "utf8");

export class TestCombined {
  readonly #options: Parameters<typeof CombinedCluster.start>[0];
  #running: CombinedCluster | undefined;

  private constructor(options: Parameters<typeof CombinedCluster.start>[0]) {
    this.#options = options;
  }

  static async start({ flavour, keyspaces }: CombinedOptions): Promise<TestCombined> {
    const root = disk.mkdtempSync(join(tmpdir(), "vt-combo-"));
    const options = { flavour, keyspaces, cells: ["zone1"], replicas: 0, root };
    const portOffset = await freeOffset({ ...options, topo: "memory", portOffset: 0 });
    const cluster = new TestCombined({ ...options, portOffset });
    await cluster.start();
    return cluster;
  }

  get running(): CombinedCluster {
    if (this.#running === undefined) throw new Error("the cluster does not run");
    return this.#running;
  }

  async start(): Promise<void> {
    const args = ["--cell=zone1", "--mysql-server-port=0", "--mysql-auth-server-impl=none"];
    const { values } = resolveFlags(vtgateFlags, { args, environment: {}, disk });
    const metrics = new Metrics();
    const insights = new Insights(new StatementMetrics(metrics));
    const queryLog = new QueryLog(defaultQueryLogOptions, systemRandom, silentLogger);
    const own = { insights, queryLog, random: systemRandom, metrics, pid: process.pid, progress: () => {} };
    const gateway = gatewayOptions(values, readFile);
    this.#running = await CombinedCluster.start(this.#options, gateway, { ...mysqldTestEnvironment, ...own });
  }

  /** Stops it; its data stays. */
  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    disk.rmSync(this.#options.root, { recursive: true, force: true });
  }

  get port(): number {
    return this.running.vtgate.mysqlPort;
  }

  /** A client of the gateway. */
  connect(options: mysql.ConnectionOptions = {}): Promise<mysql.Connection> {
    return mysql.createConnection({ host: "127.0.0.1", port: this.port, user: "root", rowsAsArray: true, ...options });
  }
}
