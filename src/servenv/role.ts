/**
 * Runs a role from start to end: log, metrics, HTTP pages, its parts, and an orderly stop. A command of `src/cli` makes
 * the parts and hands them over; what is left to it is what only it knows.
 *
 * The HTTP server starts first (so that /debug/liveness answers while the rest comes up) and stops last.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Values } from "../base/flags.ts";
import type { FlagPanel } from "../base/live-flags.ts";
import type { Logger } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { servenvFlags } from "./flags.ts";
import { httpApp, httpServer, type Route } from "./http.ts";
import { Lifecycle, type Service } from "./lifecycle.ts";
import { commonRoutes, type StatusSection } from "./pages.ts";
import { isAlive, pidFile } from "./pid-file.ts";

export interface Role {
  /** "vtctld": begins the names of its Prometheus metrics. */
  readonly name: string;
  readonly version: string;
  readonly flags: FlagPanel;
  /** The same flags, typed: the part that every role has. */
  readonly values: Values<typeof servenvFlags>;
  readonly metrics: Metrics;
  /** What pages show, where it is more than `metrics`: other threads' too. */
  readonly allMetrics?: () => Promise<Metrics>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly disk: Disk;
  /** In the order of starting. */
  readonly services: readonly Service[];
  readonly routes?: readonly Route[];
  readonly sections?: readonly StatusSection[];
  /** What is wrong while serving, or undefined. */
  readonly complaint?: () => string | undefined;
}

export interface RunningRole {
  readonly httpPort: number;
  readonly stop: () => Promise<void>;
}

/** Starts the role. Rejects, with everything stopped again, when a part cannot start. */
export async function startRole(role: Role): Promise<RunningRole> {
  const { values, logger, clock } = role;
  addRuntimeMetrics(role);
  const state = () => life.state;
  const routes = commonRoutes({
    role: role.name,
    version: role.version,
    flags: role.flags,
    metrics: role.allMetrics ?? (() => Promise.resolve(role.metrics)),
    logger,
    state,
    complaint: role.complaint ?? (() => undefined),
    sections: role.sections ?? [],
    startedAt: new Date(clock.nowMs()).toISOString(),
    droppedVars: values.statsDropVariables,
  });
  const app = httpApp([...(role.routes ?? []), ...routes], { policy: values.securityPolicy, logger });
  const http = httpServer({ app, port: values.port, bindAddress: values.bindAddress, logger });
  const pid = values.pidFile === "" ? [] : [pidFile(values.pidFile, role.disk, process.pid, isAlive)];
  const life: Lifecycle = new Lifecycle([...pid, http, ...role.services], clock, logger, () => values);
  await life.start();
  logger.info({ version: role.version, httpPort: http.port }, `${role.name} is up`);
  return {
    httpPort: http.port,
    stop: async () => {
      logger.info({}, `${role.name} is leaving`);
      await life.stop();
      logger.info({}, `${role.name} has stopped`);
    },
  };
}

/** Serves until `stop` aborts, then leaves in order. Answers the exit code. */
export async function serveRole(role: Role, stop: AbortSignal): Promise<number> {
  const running = await startRole(role);
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
  await running.stop();
  return 0;
}

const nsPerMs = 1e6;

function addRuntimeMetrics({ metrics, clock, version }: Role): void {
  const startMs = clock.monotonicMs();
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  metrics.reads("Uptime", "Nanoseconds since the start.", "gauge", () =>
    Math.round((clock.monotonicMs() - startMs) * nsPerMs),
  );
  metrics.reads("MemoryResidentBytes", "Resident memory.", "gauge", () => process.memoryUsage.rss());
  metrics.reads(
    "EventLoopDelayMaxMs",
    "Longest stretch without a turn of the event loop since the start.",
    "gauge",
    () => Math.round(delay.max / nsPerMs),
  );
  metrics.reads("EventLoopDelayP99Ms", "99th percentile of the event loop's delay since the start.", "gauge", () =>
    Math.round(delay.percentile(99) / nsPerMs),
  );
  metrics.text("BuildVersion", "Version of vitess-ts.", () => version);
}
