/** vtgate: the gateway; MySQL clients talk to it as to one server. */
import { must } from "../../base/assert.ts";
import { network } from "../../base/network.ts";
import { releaseSocketPath } from "../../base/socket-path.ts";
import { serverMetrics } from "../../mysql/server-metrics.ts";
import type { Tablet } from "../../proto/generated/topodata_pb.js";
import { dialGrpc } from "../../rpc/grpc-client.ts";
import { queryClient } from "../../rpc/grpc-query-client.ts";
import { linkQueryService } from "../../rpc/link-client.ts";
import type { QueryService } from "../../rpc/query-service.ts";
import { servenvFlags } from "../../servenv/flags.ts";
import { dialOptions, grpcClientFlags, grpcDialFlags, grpcServerFlags, grpcService } from "../../servenv/grpc-flags.ts";
import { html, table } from "../../servenv/html.ts";
import { topoFlags } from "../../servenv/topo-flags.ts";
import { bufferCounts } from "../../vtgate/buffer.ts";
import { vtgateFlags } from "../../vtgate/flags.ts";
import { healthMetrics } from "../../vtgate/health-metrics.ts";
import { gatewayOptions, queryLogOptions } from "../../vtgate/gateway-options.ts";
import { Insights, StatementMetrics } from "../../vtgate/insights.ts";
import { gatewayRoutes } from "../../vtgate/pages.ts";
import { QueryLog } from "../../vtgate/query-log.ts";
import { openVtgate, type Vtgate } from "../../vtgate/open-vtgate.ts";
import { vitessService } from "../../vtgate/vitess-service.ts";
import { type RoleContext, roleCommand } from "../command.ts";
import { openUsers } from "../mysql-users.ts";
import { openTopo } from "../open-topo.ts";

const flags = {
  ...servenvFlags,
  ...topoFlags,
  ...grpcServerFlags,
  ...grpcDialFlags,
  ...grpcClientFlags("tablet", "tablets"),
  ...vtgateFlags,
} as const;
type VtgateContext = RoleContext<typeof flags>;

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
  const { values, clock, disk, random, logger, metrics } = context;
  const topo = await openTopo(values, context);
  let open: Vtgate | undefined;
  const counts = { bufferCounts: bufferCounts(metrics), watchHealth: healthMetrics(metrics).watch };
  const counted = serverMetrics(metrics);
  const insights = new Insights(new StatementMetrics(metrics));
  const queryLog = new QueryLog(queryLogOptions(values), random, logger);
  const users = openUsers(context);
  const serve = async () => {
    const readFile = (path: string) => disk.readFileSync(path, "utf8");
    const parts = {
      topo,
      clock,
      random,
      network,
      log: logger,
      dial: dialer(context),
      readFile,
      insights,
      queryLog,
      ...counts,
    };
    const options = gatewayOptions(values, readFile, users);
    const mysql = options.mysql && { ...options.mysql, metrics: counted };
    if (mysql?.socketPath !== undefined) await releaseSocketPath({ network, disk }, mysql.socketPath);
    open = await openVtgate(parts, { ...options, mysql });
    logger.info({ mysqlPort: open.mysqlPort }, "MySQL clients are served");
  };
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
    return await context.serveRole({
      services: [
        {
          name: "gateway",
          start: serve,
          drain: async (signal) => open?.drain(signal),
          stop: async () => open?.close(),
        },
        ...grpcService(values, context, { "grpc-vtgateservice": service }),
      ],
      routes: gatewayRoutes({ insights, queryLog, cluster: () => open?.cluster }),
      sections: [
        { title: "Tablets", body: async () => tabletSection(open) },
        { title: "VSchema", body: async () => vschemaSection(open) },
      ],
    });
  } finally {
    await topo.close();
  }
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
