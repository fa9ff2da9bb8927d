/** The HTTP routes: VTAdmin's shapes, one cluster, permissions that follow those of the functions, the page's files. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { create, type DescMethodUnary } from "@bufbuild/protobuf";
import { systemClock } from "../../base/clock.ts";
import { disk } from "../../base/disk.ts";
import { silentLogger } from "../../base/log.ts";
import { TabletSchema, TabletType } from "../../proto/generated/topodata_pb.js";
import { Vtctld as service } from "../../proto/generated/vtctlservice_pb.js";
import { httpApp } from "../../servenv/http.ts";
import { createTablet } from "../../topo/cluster-records.ts";
import { TopoServer } from "../../topo/server.ts";
import { localCall, permissionOf, type VtctldCall } from "../service.ts";
import type { Vtctld } from "../vtctld.ts";
import type { Api } from "./api.ts";
import { pageRoutes } from "./page.ts";
import { apiRoutes, vtctldRoutes } from "./routes.ts";

const m = service.method;

async function openApi() {
  const context = { clock: systemClock, disk, memoryStores: new Map() };
  const topo = await TopoServer.open(context, { implementation: "memory", globalAddress: "g", globalRoot: "/global" });
  const asked: string[] = [];
  const vtctld: Vtctld = {
    topo,
    callTablet: async (_tablet, method) => {
      asked.push(method.localName);
      return create((method as DescMethodUnary).output) as never;
    },
    dialTablet: () => assert.fail("nothing here reparents"),
    readVersion: async () => "1",
    clock: systemClock,
    log: silentLogger,
    owner: { hostName: "here", userName: "me" },
    times: () => ({ lockTimeoutMs: 1000, remoteOperationTimeoutMs: 1000 }),
  };
  const call = localCall(vtctld);
  await call(m.addCellInfo, { name: "zone1", cellInfo: { root: "/zone1" } });
  await call(m.createShard, { keyspace: "user", shardName: "0", includeParent: true });
  const alias = { cell: "zone1", uid: 100 };
  const tablet = { alias, hostname: "db1", keyspace: "user", shard: "0", type: TabletType.REPLICA };
  await createTablet(topo, create(TabletSchema, tablet), false);
  const api: Api = {
    call,
    cluster: { id: "local", name: "Local" },
    health: () => ({ isServing: true, lagSeconds: 3, qps: 7, error: "" }),
    hostname: "here",
    log: silentLogger,
    gateways: [{ address: "gate:15001", read: async () => [] }],
  };
  const app = httpApp(vtctldRoutes(api), { policy: "", logger: silentLogger });
  const ask = async (method: string, path: string, body?: object) => {
    const response = await app.request(`/api${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, ...((await response.json()) as { ok: boolean; result: never; error?: never }) };
  };
  return { ask, asked, call, api };
}

test("keyspaces, tablets and cells have VTAdmin's shapes", async () => {
  const { ask } = await openApi();
  const cluster = { id: "local", name: "Local" };
  assert.deepEqual((await ask("GET", "/clusters")).result, { clusters: [cluster] });
  const { keyspaces } = (await ask("GET", "/keyspaces")).result as { keyspaces: never[] };
  assert.deepEqual(keyspaces, [
    {
      cluster,
      keyspace: { name: "user", keyspace: { durability_policy: "none", sidecar_db_name: "_vt" } },
      shards: { "0": { keyspace: "user", name: "0", shard: { is_primary_serving: true } } },
    },
  ]);
  const { tablets } = (await ask("GET", "/tablets")).result as { tablets: { state: number; health: object }[] };
  assert.deepEqual(tablets, [
    {
      cluster,
      tablet: { alias: { cell: "zone1", uid: 100 }, hostname: "db1", keyspace: "user", shard: "0", type: 2 },
      state: 1,
      FQDN: "db1",
      health: { error: "", replication_lag_seconds: 3, qps: 7 },
    },
  ]);
  assert.deepEqual((await ask("GET", "/tablet/zone1-100")).result, tablets[0]);
  assert.deepEqual((await ask("GET", "/gates")).result, { gates: [{ cluster, hostname: "gate", FQDN: "gate:15001" }] });
  assert.deepEqual((await ask("GET", "/insights/local?order=errors")).result, {
    gateways: [{ address: "gate:15001", error: "" }],
    statements: [],
    statements_count: 0,
  });
  assert.equal((await ask("GET", "/insights/local?order=constructor")).status, 400);
  assert.equal((await ask("GET", "/srvvschemas")).ok, true);
  assert.equal((await ask("GET", "/cluster/local/topology?path=/global")).ok, true);
});

test("another cluster, a bad name and an unknown thing are clear errors", async () => {
  const { ask } = await openApi();
  const fails = async (path: string, status: number, code: string) => {
    const answer = await ask("GET", path);
    assert.deepEqual(
      [answer.status, answer.ok, (answer.error as unknown as { code: string }).code],
      [status, false, code],
    );
  };
  await fails("/keyspace/elsewhere/user", 404, "not_found");
  await fails("/keyspace/local/nothing", 404, "not_found");
  await fails("/tablet/..%2F..%2Fx", 400, "invalid_argument");
  await fails("/tablet/zone1-7", 404, "not_found");
  await fails("/workflows", 501, "unimplemented");
});

test("actions act, and say so", async () => {
  const { ask, asked, call } = await openApi();
  const made = await ask("POST", "/keyspace/local", { name: "shop", durability_policy: "semi_sync", odd: 1 });
  assert.equal(made.ok, true, JSON.stringify(made));
  assert.equal((await call(m.getKeyspace, { keyspace: "shop" })).keyspace?.keyspace?.durabilityPolicy, "semi_sync");
  assert.equal((await ask("POST", "/keyspace/local", { name: "shop" })).status, 409);
  assert.equal((await ask("POST", "/shards/local", { keyspace: "shop", shard_name: "-" })).ok, true);
  assert.equal((await ask("DELETE", "/shards/local?keyspace_shard=shop/-")).ok, true);
  assert.equal((await ask("DELETE", "/keyspace/local/shop")).ok, true);
  assert.equal((await ask("GET", "/tablet/zone1-100/ping")).ok, true);
  assert.equal((await ask("PUT", "/tablet/zone1-100/set_read_only")).ok, true);
  assert.deepEqual(asked, ["ping", "setReadOnly"]);
  assert.equal((await ask("POST", "/keyspace/local", [] as never)).status, 400);
  assert.equal((await ask("PUT", "/keyspace/local/user/validate")).ok, true);
});

test("a route that calls a writing function asks for admin", async () => {
  const { api } = await openApi();
  for (const route of apiRoutes) {
    const called: string[] = [];
    const call: VtctldCall = async (method) => {
      called.push(method.localName);
      return create(method.output);
    };
    const parameters = new Proxy({}, { get: () => "zone1-100" }) as Record<string, string>;
    const request = {
      req: { param: (name: string) => parameters[name], query: () => "", queries: () => [], text: async () => "{}" },
    };
    await route.answer({ ...api, call }, request as never).catch(() => undefined); // Empty answers may be too little.
    for (const name of called)
      if (permissionOf(name) === "write" || permissionOf(name) === undefined)
        assert.equal(route.permission, "admin", `${route.method} ${route.path} calls ${name}`);
  }
});

test("the page's files come from memory; a path that is no file is the page", async () => {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  try {
    mkdirSync(`${folder}/assets`);
    writeFileSync(`${folder}/index.html`, "<p>page");
    writeFileSync(`${folder}/assets/a.js`, "1");
    const app = httpApp(pageRoutes(disk, folder), { policy: "", logger: silentLogger });
    const script = await app.request("/app/assets/a.js");
    assert.match(script.headers.get("content-type") ?? "", /javascript/);
    assert.match(script.headers.get("cache-control") ?? "", /immutable/);
    for (const path of ["/app", "/app/", "/app/keyspaces", "/app/..%2f..%2fetc/passwd"])
      assert.equal(await (await app.request(path)).text(), "<p>page", path);
    const unbuilt = httpApp(pageRoutes(disk, `${folder}/nothing`), { policy: "", logger: silentLogger });
    assert.match(await (await unbuilt.request("/app")).text(), /is not built/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
