/**
 * A gateway with its MySQL face over real servers, without processes of ours in between: keyspace `commerce` on one server,
 * keyspace `customer` over two shards on two. Tablets are in this process; the cluster's state is fixed.
 */
import { silentLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import { systemRandom } from "../base/random.ts";
import { noAuthentication } from "../mysql/authentication.ts";
import { connect } from "../mysql/client.ts";
import { type MysqlServer, startServer } from "../mysql/server.ts";
import { identifier, sql } from "../mysql/sql.ts";
import type { QueryService, Target } from "../rpc/query-service.ts";
import { shardRefs } from "../sharding/destination.ts";
import { mariadbEnvironment, mysqlEnvironment } from "../sqlparser/environment.ts";
import { completeVSchema } from "../vschema/complete-vschema.ts";
import type { VSchema } from "../vschema/vschema.ts";
import type { Cluster } from "../vtgate/cluster.ts";
import { defaultDefinitionOptions } from "../vtgate/definition-options.ts";
import { Insights, StatementMetrics } from "../vtgate/insights.ts";
import { defaultQueryLogOptions, QueryLog } from "../vtgate/query-log.ts";
import { Gateway } from "../vtgate/gateway.ts";
import { SchemaTracker } from "../vtgate/schema-tracker.ts";
import { defaultStatementGuards, type StatementGuards } from "../vtgate/statement-guards.ts";
import { SchemaEngine } from "../vttablet/query/schema-engine.ts";
import { TabletQueryService } from "../vttablet/query/tablet-query-service.ts";
import { appUser, startDatabases, testEnvironment, type ThrowawayDatabase } from "./throwaway-database.ts";

export interface LiveGateway {
  readonly server: MysqlServer;
  readonly gateway: Gateway;
  readonly databases: readonly ThrowawayDatabase[];
  readonly tablets: ReadonlyMap<string, TabletQueryService>;
  vschema: VSchema;
  /** As they are now: tests set what they try. */
  readonly guards: { -readonly [K in keyof StatementGuards]: StatementGuards[K] };
  stop(): Promise<void>;
}

const env = { ...testEnvironment, log: silentLogger };

/** Keyspaces and their shards. */
export type Layout = Readonly<Record<string, readonly string[]>>;
const usualLayout: Layout = { commerce: ["0"], customer: ["-80", "80-"] };

/**
 * Shard number n of each keyspace lives on server number n. `tracked`: its VSchema learns of tables from definitions that
 * go through the gateway; else it is the test's, and stays.
 */
export async function startLiveGateway(
  flavour: "mariadb" | "mysql",
  vschema: VSchema,
  layout: Layout = usualLayout,
  schemas: "tracked" | "fixed" = "fixed",
): Promise<LiveGateway> {
  const places = Object.entries(layout).flatMap(([keyspace, shards]) =>
    shards.map((shard, server) => ({ keyspace, shard, server })),
  );
  const serverCount = Math.max(...Object.values(layout).map((shards) => shards.length));
  const databases = await startDatabases(flavour, serverCount);
  const tablets = new Map<string, TabletQueryService>();
  const engines: SchemaEngine[] = [];
  const aliases = new Map<string, QueryService>();
  for (const [i, { keyspace, shard, server }] of places.entries()) {
    const database = databases[server];
    if (database === undefined) throw new Error("no server");
    const admin = await connect(testEnvironment, { address: { path: database.socketPath }, username: "root" });
    await admin.query(sql`create database ${identifier(`vt_${keyspace}`)}`);
    admin.close();
    const app = { address: { path: database.socketPath }, ...appUser, database: `vt_${keyspace}` };
    const target: Target = { keyspace, shard, tabletType: "PRIMARY", cell: "zone1" };
    const tabletAlias = `zone1-${String(100 + i).padStart(10, "0")}`;
    const schema = new SchemaEngine(env, app);
    engines.push(schema);
    const tablet = new TabletQueryService({ env, tabletAlias, target, app, schema });
    tablet.setServing(target, true, "");
    tablets.set(`${keyspace}/${shard}`, tablet);
    aliases.set(tabletAlias, tablet);
  }
  const state = { vschema, version: 1 };
  const aliasOf = (t: Target) =>
    `zone1-${String(100 + places.findIndex((p) => p.keyspace === t.keyspace && p.shard === t.shard)).padStart(10, "0")}`;
  const tabletOf = (alias: string) => {
    const service = aliases.get(alias);
    if (service === undefined) throw new Error(`no tablet ${alias}`);
    return { alias, service };
  };
  const refsOf = (keyspace: string) =>
    shardRefs(places.filter((p) => p.keyspace === keyspace).map(({ shard }) => shard));
  const environment = flavour === "mysql" ? { ...mysqlEnvironment, version: 90700 } : mariadbEnvironment;
  const tracker = new SchemaTracker({
    cell: "zone1",
    log: silentLogger,
    source: { shards: refsOf, primary: (target) => tabletOf(aliasOf(target)).service },
    enableViews: true,
    onChange: () => {
      state.vschema = completeVSchema(vschema, tracker.found);
      state.version++;
    },
  });
  tracker.start(environment);
  const cluster: Cluster = {
    cell: "zone1",
    vschema: () => state.vschema,
    get schemaVersion() {
      return state.version;
    },
    keyspaces: () => Object.keys(layout),
    shards: refsOf,
    pick: (target) => Promise.resolve(tabletOf(aliasOf(target))),
    schemaChanged: async (keyspace) => (schemas === "tracked" ? tracker.refresh(keyspace) : undefined),
    changeVSchema: () => Promise.reject(new Error("the VSchema of this gateway stays as it is")),
    metadata: () => Promise.resolve({ colour: "green", size: "large" }),
    suspect: () => {}, // A fixed cluster has nobody else to ask.
    tablet: tabletOf,
    tablets: () =>
      places.map(({ keyspace, shard }, i) => ({
        cell: "zone1",
        keyspace,
        shard,
        tabletType: "PRIMARY" as const,
        isServing: true,
        alias: `zone1-${String(100 + i).padStart(10, "0")}`,
        hostname: "localhost",
        primaryTermStartSeconds: 0,
      })),
  };
  const serverVersion = flavour === "mysql" ? "9.7.0-vitess-ts" : "10.11.0-MariaDB-vitess-ts";
  const guards = { ...defaultStatementGuards, memoryRowsMax: 10_000 };
  const gateway = new Gateway(
    cluster,
    {
      ...env,
      random: systemRandom,
      insights: new Insights(new StatementMetrics(new Metrics())),
      queryLog: new QueryLog(defaultQueryLogOptions, systemRandom, silentLogger),
    },
    {
      transactionMode: "MULTI",
      facts: { serverVersion, versionComment: "vitess-ts" },
      environment,
      planCacheBytesMax: 1024 * 1024,
      guards,
      lockHeartbeatMs: 200,
      ...defaultDefinitionOptions,
    },
  );
  const server = await startServer(
    { ...env, random: systemRandom },
    { address: { host: "127.0.0.1", port: 0 }, authentication: noAuthentication, serverVersion, localFiles: true },
    gateway,
  );
  const stop = async () => {
    await server.close();
    for (const tablet of tablets.values()) await tablet.close();
    for (const engine of engines) engine.close();
    for (const database of databases) await database.stop();
  };
  return { server, gateway, databases, tablets, vschema, guards, stop };
}
