/**
 * Validation: looks for records that do not agree, and tablets that differ from their shard's primary. Complaints are
 * lines in the answer; only what cannot be looked at is an error.
 */
import { errorText, VtError } from "../base/errors.ts";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { type Tablet, TabletType } from "../proto/generated/topodata_pb.js";
import { aliasOf, findTablets } from "../topo/cluster-records.ts";
import { type KeyspaceName, keyspaceName, type ShardName, shardName } from "../topo/names.ts";
import { mustReadRecord, readRecord, records } from "../topo/records.ts";
import { TopoError } from "../topo/topo.ts";
import { tabletName, tabletsOfShard } from "./tablet-access.ts";
import { concurrencyMax, inParallel, type Vtctld, type VtctldFunctions } from "./vtctld.ts";

const asks = TabletManager.method;
type ShardFindings = { results: string[] };
type KeyspaceFindings = { results: string[]; resultsByShard: Record<string, ShardFindings> };

export const validateFunctions: VtctldFunctions<
  "validate" | "validateKeyspace" | "validateShard" | "validateVersionKeyspace" | "validateVersionShard"
> = {
  validate: {
    permission: "read",
    run: async (vtctld, { pingTablets }) => {
      const keyspaces = await vtctld.topo.keyspaces();
      const found = await inParallel(keyspaces, 8, (keyspace) => validateKeyspace(vtctld, keyspace, pingTablets));
      const resultsByKeyspace = Object.fromEntries(keyspaces.map((keyspace, i) => [keyspace, found[i] ?? none()]));
      return { results: await strayTablets(vtctld), resultsByKeyspace };
    },
  },
  validateKeyspace: {
    permission: "read",
    run: (vtctld, request) => validateKeyspace(vtctld, keyspaceName(request.keyspace), request.pingTablets),
  },
  validateShard: {
    permission: "read",
    run: async (vtctld, request) => {
      const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
      return { results: await validateShard(vtctld, keyspace, shard, request.pingTablets) };
    },
  },
  validateVersionKeyspace: {
    permission: "read",
    run: async (vtctld, request) => {
      const keyspace = keyspaceName(request.keyspace);
      await mustReadRecord(vtctld.topo.global, records.keyspace(keyspace));
      return byShard(vtctld, keyspace, (shard) => compareVersions(vtctld, keyspace, shard));
    },
  },
  validateVersionShard: {
    permission: "read",
    run: async (vtctld, request) => ({
      results: await compareVersions(vtctld, keyspaceName(request.keyspace), shardName(request.shard)),
    }),
  },
};

const none = (): KeyspaceFindings => ({ results: [], resultsByShard: {} });

/** Complaints of each shard, and all of them together. */
export async function byShard(
  { topo }: Vtctld,
  keyspace: KeyspaceName,
  look: (shard: ShardName) => Promise<string[]>,
): Promise<KeyspaceFindings> {
  const shards = await topo.shards(keyspace);
  const found = await inParallel(shards, 8, look);
  return {
    results: found.flat(),
    resultsByShard: Object.fromEntries(shards.map((shard, i) => [shard, { results: found[i] ?? [] }])),
  };
}

async function validateKeyspace(vtctld: Vtctld, keyspace: KeyspaceName, ping: boolean): Promise<KeyspaceFindings> {
  await mustReadRecord(vtctld.topo.global, records.keyspace(keyspace));
  return byShard(vtctld, keyspace, (shard) => validateShard(vtctld, keyspace, shard, ping));
}

async function validateShard(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  ping: boolean,
): Promise<string[]> {
  const where = `${keyspace}/${shard}`;
  const { message } = await mustReadRecord(vtctld.topo.global, records.shard(keyspace, shard));
  const { tablets, problems } = await findTablets(vtctld.topo, { keyspace, shard });
  const lines = problems.map((problem) => problem.message);
  const primary = aliasOf(message.primaryAlias);
  if (primary === undefined) lines.push(`no primary for shard ${where}`);
  else {
    const record = tablets.get(primary);
    if (record === undefined) lines.push(`primary ${primary} of shard ${where} has no tablet record there`);
    else if (record.type !== TabletType.PRIMARY)
      lines.push(`primary ${primary} of shard ${where} is not of type primary`);
  }
  for (const [alias, tablet] of tablets)
    if (tablet.type === TabletType.PRIMARY && alias !== primary)
      lines.push(`tablet ${alias} calls itself primary of shard ${where}, which has ${primary ?? "none"}`);
  lines.push(...(await unlistedTablets(vtctld, keyspace, shard, tablets)));
  if (ping) lines.push(...(await pingAll(vtctld, [...tablets.values()])));
  return lines;
}

/** Differences between the tablets' own records and the lists of replicas that the cells keep. */
async function unlistedTablets(
  { topo }: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  tablets: ReadonlyMap<string, Tablet>,
): Promise<readonly string[]> {
  const listed = new Set<string>();
  for (const cell of await topo.cells())
    try {
      const stored = await readRecord(await topo.cell(cell), records.shardReplication(keyspace, shard));
      for (const { tabletAlias } of stored?.message.nodes ?? []) listed.add(aliasOf(tabletAlias) ?? "");
    } catch (error) {
      if (!(error instanceof TopoError)) throw error;
      return [`the list of replicas in cell ${cell} cannot be read: ${error.message}`];
    }
  const missing = [...tablets.keys()].filter((alias) => !listed.has(alias));
  const dangling = [...listed].filter((alias) => !tablets.has(alias));
  return [
    ...missing.map((alias) => `tablet ${alias} is not in the list of replicas of ${keyspace}/${shard}`),
    ...dangling.map((alias) => `the list of replicas of ${keyspace}/${shard} has ${alias}, which is no tablet of it`),
  ];
}

async function pingAll(vtctld: Vtctld, tablets: readonly Tablet[]): Promise<readonly string[]> {
  const lines = await inParallel(tablets, concurrencyMax, async (tablet) => {
    try {
      await vtctld.callTablet(tablet, asks.ping, { payload: "validate" });
      return [];
    } catch (error) {
      return [`tablet ${tabletName(tablet)} does not answer: ${errorText(error)}`];
    }
  });
  return lines.flat();
}

/** Tablets of keyspaces or shards that are not there. */
async function strayTablets({ topo }: Vtctld): Promise<string[]> {
  const { tablets, problems } = await findTablets(topo, {});
  const known = new Set<string>();
  for (const keyspace of await topo.keyspaces())
    for (const shard of await topo.shards(keyspace)) known.add(`${keyspace}/${shard}`);
  const lines = problems.map((problem) => problem.message);
  for (const [alias, { keyspace, shard }] of tablets)
    if (!known.has(`${keyspace}/${shard}`))
      lines.push(`tablet ${alias} is of ${keyspace}/${shard}, which is not there`);
  return lines;
}

/** Tablets whose version is not the primary's. */
async function compareVersions(vtctld: Vtctld, keyspace: KeyspaceName, shard: ShardName): Promise<string[]> {
  return compareWithPrimary(
    vtctld,
    keyspace,
    shard,
    (tablet) => vtctld.readVersion(tablet),
    (mine, theirs) => (mine === theirs ? [] : [`runs ${mine}, its primary ${theirs}`]),
  );
}

/** Reads something of every tablet of a shard, and compares it with what the primary has. */
export async function compareWithPrimary<T>(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  read: (tablet: Tablet) => Promise<T>,
  compare: (mine: T, primarys: T) => readonly string[],
): Promise<string[]> {
  const { message } = await mustReadRecord(vtctld.topo.global, records.shard(keyspace, shard));
  const primaryAlias = aliasOf(message.primaryAlias);
  const tablets = await tabletsOfShard(vtctld, keyspace, shard);
  const primary = primaryAlias === undefined ? undefined : tablets.get(primaryAlias);
  if (primary === undefined) return [`no primary for shard ${keyspace}/${shard}`];
  const wanted = await read(primary);
  const others = [...tablets].filter(([alias, { type }]) => alias !== primaryAlias && type !== TabletType.RESTORE);
  const lines = await inParallel(others, concurrencyMax, async ([alias, tablet]) => {
    try {
      return compare(await read(tablet), wanted).map((line) => `${alias} ${line}`);
    } catch (error) {
      if (!(error instanceof VtError)) throw error;
      return [`${alias} cannot be asked: ${error.message}`];
    }
  });
  return lines.flat();
}
