/**
 * What a database server says about replication, in one form for both flavours. Positions are encoded with their kind
 * (`MySQL56/…`, `MariaDB/…`, `FilePos/…`, see `binlog/gtid.ts`); "" where the server has none to tell.
 */

export type ThreadState = "stopped" | "connecting" | "running";

export interface ReplicationStatus {
  /** What was executed. */
  readonly position: string;
  /** What was received, executed or not. */
  readonly relayLogPosition: string;
  readonly ioState: ThreadState;
  readonly sqlState: ThreadState;
  /** Undefined while the server cannot know it: a thread is stopped. */
  readonly lagSeconds: number | undefined;
  readonly sourceHost: string;
  readonly sourcePort: number;
  readonly sourceUser: string;
  readonly sourceServerId: number;
  /** "" on MariaDB, which has none. */
  readonly sourceUuid: string;
  readonly connectRetrySeconds: number;
  readonly lastIoError: string;
  readonly lastSqlError: string;
  /** The place in the source's log that was executed. */
  readonly filePosition: string;
  /** The place in our relay log that was executed. */
  readonly relayLogFilePosition: string;
  /** The place in the source's log that was received. */
  readonly relayLogSourceBinlogEquivalentPosition: string;
  readonly sqlDelaySeconds: number;
  readonly usingGtid: boolean;
  readonly autoPosition: boolean;
  readonly hasFilters: boolean;
  readonly isTls: boolean;
}

export interface PrimaryStatus {
  readonly position: string;
  readonly filePosition: string;
  /** "" on MariaDB. */
  readonly serverUuid: string;
}

/** What is set is "enabled"; what is at work is "active". All false where the server has no semi-sync plugin. */
export interface SemiSync {
  readonly isPrimaryEnabled: boolean;
  readonly isReplicaEnabled: boolean;
  readonly isPrimaryActive: boolean;
  readonly isReplicaActive: boolean;
  readonly primaryClients: number;
  /** The server's own number; a number above 2^53 is not exact. */
  readonly timeoutMs: number;
  readonly waitForReplicas: number;
}

export interface SemiSyncWish {
  readonly primary: boolean;
  readonly replica: boolean;
  /** How many replicas must acknowledge a commit; MariaDB knows 1 only. */
  readonly waitForReplicas?: number;
}

export interface ReplicationSource {
  readonly host: string;
  readonly port: number;
  readonly connectRetrySeconds: number;
  /** The source sends a sign of life after this much silence; 0 leaves it to the server. */
  readonly heartbeatSeconds: number;
  /** Start replicating at once. */
  readonly start: boolean;
}

export interface ServerFacts {
  readonly serverId: number;
  readonly serverUuid: string;
  readonly version: string;
  readonly versionComment: string;
  readonly gtidMode: string;
  /** Encoded; "" on MariaDB. */
  readonly gtidPurged: string;
  readonly binlogFormat: string;
  readonly binlogRowImage: string;
  readonly isLogBinOn: boolean;
  readonly isLogReplicaUpdatesOn: boolean;
  readonly isReadOnly: boolean;
  /** False on MariaDB, which knows no such thing. */
  readonly isSuperReadOnly: boolean;
  readonly heartbeatSeconds: number;
  readonly netTimeoutSeconds: number;
}

/** A user of the database server. */
export interface DatabaseUser {
  readonly username: string;
  readonly password: string;
}
