/**
 * How each process of a planned cluster is started, and how it shows that it is ready. Pure but for the readiness
 * probe, which asks the role's own HTTP page.
 */
import type { ClusterPlan, TabletPlan } from "./plan.ts";
import type { ProcessRecipe } from "./role-process.ts";

export interface RecipeContext {
  /** Node, and the file of all commands. */
  readonly node: string;
  readonly main: string;
  /** True when the page at the URL answers 200, with that text in it. */
  readonly answers: (url: string, text: string) => Promise<boolean>;
}

/** Clients need no password here, so nobody but this machine may come. */
const loopback = "127.0.0.1";
const readyTimeoutMs = 60_000;
const stopTimeoutMs = 20_000;

export function vtctldRecipe(plan: ClusterPlan, context: RecipeContext): ProcessRecipe {
  const { httpPort, grpcPort } = plan.vtctld;
  return role(context, "vtctld", "vtctld", httpPort, [
    ...topoArguments(plan),
    "--cell",
    plan.vtgate.cell,
    "--port",
    String(httpPort),
    "--grpc-port",
    String(grpcPort),
    "--gateways",
    `${loopback}:${plan.vtgate.httpPort}`,
    "--service-map",
    "grpc-vtctl,grpc-vtctld",
  ]);
}

export function vtgateRecipe(plan: ClusterPlan, context: RecipeContext): ProcessRecipe {
  const { httpPort, grpcPort, mysqlPort, cell } = plan.vtgate;
  return role(context, "vtgate", "vtgate", httpPort, [
    ...topoArguments(plan),
    "--cell",
    cell,
    "--cells-to-watch",
    plan.options.cells.join(","),
    "--tablet-types-to-wait",
    plan.options.replicas === 0 ? "PRIMARY" : "PRIMARY,REPLICA",
    "--port",
    String(httpPort),
    "--grpc-port",
    String(grpcPort),
    "--mysql-server-port",
    String(mysqlPort),
    "--mysql-server-bind-address",
    loopback,
    "--mysql-auth-server-impl",
    "none",
    "--service-map",
    "grpc-vtgateservice",
  ]);
}

export function vttabletRecipe(plan: ClusterPlan, tablet: TabletPlan, context: RecipeContext): ProcessRecipe {
  return role(context, `vttablet-${tablet.alias}`, "vttablet", tablet.httpPort, [
    ...topoArguments(plan),
    "--port",
    String(tablet.httpPort),
    "--grpc-port",
    String(tablet.grpcPort),
    "--service-map",
    "grpc-queryservice,grpc-tabletmanager",
    ...tabletFlags(plan, tablet),
    "--vtlink-port",
    String(tablet.linkPort),
  ]);
}

/** Who a tablet is, and where its server listens. */
export function tabletFlags(plan: ClusterPlan, tablet: TabletPlan): readonly string[] {
  const folder = tabletFolder(plan, tablet);
  return [
    "--tablet-path",
    tablet.alias,
    "--tablet-hostname",
    loopback,
    "--init-keyspace",
    tablet.keyspace,
    "--init-shard",
    tablet.shard,
    "--init-tablet-type",
    "replica",
    "--db-host",
    loopback,
    "--db-port",
    String(tablet.mysqlPort),
    "--db-socket",
    `${folder}/mysql.sock`,
    "--tablet-dir",
    folder,
  ];
}

export function etcdRecipe(plan: ClusterPlan, etcd: string, context: RecipeContext): ProcessRecipe | undefined {
  if (plan.etcd === undefined) return undefined;
  const { clientPort, peerPort, folder } = plan.etcd;
  const [client, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  return {
    name: "etcd",
    command: etcd,
    args: [
      "--data-dir",
      folder,
      "--listen-client-urls",
      client,
      "--advertise-client-urls",
      client,
      "--listen-peer-urls",
      peer,
      "--initial-advertise-peer-urls",
      peer,
      "--initial-cluster",
      `default=${peer}`,
    ],
    isReady: () => context.answers(`${client}/health`, "true"),
    readyTimeoutMs,
    stopTimeoutMs,
  };
}

/** VTDATAROOT/vt_<uid, 10 digits> */
export function tabletFolder(plan: ClusterPlan, { uid }: TabletPlan): string {
  return `${plan.options.root}/vt_${String(uid).padStart(10, "0")}`;
}

function topoArguments({ topo }: ClusterPlan): readonly string[] {
  return [
    "--topo-implementation",
    topo.implementation,
    "--topo-global-server-address",
    topo.address,
    "--topo-global-root",
    topo.globalRoot,
  ];
}

/** A role is there once all its parts have started; whether a tablet serves shows in the health streams. */
function role(
  { node, main, answers }: RecipeContext,
  name: string,
  command: string,
  httpPort: number,
  flags: readonly string[],
): ProcessRecipe {
  return {
    name,
    command: node,
    args: [main, command, "--bind-address", loopback, "--grpc-bind-address", loopback, ...flags],
    isReady: () => answers(`http://127.0.0.1:${httpPort}/debug/liveness`, "serving"),
    readyTimeoutMs,
    stopTimeoutMs,
  };
}
