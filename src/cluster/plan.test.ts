/** Ports, numbers and folders of a planned cluster. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClusterOptions, planCluster, portsOf } from "./plan.ts";

const options: ClusterOptions = {
  cells: ["zone1"],
  keyspaces: [
    { name: "commerce", shards: ["0"] },
    { name: "customer", shards: ["-80", "80-"] },
  ],
  replicas: 1,
  flavour: "mariadb",
  topo: "sqlite",
  portOffset: 0,
  root: "/data",
};

test("the cluster in a box is Vitess's local example", () => {
  const plan = planCluster(options);
  assert.deepEqual(
    plan.tablets.map(({ alias, keyspace, shard, isFirst }) => [alias, keyspace, shard, isFirst]),
    [
      ["zone1-0000000100", "commerce", "0", true],
      ["zone1-0000000101", "commerce", "0", false],
      ["zone1-0000000102", "customer", "-80", true],
      ["zone1-0000000103", "customer", "-80", false],
      ["zone1-0000000104", "customer", "80-", true],
      ["zone1-0000000105", "customer", "80-", false],
    ],
  );
  assert.equal(plan.vtgate.mysqlPort, 15306);
  assert.equal(plan.tablets[2]?.grpcPort, 16102);
  assert.deepEqual(plan.topo, {
    implementation: "sqlite",
    address: "/data/topo.sqlite",
    globalRoot: "/vitess/global",
    cellRoots: { zone1: "/vitess/zone1" },
  });
  assert.equal(plan.etcd, undefined);
});

test("replicas spread over the cells", () => {
  const plan = planCluster({
    ...options,
    cells: ["zone1", "zone2"],
    replicas: 2,
    keyspaces: [{ name: "k", shards: ["0"] }],
  });
  assert.deepEqual(
    plan.tablets.map(({ cell }) => cell),
    ["zone1", "zone2", "zone1"],
  );
});

test("no port is planned twice, whatever the offset; etcd has its own", () => {
  for (const portOffset of [0, 2000]) {
    const shards = Array.from({ length: 64 }, (_, i) => `s${i}`);
    const plan = planCluster({ ...options, portOffset, topo: "etcd", keyspaces: [{ name: "k", shards }] });
    const all = portsOf(plan).map(({ port }) => port);
    assert.equal(new Set(all).size, all.length);
    assert.equal(plan.topo.address, `127.0.0.1:${12379 + portOffset}`);
  }
});

test("more tablets than the ports hold is an error that says so", () => {
  const shards = Array.from({ length: 150 }, (_, i) => `s${i}`);
  assert.throws(() => planCluster({ ...options, keyspaces: [{ name: "k", shards }] }), /300 tablets are over 200/);
});
