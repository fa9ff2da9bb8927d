/**
 * All workers of a vtgate process, as its main thread sees them: it runs the first gateway itself and the others as threads,
 * carries what they ask of each other, and adds up what pages show. A worker that fails is the process's end, as a fault is
 * in one thread.
 */
import { FlagError } from "../../base/flag-values.ts";
import type { FlagPanel } from "../../base/live-flags.ts";
import { Metrics } from "../../base/metrics.ts";
import type { Network } from "../../base/network.ts";
import { listenSockets } from "../../base/socket.ts";
import { startThread, type Thread } from "../../base/threads.ts";
import type { Values } from "../../base/flags.ts";
import type { topoFlags } from "../../servenv/topo-flags.ts";
import type { vtgateFlags, workerFlags } from "../../vtgate/flags.ts";
import { mergeCounts, type PlainCounts, plainCounts } from "../../vtgate/merged-counts.ts";
import {
  type ClientProcess,
  killHere,
  type KillOutcome,
  type KillRequest,
  type Neighbours,
  processesHere,
  workerOf,
} from "../../vtgate/neighbours.ts";
import { type GatewayPart, sharedCounts } from "./gateway-part.ts";
import { type MainCalls, type WorkerCalls, workerFile, type WorkerStart } from "./worker.ts";

type WorkerValues = Values<typeof vtgateFlags & typeof workerFlags & typeof topoFlags>;

/** More do not help: the tablets' and servers' work is more than the gateway's. */
const automaticMax = 8;
const coresOfOneMax = 3;

/** How many gateways a process runs; throws FlagError where they cannot be several. */
export function workerCount(
  { workers, mysqlServerPort, topoImplementation }: WorkerValues,
  machine: { readonly cores: number; readonly platform: string },
): number {
  const cannot =
    mysqlServerPort < 0
      ? "--mysql-server-port: only MySQL clients are spread"
      : topoImplementation === "memory"
        ? "a topology that threads can share"
        : machine.platform === "linux"
          ? undefined
          : "Linux, whose kernel spreads connections over them";
  if (workers > 1 && cannot !== undefined) throw new FlagError(`--workers ${workers} needs ${cannot}`);
  if (workers > 0) return workers;
  if (cannot !== undefined || machine.cores <= coresOfOneMax) return 1;
  return Math.min(Math.floor(machine.cores / 2), automaticMax);
}

export class Workers {
  readonly count: number;
  readonly counts = sharedCounts();
  readonly #threads: Thread<WorkerCalls>[] = [];
  #own: GatewayPart | undefined;

  constructor(count: number) {
    this.count = count;
  }

  /** What the first worker asks of the others; without any it is alone. */
  get neighbours(): Neighbours {
    return {
      kill: (request) => this.#kill(request, 0),
      processes: (username) => this.#processes(username, 0),
    };
  }

  /** Starts the first worker, then the others on its port. */
  async start(own: GatewayPart, start: Pick<WorkerStart, "args" | "environment">, failed: (error: Error) => void) {
    this.#own = own;
    await own.start();
    const port = own.vtgate?.mysqlPort ?? 0;
    const args = [...start.args, "--mysql-server-port", String(port)];
    for (let worker = 1; worker < this.count; worker++) {
      const given: WorkerStart = { ...start, args, worker, workers: this.count, counts: this.counts };
      this.#threads.push(startThread<WorkerCalls>(workerFile, given, this.#answersTo(worker), failed));
    }
    await this.#all("start");
    own.queryLog.onWanted = (isWanted) => {
      for (const thread of this.#threads) thread.tell("listen", isWanted);
    };
  }

  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#own?.drain(signal), this.#all("drain")]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#own?.stop(), this.#all("stop")]);
    for (const thread of this.#threads.splice(0)) await thread.end();
  }

  hangup(): void {
    for (const thread of this.#threads) thread.tell("hangup", undefined);
  }

  /** A flag that is set at run time is set in all. */
  panel(live: FlagPanel): FlagPanel {
    return {
      describe: () => live.describe(),
      set: (name, text) => {
        live.set(name, text);
        for (const thread of this.#threads) thread.tell("setFlag", { name, text });
      },
    };
  }

  /** The main thread's metrics, with those of all workers added. */
  async metrics(own: Metrics): Promise<Metrics> {
    if (this.#threads.length === 0) return own;
    const sums = new Metrics();
    sums.absorb(own.snapshot());
    for (const one of await Promise.all(this.#threads.map((thread) => thread.call("metrics", undefined))))
      sums.absorb(one);
    return sums;
  }

  async statements(withPlans: boolean): Promise<readonly PlainCounts[]> {
    const own = plainCounts(this.#own?.insights.all ?? [], withPlans ? this.#own?.vtgate?.cluster : undefined);
    const others = await Promise.all(this.#threads.map((thread) => thread.call("counts", withPlans)));
    return mergeCounts([own, ...others]);
  }

  #all(name: "start" | "drain" | "stop"): Promise<readonly void[]> {
    return Promise.all(this.#threads.map((thread) => thread.call(name, undefined)));
  }

  #answersTo(worker: number): MainCalls {
    return {
      kill: (request) => this.#kill(request, worker),
      processes: (username) => this.#processes(username, worker),
      lines: (lines) => {
        for (const line of lines) this.#own?.queryLog.pass(line);
      },
    };
  }

  async #kill(request: KillRequest, asker: number): Promise<KillOutcome> {
    const owner = workerOf(request.id);
    if (owner === asker) return "unknown";
    const gateway = this.#own?.vtgate?.gateway;
    if (owner === 0) return gateway === undefined ? "unknown" : killHere(gateway, request);
    return (await this.#threads[owner - 1]?.call("kill", request)) ?? "unknown";
  }

  async #processes(username: string, asker: number): Promise<readonly ClientProcess[]> {
    const gateway = this.#own?.vtgate?.gateway;
    const own = asker === 0 || gateway === undefined ? [] : processesHere(gateway, username);
    const others = this.#threads.filter((_, i) => i + 1 !== asker).map((thread) => thread.call("processes", username));
    return [own, ...(await Promise.all(others))].flat();
  }
}

/** Two processes on one shared port would each get some of the clients: the port must be nobody's yet. */
export async function refuseTakenPort(net: Network, { host, port }: { host: string; port: number }): Promise<void> {
  if (port === 0) return;
  const probe = await listenSockets(
    net,
    { host, port },
    { tlsLater: false, accept: () => ({ bytes() {}, closed() {} }) },
  );
  await probe.close();
}
