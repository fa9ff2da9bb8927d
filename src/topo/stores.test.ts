/** Stores are opened by name; unknown names and unreadable TLS files are refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { openStore, type StoreContext } from "./stores.ts";

const context: StoreContext = { clock: systemClock, disk, memoryStores: new Map() };

test("two clients of one memory address share a store", async () => {
  const one = await openStore(context, "memory", "here", "/global");
  const two = await openStore(context, "memory", "here", "/global");
  const elsewhere = await openStore(context, "memory", "there", "/global");
  await one.write("a", Buffer.from("1"), 0);
  assert.equal((await two.read("a"))?.bytes.toString(), "1");
  assert.equal(await elsewhere.read("a"), undefined);
});

test("an unknown store is refused, with the known ones named", () => {
  assert.throws(() => openStore(context, "zk2", "x", "/"), /no implementation: zk2 .*etcd2, etcd, sqlite, memory/);
  assert.throws(() => openStore(context, "toString", "x", "/"), { kind: "no_implementation" });
});

test("a TLS option that cannot apply stops the opening", async () => {
  const ca = { ...context, etcdTlsFiles: { ca: "/no/such/ca.pem" } };
  await assert.rejects(openStore(ca, "etcd2", "localhost:1", "/"), /topo-etcd-tls-ca cannot be read/);
  const notPem = { ...context, etcdTlsFiles: { ca: import.meta.filename, cert: import.meta.filename } };
  await assert.rejects(openStore(notPem, "etcd2", "localhost:1", "/"), { kind: "bad_path" });
  await assert.rejects(openStore(context, "etcd2", " , ", "/"), { kind: "bad_path" });
});
