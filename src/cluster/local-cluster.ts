/**
 * A running cluster on this machine: brings a plan up in the right order, keeps what is there already, and stops it in
 * the opposite order. Its databases are servers of `mysqld`; its roles are processes of `main.ts`.
 *
 * Order: etcd, vtctld and the databases; cells, keyspaces and shards; tablets; a primary per shard; vtgate.
 */
import { Vtctld } from "../proto/generated/vtctlservice_pb.js";
import type { Channel, Dialer, ServiceClient } from "../rpc/service.ts";
import type { Clock } from "../base/clock.ts";
import { sleep } from "../base/clock.ts";
import type { Mysqld } from "../mysqld/mysqld.ts";
import type { MysqldEnvironment } from "../mysqld/workshop.ts";
import { findProgram } from "../mysqld/installed.ts";
import { DataRoot } from "./data-root.ts";
import {
  checkMachine,
  choosePrimaries,
  ClusterError,
  databaseOf,
  makeRecords,
  startDatabases,
  waitForPrimaries,
} from "./bring-up.ts";
import { type ClusterPlan, planCluster, portsOf } from "./plan.ts";
import { etcdRecipe, type RecipeContext, vtctldRecipe, vtgateRecipe, vttabletRecipe } from "./recipes.ts";
import { RoleProcess } from "./role-process.ts";

export interface ClusterEffects extends MysqldEnvironment {
  readonly dial: Dialer;
  readonly fetch: (url: string) => Promise<{ readonly ok: boolean; readonly text: () => Promise<string> }>;
  readonly node: string;
  /** The file of all commands. */
  readonly main: string;
  readonly pid: number;
  /** What is being done, for whoever waits. */
  readonly progress: (text: string) => void;
}

const shutdownTimeoutMs = 30_000;
const pollMs = 50;
const leftoverWaitMs = 20_000;

export class LocalCluster {
  readonly plan: ClusterPlan;
  readonly #effects: ClusterEffects;
  readonly #root: DataRoot;
  readonly #etcd: RoleProcess | undefined;
  readonly #vtctld: RoleProcess;
  readonly #vtgate: RoleProcess;
  readonly #tablets: ReadonlyMap<string, RoleProcess>;
  readonly #databases: ReadonlyMap<string, Mysqld>;
  readonly #channel: Channel;
  readonly vtctld: ServiceClient<typeof Vtctld>;

  private constructor(plan: ClusterPlan, root: DataRoot, effects: ClusterEffects) {
    this.plan = plan;
    this.#root = root;
    this.#effects = effects;
    const context = recipeContext(effects);
    const role = (recipe: RoleProcess["recipe"]) => new RoleProcess(recipe, root, effects);
    const etcd = plan.etcd === undefined ? undefined : etcdRecipe(plan, findProgram("etcd", effects).command, context);
    this.#etcd = etcd === undefined ? undefined : role(etcd);
    this.#vtctld = role(vtctldRecipe(plan, context));
    this.#vtgate = role(vtgateRecipe(plan, context));
    this.#tablets = new Map(plan.tablets.map((tablet) => [tablet.alias, role(vttabletRecipe(plan, tablet, context))]));
    this.#databases = new Map(plan.tablets.map((tablet) => [tablet.alias, databaseOf(plan, tablet, effects)]));
    this.#channel = effects.dial(`127.0.0.1:${plan.vtctld.grpcPort}`);
    this.vtctld = this.#channel.client(Vtctld);
  }

  /** Brings the plan up. On failure everything that was started is stopped again, and the error says what went wrong. */
  static async start(options: Parameters<typeof planCluster>[0], effects: ClusterEffects): Promise<LocalCluster> {
    const plan = planCluster(options);
    const root = DataRoot.take(plan.options.root, effects.disk, effects.pid);
    try {
      await endLeftovers(root, effects);
      await checkMachine(plan, portsOf(plan), effects);
    } catch (error) {
      root.release();
      throw error;
    }
    const cluster = new LocalCluster(plan, root, effects);
    try {
      await cluster.#bringUp();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** The processes by name, for faults: "vtctld", "vtgate", "vttablet-zone1-0000000100", "etcd". */
  role(name: string): RoleProcess {
    const found = [this.#etcd, this.#vtctld, this.#vtgate, ...this.#tablets.values()].find(
      (role) => role?.recipe.name === name,
    );
    if (found === undefined) throw new ClusterError(`this cluster has no process ${name}`);
    return found;
  }

  get roles(): readonly RoleProcess[] {
    const all = [this.#etcd, this.#vtctld, this.#vtgate, ...this.#tablets.values()];
    return all.filter((role) => role !== undefined);
  }

  /** The database server beside a tablet. */
  database(alias: string): Mysqld {
    const found = this.#databases.get(alias);
    if (found === undefined) throw new ClusterError(`this cluster has no tablet ${alias}`);
    return found;
  }

  /** Stops everything in order, whatever state it is in; data stays. */
  async stop(): Promise<void> {
    const { progress } = this.#effects;
    progress("stopping vtgate");
    await this.#vtgate.stop();
    progress("stopping the tablets");
    await Promise.all([...this.#tablets.values()].map((tablet) => tablet.stop()));
    progress("stopping the databases");
    await Promise.all([...this.#databases.values()].map((database) => database.shutdown(shutdownTimeoutMs)));
    progress("stopping vtctld");
    await this.#channel.close();
    await this.#vtctld.stop();
    await this.#etcd?.stop();
    this.#root.release();
  }

  async #bringUp(): Promise<void> {
    const { progress } = this.#effects;
    if (this.#etcd !== undefined) {
      progress("starting etcd");
      await this.#etcd.start();
    }
    progress(`starting ${this.#databases.size} ${this.plan.options.flavour} servers and vtctld`);
    const databases = startDatabases([...this.#databases.values()]);
    await this.#vtctld.start();
    await makeRecords(this.vtctld, this.plan);
    await databases;
    progress("starting the tablets and vtgate");
    this.#vtgate.spawn();
    await Promise.all([...this.#tablets.values()].map((tablet) => tablet.start()));
    progress("choosing a primary for each shard");
    await choosePrimaries(this.vtctld, this.plan);
    await this.#vtgate.ready();
    await waitForPrimaries(this.vtctld, this.plan, this.#effects.clock);
  }
}

function recipeContext({ node, main, fetch }: ClusterEffects): RecipeContext {
  const answers = (url: string, text: string) =>
    fetch(url).then(
      async (response) => response.ok && (await response.text()).includes(text),
      () => false, // Nobody listens yet.
    );
  return { node, main, answers };
}

/** Ends what a killed supervisor left running: its roles; its databases are found by `mysqld` itself. */
async function endLeftovers(root: DataRoot, effects: ClusterEffects): Promise<void> {
  const left = root.leftovers();
  if (left.length === 0) return;
  effects.progress(`an earlier run was killed: ending ${left.map(({ name }) => name).join(", ")}`);
  for (const { pid } of left) effects.processes.signal(pid, "SIGTERM");
  await untilGone(root, leftoverWaitMs, effects.clock);
  for (const { pid } of root.leftovers()) effects.processes.signal(pid, "SIGKILL");
  await untilGone(root, leftoverWaitMs, effects.clock);
}

async function untilGone(root: DataRoot, timeoutMs: number, clock: Clock): Promise<void> {
  const until = clock.monotonicMs() + timeoutMs;
  while (root.leftovers().length > 0 && clock.monotonicMs() < until) await sleep(clock, pollMs);
}
