/**
 * A further worker of a vtgate process: a thread with a gateway of its own on the port that all share. The main thread starts
 * and stops it, and asks it for what pages show; it asks the main thread for what concerns other workers' clients.
 */
import { systemClock } from "../../base/clock.ts";
import { disk } from "../../base/disk.ts";
import type { Environment } from "../../base/environment.ts";
import type { MetricSnapshot } from "../../base/metrics.ts";
import { systemRandom } from "../../base/random.ts";
import { systemTerminal } from "../../base/terminal.ts";
import { type Calls, openPeer, type Port, startedThread } from "../../base/threads.ts";
import { type PlainCounts, plainCounts } from "../../vtgate/merged-counts.ts";
import {
  type ClientProcess,
  killHere,
  type KillOutcome,
  type KillRequest,
  processesHere,
} from "../../vtgate/neighbours.ts";
import { openRole } from "../command.ts";
import { type GatewayPart, gatewayPart, vtgatePage } from "./gateway-part.ts";

/** This file, for whoever starts it as a thread. */
export const workerFile: string = import.meta.filename;

export interface WorkerStart {
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly worker: number;
  readonly workers: number;
  readonly counts: SharedArrayBuffer;
}

/** What the main thread asks of a worker. */
export interface WorkerCalls extends Calls {
  readonly start: (nothing: undefined) => Promise<void>;
  readonly drain: (nothing: undefined) => Promise<void>;
  readonly stop: (nothing: undefined) => Promise<void>;
  readonly kill: (request: KillRequest) => KillOutcome;
  readonly processes: (username: string) => readonly ClientProcess[];
  readonly metrics: (nothing: undefined) => readonly MetricSnapshot[];
  readonly counts: (withPlans: boolean) => readonly PlainCounts[];
  readonly setFlag: (flag: { readonly name: string; readonly text: string }) => void;
  /** SIGHUP comes to the main thread alone. */
  readonly hangup: (nothing: undefined) => void;
  /** Whether lines of the query log are wanted. */
  readonly listen: (isWanted: boolean) => void;
}

/** What a worker asks of the main thread. */
export interface MainCalls extends Calls {
  readonly kill: (request: KillRequest) => Promise<KillOutcome>;
  readonly processes: (username: string) => Promise<readonly ClientProcess[]>;
  readonly lines: (lines: readonly string[]) => void;
}

/** Lines of the query log in one turn; what is more is lost. */
const linesMax = 1000;

function runWorker({ args, environment, worker, workers, counts }: WorkerStart, port: Port): void {
  const stop = new AbortController();
  const effects = { clock: systemClock, random: systemRandom, disk, terminal: systemTerminal, stop: stop.signal };
  const context = openRole(vtgatePage, { args, environment, ...effects });
  let part: GatewayPart | undefined;
  let unlisten: (() => void) | undefined;
  const calls: WorkerCalls = {
    start: async () => {
      part = await gatewayPart(context, { worker, workers, counts, neighbours });
      await part.start();
    },
    drain: async () => part?.drain(stop.signal),
    stop: async () => {
      stop.abort(new Error("the process stops"));
      await part?.stop();
    },
    kill: (request) => (part?.vtgate === undefined ? "unknown" : killHere(part.vtgate.gateway, request)),
    processes: (username) => (part?.vtgate === undefined ? [] : processesHere(part.vtgate.gateway, username)),
    metrics: () => context.metrics.snapshot(),
    counts: (withPlans) => plainCounts(part?.insights.all ?? [], withPlans ? part?.vtgate?.cluster : undefined),
    setFlag: ({ name, text }) => context.live.set(name, text),
    hangup: () => void process.emit("SIGHUP", "SIGHUP"),
    listen: (isWanted) => {
      unlisten?.();
      unlisten = isWanted ? part?.queryLog.listen(inTurns((lines) => main.tell("lines", lines))) : undefined;
    },
  };
  const main = openPeer<MainCalls>(port, calls);
  const neighbours = {
    kill: (request: KillRequest) => main.call("kill", request),
    processes: (username: string) => main.call("processes", username),
  };
}

/** Gathers the lines of one turn. */
function inTurns(send: (lines: readonly string[]) => void): (line: string) => void {
  let lines: string[] = [];
  return (line) => {
    if (lines.length === 0)
      setImmediate(() => {
        send(lines);
        lines = [];
      });
    if (lines.length < linesMax) lines.push(line);
  };
}

const started = startedThread(workerFile);
if (started !== undefined) runWorker(started.given as WorkerStart, started.port);
