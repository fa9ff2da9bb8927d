/** The etcd store fulfils the contract against a real etcd, which is stopped and started again under it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { sleep, systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { KV } from "../proto/generated/etcd_pb.js";
import { RealEtcd } from "../testing/real-etcd.ts";
import { freePort } from "../testing/throwaway-database.ts";
import type { EtcdClient } from "./etcd-client.ts";
import { openEtcdTopo } from "./etcd-topo.ts";
import type { MemoryStore } from "./memory-topo.ts";
import { openStore, type StoreContext } from "./stores.ts";
import type { TopoChange } from "./topo.ts";
import { topoContract } from "./topo-contract.ts";

let etcd: RealEtcd;
let storeCount = 0;
const endpoints = () => etcd.endpoint;

before(async () => {
  etcd = await RealEtcd.start();
});
after(() => etcd.remove());

topoContract("etcd", async () => {
  const root = `/vitess/test${++storeCount}`;
  return {
    leaseMs: 2_000,
    connect: async (options) =>
      openEtcdTopo({
        clock: options?.clock ?? systemClock,
        endpoints: endpoints(),
        root: `${root}/${(options?.root ?? "").replace(/^\//, "")}`,
        operationTimeoutMs: 2_000,
      }),
    takeAway: () => etcd.stop(),
    bringBack: () => etcd.start(),
  };
});

test("keys lie where Vitess puts them", async (t) => {
  const topo = openEtcdTopo({ clock: systemClock, endpoints: endpoints(), root: "/vitess/layout" });
  t.after(() => topo.close());
  await topo.write("keyspaces/user/Keyspace", Buffer.from("k"), 0);
  const lock = await topo.lock("keyspaces/user", "who", { timeoutMs: 1000, ttlMs: 5000 });
  const leader = await topo.elect("vtctld", "a:1", new AbortController().signal);
  const client = rawClient(t);
  const reply = await client.repeatable(KV.method.range, {
    key: Buffer.from("/vitess/layout/"),
    rangeEnd: Buffer.from("/vitess/layout0"),
  });
  assert.deepEqual(
    reply.kvs.map((kv) => `${Buffer.from(kv.key).toString()}=${Buffer.from(kv.value).toString()}`),
    [
      `/vitess/layout/elections/vtctld/locks/${leader.id}=a:1`,
      "/vitess/layout/keyspaces/user/Keyspace=k",
      `/vitess/layout/keyspaces/user/locks/${lock.id}=who`,
    ],
  );
  await lock.unlock();
  await leader.unlock();
});

test("a lock of another program in the same folder is waited for", async (t) => {
  const topo = openEtcdTopo({ clock: systemClock, endpoints: endpoints(), root: "/vitess/shared" });
  t.after(() => topo.close());
  const client = rawClient(t);
  const key = Buffer.from("/vitess/shared/keyspaces/user/locks/7587862094143811234");
  await client.once(KV.method.txn, {
    success: [{ request: { case: "requestPut", value: { key, value: Buffer.from("a Vitess process") } } }],
  });
  const options = { timeoutMs: 300, ttlMs: 5000 };
  await assert.rejects(topo.tryLock("keyspaces/user", "we", options), /node exists.*a Vitess process/);
  await assert.rejects(topo.lock("keyspaces/user", "we", options), { kind: "timeout" });
  const waiting = topo.lock("keyspaces/user", "we", { timeoutMs: 10_000, ttlMs: 5000 });
  await client.once(KV.method.txn, { success: [{ request: { case: "requestDeleteRange", value: { key } } }] });
  await (await waiting).unlock();
});

test("a watch goes on after the history was compacted and the server killed", async (t) => {
  const topo = openEtcdTopo({ clock: systemClock, endpoints: endpoints(), root: "/vitess/compacted" });
  t.after(() => topo.close());
  const writer = openEtcdTopo({ clock: systemClock, endpoints: endpoints(), root: "/vitess/compacted" });
  t.after(() => writer.close());
  await writer.write("a/x", Buffer.from("1"), 0);
  const stop = new AbortController();
  const watch = topo.watchAll("a", stop.signal)[Symbol.asyncIterator]();
  assert.equal((await watch.next()).value?.path, "a/x");
  const later = watch.next();
  await sleep(systemClock, 100);
  await etcd.stop("SIGKILL");
  await etcd.start();
  let last = 0;
  for (let i = 0; i < 20; i++) last = await writer.write("a/y", Buffer.from(String(i)), undefined);
  await writer.delete("a/x", undefined);
  await rawClient(t).once(KV.method.compact, { revision: BigInt(last), physical: true });
  const changes = new Map<string, TopoChange>();
  for (let next = await later; ; next = await watch.next()) {
    assert.ok(next.done !== true);
    changes.set(next.value.path, next.value);
    if (changes.get("a/y")?.version === last && changes.get("a/x") !== undefined) break;
  }
  assert.equal(changes.get("a/x")?.bytes, undefined);
  stop.abort();
  assert.equal((await watch.next()).done, true);
});

test("a client goes on to an endpoint that answers", async (t) => {
  const dead = await freePort();
  const list = `127.0.0.1:${dead},http://${endpoints()}`;
  const topo = openEtcdTopo({ clock: systemClock, endpoints: list, root: "/vitess/list", operationTimeoutMs: 10_000 });
  t.after(() => topo.close());
  const version = await topo.write("a", Buffer.from("1"), 0);
  assert.equal((await topo.read("a"))?.version, version);
});

test("a value beyond etcd's limit is refused by name", async (t) => {
  const topo = openEtcdTopo({ clock: systemClock, endpoints: endpoints(), root: "/vitess/large" });
  t.after(() => topo.close());
  await assert.rejects(topo.write("a", Buffer.alloc(3_000_000), 0), { kind: "resource_exhausted" });
});

function rawClient(t: TestContext): EtcdClient {
  const client = etcd.client();
  t.after(() => client.close());
  return client;
}

test("over TLS with client certificates; without one, or with another CA, nobody gets in", async (t) => {
  const folder = join(import.meta.dirname, "../testing/testdata/tls");
  const file = (name: string) => join(folder, `${name}.pem`);
  const read = (name: string) => readFileSync(file(name));
  const client = { ca: read("ca"), cert: read("client"), key: read("client-key") };
  const files = { caFile: file("ca"), certFile: file("server"), keyFile: file("server-key") };
  const secure = await RealEtcd.start({ ...files, client });
  t.after(() => secure.remove());
  const context = { clock: systemClock, disk, memoryStores: new Map<string, MemoryStore>(), operationTimeoutMs: 1_500 };
  const open = (names: StoreContext["etcdTlsFiles"]) =>
    openStore({ ...context, ...(names === undefined ? {} : { etcdTlsFiles: names }) }, "etcd2", secure.endpoint, "/r");
  const topo = await open({ ca: file("ca"), cert: file("client"), key: file("client-key") });
  t.after(() => topo.close());
  const version = await topo.write("a", Buffer.from("1"), 0);
  assert.equal((await topo.read("a"))?.version, version);
  for (const names of [
    { ca: file("ca") },
    { ca: file("server"), cert: file("client"), key: file("client-key") },
    undefined,
  ]) {
    const stranger = await open(names);
    t.after(() => stranger.close());
    await assert.rejects(stranger.read("a"), { kind: "unavailable" });
  }
});
