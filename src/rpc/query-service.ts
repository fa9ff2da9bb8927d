/**
 * What a gateway asks of a tablet, whatever carries it: the query link, gRPC (queryservice.Query) and the in-memory
 * transport are three faces of this interface, and the tablet's query service implements it.
 *
 * An answer is pushed into a `ResultReader`: first `columns` (only when there are rows to come), then `rows` any number
 * of times, and last exactly one of `end` and `fail`. A reader that answers false to `rows` is full: the service sends
 * no more (beyond the credit already given) until `resume`. After `cancel` the reader still gets its `end` or `fail`.
 */
import type { ServerError, VtError } from "../base/errors.ts";
import type { Binds } from "../sqltypes/value.ts";
import type { Column, ResultTrailer, RowFormat } from "../sqltypes/result.ts";

/** Vitess's topodata.TabletType, by name. */
export type TabletTypeName =
  | "UNKNOWN"
  | "PRIMARY"
  | "REPLICA"
  | "RDONLY"
  | "SPARE"
  | "EXPERIMENTAL"
  | "BACKUP"
  | "RESTORE"
  | "DRAINED";

export interface Target {
  readonly keyspace: string;
  readonly shard: string;
  readonly tabletType: TabletTypeName;
  readonly cell: string;
}

/** Who asks: the connection's user, and on whose behalf (vtrpc.CallerID, query.VTGateCallerID). */
export interface Caller {
  readonly immediate: { readonly username: string; readonly groups: readonly string[] };
  readonly effective: { readonly principal: string; readonly component: string; readonly subcomponent: string };
  /** Host that the request came from, as the carrier sees it; no caller says it of himself. */
  readonly peer?: string;
}

/** Query.ExecuteOptions, the part in force (inventory 4.024). */
export interface QueryOptions {
  readonly workload: "OLTP" | "OLAP" | "DBA";
  readonly clientFoundRows: boolean;
  /** Rows as the text or the binary protocol sends them; binary prepares the statement on the server. */
  readonly format: RowFormat;
  /** 0: no limit but the tablet's own. */
  readonly sqlSelectLimit: number;
  readonly timeoutMs: number;
  readonly transactionIsolation:
    | "DEFAULT"
    | "REPEATABLE_READ"
    | "READ_COMMITTED"
    | "READ_UNCOMMITTED"
    | "SERIALIZABLE"
    | "CONSISTENT_SNAPSHOT_READ_ONLY"
    | "AUTOCOMMIT";
  readonly readOnlyTransaction: boolean;
  /** The transaction's snapshot is of its beginning, and not of its first read. */
  readonly consistentSnapshot: boolean;
  /** Whether equal reads share an answer; undefined is the tablet's own mode. */
  readonly consolidator?: "disabled" | "enabled" | "enabled_replicas";
  /** The texts of warnings come with the trailer. Carriers that have no place for them leave them out. */
  readonly wantsWarnings?: true;
  /** What its caller calls this sort of work. */
  readonly workloadName?: string;
  /** "0", which is never held back, to "100". */
  readonly priority?: string;
  /** From begin to end, where it is less than the tablet's own limit. */
  readonly transactionTimeoutMs?: number;
}

/** Where the statement runs: on any pooled connection, in a transaction, on a reserved connection. 0 is none. */
export interface QueryRequest {
  readonly target: Target;
  /** SQL with `:name` and `::list` for the binds. */
  readonly sql: string;
  readonly binds: Binds;
  readonly transactionId: number;
  readonly reservedId: number;
  /** Begin a transaction and run the statement in it: one round trip. */
  readonly begin: boolean;
  /** Savepoint statements to run after `begin`. */
  readonly savepoints: readonly string[];
  /** SET statements that the connection must have run: chooses the pool, or with `reserve` prepares the connection. */
  readonly settings: readonly string[];
  readonly reserve: boolean;
  /** What is held already stays as it is: the caller says nothing of settings. */
  readonly keepsSettings?: true;
  /**
   * Nothing runs: the answer is the columns that the statement would have, and no rows. Binds say where parameters are, not
   * what they are. Carriers that cannot ask so run the statement; ask only for what only reads.
   */
  readonly describe?: boolean;
  readonly options: QueryOptions;
  readonly caller: Caller;
}

/** What the session must remember after a call, also after one that failed. */
export interface CallState {
  readonly transactionId: number;
  readonly reservedId: number;
  /** "zone1-0000000100": the tablet that holds the transaction; of an answer that holds nothing it may be empty. */
  readonly tabletAlias: string;
}

export interface ResultReader {
  /** `packets` are the column definition payloads as the server sent them, for passing on unparsed. */
  columns(columns: readonly Column[], packets: readonly Buffer[]): void;
  /**
   * A piece of the row packets in wire form, with their 4-byte headers (sequence numbers are the backend's). It ends at
   * a packet's end unless one packet is larger than a chunk. Valid only during the call: copy what you keep.
   */
  rows(chunk: Buffer): boolean;
  end(trailer: ResultTrailer, state: CallState): void;
  fail(error: VtError | ServerError, state: CallState): void;
}

export interface RunningQuery {
  /** The reader has room again. */
  resume(): void;
  /** Stops the statement on the server. */
  cancel(): void;
}

/** Realtime state of a tablet (query.StreamHealthResponse). */
export interface TabletHealth {
  readonly target: Target;
  readonly tabletAlias: string;
  readonly isServing: boolean;
  /** Unix seconds; 0 where it is no primary. */
  readonly primaryTermStartSeconds: number;
  readonly healthError: string;
  readonly replicationLagSeconds: number;
  readonly qps: number;
  readonly tableSchemaChanged: readonly string[];
  readonly viewSchemaChanged: readonly string[];
  /** Loadable functions came or went. */
  readonly udfsChanged: boolean;
}

/** A function that was loaded into the server (query.UDFInfo). */
export interface UdfDefinition {
  readonly name: string;
  readonly isAggregate: boolean;
  readonly returns: "CHAR" | "FLOAT64" | "INT64" | "DECIMAL";
}

export interface SchemaReply {
  /** CREATE statement by table or view name. */
  readonly definitions: Readonly<Record<string, string>>;
  /** All of them, where all kinds were asked for; else none. */
  readonly udfs: readonly UdfDefinition[];
}

export interface Committed {
  /** To go on with: 0 when the connection went back to its pool. */
  readonly reservedId: number;
  /** Of the transaction, where settings of its connection ask the server for it; gRPC carries none. */
  readonly gtid: string;
}

export interface QueryService {
  execute(request: QueryRequest, reader: ResultReader): RunningQuery;
  begin(target: Target, options: QueryOptions, settings: readonly string[], caller: Caller): Promise<CallState>;
  commit(target: Target, transactionId: number): Promise<Committed>;
  /** Answers the reserved id to go on with: 0 when the connection went back to its pool. */
  rollback(target: Target, transactionId: number): Promise<number>;
  release(target: Target, transactionId: number, reservedId: number): Promise<void>;
  /** Calls `onHealth` at once and on each change until `signal` aborts; rejects when the tablet is lost. */
  streamHealth(onHealth: (health: TabletHealth) => void, signal: AbortSignal): Promise<void>;
  getSchema(target: Target, kind: "tables" | "views" | "all", names: readonly string[]): Promise<SchemaReply>;
  close(): Promise<void>;
}
