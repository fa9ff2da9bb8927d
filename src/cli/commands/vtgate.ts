/** vtgate: the gateway; MySQL clients talk to it as to one server. */
import { must } from "../../base/assert.ts";
import { FlagError } from "../../base/flag-values.ts";
import { network } from "../../base/network.ts";
import type { TlsOptions } from "../../base/socket.ts";
import { tabletFilter } from "../../discovery/tablet-filter.ts";
import { type Authentication, noAuthentication, staticAuthentication } from "../../mysql/authentication.ts";
import type { ServerOptions } from "../../mysql/server.ts";
import type { Tablet } from "../../proto/generated/topodata_pb.js";
import { dialGrpc } from "../../rpc/grpc-client.ts";
import { queryClient } from "../../rpc/grpc-query-client.ts";
import { linkQueryService } from "../../rpc/link-client.ts";
import type { QueryService, TabletTypeName } from "../../rpc/query-service.ts";
import { servenvFlags } from "../../servenv/flags.ts";
import { dialOptions, grpcClientFlags, grpcDialFlags, grpcServerFlags, grpcService } from "../../servenv/grpc-flags.ts";
import { html, table } from "../../servenv/html.ts";
import { serveRole } from "../../servenv/role.ts";
import { topoFlags } from "../../servenv/topo-flags.ts";
import { cellName } from "../../topo/names.ts";
import { bufferCounts, type BufferOptions } from "../../vtgate/buffer.ts";
import { vtgateFlags } from "../../vtgate/flags.ts";
import { healthMetrics } from "../../vtgate/health-metrics.ts";
import { openVtgate, type Vtgate, type VtgateOptions } from "../../vtgate/open-vtgate.ts";
import { parseStaticUsers } from "../../vtgate/static-users.ts";
import { vitessService } from "../../vtgate/vitess-service.ts";
import type { Values } from "../../base/flags.ts";
import { type RoleContext, roleCommand } from "../command.ts";
import { openTopo } from "../open-topo.ts";
import { version } from "../version.ts";

const flags = {
  ...servenvFlags,
  ...topoFlags,
  ...grpcServerFlags,
  ...grpcDialFlags,
  ...grpcClientFlags("tablet", "tablets"),
  ...vtgateFlags,
} as const;
type VtgateContext = RoleContext<typeof flags>;
type VtgateValues = Values<typeof flags>;

export const vtgate = roleCommand(
  {
    name: "vtgate",
    summary: "The gateway: MySQL clients talk to it as to one server, whatever the number of shards.",
    flags,
    examples: ["vtgate --cell zone1 --mysql-server-port 15306 --mysql-auth-server-impl none --port 15001"],
  },
  serveVtgate,
);

async function serveVtgate(context: VtgateContext): Promise<number> {
  const { values, clock, disk, random, logger, live, metrics, stop } = context;
  const topo = await openTopo(values, context);
  let open: Vtgate | undefined;
  const counts = { bufferCounts: bufferCounts(metrics), watchHealth: healthMetrics(metrics).watch };
  const serve = async () => {
    const parts = { topo, clock, random, network, log: logger, dial: dialer(context), ...counts };
    open = await openVtgate({ ...parts, readFile: (path) => disk.readFileSync(path, "utf8") }, optionsOf(context));
    logger.info({ mysqlPort: open.mysqlPort }, "MySQL clients are served");
  };
  metrics.reads("MysqlServerConnCount", "MySQL clients connected.", "gauge", () => open?.gateway.sessions.size ?? 0);
  metrics.reads(
    "QueryPlanCacheLength",
    "Statements whose plan is remembered.",
    "gauge",
    () => open?.gateway.planCount ?? 0,
  );
  const service = vitessService(() => must(open, "gRPC starts after the gateway").gateway, {
    rowsMax: values.maxMemoryRows,
    trustsCallerIds: values.grpcUseEffectiveCallerid,
  });
  try {
    return await serveRole(
      {
        name: "vtgate",
        version,
        flags: live,
        values,
        metrics,
        logger,
        clock,
        disk,
        services: [
          {
            name: "gateway",
            start: serve,
            drain: async (signal) => open?.drain(signal),
            stop: async () => open?.close(),
          },
          ...grpcService(values, context, { "grpc-vtgateservice": service }),
        ],
        sections: [
          { title: "Tablets", body: async () => tabletSection(open) },
          { title: "VSchema", body: async () => vschemaSection(open) },
        ],
      },
      stop,
    );
  } finally {
    await topo.close();
  }
}

function optionsOf({ values, disk }: VtgateContext): VtgateOptions {
  if (values.cell === "") throw new FlagError("flag --cell is required");
  const cell = cellName(values.cell);
  const users = values.keyspacesToWatch;
  return {
    cell,
    cellsToWatch: values.cellsToWatch.length === 0 ? [cell] : values.cellsToWatch.map(cellName),
    filter: tabletFilter({ keyspaces: users, shards: values.tabletFilters }),
    typesToWait: values.tabletTypesToWait.map((type) => type.toUpperCase() as TabletTypeName),
    waitMs: values.gatewayInitialTabletTimeoutMs,
    tabletRefreshMs: values.tabletRefreshIntervalMs,
    cacheTtlMs: values.srvTopoCacheTtlMs,
    topoTimeoutMs: values.srvTopoTimeoutMs,
    health: { silenceMsMax: values.healthcheckTimeoutMs, retryDelayMs: values.healthcheckRetryDelayMs },
    lag: {
      lowSecondsMax: values.discoveryLowReplicationLagMs / 1000,
      highSecondsMax: values.discoveryHighReplicationLagMinimumServingMs / 1000,
      countMin: values.minNumberServingVttablets,
    },
    balance: {
      mode: values.vtgateBalancerMode,
      gatewayCells: values.balancerVtgateCells,
      keyspaces: values.balancerKeyspaces,
    },
    buffer: bufferOptionsOf(values),
    transactionMode: values.transactionMode,
    memoryRowsMax: values.maxMemoryRows,
    planCacheBytesMax: values.gateQueryCacheMemory,
    serverVersion: values.mysqlServerVersion,
    mysql: values.mysqlServerPort < 0 ? undefined : mysqlOptions(values, (path) => disk.readFileSync(path, "utf8")),
  };
}

function bufferOptionsOf(values: VtgateValues): BufferOptions {
  return {
    mode: values.enableBufferDryRun ? "dry-run" : values.enableBuffer ? "on" : "off",
    windowMsMax: values.bufferWindowMs,
    failoverMsMax: values.bufferMaxFailoverDurationMs,
    betweenFailoversMsMin: values.bufferMinTimeBetweenFailoversMs,
    statementsMax: values.bufferSize,
    drainAtOnce: values.bufferDrainConcurrency,
    only: values.bufferKeyspaceShards,
  };
}

type ReadFile = (path: string) => string;

function mysqlOptions(values: VtgateValues, readFile: ReadFile): Omit<ServerOptions, "serverVersion"> {
  const tls = tlsOf(values, readFile);
  if (values.mysqlServerRequireSecureTransport && tls === undefined)
    throw new FlagError(
      "--mysql-server-require-secure-transport needs --mysql-server-ssl-cert and --mysql-server-ssl-key",
    );
  return {
    address: { host: values.mysqlServerBindAddress || "::", port: values.mysqlServerPort },
    authentication: authenticationOf(values, readFile),
    requireTls: values.mysqlServerRequireSecureTransport,
    ...(tls === undefined ? {} : { tls }),
  };
}

function tlsOf(values: VtgateValues, readFile: ReadFile): TlsOptions | undefined {
  const { mysqlServerSslCert: cert, mysqlServerSslKey: key, mysqlServerSslCa: ca } = values;
  if (cert === "" && key === "" && ca === "") return undefined;
  if (cert === "" || key === "") throw new FlagError("--mysql-server-ssl-cert and --mysql-server-ssl-key go together");
  return {
    cert: readFile(cert),
    key: readFile(key),
    verifyPeer: ca !== "",
    ...(ca === "" ? {} : { ca: readFile(ca) }),
  };
}

function authenticationOf(values: VtgateValues, readFile: ReadFile): Authentication {
  if (values.mysqlAuthServerImpl === "none") return noAuthentication;
  const { mysqlAuthServerStaticFile: file, mysqlAuthServerStaticString: text } = values;
  if ((file === "") === (text === ""))
    throw new FlagError("give one of --mysql-auth-server-static-file and --mysql-auth-server-static-string");
  const users = parseStaticUsers(file === "" ? text : readFile(file));
  return staticAuthentication(() => users, values.mysqlDefaultAuthMethod);
}

/** The query link where a tablet's record names one; gRPC for every other tablet. */
function dialer(context: VtgateContext): (tablet: Tablet) => QueryService {
  const { values, clock } = context;
  const grpc = dialOptions("tablet", values, context);
  return ({ hostname, portMap }) => {
    const link = portMap["vtlink"];
    const isPlain = grpc.tls === undefined;
    if (link !== undefined && isPlain) {
      const { credentials } = grpc;
      const address = { host: hostname, port: link };
      return linkQueryService({ network, clock }, { address, ...(credentials === undefined ? {} : { credentials }) });
    }
    return queryClient(dialGrpc(`${hostname}:${portMap["grpc"] ?? 0}`, grpc));
  };
}

async function tabletSection(open: Vtgate | undefined) {
  const rows = (open?.cluster.tablets() ?? []).map((tablet) => [
    tablet.alias,
    tablet.keyspace,
    tablet.shard,
    tablet.tabletType,
    tablet.isServing ? "serving" : "not serving",
  ]);
  return table(["tablet", "keyspace", "shard", "type", "state"], rows);
}

async function vschemaSection(open: Vtgate | undefined) {
  const keyspaces = [...(open?.cluster.vschema().keyspaces.values() ?? [])];
  const rows = keyspaces.map(({ name, isSharded, tables, problems }) => [
    name,
    isSharded ? "sharded" : "unsharded",
    [...tables.keys()].sort().join(" "),
    problems.join("; "),
  ]);
  return html`${table(["keyspace", "kind", "tables", "problems"], rows)}`;
}
