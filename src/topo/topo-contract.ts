/**
 * What every topology store must do, as tests: `topoContract("sqlite", openStore)` runs them on a store. Each test gets
 * a store of its own (or a root of its own in a shared one). Clients stand for processes: what one does, another sees.
 */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type Clock, sleep, systemClock } from "../base/clock.ts";
import { type Topo, type TopoChange, TopoError, type TopoErrorKind, type TopoLock } from "./topo.ts";

/** A store under test. */
export interface TestStore {
  /** A new client of the store; `clock` is what its renewals run by. */
  connect(options?: { readonly clock?: Clock; readonly root?: string }): Promise<Topo>;
  /** Makes the store unreachable, and reachable again. Undefined where a test of that stands elsewhere. */
  readonly takeAway?: () => Promise<void>;
  readonly bringBack?: () => Promise<void>;
  /** The shortest lease that the store grants. */
  readonly leaseMs: number;
}

const waitMsMax = 20_000;
const bytes = (text: string) => Buffer.from(text);
const failsWith =
  (kind: TopoErrorKind, ...others: TopoErrorKind[]) =>
  (error: unknown) => {
    assert.ok(error instanceof TopoError, `not a TopoError: ${String(error)}`);
    assert.ok([kind, ...others].includes(error.kind), `${error.message}: expected ${kind}`);
    return true;
  };

export function topoContract(name: string, openStore: (t: TestContext) => Promise<TestStore>): void {
  describe(`topology store ${name}`, () => {
    fileTests(openStore);
    watchTests(openStore);
    lockTests(openStore);
    lossTests(openStore);
  });
}

function fileTests(openStore: (t: TestContext) => Promise<TestStore>): void {
  test("an empty store has nothing", async (t) => {
    const topo = await client(t, await openStore(t));
    assert.equal(await topo.read("keyspaces/user/Keyspace"), undefined);
    assert.deepEqual(await topo.readAll(""), []);
    await assert.rejects(topo.list("keyspaces"), failsWith("no_node"));
    await assert.rejects(topo.list(""), failsWith("no_node"));
    await assert.rejects(topo.delete("keyspaces/user/Keyspace", undefined), failsWith("no_node"));
    await assert.rejects(topo.write("a/b", bytes("x"), 7), failsWith("no_node"));
  });

  test("a file is created once, and changed by those who know its version", async (t) => {
    const topo = await client(t, await openStore(t));
    const first = await topo.write("a/b", bytes("one"), 0);
    assert.ok(first > 0);
    await assert.rejects(topo.write("a/b", bytes("two"), 0), failsWith("node_exists"));
    const second = await topo.write("a/b", bytes("two"), first);
    assert.ok(second > first);
    await assert.rejects(topo.write("a/b", bytes("three"), first), failsWith("bad_version"));
    const third = await topo.write("a/b", bytes("four"), undefined);
    assert.deepEqual(await topo.read("a/b"), { path: "a/b", bytes: bytes("four"), version: third });
    await assert.rejects(topo.delete("a/b", second), failsWith("bad_version"));
    await topo.delete("a/b", third);
    assert.equal(await topo.read("a/b"), undefined);
  });

  test("a file that was deleted and created again never has an old version", async (t) => {
    const topo = await client(t, await openStore(t));
    const versions = new Set<number>();
    for (let round = 0; round < 5; round++) {
      const version = await topo.write("a/b", bytes("same"), 0);
      assert.ok(!versions.has(version), `version ${version} was repeated`);
      versions.add(version);
      await topo.delete("a/b", version);
    }
    const version = await topo.write("a/b", bytes("same"), 0);
    for (const old of versions) await assert.rejects(topo.write("a/b", bytes("x"), old), failsWith("bad_version"));
    assert.equal((await topo.read("a/b"))?.version, version);
  });

  test("bytes come back as they were", async (t) => {
    const topo = await client(t, await openStore(t));
    const every = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i & 255));
    await topo.write("every", every, 0);
    await topo.write("none", Buffer.alloc(0), 0);
    assert.deepEqual((await topo.read("every"))?.bytes, every);
    assert.deepEqual((await topo.read("none"))?.bytes, Buffer.alloc(0));
  });

  test("folders list their children; prefixes read files", async (t) => {
    const topo = await client(t, await openStore(t));
    for (const path of ["a/b/c", "a/b/d", "a/bc", "a/e/f/g", "h"]) await topo.write(path, bytes(path), 0);
    assert.deepEqual(await topo.list(""), ["a/", "h"]);
    assert.deepEqual(await topo.list("a"), ["b/", "bc", "e/"]);
    assert.deepEqual(await topo.list("a/b"), ["c", "d"]);
    await assert.rejects(topo.list("a/x"), failsWith("no_node"));
    const found = async (prefix: string) =>
      (await topo.readAll(prefix)).map((file) => `${file.path}=${file.bytes.toString()}`);
    assert.deepEqual(await found("a/b"), ["a/b/c=a/b/c", "a/b/d=a/b/d", "a/bc=a/bc"]);
    assert.deepEqual(await found("a/b/"), ["a/b/c=a/b/c", "a/b/d=a/b/d"]);
    assert.equal((await found("")).length, 5);
    await topo.delete("a/e/f/g", undefined);
    assert.deepEqual(await topo.list("a"), ["b/", "bc"]);
  });

  test("paths are checked", async (t) => {
    const topo = await client(t, await openStore(t));
    for (const path of ["", "/a", "a/", "a//b", ".", "a/../b", "a/\u0000", "x".repeat(2000)]) {
      await assert.rejects(topo.write(path, bytes("x"), undefined), failsWith("bad_path"));
      await assert.rejects(topo.read(path), failsWith("bad_path"));
    }
    for (const path of ["Ünïcode/ключ", "a b", "50%", "_"]) {
      await topo.write(path, bytes(path), 0);
      assert.equal((await topo.read(path))?.bytes.toString(), path);
    }
  });

  test("no update is lost between two clients", async (t) => {
    const store = await openStore(t);
    const topos = [await client(t, store), await client(t, store)];
    await topos[0]?.write("counter", bytes("0"), 0);
    const addOne = async (topo: Topo): Promise<void> => {
      for (;;) {
        const file = await topo.read("counter");
        assert.ok(file);
        try {
          await topo.write("counter", bytes(String(Number(file.bytes) + 1)), file.version);
          return;
        } catch (error) {
          failsWith("bad_version")(error);
        }
      }
    };
    await Promise.all(topos.flatMap((topo) => Array.from({ length: 10 }, () => addOne(topo))));
    assert.equal((await topos[0]?.read("counter"))?.bytes.toString(), "20");
  });

  test("roots do not see each other; files outlive the client", async (t) => {
    const store = await openStore(t);
    const cell = await client(t, store, { root: "/vitess/zone1" });
    await cell.write("a", bytes("zone1"), 0);
    const other = await client(t, store, { root: "/vitess/zone2" });
    await other.write("a", bytes("zone2"), 0);
    await cell.close();
    await assert.rejects(cell.read("a"), failsWith("interrupted"));
    const again = await client(t, store, { root: "vitess/zone1/" });
    assert.equal((await again.read("a"))?.bytes.toString(), "zone1");
    assert.deepEqual(await again.list(""), ["a"]);
  });
}

function watchTests(openStore: (t: TestContext) => Promise<TestStore>): void {
  test("a watch tells a file's state, and each later one", async (t) => {
    const store = await openStore(t);
    const [writer, reader] = [await client(t, store), await client(t, store)];
    const seen = follow(t, (signal) => reader.watch("a/b", signal));
    await seen.until((changes) => changes.length === 1);
    assert.deepEqual(seen.changes[0], { path: "a/b", bytes: undefined, version: 0 });
    const version = await writer.write("a/b", bytes("one"), 0);
    await seen.until((changes) => changes.at(-1)?.bytes?.toString() === "one");
    assert.equal(seen.changes.at(-1)?.version, version);
    await writer.write("a/bc", bytes("neighbour"), 0);
    await writer.write("a/b", bytes("two"), version);
    await seen.until((changes) => changes.at(-1)?.bytes?.toString() === "two");
    await writer.delete("a/b", undefined);
    await seen.until((changes) => changes.at(-1)?.bytes === undefined);
    const last = await writer.write("a/b", bytes("three"), 0);
    await seen.until((changes) => changes.at(-1)?.version === last);
    assert.ok(seen.changes.every((change) => change.path === "a/b"));
    assert.deepEqual(await seen.stop(), undefined);
  });

  test("a watch of a folder tells all below it, and nothing beside it", async (t) => {
    const store = await openStore(t);
    const [writer, reader] = [await client(t, store), await client(t, store)];
    await writer.write("a/b/c", bytes("1"), 0);
    await writer.write("a/bc", bytes("1"), 0);
    const seen = follow(t, (signal) => reader.watchAll("a/b", signal));
    const state = () => {
      const files = new Map<string, string>();
      for (const { path, bytes } of seen.changes)
        if (bytes === undefined) files.delete(path);
        else files.set(path, bytes.toString());
      return [...files].map(String).sort().join(" ");
    };
    await seen.until(() => state() === "a/b/c,1");
    await writer.write("a/b/d/e", bytes("1"), 0);
    await writer.write("a/b/c", bytes("2"), undefined);
    await seen.until(() => state() === "a/b/c,2 a/b/d/e,1");
    await writer.delete("a/b/c", undefined);
    await writer.delete("a/bc", undefined);
    await seen.until(() => state() === "a/b/d/e,1");
    const versions = seen.changes.map((change) => change.version);
    assert.deepEqual(
      versions,
      [...versions].sort((x, y) => x - y),
    );
    await reader.close();
    failsWith("interrupted")(await seen.ended);
  });

  test("a watch misses no last state of a busy file", async (t) => {
    const store = await openStore(t);
    const [writer, reader] = [await client(t, store), await client(t, store)];
    const seen = follow(t, (signal) => reader.watchAll("", signal));
    let last = 0;
    for (let i = 0; i < 200; i++) last = await writer.write(`f${i % 3}`, bytes(String(i)), undefined);
    await seen.until((changes) => changes.at(-1)?.version === last);
    assert.deepEqual(
      ["f0", "f1", "f2"].map((path) => seen.lastOf(path)),
      ["198", "199", "197"],
    );
  });
}

function lockTests(openStore: (t: TestContext) => Promise<TestStore>): void {
  test("one client at a time holds a lock; the others wait their turn", async (t) => {
    const store = await openStore(t);
    const topos = [await client(t, store), await client(t, store), await client(t, store)];
    const options = { timeoutMs: waitMsMax, ttlMs: 10_000 };
    const order: number[] = [];
    let holders = 0;
    const terms: number[] = [];
    await Promise.all(
      topos.map(async (topo, i) => {
        for (let round = 0; round < 3; round++) {
          const lock = await topo.lock("keyspaces/user", `client ${i}`, options);
          assert.equal(++holders, 1, "two hold the lock");
          terms.push(lock.term);
          order.push(i);
          await lock.check();
          await topo.write("guarded", bytes(String(i)), undefined, lock);
          holders--;
          await lock.unlock();
        }
      }),
    );
    assert.equal(order.length, 9);
    assert.deepEqual(
      terms,
      [...terms].sort((a, b) => a - b),
    );
    assert.equal(new Set(terms).size, 9);
  });

  test("waiting for a lock ends by its timeout or its signal, and leaves no claim behind", async (t) => {
    const store = await openStore(t);
    const [holder, waiter] = [await client(t, store), await client(t, store)];
    const lock = await holder.lock("shard", "the holder", { timeoutMs: waitMsMax, ttlMs: 10_000 });
    await assert.rejects(waiter.lock("shard", "w", { timeoutMs: 100, ttlMs: 10_000 }), failsWith("timeout"));
    const stop = new AbortController();
    const waiting = waiter.lock("shard", "w", { timeoutMs: waitMsMax, ttlMs: 10_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await assert.rejects(waiting, failsWith("interrupted"));
    await assert.rejects(waiter.tryLock("shard", "w", { timeoutMs: 0, ttlMs: 10_000 }), (error) => {
      assert.match(String(error), /the holder/);
      return failsWith("node_exists")(error);
    });
    await lock.unlock();
    await lock.unlock();
    await assert.rejects(lock.check(), failsWith("lock_lost"));
    assert.equal(lock.lost.aborted, false);
    const next = await waiter.tryLock("shard", "w", { timeoutMs: waitMsMax, ttlMs: 10_000 });
    assert.ok(next.term > lock.term);
    await next.unlock();
  });

  test("locks are no files", async (t) => {
    const store = await openStore(t);
    const topo = await client(t, store);
    await topo.write("keyspaces/user/Keyspace", bytes("k"), 0);
    const lock = await topo.lock("keyspaces/user", "x", { timeoutMs: waitMsMax, ttlMs: 10_000 });
    const nowhere = await topo.lock("internal/named_locks/x", "x", { timeoutMs: waitMsMax, ttlMs: 10_000 });
    assert.deepEqual(await topo.list("keyspaces/user"), ["Keyspace"]);
    assert.deepEqual(
      (await topo.readAll("")).map((file) => file.path),
      ["keyspaces/user/Keyspace"],
    );
    await assert.rejects(topo.list("internal"), failsWith("no_node"));
    await nowhere.unlock();
    await lock.unlock();
  });

  test("a write under a lock that ended is refused by the store", async (t) => {
    const store = await openStore(t);
    const topo = await client(t, store);
    const lock = await topo.lock("shard", "x", { timeoutMs: waitMsMax, ttlMs: 10_000 });
    const version = await topo.write("shard/Shard", bytes("1"), 0, lock);
    await lock.unlock();
    const believer: TopoLock = { ...lock, lost: new AbortController().signal };
    await assert.rejects(topo.write("shard/Shard", bytes("2"), version, believer), failsWith("lock_lost"));
    await assert.rejects(topo.delete("shard/Shard", version, believer), failsWith("lock_lost"));
    const next = await topo.lock("shard", "y", { timeoutMs: waitMsMax, ttlMs: 10_000 });
    await assert.rejects(topo.write("shard/Shard", bytes("2"), undefined, believer), failsWith("lock_lost"));
    await assert.rejects(topo.write("shard/Shard", bytes("2"), 0, next), failsWith("node_exists"));
    await topo.write("shard/Shard", bytes("3"), version, next);
    await topo.delete("shard/Shard", undefined, next);
    await next.unlock();
  });

  test("who cannot renew the lease loses the lock, and the next one gets it", async (t) => {
    const store = await openStore(t);
    let isAlive = true;
    const mortal: Clock = {
      ...systemClock,
      every: (periodMs, run) => systemClock.every(periodMs, () => (isAlive ? run() : undefined)),
    };
    const [silent, heir] = [await client(t, store, { clock: mortal }), await client(t, store)];
    const lock = await silent.lock("shard", "silent", { timeoutMs: waitMsMax, ttlMs: store.leaseMs });
    await sleep(systemClock, store.leaseMs * 1.5);
    await lock.check(); // Renewals keep it.
    isAlive = false;
    const next = await heir.lock("shard", "heir", { timeoutMs: waitMsMax, ttlMs: 10_000 });
    assert.equal(lock.lost.aborted, true, "the lock was given away while its holder believed in it");
    failsWith("lock_lost")(lock.lost.reason);
    await assert.rejects(lock.check(), failsWith("lock_lost"));
    const believer: TopoLock = { ...lock, lost: new AbortController().signal };
    await assert.rejects(silent.write("shard/Shard", bytes("1"), undefined, believer), failsWith("lock_lost"));
    await heir.write("shard/Shard", bytes("1"), undefined, next);
    await lock.unlock();
    await next.check();
    await next.unlock();
  });

  test("an election has one leader, and a next one when it leaves", async (t) => {
    const store = await openStore(t);
    const [a, b] = [await client(t, store), await client(t, store)];
    const stop = new AbortController();
    assert.equal(await a.leader("vtorc"), undefined);
    const first = await a.elect("vtorc", "a:1", stop.signal);
    assert.equal(await b.leader("vtorc"), "a:1");
    const second = b.elect("vtorc", "b:1", stop.signal);
    await a.close();
    assert.equal(first.lost.aborted, true);
    const leader = await second;
    assert.equal(await b.leader("vtorc"), "b:1");
    await leader.unlock();
    assert.equal(await b.leader("vtorc"), undefined);
  });
}

function lossTests(openStore: (t: TestContext) => Promise<TestStore>): void {
  test("while the store is away calls fail and watches sleep; then all goes on", async (t) => {
    const store = await openStore(t);
    if (store.takeAway === undefined || store.bringBack === undefined) return;
    const topo = await client(t, store);
    const version = await topo.write("a/b", bytes("one"), 0);
    await topo.write("a/c", bytes("one"), 0);
    const one = follow(t, (signal) => topo.watch("a/b", signal));
    const all = follow(t, (signal) => topo.watchAll("a", signal));
    await one.until((changes) => changes.length === 1);
    await all.until((changes) => changes.length === 2);
    await store.takeAway();
    await assert.rejects(topo.read("a/b"), failsWith("unavailable", "timeout"));
    await assert.rejects(topo.write("a/b", bytes("x"), version), failsWith("unavailable", "timeout"));
    const options = { timeoutMs: 1000, ttlMs: store.leaseMs };
    await assert.rejects(topo.lock("a", "x", options), failsWith("unavailable", "timeout"));
    await store.bringBack();
    const writer = await client(t, store);
    await writer.write("a/b", bytes("two"), version);
    await writer.delete("a/c", undefined);
    await one.until((changes) => changes.at(-1)?.bytes?.toString() === "two");
    await all.until((changes) => changes.some((change) => change.path === "a/c" && change.bytes === undefined));
    assert.equal(all.lastOf("a/b"), "two");
    assert.equal((await topo.read("a/b"))?.bytes.toString(), "two");
    const lock = await topo.lock("a", "x", { timeoutMs: waitMsMax, ttlMs: store.leaseMs });
    await lock.unlock();
  });
}

async function client(t: TestContext, store: TestStore, options = {}): Promise<Topo> {
  const topo = await store.connect(options);
  t.after(() => topo.close());
  return topo;
}

/** Collects a watch in the background. `until` waits for a condition; `ended` is the watch's error, if any. */
function follow(t: TestContext, watch: (signal: AbortSignal) => AsyncIterable<TopoChange>) {
  const changes: TopoChange[] = [];
  const stop = new AbortController();
  let wake = () => {};
  const run = async () => {
    for await (const change of watch(stop.signal)) {
      changes.push(change);
      wake();
    }
  };
  const ended: Promise<unknown> = run().then(
    () => undefined,
    (error: unknown) => error,
  );
  t.after(() => stop.abort());
  return {
    changes,
    ended,
    lastOf: (path: string) => changes.findLast((change) => change.path === path)?.bytes?.toString(),
    stop: () => {
      stop.abort();
      return ended;
    },
    until: async (isMet: (changes: readonly TopoChange[]) => boolean) => {
      const endsMs = Date.now() + waitMsMax;
      while (!isMet(changes)) {
        assert.ok(
          Date.now() < endsMs,
          `waited too long; seen: ${changes.map((c) => `${c.path}=${c.bytes?.toString()}`).join(" ")}`,
        );
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 200).unref();
        });
      }
    },
  };
}
