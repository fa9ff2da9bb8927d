/** Changes of a shard's primary: `src/reparent` does them; here requests become its options, and its reports answers. */
import { create } from "@bufbuild/protobuf";
import { VtError } from "../base/errors.ts";
import { type Event, EventSchema, Level } from "../proto/generated/logutil_pb.js";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { TabletType } from "../proto/generated/topodata_pb.js";
import type { Duration } from "../proto/generated/vttime_pb.js";
import { durabilityPolicy } from "../reparent/durability.ts";
import { initShardPrimary } from "../reparent/init-shard-primary.ts";
import { plannedReparentShard } from "../reparent/planned.ts";
import { reparentTablet } from "../reparent/reparent-tablet.ts";
import type { ReparentContext } from "../reparent/shard-tablets.ts";
import { aliasMessage, aliasOf } from "../topo/cluster-records.ts";
import { keyspaceName, shardName, type TabletAlias } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import { timestamp } from "../topo/times.ts";
import { lockShard, withLock } from "../topo/topo-locks.ts";
import { requestedAlias, requestedTablet } from "./tablet-access.ts";
import { lockRequest, type RequestOf, type Vtctld, type VtctldFunctions } from "./vtctld.ts";

export const reparentFunctions: VtctldFunctions<
  "initShardPrimary" | "plannedReparentShard" | "reparentTablet" | "tabletExternallyReparented"
> = {
  initShardPrimary: {
    permission: "write",
    run: async (vtctld, request) => {
      const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
      const elect = requestedAlias(request.primaryElectTabletAlias);
      const context = contextOf(vtctld, request.waitReplicasTimeout);
      await initShardPrimary(context, keyspace, shard, elect, request.force);
      return { events: [event(vtctld, `${elect} is the primary of ${keyspace}/${shard} now`)] };
    },
  },
  plannedReparentShard: { permission: "write", run: planned },
  reparentTablet: {
    permission: "write",
    run: async (vtctld, request) => {
      const { alias, tablet } = await requestedTablet(vtctld, request.tablet);
      const primary = await reparentTablet(contextOf(vtctld), alias);
      return { keyspace: tablet.keyspace, shard: tablet.shard, primary: aliasMessage(primary) };
    },
  },
  tabletExternallyReparented: { permission: "write", run: externallyReparented },
};

const milliseconds = ({ seconds, nanos }: Duration) => Number(seconds) * 1000 + nanos / 1e6;

function contextOf(vtctld: Vtctld, wait?: Duration): ReparentContext {
  const { topo: server, dialTablet: dial, clock, log, owner, times } = vtctld;
  const waitReplicasMs = wait === undefined ? 0 : milliseconds(wait);
  return {
    server,
    dial,
    clock,
    log,
    owner,
    operationTimeoutMs: times().remoteOperationTimeoutMs,
    ...(waitReplicasMs > 0 ? { waitReplicasMs } : {}),
  };
}

async function planned(vtctld: Vtctld, request: RequestOf<"plannedReparentShard">) {
  const [keyspace, shard] = [keyspaceName(request.keyspace), shardName(request.shard)];
  const lag = request.tolerableReplicationLag === undefined ? 0 : milliseconds(request.tolerableReplicationLag);
  const report = await plannedReparentShard(contextOf(vtctld, request.waitReplicasTimeout), keyspace, shard, {
    ...wish("newPrimary", aliasOf(request.newPrimary)),
    ...wish("avoidPrimary", aliasOf(request.avoidPrimary)),
    ...wish("expectedPrimary", aliasOf(request.expectedPrimary)),
    ...(lag > 0 ? { lagSecondsMax: lag / 1000 } : {}),
    allowCrossCell: request.allowCrossCellPromotion,
  });
  if (report.kind === "nothing-to-do")
    return { keyspace, shard, events: [event(vtctld, `nothing to do: ${report.why}`)] };
  const { newPrimary, oldPrimary, situation, position } = report;
  const from = oldPrimary === undefined || oldPrimary === newPrimary ? "" : `, after ${oldPrimary}`;
  const told = `${newPrimary} is the primary of ${keyspace}/${shard} now${from} (${situation}, at ${position})`;
  return { keyspace, shard, promotedPrimary: aliasMessage(newPrimary), events: [event(vtctld, told)] };
}

const wish = <K extends string>(key: K, alias: TabletAlias | undefined) =>
  alias === undefined ? {} : ({ [key]: alias } as { readonly [k in K]: TabletAlias });

function event({ clock }: Vtctld, value: string): Event {
  return create(EventSchema, { time: timestamp(clock.nowMs()), level: Level.INFO, value });
}

/** The database servers were reparented by somebody else: the tablet only has to learn that it is primary. */
async function externallyReparented(vtctld: Vtctld, request: RequestOf<"tabletExternallyReparented">) {
  const { topo } = vtctld;
  const { alias, tablet } = await requestedTablet(vtctld, request.tablet);
  const [keyspace, shard] = [keyspaceName(tablet.keyspace), shardName(tablet.shard)];
  const isCandidate = tablet.type === TabletType.REPLICA || tablet.type === TabletType.PRIMARY;
  if (!isCandidate) throw VtError.of("VT22030", keyspace, shard, `${alias} is neither a replica nor the primary`);
  const lock = lockShard(topo, keyspace, shard, lockRequest(vtctld, "TabletExternallyReparented"));
  return withLock(lock, async () => {
    const { message } = await mustReadRecord(topo.global, records.shard(keyspace, shard));
    const old = aliasOf(message.primaryAlias);
    const answer = {
      keyspace,
      shard,
      newPrimary: aliasMessage(alias),
      ...(old === undefined ? {} : { oldPrimary: aliasMessage(old) }),
    };
    if (old === alias) return answer;
    const { durabilityPolicy: policy } = (await mustReadRecord(topo.global, records.keyspace(keyspace))).message;
    const semiSync = durabilityPolicy(policy).ackersMin > 0;
    await vtctld.callTablet(tablet, TabletManager.method.changeType, { tabletType: TabletType.PRIMARY, semiSync });
    return answer;
  });
}
