/** The SQLite store fulfils the contract, with several handles and with several processes; foreign files are refused. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { openSqliteTopo } from "./sqlite-topo.ts";
import { TopoError } from "./topo.ts";
import { topoContract } from "./topo-contract.ts";

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sqlite-topo-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

topoContract("sqlite", async (t) => {
  const filename = join(emptyFolder(t), "topo.db");
  return {
    leaseMs: 400,
    connect: (options) =>
      openSqliteTopo({
        clock: systemClock,
        disk,
        filename,
        root: "/vitess/global",
        ...options,
      }),
  };
});

const counting = `
  const { openSqliteTopo } = await import(process.argv[1]);
  const { systemClock } = await import(new URL("../base/clock.ts", process.argv[1]));
  const { disk } = await import(new URL("../base/disk.ts", process.argv[1]));
  const topo = await openSqliteTopo({ clock: systemClock, disk, filename: process.argv[2], root: "/r" });
  for (let i = 0; i < Number(process.argv[3]); ) {
    const file = await topo.read("counter");
    const next = Buffer.from(String(Number(file?.bytes ?? 0) + 1));
    const stored = await topo.write("counter", next, file?.version ?? 0).catch((error) => {
      if (error.kind !== "bad_version" && error.kind !== "node_exists") throw error;
    });
    if (stored !== undefined) i++;
  }
  if (process.argv[4] === "hold") {
    await topo.lock("shard", "a child", { timeoutMs: 5000, ttlMs: 400 });
    process.stdout.write("locked");
    setInterval(() => {}, 1000);
  } else await topo.close();
`;

function startChild(t: TestContext, ...args: string[]) {
  const module = new URL("./sqlite-topo.ts", import.meta.url).href;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", counting, module, ...args]);
  child.stderr.pipe(process.stderr);
  t.after(() => child.kill("SIGKILL"));
  return child;
}

test("processes share a file: no lost update, and notices arrive", async (t) => {
  const filename = join(emptyFolder(t), "topo.db");
  const topo = await openSqliteTopo({ clock: systemClock, disk, filename, root: "/r" });
  t.after(() => topo.close());
  const stop = new AbortController();
  const watched = (async () => {
    for await (const change of topo.watch("counter", stop.signal)) if (change.bytes?.toString() === "60") return true;
    return false;
  })();
  const children = [1, 2].map(() => startChild(t, filename, "30"));
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number));
  assert.deepEqual(codes, [0, 0]);
  assert.equal((await topo.read("counter"))?.bytes.toString(), "60");
  assert.equal(await watched, true);
});

test("the lock of a killed process passes on when its lease ends", async (t) => {
  const filename = join(emptyFolder(t), "topo.db");
  const topo = await openSqliteTopo({ clock: systemClock, disk, filename, root: "/r" });
  t.after(() => topo.close());
  const child = startChild(t, filename, "0", "hold");
  await once(child.stdout, "data");
  await assert.rejects(topo.tryLock("shard", "me", { timeoutMs: 0, ttlMs: 400 }), /node exists.*a child/);
  child.kill("SIGKILL");
  const lock = await topo.lock("shard", "me", { timeoutMs: 10_000, ttlMs: 400 });
  await lock.unlock();
});

test("a busy file is tried again until the operation timeout", async (t) => {
  const filename = join(emptyFolder(t), "topo.db");
  const topo = await openSqliteTopo({ clock: systemClock, disk, filename, root: "/r", operationTimeoutMs: 200 });
  t.after(() => topo.close());
  const version = await topo.write("a", Buffer.from("1"), 0);
  const writer = new DatabaseSync(filename);
  t.after(() => writer.close());
  writer.exec("begin immediate");
  await assert.rejects(topo.write("a", Buffer.from("2"), version), { kind: "timeout" });
  assert.equal((await topo.read("a"))?.version, version);
  const waiting = topo.write("a", Buffer.from("2"), version);
  setTimeout(() => writer.exec("commit"), 50);
  assert.ok((await waiting) > version);
});

test("a foreign or damaged file is refused, and left as it was", async (t) => {
  const folder = emptyFolder(t);
  const foreign = join(folder, "foreign.db");
  const db = new DatabaseSync(foreign);
  db.exec("create table t (a)");
  db.close();
  const text = join(folder, "text.db");
  writeFileSync(text, "This is no database, but it is long enough to look at. ".repeat(100));
  const before = [readFileSync(foreign), readFileSync(text)];
  for (const filename of [foreign, text])
    await assert.rejects(openSqliteTopo({ clock: systemClock, disk, filename, root: "/" }), (error) => {
      assert.ok(error instanceof TopoError && error.kind === "bad_record" && error.path === filename, String(error));
      return true;
    });
  assert.deepEqual([readFileSync(foreign), readFileSync(text)], before);
  await assert.rejects(openSqliteTopo({ clock: systemClock, disk, filename: join(folder, "no/such.db"), root: "/" }), {
    kind: "unavailable",
  });
});

test("deletions beyond the limit are forgotten, and a watch that slept still learns of them", async (t) => {
  const filename = join(emptyFolder(t), "topo.db");
  const topo = await openSqliteTopo({ clock: systemClock, disk, filename, root: "/r" });
  t.after(() => topo.close());
  await topo.write("a/gone", Buffer.from("x"), 0);
  const stop = new AbortController();
  const watch = topo.watchAll("a", stop.signal)[Symbol.asyncIterator]();
  assert.equal((await watch.next()).value?.path, "a/gone");
  await topo.delete("a/gone", undefined);
  const raw = new DatabaseSync(filename);
  t.after(() => raw.close());
  raw.exec(`with recursive n (i) as (select 10 union all select i + 1 from n where i < 12000)
    insert into file select '/r/b/' || i, null, i from n; update counter set value = 12000 where name = 'revision'`);
  await topo.write("a/last", Buffer.from("x"), 0);
  await topo.delete("a/last", undefined);
  const left = Number(raw.prepare("select count(*) as n from file where bytes is null").get()?.["n"]);
  assert.ok(left > 0 && left <= 11_000, `${left} deletions kept`);
  assert.equal(await topo.read("a/gone"), undefined);
  const change = (await watch.next()).value;
  assert.deepEqual([change?.path, change?.bytes], ["a/gone", undefined]);
});
