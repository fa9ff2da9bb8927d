/**
 * Puts a gateway together: follows topology and tablets, waits for those it needs, learns what sort of servers stand
 * behind it, and serves MySQL clients. Whoever opens it closes it, and the topology after it.
 */
import { type Clock, sleep } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { Network } from "../base/network.ts";
import type { Random } from "../base/random.ts";
import { type BalanceChoice, balanceOf } from "../discovery/balance.ts";
import type { LagLimits } from "../discovery/lag-filter.ts";
import type { HealthLimits } from "../discovery/tablet-state.ts";
import { HealthCheck } from "../discovery/health-check.ts";
import type { TabletFilter } from "../discovery/tablet-filter.ts";
import { TopologyWatcher } from "../discovery/topology-watcher.ts";
import { type MysqlServer, type ServerOptions, startServer } from "../mysql/server.ts";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import type { QueryService, TabletTypeName } from "../rpc/query-service.ts";
import { mariadbEnvironment, mysqlEnvironment, versionNumber } from "../sqlparser/environment.ts";
import type { CellName } from "../topo/names.ts";
import { ServingCache } from "../topo/serving-cache.ts";
import type { TopoServer } from "../topo/server.ts";
import type { VindexSources } from "../vschema/vindex.ts";
import { type BufferCounts, type BufferOptions, PrimaryBuffer } from "./buffer.ts";
import type { PickedTablet } from "./cluster.ts";
import type { DefinitionOptions } from "./definition-options.ts";
import { Gateway, type GatewayOptions } from "./gateway.ts";
import { localFileBytesDefault } from "./infile-rows.ts";
import type { Insights } from "./insights.ts";
import { type Neighbours, noNeighbours } from "./neighbours.ts";
import type { QueryLog } from "./query-log.ts";
import type { TransactionMode } from "./session-state.ts";
import type { StatementGuards } from "./statement-guards.ts";
import { collect, oneCall } from "./collect-rows.ts";
import { WatchedCluster, type WatchedClusterOptions } from "./watched-cluster.ts";

export interface VtgateParts {
  readonly topo: TopoServer;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly log: Logger;
  /** A tablet's query service: over the link where its record names one, else over gRPC. */
  readonly dial: (tablet: Tablet) => QueryService;
  readonly readFile: VindexSources["readFile"];
  readonly bufferCounts: BufferCounts;
  readonly insights: Insights;
  readonly queryLog: QueryLog;
  readonly neighbours?: Neighbours;
  /** Counts what the health check hears. */
  readonly watchHealth: (health: HealthCheck) => void;
}

export interface VtgateOptions {
  readonly cell: CellName;
  readonly cellsToWatch: readonly CellName[];
  readonly filter: TabletFilter;
  readonly typesToWait: readonly TabletTypeName[];
  readonly waitMs: number;
  readonly tabletRefreshMs: number;
  readonly cacheTtlMs: number;
  readonly topoTimeoutMs: number;
  readonly health: HealthLimits;
  readonly lag: LagLimits;
  readonly balance: Omit<BalanceChoice, "localCell">;
  readonly buffer: BufferOptions;
  readonly transactionMode: TransactionMode;
  readonly killsForAll?: boolean;
  readonly localFileBytesMax?: number;
  readonly guards: StatementGuards;
  readonly lockHeartbeatMs?: number;
  readonly planCacheBytesMax: number;
  readonly tracking: WatchedClusterOptions["tracking"];
  readonly definitions: DefinitionOptions;
  /** Empty: the servers' own. */
  readonly serverVersion: string;
  /** Undefined: no MySQL face. */
  readonly mysql: Omit<ServerOptions, "serverVersion"> | undefined;
  /** A stop waits until clients have left, not only until they are idle. */
  readonly drainsClients: boolean;
}

export interface Vtgate {
  readonly gateway: Gateway;
  readonly cluster: WatchedCluster;
  readonly health: HealthCheck;
  readonly mysqlPort: number;
  /** Takes no new clients; resolves when no transaction is open. */
  drain(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const drainPollMs = 50;
const versionRetryMs = 500;

export async function openVtgate(parts: VtgateParts, options: VtgateOptions): Promise<Vtgate> {
  const { topo, clock, random, log } = parts;
  const { cell, lag, health: limits } = options;
  const balance = balanceOf({ ...options.balance, localCell: cell });
  const health = new HealthCheck({ dial: parts.dial, clock, random, log, localCell: cell, limits, lag, balance });
  parts.watchHealth(health);
  const watchers = options.cellsToWatch.map(
    (watched) =>
      new TopologyWatcher({
        server: topo,
        cell: watched,
        recorder: health,
        filter: options.filter,
        log,
        refreshMs: options.tabletRefreshMs,
      }),
  );
  const cache = new ServingCache({
    server: topo,
    cell,
    log,
    ttlMs: options.cacheTtlMs,
    timeoutMs: options.topoTimeoutMs,
  });
  const buffer = new PrimaryBuffer<PickedTablet>(clock, options.buffer, parts.bufferCounts);
  const { readFile, insights, queryLog, neighbours = noNeighbours } = parts;
  const { tracking } = options;
  const cluster = await WatchedCluster.open({ topo, cell, cache, health, clock, log, buffer, readFile, tracking });
  const stop = new AbortController();
  const known = learnedOptions(options);
  const gateway = new Gateway(cluster, { clock, random, log, insights, queryLog, neighbours }, known);
  await waitForTablets(cluster, health, options, log);
  void learnVersion(gateway, cluster, known, { clock, log, signal: stop.signal });
  const server = options.mysql === undefined ? undefined : await serveMysql(parts, options.mysql, gateway, known);
  return {
    gateway,
    cluster,
    health,
    mysqlPort: server?.port ?? 0,
    drain: async (signal) => {
      await server?.drain();
      const isDrained = () => (options.drainsClients ? gateway.sessions.size === 0 : isIdle(gateway, server));
      while (!signal.aborted && !isDrained()) await sleep(clock, drainPollMs);
    },
    close: async () => {
      stop.abort();
      await server?.close();
      cluster.close();
      cache.close();
      for (const watcher of watchers) watcher.close();
      await health.close();
    },
  };
}

/** Nobody is in a transaction, or waits for an answer. */
function isIdle(gateway: Gateway, server: MysqlServer | undefined): boolean {
  if ([...(server?.connections.values() ?? [])].some(({ isBusy }) => isBusy)) return false;
  return [...gateway.sessions.values()].every(({ state }) => !state.inTransaction);
}

function serveMysql(
  { clock, random, network, log }: VtgateParts,
  options: Omit<ServerOptions, "serverVersion">,
  gateway: Gateway,
  known: LearnedOptions,
): Promise<MysqlServer> {
  const told = {
    ...options,
    get serverVersion() {
      return known.facts.serverVersion;
    },
  };
  return startServer({ network, clock, random, log }, told, gateway);
}

/** What the gateway must be told of the servers before it can read SQL as they do; the best guess until then. */
interface LearnedOptions extends GatewayOptions {
  facts: GatewayOptions["facts"];
  environment: GatewayOptions["environment"];
}

const comment = "vitess-ts";
const guessedVersion = "8.4.6-vitess-ts";

function learnedOptions({
  serverVersion,
  transactionMode,
  killsForAll = false,
  localFileBytesMax = localFileBytesDefault,
  guards,
  lockHeartbeatMs,
  planCacheBytesMax,
  definitions,
}: VtgateOptions): LearnedOptions {
  const version = serverVersion || guessedVersion;
  return {
    ...definitions,
    transactionMode,
    killsForAll,
    localFileBytesMax,
    guards,
    ...(lockHeartbeatMs !== undefined && { lockHeartbeatMs }),
    planCacheBytesMax,
    facts: { serverVersion: version, versionComment: comment },
    environment: environmentOf(version),
  };
}

function environmentOf(version: string): GatewayOptions["environment"] {
  const base = /mariadb/i.test(version) ? mariadbEnvironment : mysqlEnvironment;
  return { ...base, version: versionNumber(version) };
}

async function waitForTablets(
  cluster: WatchedCluster,
  health: HealthCheck,
  { typesToWait, waitMs }: VtgateOptions,
  log: Logger,
): Promise<void> {
  const targets = cluster
    .keyspaces()
    .flatMap((keyspace) =>
      typesToWait.flatMap((tabletType) =>
        cluster.shardsOrNone(keyspace).map((shard) => ({ keyspace, shard: shard.name, tabletType })),
      ),
    );
  if (targets.length === 0) return;
  try {
    await health.waitFor(targets, waitMs);
  } catch (thrown) {
    log.warn({ err: thrown }, "some tablets are not there yet: the gateway serves without them");
  }
}

const askServer = "select version(), @@global.sql_mode";

/** Asks a server for its version, and how it reads texts, until one answers. */
async function learnVersion(
  gateway: Gateway,
  cluster: WatchedCluster,
  known: LearnedOptions,
  { clock, log, signal }: { readonly clock: Clock; readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const keyspace = cluster.keyspaces().find((name) => cluster.shardsOrNone(name).length > 0);
      const shard = keyspace === undefined ? undefined : cluster.shardsOrNone(keyspace)[0];
      if (keyspace !== undefined && shard !== undefined) {
        const asker = gateway.innerSession(keyspace, gatewayCaller);
        const { rows } = await collect(gateway, asker, oneCall(keyspace, shard.name, askServer));
        const [version = "", sqlMode = ""] = (rows[0] ?? []).map((cell) => cell?.toString("utf8"));
        if (known.facts.serverVersion === guessedVersion)
          known.facts = { serverVersion: `${version}-vitess-ts`, versionComment: comment };
        known.environment = { ...environmentOf(version), sqlMode };
        gateway.forgetPlans();
        cluster.track(known.environment);
        log.info({ version }, "the servers' version is known");
        return;
      }
    } catch (thrown) {
      log.warn({ err: thrown }, "no server tells its version yet");
    }
    await sleep(clock, versionRetryMs, signal).catch(() => undefined);
  }
}

const gatewayCaller = {
  immediate: { username: "vtgate", groups: [] },
  effective: { principal: "vtgate", component: "", subcomponent: "" },
};
