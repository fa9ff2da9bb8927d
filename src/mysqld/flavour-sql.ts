/**
 * What is said differently to MySQL and to MariaDB, once a connection with administrative rights is open. Each flavour is
 * one file in `flavours/`; the rest of the house knows this contract only.
 *
 * Functions run on the given connection and leave its session as they found it. They throw the server's own error.
 */
import type { Position } from "../binlog/gtid.ts";
import type { Connection, Flavour } from "../mysql/client.ts";
import type { Sql } from "../mysql/sql.ts";
import type {
  DatabaseUser,
  PrimaryStatus,
  ReplicationSource,
  ReplicationStatus,
  SemiSync,
  SemiSyncWish,
  ServerFacts,
} from "./replication-types.ts";

export interface FenceOptions {
  /** The administrator, whose connections stay. */
  readonly keep: DatabaseUser;
  /** Runs work on another connection meanwhile. */
  readonly another: (work: (connection: Connection) => Promise<void>) => Promise<void>;
}

export interface FlavourSql {
  readonly name: Flavour;

  /** All that the server has executed, its own writes and replicated ones. */
  readonly position: (connection: Connection) => Promise<Position>;
  readonly primaryStatus: (connection: Connection) => Promise<PrimaryStatus>;
  /** Undefined where no source is configured. */
  readonly replicationStatus: (connection: Connection) => Promise<ReplicationStatus | undefined>;
  readonly facts: (connection: Connection) => Promise<ServerFacts>;

  /**
   * On: nobody but the administrator may write, and no write that was begun can still commit. A commit that waits for a
   * replica which does not answer holds the fence up: its client is cut off, and so never hears that it was committed.
   */
  readonly setReadOnly: (connection: Connection, on: boolean, fence: FenceOptions) => Promise<void>;

  readonly startReplication: Sql;
  readonly stopReplication: Sql;
  readonly startIoThread: Sql;
  readonly stopIoThread: Sql;
  readonly startUntilAfter: (position: Position) => Sql;
  /** Replication must be stopped. Goes on from the server's own position. */
  readonly changeSource: (connection: Connection, source: ReplicationSource, user: DatabaseUser) => Promise<void>;
  /** Forgets the source; replication must be stopped. */
  readonly forgetSource: Sql;
  /** Forgets binary logs and all that was executed, then says that `position` was. */
  readonly resetTo: (connection: Connection, position: Position | undefined) => Promise<void>;

  /** Waits on the server up to `seconds`; true when the position was reached. */
  readonly waitForPosition: (connection: Connection, position: Position, seconds: number) => Promise<boolean>;

  readonly semiSync: (connection: Connection) => Promise<SemiSync>;
  readonly setSemiSync: (connection: Connection, wish: SemiSyncWish) => Promise<void>;
}
