/** vtgate: the gateway; MySQL clients talk to it as to one server. */
import { availableParallelism } from "node:os";
import { must } from "../../base/assert.ts";
import { network } from "../../base/network.ts";
import { grpcService } from "../../servenv/grpc-flags.ts";
import { html, table } from "../../servenv/html.ts";
import { queryLogFile } from "../../servenv/log-pages.ts";
import type { Vtgate } from "../../vtgate/open-vtgate.ts";
import { gatewayRoutes } from "../../vtgate/pages.ts";
import { vitessService } from "../../vtgate/vitess-service.ts";
import { roleCommand } from "../command.ts";
import { gatewayPart, type VtgateContext, vtgatePage } from "../vtgate/gateway-part.ts";
import { refuseTakenPort, workerCount, Workers } from "../vtgate/workers.ts";

export const vtgate = roleCommand(vtgatePage, serveVtgate);

async function serveVtgate(context: VtgateContext): Promise<number> {
  const { values, logger, live, metrics, args, environment } = context;
  const cores = availableParallelism();
  const workers = new Workers(workerCount(values, { cores, platform: process.platform }));
  const { count, counts, neighbours } = workers;
  const own = await gatewayPart(context, { worker: 0, workers: count, counts, neighbours });
  const start = async () => {
    if (count > 1)
      await refuseTakenPort(network, { host: values.mysqlServerBindAddress || "::", port: values.mysqlServerPort });
    await workers.start(own, { args, environment }, (error) => {
      throw error;
    });
    if (count > 1) logger.info({ workers: count }, "workers share the port");
  };
  process.on("SIGHUP", () => workers.hangup());
  const service = vitessService(() => must(own.vtgate, "gRPC starts after the gateway").gateway, {
    rowsMax: values.maxMemoryRows,
    trustsCallerIds: values.grpcUseEffectiveCallerid,
  });
  return context.serveRole({
    flags: workers.panel(live),
    allMetrics: () => workers.metrics(metrics),
    services: [
      { name: "gateway", start, drain: (signal) => workers.drain(signal), stop: () => workers.stop() },
      ...grpcService(values, context, { "grpc-vtgateservice": service }),
      ...queryLogFile(values, own.queryLog, context),
    ],
    routes: gatewayRoutes({
      statements: (withPlans) => workers.statements(withPlans),
      queryLog: own.queryLog,
      clock: context.clock,
      cluster: () => own.vtgate?.cluster,
    }),
    sections: [
      { title: "Tablets", body: async () => tabletSection(own.vtgate) },
      { title: "VSchema", body: async () => vschemaSection(own.vtgate) },
    ],
  });
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
