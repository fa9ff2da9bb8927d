/**
 * The steps that bring a planned cluster up, whether its roles are processes or share one: is there room, databases,
 * records, a primary for each shard. Each step keeps what is there already.
 */
import { create } from "@bufbuild/protobuf";
import { type Clock, sleep } from "../base/clock.ts";
import { templatesFolder } from "../mysqld/installed.ts";
import { type Mysqld, openMysqld } from "../mysqld/mysqld.ts";
import { mysqldDefaults } from "../mysqld/mysqld-config.ts";
import type { MysqldEnvironment } from "../mysqld/workshop.ts";
import { CellInfoSchema, TabletType } from "../proto/generated/topodata_pb.js";
import type { Vtctld } from "../proto/generated/vtctlservice_pb.js";
import type { ServiceClient } from "../rpc/service.ts";
import { freeBytes, isPortFree } from "./machine.ts";
import type { ClusterPlan, portsOf, TabletPlan } from "./plan.ts";

/** What stands in a cluster's way, in words for whoever starts it. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
}

export type Control = ServiceClient<typeof Vtctld>;

/** What a server of each flavour needs at the least, with room for a little data. */
const bytesPerTabletMin = 300 * 1024 * 1024;
const servingTimeoutMs = 60_000;
const pollMs = 50;

/** The database server beside a tablet. */
export function databaseOf(plan: ClusterPlan, { uid, mysqlPort }: TabletPlan, effects: MysqldEnvironment): Mysqld {
  const { flavour, root } = plan.options;
  const templates = templatesFolder(effects.environment);
  return openMysqld({ ...mysqldDefaults, flavour, dataRoot: root, uid, port: mysqlPort, templates }, effects);
}

/** Two at once: making a data folder keeps a core busy. */
export async function startDatabases(databases: readonly Mysqld[]): Promise<void> {
  const waiting = [...databases];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (next.isInitialized()) await next.start();
      else await next.init();
    }
  };
  await Promise.all([work(), work()]);
}

/** Cells, keyspaces and shards. */
export async function makeRecords(vtctld: Control, { topo, options }: ClusterPlan): Promise<void> {
  const { names } = await vtctld.getCellInfoNames({});
  for (const cell of options.cells)
    if (!names.includes(cell)) {
      const cellInfo = create(CellInfoSchema, { serverAddress: topo.address, root: topo.cellRoots[cell] ?? "" });
      await vtctld.addCellInfo({ name: cell, cellInfo });
    }
  for (const { name, shards } of options.keyspaces) {
    await vtctld.createKeyspace({ name, force: true, durabilityPolicy: "none" });
    for (const shardName of shards) await vtctld.createShard({ keyspace: name, shardName, force: true });
    await vtctld.rebuildKeyspaceGraph({ keyspace: name });
  }
}

/** Shards that have a primary keep it. */
export async function choosePrimaries(vtctld: Control, { tablets }: ClusterPlan): Promise<void> {
  const first = tablets.filter(({ isFirst }) => isFirst);
  await Promise.all(
    first.map(async ({ keyspace, shard, cell, uid }) => {
      const { shard: found } = await vtctld.getShard({ keyspace, shardName: shard });
      if (found?.shard?.primaryAlias !== undefined) return;
      const newPrimary = { cell, uid };
      await vtctld.plannedReparentShard({ keyspace, shard, newPrimary }, { timeoutMs: servingTimeoutMs });
    }),
  );
}

/** Until the topology knows a primary for every shard. */
export async function waitForPrimaries(vtctld: Control, plan: ClusterPlan, clock: Clock): Promise<void> {
  const wanted = plan.tablets.filter(({ isFirst }) => isFirst).length;
  const until = clock.monotonicMs() + servingTimeoutMs;
  for (;;) {
    const { tablets } = await vtctld.getTablets({ tabletType: TabletType.PRIMARY });
    if (tablets.length >= wanted) return;
    if (clock.monotonicMs() > until)
      throw new ClusterError(`only ${tablets.length} of ${wanted} shards have a primary after ${servingTimeoutMs} ms`);
    await sleep(clock, pollMs);
  }
}

/** Says before anything is started what would stand in its way. */
export async function checkMachine(
  plan: ClusterPlan,
  ports: ReturnType<typeof portsOf>,
  effects: MysqldEnvironment,
): Promise<void> {
  const { disk, network } = effects;
  const own = new Set(
    plan.tablets.filter((tablet) => databaseOf(plan, tablet, effects).isRunning()).map(({ mysqlPort }) => mysqlPort),
  );
  const taken: string[] = [];
  for (const { port, owner } of ports)
    if (!own.has(port) && !(await isPortFree(network, port))) taken.push(`${port} (${owner})`);
  if (taken.length > 0)
    throw new ClusterError(
      `${listSome(taken)} in use: stop whoever listens there, or move all ports with --port-offset`,
    );
  const missing = plan.tablets.filter((tablet) => !databaseOf(plan, tablet, effects).isInitialized()).length;
  const wanted = missing * bytesPerTabletMin;
  const free = freeBytes(disk, plan.options.root);
  if (free < wanted)
    throw new ClusterError(
      `${plan.options.root} has ${mib(free)} MiB left, and ${missing} new database servers want ${mib(wanted)} MiB; make room, or choose another folder with --root`,
    );
}

const shownMax = 3;

/** "ports a, b, c and 9 more are" */
function listSome(ports: readonly string[]): string {
  const shown = ports.slice(0, shownMax).join(", ");
  const more = ports.length > shownMax ? ` and ${ports.length - shownMax} more` : "";
  return ports.length === 1 ? `port ${shown} is` : `ports ${shown}${more} are`;
}

const mib = (bytes: number) => Math.floor(bytes / 2 ** 20);
