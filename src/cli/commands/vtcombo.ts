/** vtcombo: control, tablets and gateway in one process, for applications' tests; only the database servers are others. */
import { children, processes } from "../../base/child.ts";
import { boolean, FlagError, integer, oneOf, string } from "../../base/flag-values.ts";
import { flag, type Values } from "../../base/flags.ts";
import { network } from "../../base/network.ts";
import { CombinedCluster } from "../../cluster/combined-cluster.ts";
import { dataFolder } from "../../cluster/data-root.ts";
import type { ClusterOptions } from "../../cluster/plan.ts";
import { applySample } from "../../cluster/sample.ts";
import { parseTestTopology } from "../../cluster/test-topology.ts";
import { servenvFlags } from "../../servenv/flags.ts";
import { grpcServerFlags, grpcService } from "../../servenv/grpc-flags.ts";
import { queryLogFile } from "../../servenv/log-pages.ts";
import { generateShardRanges } from "../../sharding/key-range.ts";
import { localCall, vtctldService } from "../../vtctld/service.ts";
import { vtgateFlags } from "../../vtgate/flags.ts";
import { gatewayOptions, queryLogOptions } from "../../vtgate/gateway-options.ts";
import { Insights, StatementMetrics } from "../../vtgate/insights.ts";
import { plainCounts } from "../../vtgate/merged-counts.ts";
import { gatewayRoutes, insightOf } from "../../vtgate/pages.ts";
import { QueryLog } from "../../vtgate/query-log.ts";
import { vitessService } from "../../vtgate/vitess-service.ts";
import { openMysqlFiles } from "../mysql-files.ts";
import { type RoleContext, roleCommand } from "../command.ts";
import { webFlags, webRoutes } from "../web-routes.ts";

const flags = {
  ...servenvFlags,
  ...grpcServerFlags,
  ...vtgateFlags,
  ...webFlags,
  jsonTopo: flag({
    parse: string,
    default: "",
    help: "Keyspaces, shards and replicas: a vttest.VTTestTopology in JSON. Empty: those of the sample.",
  }),
  shards: flag({ parse: integer(1, 64), default: 2, help: "Shards of the sample's keyspace customer." }),
  sample: flag({ parse: boolean, default: true, help: "Bring the sample's schema and rows to its keyspaces." }),
  flavour: flag({ parse: oneOf("mariadb", "mysql"), default: "mariadb", help: "Database servers to run." }),
  dataDir: flag({ parse: string, default: "vtdataroot", help: "Folder of all data and logs." }),
  portOffset: flag({ parse: integer(0, 40_000), default: 0, help: "Added to the ports of the database servers." }),
} as const;
type VtcomboContext = RoleContext<typeof flags>;

export const vtcombo = roleCommand(
  {
    name: "vtcombo",
    summary: "A whole cluster in one process, for tests of applications: control, tablets and gateway.",
    flags,
    examples: [
      "vtcombo --cell zone1 --mysql-server-port 15306 --mysql-auth-server-impl none --port 15000",
      `vtcombo --cell test --json-topo '{"keyspaces": [{"name": "ks", "shards": [{"name": "-80"}, {"name": "80-"}]}]}' --mysql-server-port 15306 --mysql-auth-server-impl none`,
    ],
  },
  serveVtcombo,
);

async function serveVtcombo(context: VtcomboContext): Promise<number> {
  const { values, clock, disk, random, environment, logger, metrics } = context;
  const insights = new Insights(new StatementMetrics(metrics));
  const queryLog = new QueryLog(queryLogOptions(values), random, logger);
  const effects = {
    insights,
    queryLog,
    clock,
    disk,
    network,
    children,
    processes,
    environment,
    logger,
    random,
    metrics,
    pid: process.pid,
    progress: (text: string) => logger.info({}, text),
  };
  const readFile = (path: string) => disk.readFileSync(path, "utf8");
  const cluster = await CombinedCluster.start(
    optionsOf(context),
    gatewayOptions(values, readFile, openMysqlFiles(context)),
    effects,
  );
  try {
    const { vtgate, control, vtctld } = cluster;
    if (values.jsonTopo === "" && values.sample) await applySample(vtctld, vtgate.mysqlPort, effects);
    logger.info({ mysqlPort: vtgate.mysqlPort }, "MySQL clients are served");
    const call = localCall(control, "the web page");
    const web = webRoutes(values, {
      call,
      topo: cluster.topo,
      dial: cluster.queryService,
      gateways: [{ address: "vtcombo", read: async () => plainCounts(insights.all, undefined).map(insightOf) }],
      clock,
      random,
      disk,
      logger,
    });
    const options = { rowsMax: values.maxMemoryRows, trustsCallerIds: values.grpcUseEffectiveCallerid };
    return await context.serveRole({
      services: [
        web.watch,
        ...grpcService(values, context, {
          "grpc-vtctld": vtctldService(control),
          "grpc-vtgateservice": vitessService(() => vtgate.gateway, options),
        }),
        { name: "gateway", drain: (signal) => vtgate.drain(signal), stop: async () => {} },
        ...queryLogFile(values, queryLog, context),
      ],
      routes: [
        ...gatewayRoutes({
          statements: async (withPlans) => plainCounts(insights.all, withPlans ? vtgate.cluster : undefined),
          queryLog,
          clock,
          cluster: () => vtgate.cluster,
        }),
        ...web.routes,
      ],
    });
  } finally {
    await cluster.stop();
  }
}

function optionsOf({ values, disk }: VtcomboContext): Omit<ClusterOptions, "topo"> {
  const topology = values.jsonTopo === "" ? sampleTopology(values) : parseTestTopology(values.jsonTopo);
  if (topology.cells.some((cell) => cell !== values.cell))
    throw new FlagError(`vtcombo has one cell, ${values.cell}: --json-topo names ${topology.cells.join(", ")}`);
  if (values.mysqlServerPort < 0) throw new FlagError("flag --mysql-server-port is required");
  return {
    cells: [values.cell],
    keyspaces: topology.keyspaces,
    replicas: 0,
    flavour: values.flavour,
    portOffset: values.portOffset,
    root: dataFolder(values.dataDir, disk),
  };
}

function sampleTopology({ shards, cell }: Values<typeof flags>) {
  const keyspaces = [
    { name: "commerce", shards: ["0"] },
    { name: "customer", shards: generateShardRanges(shards) },
  ];
  return { cells: [cell], keyspaces };
}
