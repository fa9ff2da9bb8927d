/** Whether a replica must acknowledge its primary's writes, by the keyspace's durability policy (8.012). */
import type { Tablet, TabletType } from "../proto/generated/topodata_pb.js";
import { durabilityPolicy } from "../reparent/durability.ts";
import { aliasOf, readTablet } from "../topo/cluster-records.ts";
import { keyspaceName, shardName } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import { isMissing } from "./errors.ts";
import type { Vtctld } from "./vtctld.ts";

/** For `tablet` once it is of `type`. False where the shard has no primary to acknowledge to. */
export async function needsSemiSync({ topo }: Vtctld, tablet: Tablet, type: TabletType): Promise<boolean> {
  const keyspace = keyspaceName(tablet.keyspace);
  const { message } = await mustReadRecord(topo.global, records.keyspace(keyspace));
  const shard = await mustReadRecord(topo.global, records.shard(keyspace, shardName(tablet.shard)));
  const alias = aliasOf(shard.message.primaryAlias);
  if (alias === undefined) return false;
  const primary = await readTablet(topo, alias).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return primary !== undefined && durabilityPolicy(message.durabilityPolicy).isAcker(primary, { ...tablet, type });
}
