/** Tablets: their records, and what their managers do when asked. */
import { must } from "../base/assert.ts";
import { VtError } from "../base/errors.ts";
import { type Tablet, TabletType } from "../proto/generated/topodata_pb.js";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { compareTimes } from "../topo/times.ts";
import { aliasOf, deleteTablet, findTablets, readTablet, shardsOf } from "../topo/cluster-records.ts";
import { type KeyspaceName, keyspaceName, type ShardName, shardName } from "../topo/names.ts";
import { mustReadRecord, readRecord, records, updateRecord } from "../topo/records.ts";
import type { TopoServer } from "../topo/server.ts";
import { lockShard, withLock } from "../topo/topo-locks.ts";
import { chosenCells } from "./cells.ts";
import { isMissing } from "./errors.ts";
import { needsSemiSync } from "./semi-sync.ts";
import {
  isPlainChange,
  requestedAlias,
  requestedTablet,
  tabletName,
  tabletsOfShard,
  typeName,
} from "./tablet-access.ts";
import {
  concurrencyMax,
  inParallel,
  lockRequest,
  type RequestOf,
  type Vtctld,
  type VtctldFunctions,
} from "./vtctld.ts";
import { errorText } from "../base/errors.ts";

const asks = TabletManager.method;

export const tabletFunctions: VtctldFunctions<
  | "changeTabletTags"
  | "changeTabletType"
  | "deleteTablets"
  | "getTablet"
  | "getTablets"
  | "getVersion"
  | "pingTablet"
  | "refreshState"
  | "refreshStateByShard"
  | "runHealthCheck"
  | "setWritable"
  | "sleepTablet"
> = {
  changeTabletTags: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      const { tags, replace } = request;
      const answer = await vtctld.callTablet(tablet, asks.changeTags, { tags, replace });
      return { beforeTags: tablet.tags, afterTags: answer.tags };
    },
  },
  changeTabletType: { permission: "write", run: changeType },
  deleteTablets: {
    permission: "write",
    run: async (vtctld, request) => {
      for (const alias of request.tabletAliases.map(requestedAlias))
        await removeTablet(vtctld, alias, request.allowPrimary);
      return {};
    },
  },
  getTablet: {
    permission: "read",
    run: async (vtctld, request) => ({ tablet: (await requestedTablet(vtctld, request.tabletAlias)).tablet }),
  },
  getTablets: { permission: "read", run: listTablets },
  getVersion: {
    permission: "read",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      return { version: await vtctld.readVersion(tablet) };
    },
  },
  pingTablet: {
    permission: "read",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      await vtctld.callTablet(tablet, asks.ping, { payload: "ping" });
      return {};
    },
  },
  refreshState: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      await vtctld.callTablet(tablet, asks.refreshState, {});
      return {};
    },
  },
  refreshStateByShard: { permission: "write", run: refreshShard },
  runHealthCheck: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      await vtctld.callTablet(tablet, asks.runHealthCheck, {});
      return {};
    },
  },
  setWritable: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      if (request.writable) await vtctld.callTablet(tablet, asks.setReadWrite, {});
      else await vtctld.callTablet(tablet, asks.setReadOnly, {});
      return {};
    },
  },
  sleepTablet: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      const { seconds, nanos } = must(request.duration ?? { seconds: 0n, nanos: 0 }, "a default is given");
      const duration = seconds * 1_000_000_000n + BigInt(nanos);
      const timeoutMs = Number(duration / 1_000_000n) + vtctld.times().remoteOperationTimeoutMs;
      await vtctld.callTablet(tablet, asks.sleep, { duration }, timeoutMs);
      return {};
    },
  },
};

async function changeType(vtctld: Vtctld, request: RequestOf<"changeTabletType">) {
  const { alias, tablet: before } = await requestedTablet(vtctld, request.tabletAlias);
  if (!isPlainChange(before.type, request.dbType))
    throw VtError.of(
      "VT23008",
      `tablet ${alias}`,
      `a change from ${typeName(before.type)} to ${typeName(request.dbType)} needs more than a command`,
      "use PlannedReparentShard for primaries",
    );
  if (request.dryRun)
    return { beforeTablet: before, afterTablet: { ...before, type: request.dbType }, wasDryRun: true };
  const semiSync = await needsSemiSync(vtctld, before, request.dbType);
  await vtctld.callTablet(before, asks.changeType, { tabletType: request.dbType, semiSync });
  return { beforeTablet: before, afterTablet: await readTablet(vtctld.topo, alias), wasDryRun: false };
}

async function removeTablet(vtctld: Vtctld, alias: ReturnType<typeof requestedAlias>, allowPrimary: boolean) {
  const { topo } = vtctld;
  const tablet = await readTablet(topo, alias);
  const isPrimary = await isPrimaryOfShard(topo, tablet);
  if (!isPrimary) return deleteTablet(topo, alias);
  if (!allowPrimary)
    throw VtError.of(
      "VT23008",
      `tablet ${alias}`,
      "it is the primary of its shard",
      "reparent, or ask for allow-primary",
    );
  const [keyspace, shard] = [keyspaceName(tablet.keyspace), shardName(tablet.shard)];
  const lock = lockShard(topo, keyspace, shard, lockRequest(vtctld, "DeleteTablet"));
  return withLock(lock, async (held) => {
    await updateRecord(
      topo.global,
      records.shard(keyspace, shard),
      (present) => {
        if (present === undefined || aliasOf(present.primaryAlias) !== alias) return undefined;
        delete present.primaryAlias;
        return present;
      },
      held,
    );
    await deleteTablet(topo, alias);
  });
}

async function isPrimaryOfShard(topo: TopoServer, tablet: Tablet): Promise<boolean> {
  if (tablet.type !== TabletType.PRIMARY) return false;
  const record = records.shard(keyspaceName(tablet.keyspace), shardName(tablet.shard));
  const stored = await readRecord(topo.global, record);
  return stored !== undefined && aliasOf(stored.message.primaryAlias) === aliasOf(tablet.alias);
}

async function listTablets(vtctld: Vtctld, request: RequestOf<"getTablets">) {
  const { topo } = vtctld;
  const keyspace = request.keyspace === "" ? undefined : keyspaceName(request.keyspace);
  const shard = request.shard === "" ? undefined : shardName(request.shard);
  if (shard !== undefined && keyspace === undefined) throw VtError.of("VT23007", "keyspace");
  const tablets =
    request.tabletAliases.length > 0
      ? await namedTablets(vtctld, request)
      : await chosenTablets(vtctld, request, keyspace, shard);
  const wanted = tablets.filter(
    (tablet) => request.tabletType === TabletType.UNKNOWN || tablet.type === request.tabletType,
  );
  return { tablets: await withTruePrimaries(topo, wanted) };
}

/** Those that are there; with `strict` all must be. */
async function namedTablets({ topo, log }: Vtctld, request: RequestOf<"getTablets">): Promise<readonly Tablet[]> {
  const found = await inParallel(request.tabletAliases.map(requestedAlias), concurrencyMax, async (alias) => {
    try {
      return [await readTablet(topo, alias)];
    } catch (error) {
      if (request.strict || !isMissing(error)) throw error;
      log.warn({ tablet: alias }, "there is no such tablet: left out");
      return [];
    }
  });
  return found.flat();
}

async function chosenTablets(
  { topo, log }: Vtctld,
  request: RequestOf<"getTablets">,
  keyspace: KeyspaceName | undefined,
  shard: ShardName | undefined,
): Promise<readonly Tablet[]> {
  const { tablets, problems } = await findTablets(topo, {
    cells: await chosenCells(topo, request.cells),
    ...(keyspace === undefined ? {} : { keyspace }),
    ...(shard === undefined ? {} : { shard }),
  });
  const [problem] = problems;
  if (problem !== undefined && (request.strict || tablets.size === 0)) throw problem;
  for (const one of problems) log.warn({ err: one }, "a cell or a tablet could not be read: left out");
  return [...tablets.values()];
}

/** A tablet that still calls itself primary, but whose term is older than its shard's, is shown as unknown. */
async function withTruePrimaries(topo: TopoServer, tablets: readonly Tablet[]): Promise<Tablet[]> {
  const keyspaces = new Set(tablets.filter(({ type }) => type === TabletType.PRIMARY).map(({ keyspace }) => keyspace));
  const terms = new Map<string, Parameters<typeof compareTimes>[0]>();
  for (const keyspace of keyspaces)
    for (const [shard, record] of await shardsOf(topo, keyspaceName(keyspace)))
      terms.set(`${keyspace}/${shard}`, record.primaryTermStartTime);
  return tablets.map((tablet) => {
    const term = terms.get(`${tablet.keyspace}/${tablet.shard}`);
    const isOld = tablet.type === TabletType.PRIMARY && compareTimes(tablet.primaryTermStartTime, term) < 0;
    return isOld ? { ...tablet, type: TabletType.UNKNOWN } : tablet;
  });
}

async function refreshShard(vtctld: Vtctld, request: RequestOf<"refreshStateByShard">) {
  const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
  await mustReadRecord(vtctld.topo.global, records.shard(keyspace, shard));
  const cells = new Set<string>(await chosenCells(vtctld.topo, request.cells));
  const tablets = [...(await tabletsOfShard(vtctld, keyspace, shard)).values()];
  const chosen = tablets.filter(({ alias }) => alias !== undefined && cells.has(alias.cell));
  const failures = await inParallel(chosen, concurrencyMax, async (tablet) => {
    try {
      await vtctld.callTablet(tablet, asks.refreshState, {});
      return [];
    } catch (error) {
      return [`${tabletName(tablet)}: ${errorText(error)}`];
    }
  });
  const lines = failures.flat();
  return { isPartialRefresh: lines.length > 0, partialRefreshDetails: lines.join("; ") };
}
