/**
 * The gateway of one thread, with its topology, users, counts and query log. The vtgate command runs one; with --workers
 * each further worker runs one more, for MySQL clients alone.
 */
import { must } from "../../base/assert.ts";
import { network } from "../../base/network.ts";
import { SharedCount } from "../../base/shared-count.ts";
import { releaseSocketPath } from "../../base/socket-path.ts";
import { serverMetrics } from "../../mysql/server-metrics.ts";
import { servenvFlags } from "../../servenv/flags.ts";
import { dialOptions, grpcClientFlags, grpcDialFlags, grpcServerFlags } from "../../servenv/grpc-flags.ts";
import { topoFlags } from "../../servenv/topo-flags.ts";
import { openTopo } from "../../topo/open-topo.ts";
import { bufferCounts } from "../../vtgate/buffer.ts";
import { tabletDialer } from "../../vtgate/dial-tablet.ts";
import { vtgateFlags, workerFlags } from "../../vtgate/flags.ts";
import { gatewayOptions, queryLogOptions } from "../../vtgate/gateway-options.ts";
import { healthMetrics } from "../../vtgate/health-metrics.ts";
import { Insights, StatementMetrics } from "../../vtgate/insights.ts";
import type { Neighbours } from "../../vtgate/neighbours.ts";
import { openVtgate, type Vtgate, type VtgateOptions } from "../../vtgate/open-vtgate.ts";
import { QueryLog } from "../../vtgate/query-log.ts";
import type { RoleContext } from "../command.ts";
import { openMysqlFiles } from "../mysql-files.ts";

export const vtgatePage = {
  name: "vtgate",
  summary: "The gateway: MySQL clients talk to it as to one server, whatever the number of shards.",
  flags: {
    ...servenvFlags,
    ...topoFlags,
    ...grpcServerFlags,
    ...grpcDialFlags,
    ...grpcClientFlags("tablet", "tablets"),
    ...vtgateFlags,
    ...workerFlags,
  },
  examples: ["vtgate --cell zone1 --mysql-server-port 15306 --mysql-auth-server-impl none --port 15001"],
} as const;
export type VtgateContext = RoleContext<typeof vtgatePage.flags>;

/** A worker's place among those that share the port. */
export interface WorkerPlace {
  /** 0 is the process's main thread. */
  readonly worker: number;
  readonly workers: number;
  /** Of `sharedCounts`. */
  readonly counts: SharedArrayBuffer;
  readonly neighbours: Neighbours;
}

export interface GatewayPart {
  readonly insights: Insights;
  readonly queryLog: QueryLog;
  readonly vtgate: Vtgate | undefined;
  start(): Promise<void>;
  drain(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export async function gatewayPart(context: VtgateContext, place: WorkerPlace): Promise<GatewayPart> {
  const { values, clock, disk, random, logger, metrics } = context;
  const topo = await openTopo(values, context);
  let open: Vtgate | undefined;
  const counts = { bufferCounts: bufferCounts(metrics), watchHealth: healthMetrics(metrics).watch };
  const counted = serverMetrics(metrics);
  const insights = new Insights(new StatementMetrics(metrics));
  const queryLog = new QueryLog(queryLogOptions(values), random, logger);
  const files = openMysqlFiles(context);
  const { neighbours } = place;
  metrics.reads("QueryPlanCacheLength", "Statements whose plan is remembered.", "gauge", () =>
    open === undefined ? 0 : open.gateway.planCount,
  );
  return {
    insights,
    queryLog,
    get vtgate() {
      return open;
    },
    start: async () => {
      const readFile = (path: string) => disk.readFileSync(path, "utf8");
      const log = logger;
      const dial = tabletDialer({ network, clock }, dialOptions("tablet", values, context));
      const parts = { topo, clock, random, network, log, dial, readFile, insights, queryLog, neighbours, ...counts };
      const options = shareOf(gatewayOptions(values, readFile, files), place);
      const mysql = options.mysql && { ...options.mysql, metrics: counted };
      if (mysql?.socketPath !== undefined) await releaseSocketPath({ network, disk }, mysql.socketPath);
      open = await openVtgate(parts, { ...options, mysql });
      logger.info({ mysqlPort: open.mysqlPort }, "MySQL clients are served");
    },
    drain: async (signal) => open?.drain(signal),
    stop: async () => {
      await open?.close();
      await topo.close();
    },
  };
}

/** Bytes for the numbers that workers count together. */
export const sharedCounts = (): SharedArrayBuffer => new SharedArrayBuffer(8);

/** Limits on clients hold for all workers together; those on memory are dealt out. */
function shareOf(options: VtgateOptions, { worker, workers, counts }: WorkerPlace): VtgateOptions {
  if (workers === 1) return options;
  const share = (whole: number) => Math.ceil(whole / workers);
  const { mysql, buffer, planCacheBytesMax } = options;
  const { socketPath, ...shared } = must(mysql, "workers serve MySQL clients");
  return {
    ...options,
    planCacheBytesMax: share(planCacheBytesMax),
    buffer: { ...buffer, statementsMax: share(buffer.statementsMax) },
    mysql: {
      ...shared,
      ...(socketPath === undefined || worker > 0 ? {} : { socketPath }), // Only ports can be shared.
      ...(shared.cursorBytesMax === undefined ? {} : { cursorBytesMax: share(shared.cursorBytesMax) }),
      worker,
      reusePort: true,
      connectionCount: new SharedCount(counts, 0),
      preparedCount: new SharedCount(counts, 1),
    },
  };
}
