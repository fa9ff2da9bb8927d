/** The gateway as a role: topology in memory, tablets over the query link, a real server; changes are seen while it runs. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { create, fromJson } from "@bufbuild/protobuf";
import mysql from "mysql2/promise";
import { disk } from "../base/disk.ts";
import { silentLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import { systemRandom } from "../base/random.ts";
import { tabletFilter } from "../discovery/tablet-filter.ts";
import { defaultLagLimits } from "../discovery/lag-filter.ts";
import { defaultHealthLimits } from "../discovery/tablet-state.ts";
import { noAuthentication } from "../mysql/authentication.ts";
import { KeyspaceSchema as KeyspaceRecordSchema, TabletSchema } from "../proto/generated/topodata_pb.js";
import { KeyspaceSchema } from "../proto/generated/vschema_pb.js";
import { linkQueryService } from "../rpc/link-client.ts";
import { type LinkServer, serveLink } from "../rpc/link-server.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { testEnvironment } from "../testing/throwaway-database.ts";
import { aliasMessage, createCell, createKeyspace, createShard, createTablet } from "../topo/cluster-records.ts";
import { cellName, keyspaceName, makeTabletAlias, shardName } from "../topo/names.ts";
import { rebuildKeyspace, rebuildVSchema } from "../topo/rebuild.ts";
import { records, replaceRecord } from "../topo/records.ts";
import { TopoServer } from "../topo/server.ts";
import { emptyVSchema } from "../vschema/vschema.ts";
import { bufferCounts, defaultBufferOptions } from "./buffer.ts";
import { openVtgate, type Vtgate } from "./open-vtgate.ts";

const env = { ...testEnvironment, log: silentLogger };
const zone1 = cellName("zone1");
let live: LiveGateway;
let topo: TopoServer;
let vtgate: Vtgate;
const links: LinkServer[] = [];

async function applyVSchema(keyspace: string, json: Parameters<typeof fromJson>[1]): Promise<void> {
  const record = fromJson(KeyspaceSchema, json);
  await replaceRecord(topo.global, records.vschema(keyspaceName(keyspace)), record);
  await rebuildVSchema(topo);
}

before(async () => {
  live = await startLiveGateway("mariadb", emptyVSchema);
  const context = { clock: testEnvironment.clock, disk, memoryStores: new Map() };
  topo = await TopoServer.open(context, { implementation: "memory", globalAddress: "g", globalRoot: "/global" });
  await createCell(topo, zone1, "g", "/zone1");
  let uid = 100;
  for (const [keyspace, shards] of [
    ["commerce", ["0"]],
    ["customer", ["-80", "80-"]],
  ] as const) {
    await createKeyspace(topo, keyspaceName(keyspace), create(KeyspaceRecordSchema));
    for (const shard of shards) {
      await createShard(topo, keyspaceName(keyspace), shardName(shard));
      const service = live.tablets.get(`${keyspace}/${shard}`);
      assert.ok(service);
      const link = await serveLink(env, { address: { host: "127.0.0.1", port: 0 }, service });
      links.push(link);
      const alias = aliasMessage(makeTabletAlias("zone1", uid++));
      const portMap = { vtlink: link.port };
      await createTablet(
        topo,
        create(TabletSchema, { alias, hostname: "127.0.0.1", portMap, keyspace, shard, type: 1 }),
        false,
      );
    }
    await rebuildKeyspace(topo, keyspaceName(keyspace));
  }
  await applyVSchema("commerce", {});
  vtgate = await openVtgate(
    {
      topo,
      ...env,
      random: systemRandom,
      dial: ({ hostname, portMap }) =>
        linkQueryService(env, { address: { host: hostname, port: portMap["vtlink"] ?? 0 } }),
      readFile: () => "",
      bufferCounts: bufferCounts(new Metrics()),
      watchHealth: () => {},
    },
    {
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
      balance: { mode: "cell", keyspaces: [] },
      buffer: defaultBufferOptions,
      transactionMode: "MULTI",
      memoryRowsMax: 10_000,
      planCacheBytesMax: 1 << 20,
      serverVersion: "",
      mysql: { address: { host: "127.0.0.1", port: 0 }, authentication: noAuthentication },
    },
  );
});

after(async () => {
  await vtgate.close();
  for (const link of links) await link.close();
  await topo.close();
  await live.stop();
});

test("it serves over the link, and sees a new VSchema without a restart", async () => {
  const db = await mysql.createConnection({
    host: "127.0.0.1",
    port: vtgate.mysqlPort,
    user: "app",
    rowsAsArray: true,
  });
  const [tablets] = await db.query("show vitess_tablets");
  assert.equal((tablets as unknown[]).length, 3);
  await db.query("create table commerce.product (id int primary key)");
  await db.query("insert into commerce.product values (1), (2)");
  const [counted] = await db.query("select count(*) from commerce.product");
  assert.deepEqual(counted, [[2]]);
  await assert.rejects(
    db.query("select * from customer.customer"),
    /VT09022: destination does not have exactly one shard: customer \(-80, 80-\)/,
  );
  await applyVSchema("customer", {
    sharded: true,
    vindexes: { hash: { type: "hash" } },
    tables: { customer: { column_vindexes: [{ column: "id", name: "hash" }] } },
  });
  for (let i = 0; i < 100 && !vtgate.cluster.vschema().keyspaces.has("customer"); i++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await db.query("use customer");
  await db.query("create table customer (id bigint primary key, name varchar(10))");
  await db.query("insert into customer (id, name) values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')");
  const [rows] = await db.query("select id from customer");
  assert.deepEqual(
    (rows as number[][]).flat().toSorted((a, b) => a - b),
    [1, 2, 3, 4],
  );
  const [version] = await db.query("select @@version");
  assert.match(String((version as string[][])[0]?.[0]), /MariaDB/);
  await db.end();
});

test("a session that ends in mid-transaction leaves nothing behind", async () => {
  const open = () =>
    mysql.createConnection({
      host: "127.0.0.1",
      port: vtgate.mysqlPort,
      user: "app",
      database: "customer",
      rowsAsArray: true,
    });
  const leaving = await open();
  await leaving.beginTransaction();
  await leaving.query("update customer set name = 'x'");
  leaving.destroy();
  const db = await open();
  await db.query("set innodb_lock_wait_timeout = 5");
  await db.query("update customer set name = 'y' where id = 1");
  const [rows] = await db.query("select name from customer where id in (1, 2)");
  assert.deepEqual((rows as string[][]).flat().sort(), ["b", "y"]);
  await db.end();
});
