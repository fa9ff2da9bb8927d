/**
 * vtctldclient's commands against a whole cluster of real servers, both flavours: what only real tablets can show. The
 * forms of the output and the errors of the command line are tried without servers in `vtctldclient.test.ts`.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { children, processes } from "../base/child.ts";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { readEnvironment } from "../base/environment.ts";
import { silentLogger } from "../base/log.ts";
import { network } from "../base/network.ts";
import { systemRandom } from "../base/random.ts";
import { LocalCluster } from "../cluster/local-cluster.ts";
import { isPortFree } from "../cluster/machine.ts";
import { planCluster, portsOf } from "../cluster/plan.ts";
import { dialGrpc } from "../rpc/grpc-client.ts";
import { runMain } from "./main.ts";

const offsetTriesMax = 50;

/** A cluster with the keyspace "user" in a folder of its own, on ports that nobody has. */
async function withCluster(
  flavour: "mariadb" | "mysql",
  shards: readonly string[],
  work: (cluster: LocalCluster) => Promise<void>,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "control-live-"));
  const base = {
    cells: ["zone1"],
    keyspaces: [{ name: "user", shards }],
    replicas: 1,
    flavour,
    topo: "sqlite",
    root,
  } as const;
  let options = { ...base, portOffset: 0 };
  for (let tries = 0; ; tries++) {
    assert.ok(tries < offsetTriesMax, "no free ports were found");
    options = { ...base, portOffset: 2_000 + systemRandom.below(12_000) };
    const free = await Promise.all(portsOf(planCluster(options)).map(({ port }) => isPortFree(network, port)));
    if (free.every(Boolean)) break;
  }
  const effects = {
    clock: systemClock,
    disk,
    network,
    children,
    processes,
    environment: readEnvironment(),
    logger: silentLogger,
    dial: (address: string) => dialGrpc(address, { clock: systemClock }),
    fetch: (url: string) => fetch(url),
    node: process.execPath,
    main: fileURLToPath(new URL("main.ts", import.meta.url)),
    pid: process.pid,
    progress: () => {},
  };
  try {
    const cluster = await LocalCluster.start(options, effects);
    try {
      await work(cluster);
    } finally {
      await cluster.stop();
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function clientOf({ plan }: LocalCluster) {
  const run = async (...args: readonly string[]) => {
    let out = "";
    let err = "";
    const code = await runMain("vtctldclient", {
      args: [`--server=127.0.0.1:${plan.vtctld.grpcPort}`, ...args],
      terminal: { out: (text) => void (out += text), err: (text) => void (err += text), isInteractive: false },
      environment: {},
      disk,
      clock: systemClock,
      random: systemRandom,
      stop: new AbortController().signal,
    });
    return { code, out, err };
  };
  return {
    ok: async (...args: readonly string[]) => {
      const { code, out, err } = await run(...args);
      assert.equal(code, 0, `${args.join(" ")}: ${err}${out}`);
      return out;
    },
    fails: async (pattern: RegExp, ...args: readonly string[]) => {
      const { code, err } = await run(...args);
      assert.equal(code, 1, args.join(" "));
      assert.match(err, pattern);
    },
  };
}

async function tryControl(cluster: LocalCluster, shard: string): Promise<void> {
  const { ok, fails } = clientOf(cluster);
  const [first, second] = ["zone1-0000000100", "zone1-0000000101"];
  const at = `user/${shard}`;
  await ok("Validate", "--ping-tablets");
  await ok("ValidateVersionKeyspace", "user");
  await ok("ValidatePermissionsKeyspace", "user");
  assert.equal(await ok("GetTabletVersion", first), "0.1.0\n");

  // Schema: applied on every primary, followed by replicas, told with the server's own words where it fails.
  const sql = "create table t (id bigint primary key, v varchar(9)); insert_is_no_ddl";
  await fails(/VT23009/, "ApplySchema", "--sql", sql, "user");
  await ok(
    "ApplySchema",
    "--sql",
    "create table t (id bigint primary key, v varchar(9)); create view w as select id from t",
    "user",
  );
  await ok("ValidateSchemaKeyspace", "--include-views", "user");
  assert.equal(await ok("GetSchema", "--table-names-only", "--include-views", second), "t\nw\n");
  await fails(
    /VT23012: .*already exists.*done on shards: none/,
    "ApplySchema",
    "--sql",
    "create table t (id int)",
    "user",
  );
  await ok("ApplyVSchema", "--sql", "alter vschema on t add vindex xxhash (id) using xxhash", "user");

  // SQL on one tablet.
  await ok("ExecuteFetchAsDBA", first, "insert into t values (1, 'a'), (2, null)");
  assert.match(await ok("ExecuteFetchAsApp", first, "select * from t order by id"), /\| 2 {2}\| NULL \|/);
  const rows = JSON.parse(await ok("ExecuteFetchAsDBA", "--json", first, "select v from t where id = 1"));
  assert.equal(Buffer.from(rows.rows[0].values, "base64").toString(), "a");
  assert.equal(JSON.parse(await ok("GetFullStatus", second)).replication_status.source_user, "vt_repl");

  // Another primary, and back by avoiding it; the durability policy reaches the servers with the change.
  await ok("SetKeyspaceDurabilityPolicy", "--durability-policy=semi_sync", "user");
  assert.match(
    await ok("PlannedReparentShard", at, "--new-primary", second),
    new RegExp(`^${second} is the primary of ${at} now, after ${first}`),
  );
  assert.match(
    await ok("GetTablets", "--keyspace=user", `--shard=${shard}`),
    new RegExp(`${first} user ${shard} replica .*\n${second} user ${shard} primary`),
  );
  await fails(/VT22030/, "PlannedReparentShard", at, "--expected-primary", first);
  await ok("PlannedReparentShard", at, "--avoid-primary", second);
  const positions = await ok("ShardReplicationPositions", at);
  assert.match(positions, new RegExp(`^${first} user ${shard} primary .* \\S+ 0\n${second} `));

  // One tablet: types, tags, replication.
  await fails(/VT23008: .*primary to rdonly/, "ChangeTabletType", first, "rdonly");
  assert.match(await ok("ChangeTabletType", second, "rdonly"), / replica .*\n\+ .* rdonly /);
  assert.equal(await ok("ChangeTabletTags", second, "rack=7"), '- {}\n+ {"rack":"7"}\n');
  await ok("StopReplication", second);
  const stopped = JSON.parse(await ok("GetFullStatus", second)).replication_status;
  assert.deepEqual([stopped.io_state, stopped.sql_state], [1, 1]);
  await ok("StartReplication", second);
  await ok("ReparentTablet", second);
  await ok("RefreshState", second);
  await ok("RunHealthCheck", second);
  await ok("SleepTablet", second, "10ms");
  await ok("ReloadSchemaKeyspace", "user", "--include-primary");
  await ok("ShardReplicationFix", "zone1", at);
  await fails(/VT23008: .*is the primary/, "DeleteTablets", first);
}

test("control of a sharded MariaDB cluster", { timeout: 300_000 }, () =>
  withCluster("mariadb", ["-80", "80-"], async (cluster) => {
    await tryControl(cluster, "-80");
    const { ok } = clientOf(cluster);
    await ok("CopySchemaShard", "user/-80", "user/80-");
    await ok("RebuildKeyspaceGraph", "user");
    assert.match(await ok("GetSrvKeyspaces", "user", "--compact"), /"name":"80-"/);
  }),
);

test("control of an unsharded MySQL cluster", { timeout: 300_000 }, () =>
  withCluster("mysql", ["0"], (cluster) => tryControl(cluster, "0")),
);
