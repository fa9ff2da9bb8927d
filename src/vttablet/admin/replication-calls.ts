/** RPCs about replication (inventory 3.007). Those that change it go through the tablet's queue of actions. */
import { StopReplicationMode } from "../../proto/generated/replicationdata_pb.js";
import type { TabletManager } from "../../proto/generated/tabletmanagerservice_pb.js";
import type { CallContext, ServiceHandlers } from "../../rpc/service.ts";
import { readFullStatus, readStatus } from "./replication-wire.ts";
import type { Tablet } from "./tablet.ts";

export type TabletCalls = Partial<ServiceHandlers<typeof TabletManager>>;

/** A wait that the caller set no limit to ends here. */
export const waitMsMax = 60 * 60 * 1000;

export function replicationCalls(tablet: Tablet): TabletCalls {
  const { database, clock } = tablet.effects;
  const change = (name: string, work: () => Promise<void>) => tablet.act(name, work).then(() => ({}));
  const waitMs = (context: CallContext) => Math.min(Math.max(context.deadlineMs - clock.nowMs(), 0), waitMsMax);
  return {
    replicationStatus: async () => ({ status: await readStatus(database) }),
    primaryStatus: async () => ({ status: await database.primaryStatus() }),
    primaryPosition: async () => ({ position: await database.primaryPosition() }),
    fullStatus: async () => ({ status: await readFullStatus(database, tablet.record.type) }),
    getReplicas: async () => ({ addrs: [...(await database.replicas())] }),
    waitForPosition: async ({ position }, context) => {
      await database.waitForPosition(position, waitMs(context), context.signal);
      return {};
    },
    stopReplication: () =>
      change("StopReplication", async () => {
        tablet.setHeld(true);
        await database.stopReplication();
      }),
    stopReplicationMinimum: ({ position, waitTimeout }, context) =>
      tablet.act("StopReplicationMinimum", async () => {
        await database.waitForPosition(position, nanosToMs(waitTimeout), context.signal);
        tablet.setHeld(true);
        await database.stopReplication();
        return { position: await database.primaryPosition() };
      }),
    startReplication: ({ semiSync }) =>
      change("StartReplication", async () => {
        await database.setSemiSync({ primary: false, replica: semiSync });
        await database.startReplication();
        tablet.setHeld(false);
      }),
    restartReplication: ({ semiSync }) =>
      change("RestartReplication", async () => {
        await database.stopReplication();
        await database.setSemiSync({ primary: false, replica: semiSync });
        await database.startReplication();
        tablet.setHeld(false);
      }),
    startReplicationUntilAfter: ({ position, waitTimeout }, context) =>
      change("StartReplicationUntilAfter", async () => {
        await database.startReplicationUntilAfter(position);
        await database.waitForPosition(position, nanosToMs(waitTimeout), context.signal);
      }),
    resetReplication: () =>
      change("ResetReplication", async () => {
        tablet.setHeld(true);
        await database.resetReplication();
      }),
    resetReplicationParameters: () =>
      change("ResetReplicationParameters", async () => {
        await database.stopReplication();
        await database.resetReplicationParameters();
      }),
    stopReplicationAndGetStatus: ({ stopReplicationMode }) =>
      tablet.act("StopReplicationAndGetStatus", async () => {
        const before = await readStatus(database);
        tablet.setHeld(true);
        if (stopReplicationMode === StopReplicationMode.IOTHREADONLY) await database.stopIoThread();
        else await database.stopReplication();
        return { status: { before, after: await readStatus(database) } };
      }),
  };
}

function nanosToMs(nanos: bigint): number {
  return nanos <= 0n ? waitMsMax : Math.min(Number(nanos / 1_000_000n), waitMsMax);
}
