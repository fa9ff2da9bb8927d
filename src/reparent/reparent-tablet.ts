/** ReparentTablet (inventory 8.011): makes one tablet follow its shard's present primary. */
import { VtError } from "../base/errors.ts";
import { TabletType } from "../proto/generated/topodata_pb.js";
import { aliasOf, readTablet } from "../topo/cluster-records.ts";
import { keyspaceName, shardName, type TabletAlias } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import { durabilityPolicy } from "./durability.ts";
import { operationTimeoutMsDefault, type ReparentContext } from "./shard-tablets.ts";

/** Answers the primary. Throws VT22030 where there is none to follow, or the tablet is itself the primary. */
export async function reparentTablet(context: ReparentContext, alias: TabletAlias): Promise<TabletAlias> {
  const { server } = context;
  const tablet = await readTablet(server, alias);
  const keyspace = keyspaceName(tablet.keyspace);
  const shard = shardName(tablet.shard);
  const { message: record } = await mustReadRecord(server.global, records.shard(keyspace, shard));
  const { message } = await mustReadRecord(server.global, records.keyspace(keyspace));
  const refuse = (why: string) => VtError.of("VT22030", keyspace, shard, why);
  const primaryAlias = aliasOf(record.primaryAlias);
  if (primaryAlias === undefined) throw refuse(`it has no primary that ${alias} could follow`);
  if (primaryAlias === alias) throw refuse(`${alias} is itself the primary`);
  const primary = await readTablet(server, primaryAlias);
  if (primary.type !== TabletType.PRIMARY) throw refuse(`${primaryAlias} is recorded as primary, but is none`);
  if (primary.keyspace !== keyspace || primary.shard !== shard)
    throw refuse(`${primaryAlias} is recorded as primary, but is of ${primary.keyspace}/${primary.shard}`);
  await context.dial(tablet).setReplicationSource(
    {
      ...(record.primaryAlias === undefined ? {} : { parent: record.primaryAlias }),
      semiSync: durabilityPolicy(message.durabilityPolicy).isAcker(primary, tablet),
    },
    {
      timeoutMs: context.operationTimeoutMs ?? operationTimeoutMsDefault,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    },
  );
  return primaryAlias;
}
