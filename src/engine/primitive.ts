/**
 * Language 3: what runs. A plan's tree of primitives is plain data without per-call state, shared by all sessions.
 *
 * A *sender* (Route, Insert) boils down to calls: one statement per shard. Where a sender is the root its shards' rows
 * go to the client raw. Everywhere else a primitive's executor is an async stream of row batches that returns the trailer
 * (what an OK packet says). An executor sees a `Run`: a few ports, never the whole gateway.
 */
import type { ListExpression, ValueExpression } from "../evalengine/value-expression.ts";
import type { Destination, ShardRef } from "../sharding/destination.ts";
import type { ResultTrailer, RowBatch } from "../sqltypes/result.ts";
import { plainTrailer } from "../sqltypes/trailers.ts";
import type { Binds, Value } from "../sqltypes/value.ts";
import type { KeyspaceId } from "../sharding/keyspace-id.ts";
import type { Vindex } from "../vschema/vindex.ts";
import type { TableRef } from "../vschema/vschema.ts";
import type { Routing } from "./routing.ts";

export type Primitive =
  | Route
  | Insert
  | InsertSelect
  | KeyedChange
  | MoveRows
  | VindexRows
  | Limit
  | MergeSort
  | Join
  | Aggregate
  | Finish
  | Rows;
export type Sender = Route | Insert;

/** One statement, the same for every shard that the routing finds. */
export interface Route {
  readonly kind: "Route";
  readonly keyspace: string;
  readonly routing: Routing;
  readonly sql: string;
  readonly effect: Effect;
  /** The statement means something else when several shards run it: it groups, sorts, limits, joins … */
  readonly oneShardOnly: boolean;
}

/**
 * read: rows only. lock: rows that are locked for a transaction. write: rows change, and counts of shards add up.
 * write-copies: every shard does the same to its copy of a reference table, and one count stands for all. change: DDL
 * and the like, which the server commits by itself.
 */
export type Effect = "read" | "lock" | "write" | "write-copies" | "change";

/** Rows to be stored, each on the shard of its keyspace id: `head` row, row … `tail`. */
export interface Insert {
  readonly kind: "Insert";
  readonly keyspace: string;
  readonly head: string;
  readonly rows: readonly InsertRow[];
  readonly tail: string;
  readonly place: InsertPlace;
  /** The primary vindex first; the others must lead to the same id. */
  readonly vindexes: readonly Vindex[];
  /** Undefined: the table has no sequence. */
  readonly sequence: TableRef | undefined;
  /** What is asked before: one row, whose columns become these binds. */
  readonly asked: { readonly input: Primitive; readonly binds: readonly string[] } | undefined;
}

/** OneShard: of an unsharded keyspace. AllShards: every shard gets all rows. */
export type InsertPlace =
  | { readonly kind: "Vindexes" | "OneShard" | "AllShards" }
  | { readonly kind: "Pinned"; readonly id: KeyspaceId };

export interface InsertRow {
  /** "(:v1, 'x', :__seq0)" */
  readonly text: string;
  /** For each vindex the values of its columns. */
  readonly keys: readonly (readonly ValueExpression[])[];
  /** The value given for the auto_increment column, and the bind by which the row's text has it. */
  readonly generated: { readonly bind: string; readonly given: ValueExpression | undefined } | undefined;
}

/** The rows of `input` stored as `insert` says, which has none of its own. `keys`: the columns of each vindex, by number. */
export interface InsertSelect {
  readonly kind: "InsertSelect";
  readonly input: Primitive;
  readonly insert: Insert;
  /** Columns of a row; undefined: the server tells if they are too few. */
  readonly width: number | undefined;
  readonly keys: readonly (readonly InsertSelectKey[])[];
  /** The column that gives the sequence's column, if any: where it has no value, the sequence has. */
  readonly givenIds: number | undefined;
}
export type InsertSelectKey = number | "generated";

/**
 * Rows that `input` finds and locks, changed by their keys; all of it happens or nothing does. A row of the input has the
 * keys of one row of each write's table (NULL: of none, as outer joins make them), and values that are assigned.
 */
export interface KeyedChange {
  readonly kind: "KeyedChange";
  readonly input: Primitive;
  readonly writes: readonly KeyedWrite[];
}

/** `pieces` and `slots` alternate in the text of the statement. */
export interface KeyedWrite {
  readonly verb: "UPDATE" | "DELETE";
  readonly keyspace: string;
  readonly pieces: readonly string[];
  readonly slots: readonly KeyedSlot[];
  /** What tells a row from all others: columns as the statement writes them, and where the input has their values. */
  readonly keys: readonly { readonly sql: string; readonly column: number }[];
  readonly place: KeyedPlace;
  readonly effect: "write" | "write-copies";
  /** The statement changes the keys by which its values are told apart: it takes one row at a time. */
  readonly isRowByRow: boolean;
}
/** keys: the condition that a row is one of those. value: the value of that column of the input. */
export type KeyedSlot = { readonly kind: "keys" } | { readonly kind: "value"; readonly column: number };
/** Where the rows are. Vindex: `columns` of the input are those of the primary vindex. */
export type KeyedPlace =
  | { readonly kind: "AllShards" }
  | { readonly kind: "Pinned"; readonly id: KeyspaceId }
  | { readonly kind: "Vindex"; readonly vindex: Vindex; readonly columns: readonly number[] };

/**
 * `update` gives all its rows this value in the column of their primary vindex; rows that then are on a wrong shard are
 * moved. The statements besides find and store them by the value, which is the bind.
 */
export interface MoveRows {
  readonly kind: "MoveRows";
  readonly update: Route;
  readonly vindex: Vindex;
  readonly value: ValueExpression;
  readonly bind: string;
  readonly table: string;
  readonly column: string;
  readonly selectSql: string;
  readonly deleteSql: string;
  readonly insertHead: string;
  /** Answers a row where a DELETE and an INSERT would do more than move a row. */
  readonly hazardSql: string;
  /** Which of the selected columns is AUTO_INCREMENT. */
  readonly autoIncrement: number | undefined;
  /** What the column can hold. */
  readonly min: bigint;
  readonly max: bigint;
}

/** SELECT … FROM a vindex: where rows with each of these values are. */
export interface VindexRows {
  readonly kind: "VindexRows";
  readonly keyspace: string;
  readonly vindex: Vindex;
  readonly list: ListExpression;
  readonly columns: readonly {
    readonly name: string;
    readonly field: "id" | "keyspace_id" | "range_start" | "range_end" | "hex_keyspace_id" | "shard";
  }[];
}

/** Rows [offset, offset + count) of the input. */
export interface Limit {
  readonly kind: "Limit";
  readonly input: Primitive;
  readonly count: ValueExpression;
  readonly offset: ValueExpression;
}

/**
 * The rows of shards, each shard's in the order of the keys, merged in that order. A key's value, its weight string and
 * the weight string of a space stand in three of the last columns, key after key.
 */
export interface MergeSort {
  readonly kind: "MergeSort";
  readonly input: Route;
  readonly keys: readonly SortKey[];
  /** Does the same, but for OFFSET, for columns that do not merge here: ordered as the gateway cannot, of FLOAT. */
  readonly otherwise: Primitive | undefined;
}
export interface SortKey {
  readonly descending: boolean;
}

/**
 * Rows of the left side, each with the rows of the right side that have its keys: `right` is asked for those of a batch by
 * the list bind. The last columns of both sides are the keys. `isOrdered`: the rows come in the order of the left side.
 */
export interface Join {
  readonly kind: "Join";
  readonly left: Primitive;
  readonly right: Route;
  readonly bind: string;
  /** How many columns each side has if all is as the plan was told. */
  readonly widths: { readonly left: number; readonly right: number };
  readonly keys: number;
  /** A left row without partners comes with NULLs. */
  readonly isOuter: boolean;
  readonly isOrdered: boolean;
  readonly columns: readonly JoinedColumn[];
  /** Does the same, but for OFFSET, for keys that do not compare at the gateway. */
  readonly otherwise: Primitive | undefined;
}
export interface JoinedColumn {
  readonly side: "left" | "right";
  readonly at: number;
}

/**
 * Combines groups of rows. The input comes in the order of its keys, so that rows of a group follow each other; without
 * keys all rows are one group, and there is always one. `columns` says how each column before those of the keys combines.
 */
export interface Aggregate {
  readonly kind: "Aggregate";
  readonly input: Route;
  readonly keys: readonly SortKey[];
  readonly columns: readonly Combine[];
  /** Does the same, but for OFFSET, for columns whose types do not combine here: text, floating point. */
  readonly otherwise: Primitive | undefined;
}
/** first: the same in all rows of a group. */
export type Combine = "first" | "count" | "sum" | "min" | "max";

/**
 * A statement that one server of a keyspace finishes over rows gathered from shards: they travel there as literals, in the
 * place of tables. `pieces` and `slots` alternate. The columns that the client sees are those of `columnsSql`, the statement
 * over that server's own tables and without rows; undefined where it has not all of them.
 */
export interface Finish {
  readonly kind: "Finish";
  readonly keyspace: string;
  readonly flavour: "mysql" | "mariadb";
  readonly gathers: readonly Gather[];
  readonly pieces: readonly string[];
  readonly slots: readonly { readonly gather: number; readonly isArm: boolean }[];
  readonly columnsSql: string | undefined;
}

export interface Gather {
  readonly input: Route;
  /**
   * A query that answers the gathered columns, of their types, and no rows. With `after` the list of columns stands
   * between the two.
   */
  readonly empty: { readonly before: string; readonly after: string | undefined };
  /** Names, in small letters, of the columns that are of use; undefined: all. */
  readonly wanted: readonly string[] | undefined;
  /** The name of the table that it is, where it is one: its server knows more of its columns. */
  readonly table: string | undefined;
  /** Asks only for rows that can join. */
  readonly keyed: KeyedRoute | undefined;
}

/**
 * The same rows but for those that join none of another gather's: `column` of gather `from` holds the values that the list
 * bind takes. Of use where these are whole numbers and not too many.
 */
export interface KeyedRoute {
  readonly from: number;
  readonly column: string;
  readonly bind: string;
  readonly input: Route;
}

/** Rows that the gateway knows itself. */
export interface Rows {
  readonly kind: "Rows";
  readonly batch: RowBatch;
}

/** One statement to one shard. */
export interface ShardCall {
  readonly keyspace: string;
  readonly shard: string;
  readonly sql: string;
  readonly binds: Binds;
}

export interface Calls {
  readonly calls: readonly ShardCall[];
  readonly effect: Effect;
  /** The first value that a sequence gave; it is the statement's last insert id. */
  readonly firstGenerated: number | string | undefined;
}

/** Batches of rows, at least one where there are columns; then the trailer. */
export type Answered = AsyncGenerator<RowBatch, ResultTrailer, undefined>;

export interface Run {
  readonly binds: Binds;
  /** How many rows a statement may gather in memory. */
  readonly memoryRowsMax: number;
  /** A shard answers one statement after the other: in a transaction there is one connection to each. */
  readonly isOneAtATime: boolean;
  /** The shards of a keyspace for the session's tablet type. */
  shards(keyspace: string): readonly ShardRef[];
  /** Names of the shards that a destination means now. */
  resolve(keyspace: string, destination: Destination): readonly string[];
  /** The answers of all shards, in no order, as text rows. */
  send(calls: Calls): Answered;
  /** The answers of all shards as the client will have them, if they are what it is waiting for. */
  sendShown(calls: Calls): Answered;
  /** What the client sees is exact: in binary rows a FLOAT has digits that its text has not. */
  readonly showsBinary: boolean;
  /** The answers of the shards one by one, as text rows. */
  sendEach(calls: Calls): readonly Answered[];
  /** The first of `count` values of a sequence. */
  nextIds(sequence: TableRef, count: number): Promise<bigint>;
  execute(node: Primitive): Answered;
  /** What `work` does to shards happens as a whole or not at all, and its locks last until it is done. */
  atomically(work: () => Answered): Answered;
}

export const emptyTrailer = plainTrailer(0);

/** A count or offset: a whole number of at least zero. */
export function rowCount({ bytes }: Value): number | undefined {
  const text = bytes?.toString("latin1") ?? "";
  return /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : undefined;
}
