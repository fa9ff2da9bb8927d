/** vttablet: one beside each database server; serves queries of gateways and commands of vtctld. */
import { children } from "../../base/child.ts";
import type { Timer } from "../../base/clock.ts";
import { FlagError } from "../../base/flag-values.ts";
import { network } from "../../base/network.ts";
import { TabletManager } from "../../proto/generated/tabletmanagerservice_pb.js";
import { Query } from "../../proto/generated/queryservice_pb.js";
import { queryHandlers } from "../../rpc/grpc-query-service.ts";
import { type LinkServer, serveLink } from "../../rpc/link-server.ts";
import { implement } from "../../rpc/service.ts";
import { servenvFlags } from "../../servenv/flags.ts";
import { grpcServerFlags, grpcService, serverSecurity } from "../../servenv/grpc-flags.ts";
import { html, table } from "../../servenv/html.ts";
import type { Service } from "../../servenv/lifecycle.ts";
import { queryLogFile } from "../../servenv/log-pages.ts";
import { statementFilter } from "../../servenv/query-log-flags.ts";
import { topoFlags } from "../../servenv/topo-flags.ts";
import { vttabletFlags } from "../../vttablet/flags.ts";
import { tabletPages } from "../../vttablet/pages.ts";
import { Recorder } from "../../vttablet/query/recorder.ts";
import { aclMetrics, queryMetrics } from "../../vttablet/query-metrics.ts";
import { tabletOptions } from "../../vttablet/tablet-options.ts";
import { openVttablet, type Vttablet } from "../../vttablet/vttablet.ts";
import { type RoleContext, roleCommand } from "../command.ts";
import { lockOwner } from "../lock-owner.ts";
import { openTopo } from "../../topo/open-topo.ts";

const flags = { ...servenvFlags, ...topoFlags, ...grpcServerFlags, ...vttabletFlags } as const;
export const vttablet = roleCommand(
  {
    name: "vttablet",
    summary: "Stands beside one database server: serves its shard's queries and takes part in its replication.",
    flags,
    examples: [
      "vttablet --tablet-path zone1-0000000100 --init-keyspace commerce --init-shard 0 --db-socket /vt/vt_0000000100/mysql.sock --db-port 17100 --port 15100 --grpc-port 16100",
    ],
  },
  serveVttablet,
);

async function serveVttablet(context: RoleContext<typeof flags>): Promise<number> {
  const { values, clock, disk, environment, logger, metrics } = context;
  const topo = await openTopo(values, context);
  const countAcl = aclMetrics(metrics);
  const recorder = new Recorder({
    metrics,
    clock,
    random: context.random,
    log: logger,
    filter: statementFilter(values),
    warnRows: () => values.queryserverConfigWarnResultSize,
  });
  if (values.logQueries) recorder.statements.listen((line) => logger.info({ line }, "a statement"));
  let tablet: Vttablet | undefined;
  let counting: Timer | undefined;
  const reload = () => tablet?.access.reload();
  process.on("SIGHUP", reload);
  try {
    tablet = await openVttablet(tabletOptions(values), {
      topo,
      clock,
      network,
      disk,
      children,
      environment,
      logger,
      owner: lockOwner(),
      countAcl,
      recorder,
    });
    const open = tablet;
    const parts = { service: open.queryService, schema: open.schema, logger, clock, flags: context.live };
    const logPaths = { statements: values.queryLogStreamHandler, transactions: values.transactionLogStreamHandler };
    const { heartbeat } = open;
    counting = queryMetrics(metrics, clock, { ...parts, heartbeat, tags: () => open.tablet.record.tags });
    return await context.serveRole({
      services: [
        ...grpcService(values, context, {
          "grpc-queryservice": implement(
            Query,
            queryHandlers(open.queryService, {
              get rowsMax() {
                return values.queryserverConfigMaxResultSize; // It may change while the tablet serves.
              },
            }),
          ),
          "grpc-tabletmanager": implement(TabletManager, open.tabletCalls),
        }),
        ...linkService(context, open),
        ...queryLogFile(values, recorder.statements, context),
        { name: "tablet", stop: () => open.close() },
      ],
      routes: tabletPages({ ...parts, logPaths, degradedMs: () => values.degradedThresholdMs }),
      sections: [{ title: "Tablet", body: async () => statusSection(open) }],
      complaint: () => complaintOf(open),
    });
  } catch (error) {
    await tablet?.close();
    throw error;
  } finally {
    counting?.cancel();
    process.off("SIGHUP", reload);
    await topo.close();
  }
}

/** The query link as a part of the role. With TLS on gRPC there is none: gateways then use gRPC. */
function linkService({ values, clock, disk, logger }: RoleContext<typeof flags>, open: Vttablet): readonly Service[] {
  const { vtlinkPort: port, grpcBindAddress } = values;
  if (port === 0) return [];
  const { tls, authenticate } = serverSecurity(values, disk);
  if (tls !== undefined)
    throw new FlagError("--vtlink-port goes without TLS, which --grpc-cert asks for: leave it out");
  let link: LinkServer | undefined;
  return [
    {
      name: "query link",
      start: async () => {
        link = await serveLink(
          { network, clock, log: logger },
          {
            address: { host: grpcBindAddress === "" ? "::" : grpcBindAddress, port },
            service: open.queryService,
            ...(authenticate === undefined ? {} : { authenticate }),
          },
        );
      },
      stop: async () => link?.close(),
    },
  ];
}

function complaintOf({ queryService }: Vttablet): string | undefined {
  const { isServing, healthError } = queryService.health.current;
  return isServing ? undefined : healthError;
}

function statusSection({ tablet, queryService }: Vttablet) {
  const { target, isServing, healthError, replicationLagSeconds, qps } = queryService.health.current;
  return html`${table(
    ["alias", "keyspace", "shard", "type", "serving", "lag", "queries/s"],
    [
      [
        tablet.options.place.alias,
        target.keyspace,
        target.shard,
        target.tabletType,
        isServing ? "yes" : `no: ${healthError}`,
        `${replicationLagSeconds} s`,
        qps.toFixed(1),
      ],
    ],
  )}`;
}
