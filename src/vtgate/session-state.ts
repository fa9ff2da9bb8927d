/**
 * What the gateway remembers of one client (inventory 4.013): its target, settings and variables, and the transactions
 * that its statements hold open on shards. Plain state: what statements do to it stands with the statements.
 */
import type { Timer } from "../base/clock.ts";
import type { Caller, QueryOptions } from "../rpc/query-service.ts";
import { parseTarget, type ServingType, type SessionTarget } from "../sharding/destination.ts";
import type { ScanMode } from "../sqlparser/fingerprint.ts";
import type { RowFormat, ServerWarning } from "../sqltypes/result.ts";
import type { WarningRule } from "./warning-rule.ts";
import type { Value } from "../sqltypes/value.ts";
import type { NamedLocks } from "./named-locks.ts";
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
  /** A statement is under way on it. */
  isBusy?: boolean;
  /** A heartbeat is: whoever wants the connection waits for it. */
  beating?: Promise<unknown> | undefined;
}

export type TransactionMode = "SINGLE" | "MULTI" | "TWOPC";
export type Isolation = "DEFAULT" | "REPEATABLE_READ" | "READ_COMMITTED" | "READ_UNCOMMITTED" | "SERIALIZABLE";
/** What COMMIT and ROLLBACK do that do not say it themselves. */
export type CompletionType = "NO_CHAIN" | "CHAIN" | "RELEASE";
export type Workload = "OLTP" | "OLAP" | "DBA";

const warningsMax = 1024;
const noWarnings: readonly ServerWarning[] = [];
const noSettings: readonly string[] = [];

const isolationTexts: Readonly<Record<Exclude<Isolation, "DEFAULT">, string>> = {
  REPEATABLE_READ: "repeatable read",
  READ_COMMITTED: "read committed",
  READ_UNCOMMITTED: "read uncommitted",
  SERIALIZABLE: "serializable",
};

/** "names" is of SET NAMES; statements come to servers in UTF-8 even so. */
export function settingStatement(name: string, value: string): string {
  if (name !== "names") return `set @@session.${name} = ${value}`;
  return value.startsWith("utf8mb4")
    ? `set names ${value}`
    : `set names ${value}, @@session.character_set_client = utf8mb4`;
}
const isolationStatement = (level: Exclude<Isolation, "DEFAULT">) =>
  `set session transaction isolation level ${isolationTexts[level]}`;

/** What decides a statement's plan besides its text, and how the text is read. */
export interface PlanContext {
  readonly key: string;
  /** Undefined: as the servers read by default. */
  readonly scanMode: ScanMode | undefined;
}

export class SessionState {
  #target: SessionTarget;
  #planContext: PlanContext | undefined;
  readonly #options: Record<RowFormat, QueryOptions | undefined> = { text: undefined, binary: undefined };
  autocommit = true;
  /** A transaction is open: BEGIN, or the first statement with autocommit off. */
  inTransaction = false;
  /** One began for a single statement over several shards, and ends with it. */
  isImplicit = false;
  /** A statement of several steps is under way: no step commits or undoes anything by itself. */
  isHeld = false;
  isReadOnly = false;
  isSnapshot = false;
  /** A shard was lost in mid-transaction: nothing but ROLLBACK is possible. */
  isBroken = false;
  shardSessions: ShardSession[] = [];
  savepoints: string[] = [];
  /** Undefined: it holds none. */
  locks: NamedLocks | undefined;
  /** Its connections are to be reserved, and stay its own beyond transactions. */
  reserves = false;
  heartbeat: Timer | undefined;
  transactionMode: TransactionMode;
  /** For the session, and for the next transaction only. */
  #isolation: Isolation = "DEFAULT";
  nextIsolation: Isolation | undefined;
  readOnlyDefault = false;
  nextReadOnly: boolean | undefined;
  completionType: CompletionType = "NO_CHAIN";
  workload: Workload = "OLTP";
  /** Its statements are only described: their columns come, and no rows. */
  describes = false;
  clientFoundRows: boolean;
  sqlSelectLimit = 0;
  /** 0: the gateway's. */
  queryTimeoutMs = 0;
  /** 0: the tablets'. */
  transactionTimeoutMs = 0;
  skipsPlanCache = false;
  lastInsertId: number | string = 0;
  rowCount = -1;
  foundRows = 0;
  /** Of the last statement that was no SHOW WARNINGS; servers say how many there are, even where they keep fewer. */
  warnings: readonly ServerWarning[] = noWarnings;
  warningCount = 0;
  /** The gateway's own about the statement under way. */
  #newWarnings: readonly ServerWarning[] = noWarnings;
  /** Of commits that the client is not told of yet; it asked for them. */
  gtids: readonly string[] = [];
  /** Statements and strings come in it: character_set_client. */
  charset = "utf8mb4";
  /** System variables that go to the servers: name → the text of the value. */
  readonly #settings = new Map<string, string>();
  #settingStatements: readonly string[] | undefined = noSettings;
  readonly variables = new Map<string, Value>();
  /** SQL PREPARE: name → text. */
  readonly prepared = new Map<string, string>();
  /** Of the gateway alone: ddl_strategy and the like. */
  readonly ownVariables = new Map<string, string>();
  readonly caller: Caller;
  readonly connectionId: number;
  readonly uuid: string;
  /** Number of the collation that the client logged in with; 0: the servers' own. */
  readonly loginCollation: number;

  constructor(options: SessionOptions) {
    this.#target = parseTarget(options.database);
    this.transactionMode = options.transactionMode;
    this.clientFoundRows = options.clientFoundRows;
    this.caller = options.caller;
    this.connectionId = options.connectionId;
    this.uuid = options.uuid;
    this.loginCollation = options.loginCollation ?? 0;
  }

  get target(): SessionTarget {
    return this.#target;
  }
  set target(target: SessionTarget) {
    this.#target = target;
    this.#planContext = undefined;
  }

  /** The same object while it is the same. */
  get planContext(): PlanContext {
    this.#planContext ??= planContextOf(this.#target, this.#settings.get("sql_mode"));
    return this.#planContext;
  }

  /** How this session's calls are to run; the same object while nothing of it changes. */
  optionsFor(format: RowFormat, timeoutMs: number): QueryOptions {
    const known = this.#options[format];
    const { transactionTimeoutMs } = this;
    const isolation = this.nextIsolation ?? this.#isolation;
    if (
      known !== undefined &&
      known.workload === this.workload &&
      known.clientFoundRows === this.clientFoundRows &&
      known.sqlSelectLimit === this.sqlSelectLimit &&
      known.timeoutMs === timeoutMs &&
      (known.transactionTimeoutMs ?? 0) === transactionTimeoutMs &&
      known.transactionIsolation === isolation &&
      known.readOnlyTransaction === this.isReadOnly &&
      known.consistentSnapshot === this.isSnapshot
    )
      return known;
    const options: QueryOptions = {
      workload: this.workload,
      clientFoundRows: this.clientFoundRows,
      format,
      sqlSelectLimit: this.sqlSelectLimit,
      timeoutMs,
      ...(transactionTimeoutMs > 0 && { transactionTimeoutMs }),
      transactionIsolation: isolation,
      readOnlyTransaction: this.isReadOnly,
      consistentSnapshot: this.isSnapshot,
      wantsWarnings: true,
    };
    this.#options[format] = options;
    return options;
  }

  /** What OK and EOF packets say. */
  get statusFlags(): number {
    return (this.autocommit ? statusFlag.autocommit : 0) | (this.isInOwnTransaction ? statusFlag.inTransaction : 0);
  }

  /** In a transaction that the client knows of. */
  get isInOwnTransaction(): boolean {
    return this.inTransaction && !this.isImplicit;
  }

  get settings(): ReadonlyMap<string, string> {
    return this.#settings;
  }

  /** Undefined: the servers' own. */
  setSetting(name: string, value: string | undefined): void {
    if (value === undefined) this.#settings.delete(name);
    else this.#settings.set(name, value);
    this.#settingStatements = undefined;
    this.#planContext = undefined;
  }

  clearSettings(): void {
    this.#settings.clear();
    this.#settingStatements = undefined;
    this.#planContext = undefined;
  }

  get isolation(): Isolation {
    return this.#isolation;
  }
  set isolation(level: Isolation) {
    this.#isolation = level;
    this.#settingStatements = undefined;
  }

  /** SET statements that every server connection of this session must have run; the same array while they are the same. */
  get settingStatements(): readonly string[] {
    this.#settingStatements ??= this.#makeSettingStatements();
    return this.#settingStatements;
  }

  #makeSettingStatements(): readonly string[] {
    const texts = [...this.#settings].map(([name, value]) => settingStatement(name, value));
    if (this.#isolation !== "DEFAULT") texts.push(isolationStatement(this.#isolation));
    return texts.length === 0 ? noSettings : texts;
  }

  /** On a tablet of the type that the session asks for now. */
  find(keyspace: string, shard: string): ShardSession | undefined {
    if (this.shardSessions.length === 0) return undefined;
    const { tabletType } = this.target;
    return this.shardSessions.find((s) => s.keyspace === keyspace && s.shard === shard && s.tabletType === tabletType);
  }

  warn(warning: ServerWarning): void {
    if (this.#newWarnings.length < warningsMax) this.#newWarnings = [...this.#newWarnings, warning];
  }

  /** A shard has committed something of this session. */
  committed(gtid: string): void {
    if (gtid !== "") this.gtids = [...this.gtids, gtid];
  }

  /** The statement has ended: `count` warnings of servers, and what is known of them. Answers how many there are now. */
  endWarnings(rule: WarningRule, count: number, list: readonly ServerWarning[] = noWarnings): number {
    const own = this.#newWarnings;
    this.#newWarnings = noWarnings;
    const total = Math.min(own.length + count, 0xffff);
    if (rule === "keep" || (rule === "keep-unless-new" && total === 0)) return total;
    this.warningCount = total;
    this.warnings = own.length + list.length === 0 ? noWarnings : [...own, ...list].slice(0, warningsMax);
    return total;
  }

  /** After COMMIT and ROLLBACK. Reserved connections stay. */
  endTransaction(): void {
    this.inTransaction = false;
    this.isImplicit = false;
    this.isBroken = false;
    this.isSnapshot = false;
    this.isReadOnly = false;
    this.savepoints = [];
    for (const shard of this.shardSessions) {
      shard.transactionId = 0;
      shard.hasWritten = false;
    }
    this.shardSessions = this.shardSessions.filter(({ reservedId }) => reservedId !== 0);
  }
}

function planContextOf({ keyspace, tabletType }: SessionTarget, sqlMode: string | undefined): PlanContext {
  return {
    key: `${keyspace}\0${tabletType}\0${sqlMode ?? ""}`,
    scanMode: sqlMode === undefined ? undefined : scanModeOf(sqlMode),
  };
}

export function scanModeOf(sqlMode: string): ScanMode {
  const modes = sqlMode.toUpperCase();
  return { ansiQuotes: modes.includes("ANSI"), noBackslashEscapes: modes.includes("NO_BACKSLASH_ESCAPES") };
}

export interface SessionOptions {
  readonly database: string;
  readonly transactionMode: TransactionMode;
  readonly clientFoundRows: boolean;
  readonly caller: Caller;
  readonly connectionId: number;
  readonly uuid: string;
  readonly loginCollation?: number;
}
