/**
 * What the gateway remembers of one client (inventory 4.013): its target, settings and variables, and the transactions
 * that its statements hold open on shards. Plain state: what statements do to it stands with the statements.
 */
import type { Caller } from "../rpc/query-service.ts";
import { parseTarget, type ServingType, type SessionTarget } from "../sharding/destination.ts";
import type { Value } from "../sqltypes/value.ts";
import { statusFlag } from "../mysql/packets/capabilities.ts";

/** A transaction or reserved connection on one shard. */
export interface ShardSession {
  readonly keyspace: string;
  readonly shard: string;
  readonly tabletType: ServingType;
  transactionId: number;
  reservedId: number;
  tabletAlias: string;
  hasWritten: boolean;
}

export type TransactionMode = "SINGLE" | "MULTI" | "TWOPC";
export type Isolation = "DEFAULT" | "REPEATABLE_READ" | "READ_COMMITTED" | "READ_UNCOMMITTED" | "SERIALIZABLE";
export type Workload = "OLTP" | "OLAP" | "DBA";

export interface Warning {
  readonly level: "Note" | "Warning" | "Error";
  readonly code: number;
  readonly text: string;
}

const warningsMax = 64;
const noSettings: readonly string[] = [];

const isolationTexts: Readonly<Record<Exclude<Isolation, "DEFAULT">, string>> = {
  REPEATABLE_READ: "repeatable read",
  READ_COMMITTED: "read committed",
  READ_UNCOMMITTED: "read uncommitted",
  SERIALIZABLE: "serializable",
};

export class SessionState {
  target: SessionTarget;
  autocommit = true;
  /** A transaction is open: BEGIN, or the first statement with autocommit off. */
  inTransaction = false;
  /** One began for a single statement over several shards, and ends with it. */
  isImplicit = false;
  isReadOnly = false;
  isSnapshot = false;
  /** A shard was lost in mid-transaction: nothing but ROLLBACK is possible. */
  isBroken = false;
  shardSessions: ShardSession[] = [];
  savepoints: string[] = [];
  transactionMode: TransactionMode;
  /** For the session, and for the next transaction only. */
  isolation: Isolation = "DEFAULT";
  nextIsolation: Isolation | undefined;
  readOnlyDefault = false;
  nextReadOnly: boolean | undefined;
  workload: Workload = "OLTP";
  /** Its statements are only described: their columns come, and no rows. */
  describes = false;
  clientFoundRows: boolean;
  sqlSelectLimit = 0;
  queryTimeoutMs = 0;
  lastInsertId: number | string = 0;
  rowCount = -1;
  foundRows = 0;
  warnings: readonly Warning[] = [];
  /** System variables that go to the servers: name → the text of the value. */
  readonly settings = new Map<string, string>();
  readonly variables = new Map<string, Value>();
  /** SQL PREPARE: name → text. */
  readonly prepared = new Map<string, string>();
  /** Of the gateway alone: ddl_strategy and the like. */
  readonly ownVariables = new Map<string, string>();
  readonly caller: Caller;
  readonly connectionId: number;
  readonly uuid: string;

  constructor(options: SessionOptions) {
    this.target = parseTarget(options.database);
    this.transactionMode = options.transactionMode;
    this.clientFoundRows = options.clientFoundRows;
    this.caller = options.caller;
    this.connectionId = options.connectionId;
    this.uuid = options.uuid;
  }

  /** What OK and EOF packets say. */
  get statusFlags(): number {
    return (this.autocommit ? statusFlag.autocommit : 0) | (this.isInOwnTransaction ? statusFlag.inTransaction : 0);
  }

  /** In a transaction that the client knows of. */
  get isInOwnTransaction(): boolean {
    return this.inTransaction && !this.isImplicit;
  }

  /** SET statements that every server connection of this session must have run. */
  get settingStatements(): readonly string[] {
    const { settings, isolation } = this;
    if (settings.size === 0 && isolation === "DEFAULT") return noSettings;
    const texts = [...settings].map(([name, value]) => `set @@session.${name} = ${value}`);
    if (isolation !== "DEFAULT") texts.push(`set session transaction isolation level ${isolationTexts[isolation]}`);
    return texts;
  }

  find(keyspace: string, shard: string): ShardSession | undefined {
    return this.shardSessions.find((s) => s.keyspace === keyspace && s.shard === shard);
  }

  warn(warning: Warning): void {
    if (this.warnings.length < warningsMax) this.warnings = [...this.warnings, warning];
  }

  /** After COMMIT and ROLLBACK. Reserved connections stay. */
  endTransaction(): void {
    this.inTransaction = false;
    this.isImplicit = false;
    this.isBroken = false;
    this.isSnapshot = false;
    this.isReadOnly = false;
    this.savepoints = [];
    for (const shard of this.shardSessions) shard.transactionId = 0;
    this.shardSessions = this.shardSessions.filter(({ reservedId }) => reservedId !== 0);
  }
}

export interface SessionOptions {
  readonly database: string;
  readonly transactionMode: TransactionMode;
  readonly clientFoundRows: boolean;
  readonly caller: Caller;
  readonly connectionId: number;
  readonly uuid: string;
}
