/** The etcd store fulfils the contract against a real etcd, which is stopped and started again under it. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { sleep, systemClock } from "../base/clock.ts";
import { KV } from "../proto/generated/etcd_pb.js";
import { EtcdClient } from "./etcd-client.ts";
import { openEtcdTopo } from "./etcd-topo.ts";
import type { TopoChange } from "./topo.ts";
import { topoContract } from "./topo-contract.ts";

const binary = process.env["ETCD"] ?? "etcd";
const folder = mkdtempSync(join(tmpdir(), "etcd-topo-"));
let port = 0;
let server: ChildProcess | undefined;
let storeCount = 0;

const endpoints = () => `127.0.0.1:${port}`;

before(async () => {
  port = await freePort();
  await startServer();
});
after(async () => {
  await stopServer();
  rmSync(folder, { recursive: true, force: true });
});

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
    takeAway: stopServer,
    bringBack: startServer,
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
  await stopServer("SIGKILL");
  await startServer();
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
  const client = new EtcdClient({ clock: systemClock, endpoints: endpoints() });
  t.after(() => client.close());
  return client;
}

async function startServer(): Promise<void> {
  const peer = await freePort();
  const urls = ["--listen-client-urls", "--advertise-client-urls"].flatMap((flag) => [flag, `http://${endpoints()}`]);
  const peers = ["--listen-peer-urls", "--initial-advertise-peer-urls"].flatMap((f) => [f, `http://127.0.0.1:${peer}`]);
  const cluster = ["--initial-cluster", `default=http://127.0.0.1:${peer}`];
  const child = spawn(binary, ["--data-dir", join(folder, "etcd"), ...urls, ...peers, ...cluster], { stdio: "ignore" });
  server = child;
  child.on("error", (error) => assert.fail(`etcd does not start: ${error.message}`));
  const client = new EtcdClient({ clock: systemClock, endpoints: endpoints(), operationTimeoutMs: 20_000 });
  await client.repeatable(KV.method.range, { key: Buffer.from("x") });
  client.close();
}

async function stopServer(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  const child = server;
  server = undefined;
  if (child === undefined || child.exitCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

async function freePort(): Promise<number> {
  for (let port = 22_000 + Math.floor(Math.random() * 900); ; port++) {
    const probe = createServer();
    try {
      await once(probe.listen(port, "127.0.0.1"), "listening");
      probe.close();
      await once(probe, "close");
      return port;
    } catch {
      probe.close();
    }
  }
}
