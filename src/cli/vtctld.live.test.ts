/**
 * vtctld and vtctldclient as processes, over a real etcd: the tutorial's control path, a tablet that answers over gRPC,
 * passwords, etcd away for a while, and an orderly end.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type ChildProcess, children } from "../base/child.ts";
import { systemClock } from "../base/clock.ts";
import { Query } from "../proto/generated/queryservice_pb.js";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { TabletType } from "../proto/generated/topodata_pb.js";
import { create } from "@bufbuild/protobuf";
import { TabletSchema } from "../proto/generated/topodata_pb.js";
import { type GrpcServer, serveGrpc } from "../rpc/grpc-server.ts";
import { implement } from "../rpc/service.ts";
import { disk } from "../base/disk.ts";
import { createTablet } from "../topo/cluster-records.ts";
import { TopoServer } from "../topo/server.ts";
import { RealEtcd } from "../testing/real-etcd.ts";
import { freePort } from "../testing/throwaway-database.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

let etcd: RealEtcd;
let folder: string;
let tablet: GrpcServer;
const told: string[] = [];

before(async () => {
  etcd = await RealEtcd.start();
  folder = mkdtempSync(join(tmpdir(), "vtctld-live-"));
  writeFileSync(`${folder}/users.json`, '[{"Username": "ops", "Password": "secret"}]');
  writeFileSync(`${folder}/creds.json`, '{"Username": "ops", "Password": "secret"}');
  tablet = await startTablet();
});
after(async () => {
  await tablet.close(100);
  await etcd.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A tablet that answers a ping, runs any SQL as DBA, and tells that it is well. */
async function startTablet(): Promise<GrpcServer> {
  const tablets = implement(TabletManager, {
    ping: async ({ payload }) => ({ payload }),
    executeFetchAsDba: async ({ query }) => {
      told.push(Buffer.from(query).toString());
      return { result: { rowsAffected: 1n } };
    },
    primaryPosition: async () => ({ position: "MariaDB/0-1-1" }),
    reloadSchema: async () => ({}),
  });
  const query = implement(Query, {
    async *streamHealth(_request, { signal }) {
      yield {
        target: { keyspace: "customer", shard: "-80", tabletType: TabletType.PRIMARY, cell: "zone1" },
        serving: true,
        tabletAlias: { cell: "zone1", uid: 100 },
        realtimeStats: { qps: 5, replicationLagSeconds: 0 },
      };
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
  });
  return serveGrpc({ clock: systemClock, listen: { host: "127.0.0.1", port: 0 }, services: [tablets, query] });
}

const topoFlags = () => ["--topo-implementation=etcd2", `--topo-global-server-address=${etcd.endpoint}`];

async function run(args: readonly string[]) {
  const child = children.spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  const [code] = await once(child, "close");
  return { code: code as number, out, err };
}

interface Running {
  readonly child: ChildProcess;
  readonly http: string;
  readonly client: (...args: readonly string[]) => ReturnType<typeof run>;
}

async function startVtctld(...extra: readonly string[]): Promise<Running> {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const flags = [
    `--port=${port}`,
    `--grpc-port=${grpcPort}`,
    "--bind-address=127.0.0.1",
    "--grpc-bind-address=127.0.0.1",
  ];
  const child = children.spawn(process.execPath, [main, "vtctld", ...topoFlags(), ...flags, ...extra], {
    stdio: "inherit",
  });
  const http = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${http}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let tries = 0; !(await isUp()); tries++) {
    assert.ok(tries < 200 && child.exitCode === null, "vtctld did not come up");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { child, http, client: (...args) => run(["vtctldclient", `--server=127.0.0.1:${grpcPort}`, ...args]) };
}

async function stop({ child }: Running): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = await exited;
  return code as number | null;
}

async function addTablet(): Promise<void> {
  const context = { clock: systemClock, disk, memoryStores: new Map() };
  const place = { implementation: "etcd2", globalAddress: etcd.endpoint, globalRoot: "/vitess/global" };
  const topo = await TopoServer.open(context, place);
  const alias = { cell: "zone1", uid: 100 };
  const at = { hostname: "127.0.0.1", portMap: { grpc: tablet.port }, keyspace: "customer", shard: "-80" };
  await createTablet(topo, create(TabletSchema, { alias, ...at, type: TabletType.REPLICA }), false);
  await topo.close();
}

const ok = async (answer: ReturnType<typeof run>) => {
  const { code, out, err } = await answer;
  assert.equal(code, 0, err + out);
  return out;
};

test("a cluster is set up, seen over HTTP, and outlives etcd being away", { timeout: 120_000 }, async () => {
  const vtctld = await startVtctld("--log-level=error", "--remote-operation-timeout=3s");
  try {
    const { client, http } = vtctld;
    await ok(client("AddCellInfo", "--root=/vitess/zone1", `--server-address=${etcd.endpoint}`, "zone1"));
    await ok(client("CreateKeyspace", "customer", "--durability-policy=none"));
    for (const shard of ["-80", "80-"]) await ok(client("CreateShard", `customer/${shard}`));
    await addTablet();
    assert.match(await ok(client("GetTablets")), /^zone1-0000000100 customer -80 replica 127\.0\.0\.1:0 /);
    await ok(client("PingTablet", "zone1-100"));
    const fetched = await ok(client("ExecuteFetchAsDBA", "zone1-100", "create table t (a int)"));
    assert.equal(fetched, "1 rows affected\n");
    assert.deepEqual(told, ["create table t (a int)"]);
    const schema = await client("ApplySchema", "--sql", "drop table t", "customer");
    assert.equal(schema.code, 1);
    assert.match(schema.err, /VT23011: shard customer\/(-80|80-) has no primary/);
    await ok(run(["vtctldclient", "--server=internal", ...topoFlags(), "RebuildKeyspaceGraph", "customer"]));
    assert.match(await ok(client("GetSrvKeyspaceNames", "--compact")), /customer/);
    await seesHealth(http);

    await etcd.stop();
    const away = await client("GetKeyspaces");
    assert.equal(away.code, 1);
    assert.match(away.err, /VT2300[34]/);
    await etcd.start();
    assert.match(await ok(client("GetKeyspace", "customer")), /"name": "customer"/);
  } finally {
    assert.equal(await stop(vtctld), 0);
  }
});

/** The page's tablets: within a while the tablet's stream is heard. */
async function seesHealth(http: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { result } = (await (await fetch(`${http}/api/tablets`)).json()) as {
      result: { tablets: { state: number }[] };
    };
    const [row] = result.tablets;
    if (row?.state === 1) return;
    assert.ok(tries < 200, `the tablet's health was not heard: ${JSON.stringify(row)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("passwords are asked for, and a flag that cannot be honoured stops the start", { timeout: 60_000 }, async () => {
  const vtctld = await startVtctld(
    "--log-level=error",
    "--grpc-auth-mode=static",
    `--grpc-auth-static-password-file=${folder}/users.json`,
  );
  try {
    const refused = await vtctld.client("GetKeyspaces");
    assert.equal(refused.code, 1);
    assert.match(refused.err, /VT25004/);
    await ok(vtctld.client("GetKeyspaces", `--grpc-auth-static-client-creds=${folder}/creds.json`));
  } finally {
    assert.equal(await stop(vtctld), 0);
  }
  const bad = await run(["vtctld", ...topoFlags(), "--grpc-port=1", "--grpc-crl=x"]);
  assert.equal(bad.code, 2);
  assert.match(bad.err, /--grpc-crl cannot be honoured/);
});
