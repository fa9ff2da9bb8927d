/**
 * Two tablets beside two real database servers, in one process over the in-memory network: from nothing to a serving
 * shard, a change of primary and back, an abrupt end of the primary's server, and who serves meanwhile.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { sleep } from "../base/clock.ts";
import type { Flavour } from "../mysql/client.ts";
import { statement } from "../mysql/sql.ts";
import { type Mysqld, openMysqld } from "../mysqld/mysqld.ts";
import { mysqldDefaults } from "../mysqld/mysqld-config.ts";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { KeyspaceSchema, TabletType } from "../proto/generated/topodata_pb.js";
import { plannedReparentShard } from "../reparent/planned.ts";
import { memoryNetwork } from "../rpc/in-memory.ts";
import { implement, type RpcServer } from "../rpc/service.ts";
import { mysqldTestEnvironment as env } from "../testing/managed-servers.ts";
import { ask, rowsOf } from "../testing/query-requests.ts";
import { freePort } from "../testing/throwaway-database.ts";
import { createCell, createKeyspace, readTablet } from "../topo/cluster-records.ts";
import { cellName, keyspaceName, makeTabletAlias, shardName } from "../topo/names.ts";
import { TopoServer } from "../topo/server.ts";
import { queryServiceDefaults } from "./query/query-config.ts";
import { openAccess } from "./access.ts";
import { schemaEngineDefaults } from "./query/schema-engine.ts";
import { openVttablet, type Vttablet } from "./vttablet.ts";

const owner = { hostName: "test", userName: "test" };
const [ks, shard] = [keyspaceName("ks"), shardName("0")];
const uids = [101, 102] as const;
const aliasOf = (uid: number) => makeTabletAlias("zone1", uid);

for (const flavour of ["mariadb", "mysql"] as const satisfies readonly Flavour[])
  describe(flavour, () => {
    const rpc = memoryNetwork(env.clock);
    const servers = new Map<number, Mysqld>();
    const tablets = new Map<number, Vttablet>();
    const doors = new Map<number, RpcServer>();
    let dataRoot = "";
    let topo: TopoServer;

    const serverOf = (uid: number) => servers.get(uid) as Mysqld;
    const tabletOf = (uid: number) => tablets.get(uid) as Vttablet;
    const until = async (what: string, isSo: () => boolean | Promise<boolean>) => {
      for (let turn = 0; turn < 400; turn++) {
        if (await isSo()) return;
        await sleep(env.clock, 50);
      }
      const now = [...tablets.values()].map(({ queryService }) => JSON.stringify(queryService.health.current));
      assert.fail(`${what} did not come about; now: ${now.join(" ")}`);
    };
    const isServing = (uid: number, tabletType: string) => {
      const { current } = tabletOf(uid).queryService.health;
      return current.isServing && current.target.tabletType === tabletType;
    };
    const target = (tabletType: "PRIMARY" | "REPLICA") => ({ keyspace: "ks", shard: "0", tabletType, cell: "zone1" });

    async function open(uid: number, healthCheckIntervalMs = 100): Promise<void> {
      const mysqld = serverOf(uid);
      const login = { address: { path: mysqld.layout.socket } };
      const opened = await openVttablet(
        {
          place: {
            alias: aliasOf(uid),
            keyspace: ks,
            shard,
            hostname: `tablet${uid}`,
            portMap: { grpc: 1 },
            mysqlHostname: "127.0.0.1",
            mysqlPort: mysqld.config.port,
            initType: TabletType.REPLICA,
            tags: {},
            dbNameOverride: "",
          },
          users: {
            app: { ...login, username: "vt_app" },
            allprivs: { ...login, username: "vt_allprivs" },
            dba: { ...login, username: "vt_dba" },
            replication: { username: "vt_repl", password: "" },
          },
          query: queryServiceDefaults,
          schema: schemaEngineDefaults,
          access: openAccess,
          healthCheckIntervalMs,
          unhealthySecondsMax: () => 7200,
          replicationConnectRetrySeconds: 1,
          heartbeatSeconds: 1,
          heartbeatIntervalMs: 100,
          shardSyncRetryDelayMs: 100,
          shutdownGraceMs: () => 500,
          mustBeStrict: true,
        },
        { ...env, topo, owner },
      );
      tablets.set(uid, opened);
      await doors.get(uid)?.close(0);
      const door = rpc.serve(`tablet${uid}:1`, { services: [implement(TabletManager, opened.tabletCalls)] });
      doors.set(uid, door);
    }

    const reparent = (to: number) =>
      plannedReparentShard(
        {
          server: topo,
          dial: ({ hostname }) => rpc.dial(`${hostname}:1`).client(TabletManager),
          owner,
          clock: env.clock,
          log: env.logger,
        },
        ks,
        shard,
        { newPrimary: aliasOf(to) },
      );

    before(async () => {
      dataRoot = mkdtempSync(join(tmpdir(), "vt-t-"));
      const context = { clock: env.clock, disk: env.disk, memoryStores: new Map() };
      topo = await TopoServer.open(context, {
        implementation: "memory",
        globalAddress: flavour,
        globalRoot: "/global",
      });
      await createCell(topo, cellName("zone1"), flavour, "/zone1");
      await createKeyspace(topo, ks, create(KeyspaceSchema, { durabilityPolicy: "semi_sync" }));
      for (const uid of uids) {
        const mysqld = openMysqld(
          { ...mysqldDefaults, flavour, dataRoot, uid, port: await freePort(), loadTimeZones: false },
          env,
        );
        servers.set(uid, mysqld);
        await mysqld.init();
        await open(uid);
      }
    });
    after(async () => {
      for (const tablet of tablets.values()) await tablet.close();
      for (const mysqld of servers.values()) await mysqld.teardown(60_000, true);
      await topo.close();
      rmSync(dataRoot, { recursive: true });
    });

    test("new tablets register themselves, are read-only and do not serve", async () => {
      for (const uid of uids) {
        assert.equal((await readTablet(topo, aliasOf(uid))).type, TabletType.REPLICA);
        const { current } = tabletOf(uid).queryService.health;
        assert.equal(current.isServing, false);
        assert.match(current.healthError, /not replicating|not known/);
        assert.equal((await tabletOf(uid).tabletCalls.fullStatus?.({} as never, {} as never))?.status?.readOnly, true);
      }
    });

    test("a tablet does not start beside a server that is not strict", async () => {
      const setMode = async (mode: string) => {
        const server = await serverOf(101).server();
        await server.withDba((connection) => connection.query(statement(`set global sql_mode = ${mode}`)));
        await server.close();
      };
      await setMode("'ANSI_QUOTES'");
      await assert.rejects(open(101), /"ANSI_QUOTES", without STRICT_TRANS_TABLES/);
      await setMode("default");
    });

    test("a first reparent makes a primary, the sidecar, the database, and a replica that follows", async () => {
      await reparent(101);
      await until("101 serves as primary", () => isServing(101, "PRIMARY"));
      await until("102 serves as replica", () => isServing(102, "REPLICA"));
      const { queryService } = tabletOf(101);
      const on = { target: target("PRIMARY") };
      assert.equal((await ask(queryService, "create table t (id int primary key)", on)).error, undefined);
      assert.equal((await ask(queryService, "insert into t values (1)", on)).error, undefined);
      await until("the row is on the replica", async () => {
        const got = await ask(tabletOf(102).queryService, "select id from t", { target: target("REPLICA") });
        return got.rows.length === 1;
      });
      const journal = await tabletOf(102).tabletCalls.readReparentJournalInfo?.({} as never, {} as never);
      assert.equal(journal?.length, 1);
    });

    test("a planned reparent moves the primary; the old one follows; no row is lost", async () => {
      await reparent(102);
      await until("102 serves as primary", () => isServing(102, "PRIMARY"));
      await until("101 serves as replica", () => isServing(101, "REPLICA"));
      assert.equal((await readTablet(topo, aliasOf(101))).type, TabletType.REPLICA);
      const on = { target: target("PRIMARY") };
      assert.equal((await ask(tabletOf(102).queryService, "insert into t values (2)", on)).error, undefined);
      await until("the new row is on the old primary", async () => {
        const rows = await rowsOf(tabletOf(101).queryService, "select id from t order by id", {
          target: target("REPLICA"),
        });
        return rows.flat().join() === "1,2";
      });
      const refused = await ask(tabletOf(101).queryService, "insert into t values (3)", on);
      assert.match(String(refused.error?.message), /VT26002/);
    });

    test("a primary whose server was killed does not serve, and serves again in its term when it is back", async () => {
      const before = (await readTablet(topo, aliasOf(102))).primaryTermStartTime;
      await tabletOf(102).close();
      await open(102, 600_000); // What comes now, no health check tells it.
      await until("102 serves as before", () => isServing(102, "PRIMARY"));
      await rowsOf(tabletOf(102).queryService, "select 1", { target: target("PRIMARY") });
      await serverOf(102).shutdown(0);
      await until("102 stops serving", () => !isServing(102, "PRIMARY"));
      await serverOf(102).start();
      await until("102 serves again", () => isServing(102, "PRIMARY"));
      assert.deepEqual((await readTablet(topo, aliasOf(102))).primaryTermStartTime, before);
      const on = { target: target("PRIMARY") };
      assert.equal((await ask(tabletOf(102).queryService, "insert into t values (3)", on)).error, undefined);
    });

    test("replication that somebody stopped is started again; one that an RPC stopped is left alone", async () => {
      const server = await serverOf(101).server();
      await server.stopReplication();
      await until("101 replicates again", async () => (await server.replicationStatus())?.sqlState === "running");
      await tabletOf(101).tabletCalls.stopReplication?.({} as never, {} as never);
      await sleep(env.clock, 500);
      assert.equal((await server.replicationStatus())?.sqlState, "stopped");
      await tabletOf(101).tabletCalls.startReplication?.({ semiSync: true } as never, {} as never);
      await until(
        "101 replicates after the RPC",
        async () => (await server.replicationStatus())?.ioState === "running",
      );
      await server.close();
    });
  });
