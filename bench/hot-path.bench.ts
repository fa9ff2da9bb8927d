/**
 * The way of a query, paired in one run: straight to the server, through two chained haproxies, through our gateway and
 * tablet, and through the same way with a gateway that plans nothing. sysbench asks; slices of the targets alternate, so that a machine that slows down slows all of them. Prints
 * queries per second, ratios, and CPU µs per query by process. Nothing is asserted.
 *
 *     node bench/hot-path.bench.ts [--flavour mysql] [--seconds 2] [--rounds 5] [--rows 100000]
 *     [--tests point_select,read_only] [--threads 1,8,32] [--ps disable,auto]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemTerminal } from "../src/base/terminal.ts";
import type { Flavour } from "../src/mysql/client.ts";
import { testProgram } from "../src/testing/programs.ts";
import { freePort, startDatabase, type ThrowawayDatabase } from "../src/testing/throwaway-database.ts";
import { cpuSeconds, type Started, startOurs, startProgram } from "./hot-path/processes.ts";
import { ownScript, runSysbench } from "./hot-path/sysbench.ts";

const { values: flags } = parseArgs({
  options: {
    flavour: { type: "string", default: "mariadb" },
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    rows: { type: "string", default: "100000" },
    tests: { type: "string", default: "point_select,read_only" },
    threads: { type: "string", default: "1,8,32" },
    ps: { type: "string", default: "disable,auto" },
  },
});

interface Target {
  readonly name: string;
  readonly port: number;
  /** Besides the database. */
  readonly pids: readonly number[];
}

interface Slice {
  readonly qps: number;
  /** µs per query: the database, then the target's own processes together. */
  readonly databaseCpu: number;
  readonly ownCpu: number;
}

const folder = mkdtempSync(join(tmpdir(), "vt-bench-"));
const running: Started[] = [];
const database = await startDatabase(flags.flavour as Flavour, [
  "--innodb-buffer-pool-size=512M",
  "--max-connections=600",
]);
try {
  run("point_select", "prepare", database.port, 4, "disable");
  const targets = await startTargets(database);
  for (const test of flags.tests.split(","))
    for (const ps of flags.ps.split(","))
      for (const threads of flags.threads.split(",").map(Number)) measure(targets, test, ps, threads);
} finally {
  for (const process of running) process.stop();
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startTargets({ port, socketPath }: ThrowawayDatabase): Promise<Target[]> {
  const link = join(folder, "link.sock");
  const gatewayPort = await freePort();
  const tablet = await startOurs("tablet.ts", [socketPath, link]);
  running.push(tablet);
  const gateway = await startOurs("gateway.ts", [link, String(gatewayPort)]);
  running.push(gateway);
  const vtgatePort = await freePort();
  const vtgate = await startOurs("vtgate.ts", [link, String(vtgatePort), flags.flavour]);
  running.push(vtgate);
  const [outer, inner] = [await freePort(), await freePort()];
  const second = await startHaproxy("inner", inner, `unix@${socketPath}`);
  const first = await startHaproxy("outer", outer, `127.0.0.1:${inner}`);
  return [
    { name: "direct", port, pids: [] },
    { name: "haproxy×2", port: outer, pids: [first.pid, second.pid] },
    { name: "no plans", port: gatewayPort, pids: [gateway.pid, tablet.pid] },
    { name: "ours", port: vtgatePort, pids: [vtgate.pid, tablet.pid] },
  ];
}

async function startHaproxy(name: string, port: number, backend: string): Promise<Started> {
  const path = join(folder, `${name}.cfg`);
  const config = `global
  nbthread 1
  maxconn 2000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen ${name}
  bind 127.0.0.1:${port}
  server next ${backend}
`;
  writeFileSync(path, config);
  const started = await startProgram(testProgram("haproxy").command, ["-db", "-f", path], port);
  running.push(started);
  return started;
}

function run(test: string, verb: "prepare" | "run", port: number, threads: number, ps: string): number {
  const options = { "db-ps-mode": ps, "table-size": flags.rows, time: flags.seconds, "report-interval": 0 };
  const printed = runSysbench({ script: ownScript(`oltp_${test}`), verb, port, threads, options });
  return Number(/queries:\s+(\d+)/.exec(printed)?.[1] ?? 0);
}

function slice(target: Target, test: string, ps: string, threads: number): Slice {
  const cpuOf = () => target.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const [own, ofDatabase] = [cpuOf(), cpuSeconds(database.pid)];
  const queries = run(test, "run", target.port, threads, ps);
  const per = (seconds: number) => (seconds * 1e6) / queries;
  return {
    qps: queries / Number(flags.seconds),
    ownCpu: per(cpuOf() - own),
    databaseCpu: per(cpuSeconds(database.pid) - ofDatabase),
  };
}

function measure(targets: readonly Target[], test: string, ps: string, threads: number): void {
  const slices = new Map<Target, Slice[]>(targets.map((target) => [target, []]));
  for (const target of targets) slice(target, test, ps, threads); // Warms caches and compilers; not counted.
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const target of round % 2 === 0 ? targets : targets.toReversed())
      slices.get(target)?.push(slice(target, test, ps, threads));
  const medians = targets.map((target) => ({ target, ...medianOf(slices.get(target) ?? []) }));
  const peer = medians.find(({ target }) => target.name === "haproxy×2");
  systemTerminal.out(`\n${test}, prepared statements: ${ps}, ${threads} connections (${database.flavour})\n`);
  for (const { target, qps, ownCpu, databaseCpu } of medians) {
    const ratio = (qps / (peer?.qps ?? qps)).toFixed(2);
    const cpuRatio = ownCpu === 0 ? "" : ` = ${(ownCpu / (peer?.ownCpu ?? ownCpu)).toFixed(2)} of haproxy×2's`;
    systemTerminal.out(
      `  ${target.name.padEnd(10)} ${qps.toFixed(0).padStart(6)} q/s  ${ratio} of haproxy×2` +
        `   CPU µs/q: database ${databaseCpu.toFixed(0)}, own ${ownCpu.toFixed(0)}${cpuRatio}\n`,
    );
  }
}

function medianOf(slices: readonly Slice[]): Slice {
  const median = (pick: (slice: Slice) => number) => {
    const sorted = slices.map(pick).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  return {
    qps: median(({ qps }) => qps),
    ownCpu: median(({ ownCpu }) => ownCpu),
    databaseCpu: median(({ databaseCpu }) => databaseCpu),
  };
}
