/**
 * Faults under a light load: each process and each server of a sharded cluster is killed and started again, one at a time,
 * and primaries change. The table `faults` says what a client may notice of each; anything else fails the test. In the
 * end every acknowledged write must be there.
 *
 * A fault begins when it is made and ends once a whole second passed without an error, at most `calmMsMax` after everything
 * was started again. While a shard has no primary that serves, the gateway holds its statements: only what was under way
 * when something was killed may fail.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { create } from "@bufbuild/protobuf";
import { sleep, systemClock } from "../../base/clock.ts";
import type { Flavour } from "../../mysql/client.ts";
import { KeyspaceSchema } from "../../proto/generated/vschema_pb.js";
import { brokenPromises, LightLoad, type LoadError, loadTable } from "../light-load.ts";
import { TestCluster } from "./test-cluster.ts";

interface Fault {
  readonly name: string;
  /** Makes the fault and mends it. */
  readonly act: (cluster: TestCluster) => Promise<void>;
  /** What statements may meet meanwhile; empty where clients must notice nothing. */
  readonly allowed: readonly Allowed[];
}

interface Allowed {
  readonly why: string;
  readonly errno: readonly number[];
  readonly message: RegExp;
}

const [low, lowReplica, high, highReplica] = [100, 101, 102, 103].map(
  (uid) => `zone1-${String(uid).padStart(10, "0")}`,
);
const calmMs = 1000;
const calmMsMax = 30_000;
/** So many statements must have gone well in the calm: over both shards, by every worker. */
const calmStatements = 20;
const downMs = 300;

const lostTablet: Allowed = {
  why: "the connection to the tablet was lost while it worked, and with it its transactions",
  errno: [1105, 1317],
  message: /VT14001|VT26003|VT09032/,
};
const noServer: Allowed = {
  why: "the tablet has lost its database server, and what ran there",
  errno: [2013],
  message: /VT26009/,
};
const lostGateway: Allowed = {
  why: "the connection to the gateway is lost, or there is none to connect to",
  errno: [0, -111, -104, -32],
  message: /ECONNREFUSED|ECONNRESET|EPIPE|closed the connection|Connection lost|closed state/,
};

const reparent = (shardName: string, uid: number): Fault => ({
  name: `planned reparent of ${shardName} to ${uid}`,
  act: async ({ running }) => {
    const newPrimary = { cell: "zone1", uid };
    await running.vtctld.plannedReparentShard(
      { keyspace: "customer", shard: shardName, newPrimary },
      { timeoutMs: 30_000 },
    );
  },
  allowed: [],
});

const killRole = (name: string, allowed: readonly Allowed[]): Fault => ({
  name: `kill -9 of ${name}`,
  act: async ({ running }) => {
    const role = running.role(name);
    await role.kill();
    await sleep(systemClock, downMs);
    await role.start();
  },
  allowed,
});

const killServer = (what: string, alias: string | undefined, allowed: readonly Allowed[]): Fault => ({
  name: `kill -9 of the database server of ${what}`,
  act: async ({ running }) => {
    const server = running.database(String(alias));
    await server.shutdown(0);
    await sleep(systemClock, downMs);
    await server.start();
  },
  allowed,
});

/** Serving never asks the lock server; control waits for it. */
const etcdAway = (awayMs: number): Fault => ({
  name: `kill -9 of etcd, which is away for ${awayMs} ms`,
  act: async ({ running }) => {
    const etcd = running.role("etcd");
    await etcd.kill();
    await sleep(systemClock, awayMs);
    await etcd.start();
    await running.vtctld.getKeyspaces({}, { timeoutMs: 30_000 });
  },
  allowed: [],
});

/** In this order: the reparents there and back leave 100 and 102 as primaries. */
const faults: readonly Fault[] = [
  reparent("-80", 101),
  reparent("80-", 103),
  reparent("-80", 100),
  reparent("80-", 102),
  killRole("vtctld", []),
  killRole(`vttablet-${lowReplica}`, []),
  killServer("a replica", highReplica, []),
  killRole("vtgate", [lostGateway]),
  killRole(`vttablet-${high}`, [lostTablet]),
  killServer("a primary", low, [noServer]),
];

export interface FaultsOptions {
  /** How often all faults are gone through. */
  readonly rounds: number;
  readonly etcdAwayMs: number;
  readonly timeoutMs: number;
}

const shortly: FaultsOptions = { rounds: 1, etcdAwayMs: 3000, timeoutMs: 170_000 };

export function describeFaults(flavour: Flavour, topo: "sqlite" | "etcd", options: FaultsOptions = shortly): void {
  const all = topo === "etcd" ? [etcdAway(options.etcdAwayMs), ...faults] : faults;
  const rounds = Array.from({ length: options.rounds }, () => all).flat();
  describe(`${flavour} on ${topo}`, { timeout: options.timeoutMs }, () => {
    let cluster: TestCluster;
    let load: LightLoad;

    before(async () => {
      cluster = await TestCluster.start({ flavour, topo, keyspaces: [{ name: "customer", shards: ["-80", "80-"] }] });
      const { vtctld } = cluster.running;
      await vtctld.applySchema(
        { keyspace: "customer", sql: [loadTable], ddlStrategy: "direct" },
        { timeoutMs: 60_000 },
      );
      const vSchema = create(KeyspaceSchema, {
        sharded: true,
        vindexes: { hash: { type: "hash" } },
        tables: { load_row: { columnVindexes: [{ column: "id", name: "hash" }] } },
      });
      await vtctld.applyVSchema({ keyspace: "customer", vSchema });
      load = new LightLoad({
        clock: systemClock,
        connect: { ...cluster.gateway, database: "customer" },
        workers: 4,
        pauseMs: 10,
      });
      load.start();
      await untilCalm(load);
    });
    after(async () => {
      await load?.finish();
      await cluster?.remove();
    });

    for (const { name, act, allowed } of rounds)
      test(name, async (t) => {
        const before = load.errors.length;
        const beganMs = systemClock.nowMs();
        await act(cluster);
        await untilCalm(load);
        const errors = load.errors.slice(before);
        t.diagnostic(`${errors.length} errors ${summary(errors, beganMs)}`);
        const wrong = errors.filter((error) => !allowed.some((one) => isAllowed(error, one)));
        assert.equal(wrong.length, 0, `${cluster.logs(500)}\nthese must not come:\n${summary(wrong, beganMs)}`);
      });

    test("every acknowledged write is there, and nothing that nobody wrote", async () => {
      const report = await load.finish();
      const connection = await mysql.createConnection({ ...cluster.gateway, database: "customer" });
      const [rows] = await connection.query<(mysql.RowDataPacket & { id: number; version: number })[]>(
        "select id, version from load_row",
      );
      connection.destroy();
      assert.ok(report.acknowledged.size > 100, `only ${report.acknowledged.size} rows were written`);
      assert.deepEqual(brokenPromises(report, rows), []);
    });
  });
}

function isAllowed({ errno, message }: LoadError, allowed: Allowed): boolean {
  return allowed.errno.includes(errno) && allowed.message.test(message);
}

/** Until statements have gone well for a while; fails after `calmMsMax`. */
async function untilCalm(load: LightLoad): Promise<void> {
  const until = systemClock.monotonicMs() + calmMsMax;
  for (;;) {
    const [errors, statements] = [load.errors.length, load.statementCount];
    await sleep(systemClock, calmMs);
    if (load.errors.length === errors && load.statementCount >= statements + calmStatements) return;
    if (systemClock.monotonicMs() > until)
      assert.fail(`no calm after ${calmMsMax} ms: ${summary(load.errors.slice(-50), 0)}`);
  }
}

/** Each kind of error once, with how often and when. */
function summary(errors: readonly LoadError[], beganMs: number): string {
  const kinds = new Map<string, LoadError[]>();
  for (const error of errors) {
    const kind = `${error.statement} ${error.errno}: ${error.message}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), error]);
  }
  return [...kinds]
    .map(([kind, all]) => {
      const [first, last] = [all[0]?.atMs ?? 0, all.at(-1)?.atMs ?? 0].map((atMs) => Math.round(atMs - beganMs));
      return `${all.length} × ${kind} (${first}..${last} ms)`;
    })
    .join("\n");
}
