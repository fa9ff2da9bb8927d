/**
 * The gateway itself, for the benchmark: the MySQL server on the port of argument 2, its tablets behind the links at the
 * sockets of argument 1, a shard each; the cluster's state is fixed.
 */
import { must } from "../../src/base/assert.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/log.ts";
import { network } from "../../src/base/network.ts";
import { Metrics } from "../../src/base/metrics.ts";
import { systemRandom } from "../../src/base/random.ts";
import { systemTerminal } from "../../src/base/terminal.ts";
import { noAuthentication } from "../../src/mysql/authentication.ts";
import { startServer } from "../../src/mysql/server.ts";
import { linkQueryService } from "../../src/rpc/link-client.ts";
import { shardRefs } from "../../src/sharding/destination.ts";
import { mariadbEnvironment, mysqlEnvironment } from "../../src/sqlparser/environment.ts";
import type { Cluster } from "../../src/vtgate/cluster.ts";
import { defaultDefinitionOptions } from "../../src/vtgate/definition-options.ts";
import { Insights, StatementMetrics } from "../../src/vtgate/insights.ts";
import { defaultQueryLogOptions, QueryLog } from "../../src/vtgate/query-log.ts";
import { Gateway } from "../../src/vtgate/gateway.ts";
import { defaultStatementGuards } from "../../src/vtgate/statement-guards.ts";
import { parseVSchema } from "../../src/vschema/parse-vschema.ts";
import { benchShards } from "./settings.ts";

const [, , linkSockets = "", port = "0", flavour = "mariadb"] = process.argv;
const env = {
  network,
  clock: systemClock,
  random: systemRandom,
  log: silentLogger,
  insights: new Insights(new StatementMetrics(new Metrics())),
  queryLog: new QueryLog(defaultQueryLogOptions, systemRandom, silentLogger),
};
const keyspace = "test";
const sockets = linkSockets.split(",");
const shards = benchShards(sockets.length);
const tablets = new Map(
  shards.map(({ target, alias }, i) => [
    target.shard,
    { alias, service: linkQueryService(env, { address: { path: sockets[i] ?? "" } }) },
  ]),
);
const tabletOf = (shard: string) => must(tablets.get(shard), `a tablet of ${shard}`);
/** The column that chooses the shard; with one shard nothing does. */
const tables = {
  sbtest1: "id",
  warehouse: "w_id",
  district: "d_w_id",
  customer: "c_w_id",
  stock: "s_w_id",
  orders: "o_w_id",
  order_line: "ol_w_id",
  history: "h_w_id",
};
const sharded = Object.entries(tables).map(([table, column]) => [
  table,
  { column_vindexes: [{ column, name: "xxhash" }] },
]);
const vschema = parseVSchema({
  keyspaces: {
    [keyspace]:
      shards.length === 1
        ? { tables: Object.fromEntries(Object.keys(tables).map((table) => [table, {}])) }
        : { sharded: true, vindexes: { xxhash: { type: "xxhash" } }, tables: Object.fromEntries(sharded) },
  },
});
const cluster: Cluster = {
  cell: "zone1",
  vschema: () => vschema,
  schemaVersion: 1,
  keyspaces: () => [keyspace],
  shards: () => shardRefs([...tablets.keys()]),
  pick: ({ shard }) => tabletOf(shard),
  schemaChanged: () => Promise.resolve(),
  changeVSchema: () => Promise.resolve(),
  metadata: () => Promise.resolve({}),
  suspect: () => {},
  tablet: (alias) =>
    must(
      [...tablets.values()].find((one) => one.alias === alias),
      alias,
    ),
  tablets: () => [],
};
const serverVersion = flavour === "mysql" ? "9.7.0-bench" : "10.11.0-MariaDB-bench";
const gateway = new Gateway(cluster, env, {
  transactionMode: "MULTI",
  facts: { serverVersion, versionComment: "bench" },
  environment: flavour === "mysql" ? { ...mysqlEnvironment, version: 90700 } : mariadbEnvironment,
  guards: defaultStatementGuards,
  ...defaultDefinitionOptions,
  planCacheBytesMax: 8 * 1024 * 1024,
});
const address = { host: "127.0.0.1", port: Number(port) };
await startServer(env, { address, authentication: noAuthentication, serverVersion }, gateway);
systemTerminal.out("ready\n");
