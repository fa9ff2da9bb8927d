/**
 * A whole cluster for one test file, made as `npm start` makes it: its own folder under the temporary folder, ports that
 * nobody holds, processes of their own. `stop` and `start` keep the data; `remove` leaves nothing behind.
 *
 * What a user would type goes through `client` (vtctldclient) and `commandLine` (the servers' own clients) as processes.
 */
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { children } from "../../base/child.ts";
import { disk } from "../../base/disk.ts";
import { network } from "../../base/network.ts";
import { systemRandom } from "../../base/random.ts";
import { type ClusterEffects, LocalCluster } from "../../cluster/local-cluster.ts";
import { isPortFree } from "../../cluster/machine.ts";
import { type ClusterOptions, planCluster, portsOf } from "../../cluster/plan.ts";
import { connect, type Flavour } from "../../mysql/client.ts";
import { statement } from "../../mysql/sql.ts";
import { dialGrpc } from "../../rpc/grpc-client.ts";
import { mysqldTestEnvironment } from "../managed-servers.ts";
import { testProgram } from "../programs.ts";

export interface TestClusterOptions {
  readonly flavour: Flavour;
  readonly topo: ClusterOptions["topo"];
  readonly keyspaces: ClusterOptions["keyspaces"];
  /** One, "zone1", unless said otherwise. */
  readonly cells?: readonly string[];
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
/** The highest port of a cluster stays below 32768, where systems hand out ports to clients. */
const portOffsets = { first: 2000, count: 12_000 };
const triesMax = 50;
const commandTimeoutMs = 90_000;

export class TestCluster {
  readonly options: ClusterOptions;
  #running: LocalCluster | undefined;
  #progress: string[] = [];

  private constructor(options: ClusterOptions) {
    this.options = options;
  }

  static async start(options: TestClusterOptions): Promise<TestCluster> {
    const root = disk.mkdtempSync(join(tmpdir(), "vt-e2e-"));
    const planned = { cells: ["zone1"], ...options, replicas: 1, root };
    const portOffset = await freeOffset({ ...planned, portOffset: 0 });
    const cluster = new TestCluster({ ...planned, portOffset });
    try {
      await cluster.start();
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  get running(): LocalCluster {
    if (this.#running === undefined) throw new Error(`the cluster does not run: ${this.#progress.join("; ")}`);
    return this.#running;
  }

  /** Where mysql2 and the command lines find the gateway. */
  get gateway(): { readonly host: string; readonly port: number; readonly user: string } {
    return { host: "127.0.0.1", port: this.running.plan.vtgate.mysqlPort, user: "root" };
  }

  async start(): Promise<void> {
    const progress = (text: string) => void this.#progress.push(text);
    const effects: ClusterEffects = {
      ...mysqldTestEnvironment,
      dial: (address) => dialGrpc(address, { clock: mysqldTestEnvironment.clock }),
      fetch: (url) => fetch(url),
      node: process.execPath,
      main,
      pid: process.pid,
      progress,
    };
    this.#running = await LocalCluster.start(this.options, effects);
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  /** Ends everything and removes its files. */
  async remove(): Promise<void> {
    await this.stop();
    disk.rmSync(this.options.root, { recursive: true, force: true });
  }

  /** `vtctldclient` as a process. */
  client(...args: readonly string[]): Promise<Ended> {
    const server = `127.0.0.1:${this.running.plan.vtctld.grpcPort}`;
    return run(process.execPath, [main, "vtctldclient", "--server", server, ...args]);
  }

  /** One of the servers' own clients as a process; its output is a line a row, columns by tabs, no heads. */
  commandLine(program: "mariadb" | "mysql", sql: string, ...args: readonly string[]): Promise<Ended> {
    const { host, port, user } = this.gateway;
    const login = ["--no-defaults", "-h", host, "-P", String(port), "-u", user];
    return run(testProgram(program).command, [...login, "--batch", "--skip-column-names", ...args, "-e", sql]);
  }

  /** Rows of a query at the server beside a tablet, past all of ours. */
  async rowsAt(alias: string, sql: string): Promise<readonly (readonly (string | null)[])[]> {
    const connection = await connect(mysqldTestEnvironment, this.running.database(alias).login("vt_dba"));
    try {
      return (await connection.query(statement(sql))).rows;
    } finally {
      connection.close();
    }
  }

  /** What every role wrote into its log: for the message of a failed test. */
  logs(bytesPerRole = 3000): string {
    const folder = `${this.options.root}/logs`;
    const tail = (file: string) => disk.readFileSync(`${folder}/${file}`, "utf8").slice(-bytesPerRole);
    return disk
      .readdirSync(folder)
      .map((file) => `--- ${file}\n${tail(file)}`)
      .join("\n");
  }
}

/** A port offset with which the whole plan finds its ports free. */
export async function freeOffset(options: ClusterOptions): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const portOffset = portOffsets.first + systemRandom.below(portOffsets.count);
    const ports = portsOf(planCluster({ ...options, portOffset }));
    const free = await Promise.all(ports.map(({ port }) => isPortFree(network, port)));
    if (free.every(Boolean)) return portOffset;
  }
  throw new Error(`no free ports for a cluster in ${triesMax} tries`);
}

/** Runs a program to its end; `input` is what it reads. */
export async function run(command: string, args: readonly string[], input: string | Buffer = ""): Promise<Ended> {
  const child = children.spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"], timeout: commandTimeoutMs });
  child.stdin.on("error", () => {}); // A program that ends before it has read all says why itself.
  child.stdin.end(input);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => err.push(bytes));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}
