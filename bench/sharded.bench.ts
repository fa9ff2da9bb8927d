/**
 * Sharded keyspaces beside one plain server with the same rows, in one run: sysbench's oltp_read_write and a small TPC-C over
 * two shards, and reads over 2 to 32 shards. All shards are databases of the one server, so that what differs is the way
 * there. Prints transactions per second, their times, and CPU µs of gateway and tablets. Nothing is asserted.
 *
 *     node bench/sharded.bench.ts [--flavour mysql] [--seconds 3] [--threads 8] [--rows 20000] [--shards 2,4,8,16,32]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemTerminal } from "../src/base/terminal.ts";
import { connect, type Flavour } from "../src/mysql/client.ts";
import { identifier, sql } from "../src/mysql/sql.ts";
import { freePort, startDatabase, testEnvironment } from "../src/testing/throwaway-database.ts";
import { cpuSeconds, type Started, startOurs } from "./hot-path/processes.ts";
import { benchShards } from "./hot-path/settings.ts";
import { ownScript, runSysbench } from "./hot-path/sysbench.ts";

const { values: flags } = parseArgs({
  options: {
    flavour: { type: "string", default: "mariadb" },
    seconds: { type: "string", default: "3" },
    threads: { type: "string", default: "8" },
    rows: { type: "string", default: "20000" },
    shards: { type: "string", default: "2,4,8,16,32" },
  },
});

interface Place {
  readonly name: string;
  readonly port: number;
  /** Of gateway and tablets. */
  readonly processes: readonly Started[];
}

const folder = mkdtempSync(join(tmpdir(), "vt-bench-"));
const scripts = `${import.meta.dirname}/sharded`;
const readWrite = ownScript("oltp_read_write");
const database = await startDatabase(flags.flavour as Flavour, [
  "--innodb-buffer-pool-size=512M",
  "--max-connections=4000",
]);
const direct: Place = { name: "one server", port: database.port, processes: [] };
try {
  run(readWrite, "prepare", direct);
  run(`${scripts}/tpcc-like.lua`, "prepare", direct);
  await onShards(2, (two) => {
    run(`${scripts}/tpcc-like.lua`, "prepare", two);
    compare("oltp_read_write", readWrite, [direct, two]);
    compare("TPC-C-like", `${scripts}/tpcc-like.lua`, [direct, two]);
  });
  for (const count of flags.shards.split(",").map(Number))
    await onShards(count, (place) => compare(`reads over ${count} shards`, `${scripts}/scatter.lua`, [direct, place]));
} finally {
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** A gateway over so many shards, with sysbench's rows. */
async function onShards(count: number, work: (place: Place) => void): Promise<void> {
  const admin = await connect(testEnvironment, { address: { path: database.socketPath }, username: "root" });
  const names = benchShards(count).map((shard) => shard.database);
  for (const name of names) await admin.query(sql`create database ${identifier(name)}`);
  const sockets = mkdtempSync(join(folder, "links-"));
  const links = names.map((_, i) => join(sockets, String(i))).join(",");
  const tablets = await startOurs("tablet.ts", [database.socketPath, links]);
  const port = await freePort();
  const vtgate = await startOurs("vtgate.ts", [links, String(port), flags.flavour]);
  try {
    const place: Place = { name: `${count} shards`, port, processes: [vtgate, tablets] };
    run(readWrite, "prepare", place);
    work(place);
  } finally {
    vtgate.stop();
    tablets.stop();
    for (const name of names) await admin.query(sql`drop database ${identifier(name)}`);
    admin.close();
  }
}

/** Each runs twice, in turn; the first time warms up. */
function compare(name: string, script: string, places: readonly Place[]): void {
  systemTerminal.out(`\n${name}, ${flags.threads} connections (${database.flavour})\n`);
  for (const place of places) run(script, "run", place);
  for (const place of places) {
    const before = cpuOf(place);
    const printed = run(script, "run", place);
    const find = (pattern: RegExp) => Number(pattern.exec(printed)?.[1] ?? Number.NaN);
    const queries = find(/total: +(\d+)/);
    const perQuery = ((cpuOf(place) - before) * 1e6) / queries;
    systemTerminal.out(
      `  ${place.name.padEnd(10)} ${find(/transactions: +\d+ +\(([\d.]+)/)
        .toFixed(0)
        .padStart(6)} transactions/s` +
        `  ${(queries / Number(flags.seconds)).toFixed(0).padStart(6)} q/s  mean ${find(/avg: +([\d.]+)/)} ms,` +
        ` 95 % within ${find(/95th percentile: +([\d.]+)/)} ms` +
        `${place.processes.length === 0 ? "" : `  own CPU ${perQuery.toFixed(0)} µs/q`}\n`,
    );
  }
}

function cpuOf({ processes }: Place): number {
  return processes.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
}

function run(script: string, verb: "prepare" | "run", { port }: Place): string {
  const options = {
    "db-ps-mode": "disable",
    "rand-type": "uniform",
    time: flags.seconds,
    // TPC-C's own script has no such table, and its ids are ours to give.
    ...(script.endsWith("tpcc-like.lua") ? {} : { "table-size": flags.rows, "auto-inc": "off" }),
  };
  return runSysbench({ script, verb, port, threads: flags.threads, options });
}
