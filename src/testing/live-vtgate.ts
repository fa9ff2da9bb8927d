/**
 * A gateway as its role is put together (topology, health, schema tracking), over the keyspaces of `live-gateway.ts`, whose
 * tablets it reaches over the query link. The topology is in memory; keyspaces begin without a VSchema.
 */
import assert from "node:assert/strict";
import { create, fromJson } from "@bufbuild/protobuf";
import { disk } from "../base/disk.ts";
import { silentLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import { systemRandom } from "../base/random.ts";
import { tabletFilter } from "../discovery/tablet-filter.ts";
import { defaultLagLimits } from "../discovery/lag-filter.ts";
import { defaultHealthLimits } from "../discovery/tablet-state.ts";
import type { Flavour } from "../mysql/client.ts";
import { noAuthentication } from "../mysql/authentication.ts";
import { KeyspaceSchema as KeyspaceRecordSchema, TabletSchema } from "../proto/generated/topodata_pb.js";
import { KeyspaceSchema } from "../proto/generated/vschema_pb.js";
import { linkQueryService } from "../rpc/link-client.ts";
import { type LinkServer, serveLink } from "../rpc/link-server.ts";
import { aliasMessage, createCell, createKeyspace, createShard, createTablet } from "../topo/cluster-records.ts";
import { cellName, keyspaceName, makeTabletAlias, shardName } from "../topo/names.ts";
import { rebuildKeyspace, rebuildVSchema } from "../topo/rebuild.ts";
import { records, replaceRecord } from "../topo/records.ts";
import { TopoServer } from "../topo/server.ts";
import { emptyVSchema } from "../vschema/vschema.ts";
import { bufferCounts, defaultBufferOptions } from "../vtgate/buffer.ts";
import { defaultDefinitionOptions } from "../vtgate/definition-options.ts";
import { Insights, StatementMetrics } from "../vtgate/insights.ts";
import { defaultQueryLogOptions, QueryLog } from "../vtgate/query-log.ts";
import { defaultStatementGuards } from "../vtgate/statement-guards.ts";
import { openVtgate, type Vtgate, type VtgateOptions } from "../vtgate/open-vtgate.ts";
import { type LiveGateway, startLiveGateway } from "./live-gateway.ts";
import { testEnvironment } from "./throwaway-database.ts";

export interface LiveVtgate {
  readonly vtgate: Vtgate;
  /** The servers, and a gateway beside that nobody asks. */
  readonly servers: LiveGateway;
  /** Another gateway on the same topology and tablets. */
  open(options?: Partial<VtgateOptions>): Promise<Vtgate>;
  applyVSchema(keyspace: string, json: Parameters<typeof fromJson>[1]): Promise<void>;
  stop(): Promise<void>;
}

const env = { ...testEnvironment, log: silentLogger };
const zone1 = cellName("zone1");
const keyspaces = [
  ["commerce", ["0"]],
  ["customer", ["-80", "80-"]],
] as const;

/** `topoFile`: the topology is in SQLite there, for gateways elsewhere; else in memory. */
export async function startLiveVtgate(
  flavour: Flavour,
  options: Partial<VtgateOptions> = {},
  topoFile?: string,
): Promise<LiveVtgate> {
  const servers = await startLiveGateway(flavour, emptyVSchema);
  const context = { clock: testEnvironment.clock, disk, memoryStores: new Map() };
  const [implementation, globalAddress] = topoFile === undefined ? ["memory", "g"] : ["sqlite", topoFile];
  const topo = await TopoServer.open(context, { implementation, globalAddress, globalRoot: "/vitess/global" });
  await createCell(topo, zone1, globalAddress, "/zone1");
  const links = await fillTopology(topo, servers);
  const opened: Vtgate[] = [];
  const open = async (given: Partial<VtgateOptions> = {}) => {
    const vtgate = await openVtgate(partsOf(topo), { ...vtgateOptions, ...given });
    opened.push(vtgate);
    return vtgate;
  };
  return {
    vtgate: await open(options),
    servers,
    open,
    applyVSchema: async (keyspace, json) => {
      const record = fromJson(KeyspaceSchema, json);
      await replaceRecord(topo.global, records.vschema(keyspaceName(keyspace)), record);
      await rebuildVSchema(topo);
    },
    stop: async () => {
      for (const vtgate of opened) await vtgate.close();
      for (const link of links) await link.close();
      await topo.close();
      await servers.stop();
    },
  };
}

/** The keyspaces of these servers, their tablets on links. */
export async function fillTopology(topo: TopoServer, servers: LiveGateway): Promise<readonly LinkServer[]> {
  const links: LinkServer[] = [];
  for (const [keyspace, shards] of keyspaces) {
    await createKeyspace(topo, keyspaceName(keyspace), create(KeyspaceRecordSchema));
    for (const shard of shards) {
      await createShard(topo, keyspaceName(keyspace), shardName(shard));
      const service = servers.tablets.get(`${keyspace}/${shard}`);
      assert.ok(service);
      const link = await serveLink(env, { address: { host: "127.0.0.1", port: 0 }, service });
      links.push(link);
      const alias = aliasMessage(makeTabletAlias("zone1", 99 + links.length));
      const place = { hostname: "127.0.0.1", portMap: { vtlink: link.port } };
      await createTablet(topo, create(TabletSchema, { alias, ...place, keyspace, shard, type: 1 }), false);
    }
    await rebuildKeyspace(topo, keyspaceName(keyspace));
  }
  await rebuildVSchema(topo);
  return links;
}

const partsOf = (topo: TopoServer) => ({
  topo,
  ...env,
  random: systemRandom,
  dial: ({ hostname, portMap }: { readonly hostname: string; readonly portMap: Readonly<Record<string, number>> }) =>
    linkQueryService(env, { address: { host: hostname, port: portMap["vtlink"] ?? 0 } }),
  readFile: () => "",
  bufferCounts: bufferCounts(new Metrics()),
  watchHealth: () => {},
  insights: new Insights(new StatementMetrics(new Metrics())),
  queryLog: new QueryLog(defaultQueryLogOptions, systemRandom, silentLogger),
});

const vtgateOptions: VtgateOptions = {
  cell: zone1,
  cellsToWatch: [zone1],
  filter: tabletFilter({}),
  typesToWait: ["PRIMARY"],
  waitMs: 10_000,
  tabletRefreshMs: 60_000,
  cacheTtlMs: 100,
  topoTimeoutMs: 5_000,
  health: defaultHealthLimits,
  lag: defaultLagLimits,
  balance: { mode: "cell", gatewayCells: [], keyspaces: [] },
  buffer: defaultBufferOptions,
  transactionMode: "MULTI",
  drainsClients: false,
  guards: { ...defaultStatementGuards, memoryRowsMax: 10_000 },
  planCacheBytesMax: 1 << 20,
  tracking: { enableViews: true },
  definitions: defaultDefinitionOptions,
  serverVersion: "",
  mysql: { address: { host: "127.0.0.1", port: 0 }, authentication: noAuthentication },
};
