/** The web page and what it asks, for whatever process controls a cluster: vtctld, and vtcombo. */
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { listOf, string } from "../base/flag-values.ts";
import { flag, type Values } from "../base/flags.ts";
import type { Logger } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import type { QueryService } from "../rpc/query-service.ts";
import type { Route } from "../servenv/http.ts";
import type { Service } from "../servenv/lifecycle.ts";
import type { TabletAlias } from "../topo/names.ts";
import type { TopoServer } from "../topo/server.ts";
import { HealthWatch } from "../vtctld/health-watch.ts";
import { type GatewaySource, remoteGateway } from "../vtctld/http/insights.ts";
import { pageRoutes } from "../vtctld/http/page.ts";
import { vtctldRoutes } from "../vtctld/http/routes.ts";
import type { VtctldCall } from "../vtctld/service.ts";

export const webFlags = {
  clusterId: flag({ parse: string, default: "local", help: "The cluster's id on the web page." }),
  clusterName: flag({ parse: string, default: "local", help: "The cluster's name on the web page." }),
  gateways: flag({
    parse: listOf(string),
    default: [],
    help: "Web addresses (host:port) of the gateways whose statements the web page shows.",
  }),
  webDir: flag({
    parse: string,
    default: fileURLToPath(new URL("../../web/dist", import.meta.url)),
    help: "Folder of the built web page, served at /app.",
  }),
} as const;

export interface WebParts {
  readonly call: VtctldCall;
  readonly topo: TopoServer;
  /** How a tablet's health is heard. */
  readonly dial: (tablet: Tablet) => QueryService;
  /** Gateways in this process, beside those of the flag. */
  readonly gateways: readonly GatewaySource[];
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly logger: Logger;
}

/** The routes, and the watch on tablets that belongs to the process's life. */
export function webRoutes(
  { clusterId, clusterName, webDir, gateways: addresses }: Values<typeof webFlags>,
  { call, topo, dial, gateways, clock, random, disk, logger }: WebParts,
): { readonly routes: readonly Route[]; readonly watch: Service } {
  const watch = new HealthWatch({ topo, dial, clock, random, log: logger });
  const cluster = { id: clusterId, name: clusterName };
  const health = (alias: TabletAlias) => watch.view(alias);
  const sources = [...gateways, ...addresses.map(remoteGateway)];
  const api = { call, cluster, health, hostname: hostname(), log: logger, gateways: sources };
  return { routes: [...vtctldRoutes(api), ...pageRoutes(disk, webDir)], watch };
}
