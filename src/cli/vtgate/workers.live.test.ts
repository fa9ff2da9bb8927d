/**
 * A vtgate process of several workers over real servers: connections are spread, and KILL, SHOW PROCESSLIST, pages, users,
 * limits and the end are those of one gateway.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { children } from "../../base/child.ts";
import { disk } from "../../base/disk.ts";
import { connect as connectDirectly } from "../../mysql/client.ts";
import { sql } from "../../mysql/sql.ts";
import type { LinkServer } from "../../rpc/link-server.ts";
import { fillTopology } from "../../testing/live-vtgate.ts";
import { type LiveGateway, startLiveGateway } from "../../testing/live-gateway.ts";
import { flavours, testEnvironment } from "../../testing/throwaway-database.ts";
import { createCell } from "../../topo/cluster-records.ts";
import { cellName } from "../../topo/names.ts";
import { TopoServer } from "../../topo/server.ts";
import { emptyVSchema } from "../../vschema/vschema.ts";
import { workerOf } from "../../vtgate/neighbours.ts";

const clientCount = 24;
const connectionsMax = clientCount + 3;
const usersOf = (...names: readonly string[]) =>
  JSON.stringify(Object.fromEntries(names.map((name) => [name, { Password: "p" }])));

/** A vtgate process, once it serves. */
class GatewayProcess {
  readonly #child: ReturnType<typeof children.spawn>;
  readonly exited: Promise<number | null>;
  mysqlPort = 0;
  httpPort = 0;
  log = "";

  constructor(args: readonly string[]) {
    const main = join(import.meta.dirname, "../main.ts");
    this.#child = children.spawn(process.execPath, [main, "vtgate", ...args], { stdio: ["ignore", "ignore", "pipe"] });
    this.exited = new Promise((resolve) => this.#child.once("exit", resolve));
  }

  async ready(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      void this.exited.then(() => reject(new Error(this.log)));
      this.#child.stderr?.on("data", (chunk: Buffer) => {
        this.log += chunk.toString();
        this.mysqlPort = Number(/"mysqlPort":(\d+)/.exec(this.log)?.[1] ?? 0);
        this.httpPort = Number(/"httpPort":(\d+)/.exec(this.log)?.[1] ?? 0);
        if (this.httpPort > 0) resolve();
      });
    });
    return this;
  }
  signal(name: "SIGTERM" | "SIGHUP" | "SIGKILL"): void {
    this.#child.kill(name);
  }
  async get(path: string): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.httpPort}${path}`)).text();
  }
}

for (const flavour of flavours)
  describe(flavour, () => {
    const folder = mkdtempSync(join(tmpdir(), "vt-workers-"));
    const usersFile = join(folder, "users.json");
    let servers: LiveGateway;
    let topo: TopoServer;
    let links: readonly LinkServer[];
    let gateway: GatewayProcess;
    const clients: { readonly db: mysql.Connection; readonly id: number }[] = [];
    const connect = (user = "app") =>
      mysql.createConnection({
        host: "127.0.0.1",
        port: gateway.mysqlPort,
        user,
        password: "p",
        database: "commerce",
        rowsAsArray: true,
      });
    /** A client of another worker. */
    const strange = (id: number) => {
      const found = clients.find((one) => workerOf(one.id) !== workerOf(id));
      assert.ok(found, "all clients are of one worker");
      return found;
    };

    before(async () => {
      servers = await startLiveGateway(flavour, emptyVSchema);
      const address = join(folder, "topo.sqlite");
      const context = { clock: testEnvironment.clock, disk, memoryStores: new Map() };
      topo = await TopoServer.open(context, {
        implementation: "sqlite",
        globalAddress: address,
        globalRoot: "/global",
      });
      await createCell(topo, cellName("zone1"), address, "/zone1");
      links = await fillTopology(topo, servers);
      writeFileSync(usersFile, usersOf("app", "stranger"));
      gateway = await new GatewayProcess([
        "--workers=3",
        "--cell=zone1",
        "--topo-implementation=sqlite",
        `--topo-global-server-address=${address}`,
        "--topo-global-root=/global",
        "--tablet-types-to-wait=PRIMARY",
        "--bind-address=127.0.0.1",
        "--mysql-server-port=0",
        "--mysql-server-bind-address=127.0.0.1",
        `--mysql-auth-server-static-file=${usersFile}`,
        `--mysql-server-connections-max=${connectionsMax}`,
        "--onterm-timeout=60s",
      ]).ready();
      for (let i = 0; i < clientCount; i++) {
        const db = await connect();
        db.on("error", () => {}); // Some are killed.
        const [[[id]]] = (await db.query("select connection_id()")) as unknown as [[[number]]];
        clients.push({ db, id });
      }
      await clients[0]?.db.query("create table commerce.product (id int primary key)");
      await clients[0]?.db.query("insert into commerce.product values (1)");
    });
    after(async () => {
      gateway.signal("SIGKILL");
      for (const { db } of clients) db.destroy();
      for (const link of links) await link.close();
      await topo.close();
      await servers.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test("the kernel spreads clients; all see each other, and each has an id of its own", async () => {
      const workers = new Set(clients.map(({ id }) => workerOf(id)));
      assert.ok(workers.size > 1 && [...workers].every((worker) => worker < 3), [...workers].join());
      assert.equal(new Set(clients.map(({ id }) => id)).size, clientCount);
      for (const { db } of [clients[0], strange(clients[0]?.id ?? 0)] as typeof clients) {
        const [rows] = await db.query("show processlist");
        assert.deepEqual(new Set((rows as [number][]).map(([id]) => id)), new Set(clients.map(({ id }) => id)));
      }
    });

    test("KILL over workers: a query, a connection; nobody else's, and not what is not there", async () => {
      const victim = clients.at(-1) as (typeof clients)[number];
      const killer = strange(victim.id);
      const slept = assert.rejects(victim.db.query("select sleep(60) from product"), { errno: 1317 });
      const sleeping = async () =>
        ((await killer.db.query("show processlist"))[0] as unknown[][]).find(
          (row) => row[0] === victim.id && String(row[7]).includes("sleep"),
        );
      while ((await sleeping()) === undefined) await new Promise(setImmediate);
      const stranger = await connect("stranger");
      await assert.rejects(stranger.query(`kill query ${victim.id}`), { errno: 1095 });
      assert.equal(((await stranger.query("show processlist"))[0] as unknown[]).length, 1);
      await stranger.end();
      await killer.db.query(`kill query ${victim.id}`);
      await slept;
      assert.deepEqual((await victim.db.query("select 1"))[0], [[1]]);
      await killer.db.query(`kill ${victim.id}`);
      await assert.rejects(victim.db.query("select 1"));
      for (const worker of [0, 1, 2, 200])
        await assert.rejects(killer.db.query(`kill ${worker * 2 ** 24 + 0xff_ff_ff}`), { errno: 1094 });
      clients.pop();
    });

    test("pages add up: metrics, statements, the query log", async () => {
      const lines = gateway.get(`/debug/querylog?limit=${clients.length}`);
      for (let done = false; !done; ) {
        // Until all workers have heard that somebody listens, some statements are not told.
        for (const { db } of clients) await db.query("select id from product where id = 1");
        done = await Promise.race([
          lines.then(() => true),
          new Promise<false>((resolve) => setImmediate(resolve, false)),
        ]);
      }
      assert.equal((await lines).trim().split("\n").length, clients.length);
      const before = await countOf("select id from product");
      for (const { db } of clients) await db.query("select id from product where id = 1");
      assert.equal((await countOf("select id from product")) - before, clients.length);
      const vars = JSON.parse(await gateway.get("/debug/vars")) as Readonly<Record<string, unknown>>;
      assert.equal(vars["MysqlServerConnCount"], clients.length);
      assert.deepEqual(vars["MysqlServerConnCountPerUser"], { app: clients.length, stranger: 0 });
      assert.match(
        await gateway.get("/metrics"),
        new RegExp(`^vtgate_mysql_server_conn_count ${clients.length}$`, "m"),
      );
      const plans = JSON.parse(await gateway.get("/debug/query_plans")) as { readonly Key: string }[];
      assert.equal(plans.filter(({ Key }) => Key.includes("from product where id")).length, 1);
    });

    const countOf = async (text: string) => {
      const all = JSON.parse(await gateway.get("/debug/insights")) as {
        readonly query: string;
        readonly count: number;
      }[];
      return all.filter(({ query }) => query.includes(text)).reduce((sum, { count }) => sum + count, 0);
    };

    test("one limit of connections; users that are read anew are so everywhere", async () => {
      const more: mysql.Connection[] = [];
      while (more.length < connectionsMax - clients.length) more.push(await connect());
      for (let i = 0; i < 6; i++) await assert.rejects(connect(), { errno: 1040 });
      for (const db of more) await db.end();
      writeFileSync(usersFile, usersOf("app", "newcomer"));
      gateway.signal("SIGHUP");
      while (gateway.log.split("users are read anew").length <= 3) await new Promise(setImmediate);
      for (let i = 0; i < 6; i++) {
        await assert.rejects(connect("stranger"), { errno: 1045 });
        await (await connect("newcomer")).end();
      }
    });

    test("SIGTERM: transactions end first, on all workers", async () => {
      const pair = [clients[0], strange(clients[0]?.id ?? 0)] as typeof clients;
      for (const { db } of pair) await db.beginTransaction();
      gateway.signal("SIGTERM");
      while (!gateway.log.includes("is leaving")) await new Promise(setImmediate);
      for (const [i, { db }] of pair.entries()) {
        await db.query("insert into product values (?)", [10 + i]);
        await db.commit();
      }
      assert.equal(await gateway.exited, 0);
      const { socketPath = "" } = servers.databases[0] ?? {};
      const direct = await connectDirectly(testEnvironment, { address: { path: socketPath }, username: "root" });
      const { rows } = await direct.query(sql`select count(*) from vt_commerce.product`);
      direct.close();
      assert.deepEqual(rows[0]?.map(String), ["3"]);
    });
  });
