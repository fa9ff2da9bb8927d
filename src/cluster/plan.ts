/**
 * A cluster on one machine as plain data: which processes there are, on which ports, in which folders. Pure.
 *
 * Ports and tablet numbers are those of Vitess's local example (vtgate on 15306, tablets from 15100, 16100 and 17100 on),
 * so that what people remember still works; `portOffset` shifts all of them, for several clusters on one machine.
 */
import { must } from "../base/assert.ts";

export interface ClusterOptions {
  readonly cells: readonly string[];
  readonly keyspaces: readonly KeyspaceOptions[];
  /** Replicas beside each primary; spread over the cells in turn. */
  readonly replicas: number;
  readonly flavour: "mariadb" | "mysql";
  /** memory: for roles that share one process; it ends with it. */
  readonly topo: "sqlite" | "etcd" | "memory";
  readonly portOffset: number;
  /** The port for MySQL clients, where the usual one will not do. */
  readonly mysqlPort?: number;
  /** Everything the cluster writes is below this folder: VTDATAROOT. */
  readonly root: string;
}

export interface KeyspaceOptions {
  readonly name: string;
  /** Shard names in order: ["0"], ["-80", "80-"]. */
  readonly shards: readonly string[];
  /** Replicas of this keyspace, where it has a number of its own. */
  readonly replicas?: number;
}

export interface ClusterPlan {
  readonly options: ClusterOptions;
  readonly topo: TopoPlan;
  readonly etcd: { readonly clientPort: number; readonly peerPort: number; readonly folder: string } | undefined;
  readonly vtctld: { readonly httpPort: number; readonly grpcPort: number };
  readonly vtgate: {
    readonly httpPort: number;
    readonly grpcPort: number;
    readonly mysqlPort: number;
    readonly cell: string;
  };
  readonly tablets: readonly TabletPlan[];
}

export interface TopoPlan {
  readonly implementation: "sqlite" | "etcd2" | "memory";
  readonly address: string;
  readonly globalRoot: string;
  readonly cellRoots: Readonly<Record<string, string>>;
}

export interface TabletPlan {
  readonly uid: number;
  /** "zone1-0000000100" */
  readonly alias: string;
  readonly cell: string;
  readonly keyspace: string;
  readonly shard: string;
  /** The one that becomes primary when the shard has none yet. */
  readonly isFirst: boolean;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly mysqlPort: number;
  /** Of the query link. */
  readonly linkPort: number;
}

const ports = { vtctldHttp: 15000, vtctldGrpc: 15999, vtgateHttp: 15001, vtgateGrpc: 15991, vtgateMysql: 15306 };
const tabletPorts = { http: 15100, grpc: 16100, mysql: 17100, link: 18100 };
const etcdPorts = { client: 12379, peer: 12380 };
const firstUid = 100;
/** Beyond this the tablets' HTTP ports would run into vtgate's for MySQL clients. */
const tabletsMax = 200;

const implementations = { etcd: "etcd2", sqlite: "sqlite", memory: "memory" } as const;

/** The plan of a cluster; throws RangeError when the options ask for more than the ports hold. */
export function planCluster(options: ClusterOptions): ClusterPlan {
  const { cells, portOffset: offset, root } = options;
  const firstCell = must(cells[0], "a cluster has at least one cell");
  const tablets = planTablets(options);
  if (tablets.length > tabletsMax)
    throw new RangeError(
      `${tablets.length} tablets are over ${tabletsMax}, the most that one machine's ports hold here`,
    );
  const etcd = {
    clientPort: etcdPorts.client + offset,
    peerPort: etcdPorts.peer + offset,
    folder: `${root}/etcd`,
  };
  const onEtcd = options.topo === "etcd";
  return {
    options,
    topo: {
      implementation: implementations[options.topo],
      address: { etcd: `127.0.0.1:${etcd.clientPort}`, sqlite: `${root}/topo.sqlite`, memory: "memory" }[options.topo],
      globalRoot: "/vitess/global",
      cellRoots: Object.fromEntries(cells.map((cell) => [cell, `/vitess/${cell}`])),
    },
    etcd: onEtcd ? etcd : undefined,
    vtctld: { httpPort: ports.vtctldHttp + offset, grpcPort: ports.vtctldGrpc + offset },
    vtgate: {
      httpPort: ports.vtgateHttp + offset,
      grpcPort: ports.vtgateGrpc + offset,
      mysqlPort: options.mysqlPort ?? ports.vtgateMysql + offset,
      cell: firstCell,
    },
    tablets,
  };
}

function planTablets(options: ClusterOptions): readonly TabletPlan[] {
  const { cells, keyspaces, replicas, portOffset } = options;
  const places = keyspaces.flatMap(({ name, shards, replicas: own = replicas }) =>
    shards.flatMap((shard) => Array.from({ length: own + 1 }, (_, nth) => ({ keyspace: name, shard, nth }))),
  );
  return places.map(({ keyspace, shard, nth }, index) => {
    const uid = firstUid + index;
    const cell = must(cells[nth % cells.length], "the index is below the number of cells");
    return {
      uid,
      alias: `${cell}-${String(uid).padStart(10, "0")}`,
      cell,
      keyspace,
      shard,
      isFirst: nth === 0,
      httpPort: tabletPorts.http + index + portOffset,
      grpcPort: tabletPorts.grpc + index + portOffset,
      mysqlPort: tabletPorts.mysql + index + portOffset,
      linkPort: tabletPorts.link + index + portOffset,
    };
  });
}

/** Every TCP port that the plan wants, with who wants it: for finding out beforehand which are taken. */
export function portsOf(plan: ClusterPlan): readonly { readonly port: number; readonly owner: string }[] {
  const { vtctld, vtgate, etcd, tablets } = plan;
  return [
    ...(etcd === undefined
      ? []
      : [
          { port: etcd.clientPort, owner: "etcd (clients)" },
          { port: etcd.peerPort, owner: "etcd (peers)" },
        ]),
    { port: vtctld.httpPort, owner: "vtctld (web page)" },
    { port: vtctld.grpcPort, owner: "vtctld (gRPC)" },
    { port: vtgate.httpPort, owner: "vtgate (status page)" },
    { port: vtgate.grpcPort, owner: "vtgate (gRPC)" },
    { port: vtgate.mysqlPort, owner: "vtgate (MySQL)" },
    ...tablets.flatMap(({ alias, httpPort, grpcPort, mysqlPort, linkPort }) => [
      { port: httpPort, owner: `vttablet ${alias} (status page)` },
      { port: grpcPort, owner: `vttablet ${alias} (gRPC)` },
      { port: linkPort, owner: `vttablet ${alias} (query link)` },
      { port: mysqlPort, owner: `database server of ${alias}` },
    ]),
  ];
}
