/** What the database server says of its replication, in the messages of replicationdata. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DatabaseServer } from "../../mysqld/replication.ts";
import type { ReplicationStatus, SemiSync } from "../../mysqld/replication-types.ts";
import type { FullStatusSchema, StatusSchema } from "../../proto/generated/replicationdata_pb.js";
import type { TabletType } from "../../proto/generated/topodata_pb.js";

const threadStates = { stopped: 1, connecting: 2, running: 3 } as const;

/** Throws nothing: a server that is no replica has a status all the same, with both threads stopped. */
export function statusMessage(
  status: ReplicationStatus | undefined,
  position: string,
  semiSync: SemiSync,
): MessageInitShape<typeof StatusSchema> {
  const semi = {
    semiSyncPrimaryEnabled: semiSync.isPrimaryEnabled,
    semiSyncReplicaEnabled: semiSync.isReplicaEnabled,
    semiSyncPrimaryStatus: semiSync.isPrimaryActive,
    semiSyncReplicaStatus: semiSync.isReplicaActive,
  };
  if (status === undefined)
    return {
      position,
      ioState: threadStates.stopped,
      sqlState: threadStates.stopped,
      replicationLagUnknown: true,
      ...semi,
    };
  return {
    position: status.position,
    relayLogPosition: status.relayLogPosition,
    ioState: threadStates[status.ioState],
    sqlState: threadStates[status.sqlState],
    replicationLagSeconds: status.lagSeconds ?? 0,
    replicationLagUnknown: status.lagSeconds === undefined,
    sourceHost: status.sourceHost,
    sourcePort: status.sourcePort,
    sourceUser: status.sourceUser,
    sourceServerId: status.sourceServerId,
    sourceUuid: status.sourceUuid,
    connectRetry: status.connectRetrySeconds,
    lastIoError: status.lastIoError,
    lastSqlError: status.lastSqlError,
    filePosition: status.filePosition,
    relayLogFilePosition: status.relayLogFilePosition,
    relayLogSourceBinlogEquivalentPosition: status.relayLogSourceBinlogEquivalentPosition,
    sqlDelay: status.sqlDelaySeconds,
    autoPosition: status.autoPosition,
    usingGtid: status.usingGtid,
    hasReplicationFilters: status.hasFilters,
    sslAllowed: status.isTls,
    ...semi,
  };
}

export async function readStatus(database: DatabaseServer): Promise<MessageInitShape<typeof StatusSchema>> {
  const [status, position, semiSync] = [
    await database.replicationStatus(),
    await database.primaryPosition(),
    await database.semiSync(),
  ];
  return statusMessage(status, position, semiSync);
}

export async function readFullStatus(
  database: DatabaseServer,
  tabletType: TabletType,
): Promise<MessageInitShape<typeof FullStatusSchema>> {
  const facts = await database.facts();
  const semiSync = await database.semiSync();
  const replication = await database.replicationStatus();
  const primaryStatus = await database.primaryStatus();
  return {
    serverId: facts.serverId,
    serverUuid: facts.serverUuid,
    ...(replication === undefined
      ? {}
      : { replicationStatus: statusMessage(replication, primaryStatus.position, semiSync) }),
    primaryStatus,
    replicationConfiguration: {
      heartbeatInterval: facts.heartbeatSeconds,
      replicaNetTimeout: facts.netTimeoutSeconds,
    },
    gtidPurged: facts.gtidPurged,
    version: facts.version,
    versionComment: facts.versionComment,
    readOnly: facts.isReadOnly,
    superReadOnly: facts.isSuperReadOnly,
    gtidMode: facts.gtidMode,
    binlogFormat: facts.binlogFormat,
    binlogRowImage: facts.binlogRowImage,
    logBinEnabled: facts.isLogBinOn,
    logReplicaUpdates: facts.isLogReplicaUpdatesOn,
    semiSyncPrimaryEnabled: semiSync.isPrimaryEnabled,
    semiSyncReplicaEnabled: semiSync.isReplicaEnabled,
    semiSyncPrimaryStatus: semiSync.isPrimaryActive,
    semiSyncReplicaStatus: semiSync.isReplicaActive,
    semiSyncPrimaryClients: semiSync.primaryClients,
    semiSyncPrimaryTimeout: BigInt(semiSync.timeoutMs),
    semiSyncWaitForReplicaCount: semiSync.waitForReplicas,
    tabletType,
  };
}
