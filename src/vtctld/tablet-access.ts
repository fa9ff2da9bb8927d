/** Finding a tablet that a request names, and asking its manager. */
import { VtError } from "../base/errors.ts";
import { type Tablet, type TabletAlias as TabletAliasMessage, TabletType } from "../proto/generated/topodata_pb.js";
import { aliasOf, findTablets, readTablet } from "../topo/cluster-records.ts";
import { type KeyspaceName, makeTabletAlias, type ShardName, type TabletAlias } from "../topo/names.ts";
import { tabletTypeName } from "../topo/tablet-types.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import type { Vtctld } from "./vtctld.ts";

/** The tablet of a request's alias, validated. */
export async function requestedTablet(
  { topo }: Vtctld,
  message: TabletAliasMessage | undefined,
): Promise<{ readonly alias: TabletAlias; readonly tablet: Tablet }> {
  const alias = requestedAlias(message);
  return { alias, tablet: await readTablet(topo, alias) };
}

export function requestedAlias(message: TabletAliasMessage | undefined): TabletAlias {
  if (message === undefined) throw VtError.of("VT23007", "tablet_alias");
  return makeTabletAlias(message.cell, message.uid);
}

/** The name of a tablet, for people and as the key of answers. */
export function tabletName(tablet: Tablet): string {
  return aliasOf(tablet.alias) ?? "without alias";
}

/** Where a tablet's gRPC services are: "host:port". */
export function grpcAddress(tablet: Tablet): string {
  const port = tablet.portMap["grpc"];
  if (tablet.hostname === "" || port === undefined)
    throw VtError.of("VT23010", tabletName(tablet), "its record has no gRPC address");
  return tablet.hostname.includes(":") ? `[${tablet.hostname}]:${port}` : `${tablet.hostname}:${port}`;
}

/** The name of the database on a tablet's server. */
export function databaseName(tablet: Tablet): string {
  return tablet.dbNameOverride === "" ? `vt_${tablet.keyspace}` : tablet.dbNameOverride;
}

/** The tablets of a shard, by alias. Throws when a cell cannot be read. */
export async function tabletsOfShard(
  { topo }: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
): Promise<ReadonlyMap<TabletAlias, Tablet>> {
  const { tablets, problems } = await findTablets(topo, { keyspace, shard });
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  return tablets;
}

/** The primary that the shard's record names; throws VT23011 where there is none. */
export async function primaryOfShard({ topo }: Vtctld, keyspace: KeyspaceName, shard: ShardName) {
  const { message } = await mustReadRecord(topo.global, records.shard(keyspace, shard));
  const alias = aliasOf(message.primaryAlias);
  if (alias === undefined) throw VtError.of("VT23011", keyspace, shard);
  return { alias, tablet: await readTablet(topo, alias) };
}

/** Which types a tablet may change between without a reparent. */
const plainTypes = new Set([
  TabletType.REPLICA,
  TabletType.RDONLY,
  TabletType.SPARE,
  TabletType.EXPERIMENTAL,
  TabletType.BACKUP,
  TabletType.DRAINED,
]);
export const isPlainChange = (from: TabletType, to: TabletType): boolean => plainTypes.has(from) && plainTypes.has(to);

export const typeName = (type: TabletType): string => tabletTypeName(type).toLowerCase();
