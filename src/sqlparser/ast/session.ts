/** Statements about the session: transactions, XA, locks, SET, prepared statements, EXPLAIN, USE, KILL. */
import type { Commented } from "./commented.ts";
import type { Statement } from "../ast.ts";
import type { Expression, SystemVariable, UserVariable } from "./expression.ts";
import type { TableName } from "./query.ts";

export type SessionStatement =
  | Begin
  | Commit
  | Rollback
  | Savepoint
  | ReleaseSavepoint
  | SetTransaction
  | Xa
  | LockTables
  | UnlockTables
  | LockInstance
  | Set
  | Prepare
  | Execute
  | Deallocate
  | ExecuteImmediate
  | Explain
  | ExplainConnection
  | DescribeTable
  | Use
  | Kill;

/** BEGIN, START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY */
export interface Begin extends Commented {
  readonly kind: "Begin";
  readonly consistentSnapshot: boolean;
  readonly access: "READ WRITE" | "READ ONLY" | undefined;
}
/** `chain` and `release`: undefined leaves it to completion_type. */
export interface Commit extends Commented {
  readonly kind: "Commit";
  readonly chain: boolean | undefined;
  readonly release: boolean | undefined;
}
export interface Rollback extends Commented {
  readonly kind: "Rollback";
  readonly savepoint: string | undefined;
  readonly chain: boolean | undefined;
  readonly release: boolean | undefined;
}
export interface Savepoint extends Commented {
  readonly kind: "Savepoint";
  readonly name: string;
}
export interface ReleaseSavepoint extends Commented {
  readonly kind: "ReleaseSavepoint";
  readonly name: string;
}
/** Without a scope it counts for the next transaction only. */
export interface SetTransaction extends Commented {
  readonly kind: "SetTransaction";
  readonly scope: "GLOBAL" | "SESSION" | "LOCAL" | undefined;
  readonly isolation: "READ UNCOMMITTED" | "READ COMMITTED" | "REPEATABLE READ" | "SERIALIZABLE" | undefined;
  readonly access: "READ WRITE" | "READ ONLY" | undefined;
}
export interface Xa extends Commented {
  readonly kind: "Xa";
  readonly action: "START" | "END" | "PREPARE" | "COMMIT" | "ROLLBACK" | "RECOVER";
  readonly xid: Xid | undefined;
  readonly option:
    | "JOIN"
    | "RESUME"
    | "SUSPEND"
    | "SUSPEND FOR MIGRATE"
    | "ONE PHASE"
    | "CONVERT XID"
    | "FORMAT RAW"
    | "FORMAT SQL"
    | undefined;
}
/** 'gtrid', 'bqual', formatId: strings, hexadecimal or bit literals. */
export interface Xid {
  readonly kind: "Xid";
  readonly globalId: Expression;
  readonly branch: Expression | undefined;
  readonly format: string | undefined;
}
export interface LockTables extends Commented {
  readonly kind: "LockTables";
  readonly tables: readonly TableLock[];
  /** MariaDB: WAIT n, NOWAIT (0). */
  readonly waitSeconds: string | undefined;
}
export interface TableLock {
  readonly kind: "TableLock";
  readonly table: TableName;
  readonly alias: string | undefined;
  readonly lock: "READ" | "READ LOCAL" | "WRITE" | "LOW_PRIORITY WRITE" | "WRITE CONCURRENT";
}
export interface UnlockTables extends Commented {
  readonly kind: "UnlockTables";
}
/** LOCK INSTANCE FOR BACKUP, UNLOCK INSTANCE (MySQL); BACKUP LOCK t, BACKUP UNLOCK, BACKUP STAGE (MariaDB) stand with administration. */
export interface LockInstance extends Commented {
  readonly kind: "LockInstance";
  readonly lock: boolean;
}
/** SET a = 1, @b = 2, GLOBAL c = 3; MariaDB: SET STATEMENT a = 1 FOR statement. */
export interface Set extends Commented {
  readonly kind: "Set";
  readonly assignments: readonly SetAssignment[];
  readonly statement: Statement | undefined;
}
/**
 * One assignment of SET. A bare name is a Variable: a local of a stored program, or a session's system variable.
 * SET NAMES and SET CHARACTER SET may stand between others.
 */
export interface SetVariable {
  readonly kind: "SetVariable";
  readonly target: UserVariable | SystemVariable | BareVariable;
  /** Words like ON and utf8mb4 are Columns without a table. */
  readonly value: Expression;
}
/** name, or NEW.name in a trigger, or component.name: SET name = 1 without a scope. */
export interface BareVariable {
  readonly kind: "BareVariable";
  readonly qualifier: string | undefined;
  readonly name: string;
}
/** SET NAMES charset COLLATE collation (undefined: DEFAULT); SET CHARACTER SET charset. */
export interface SetNames {
  readonly kind: "SetNames";
  readonly what: "NAMES" | "CHARACTER SET";
  readonly charset: string | undefined;
  readonly collation: string | undefined;
}
export type SetAssignment = SetVariable | SetNames;
/** PREPARE name FROM 'text' or @variable; MariaDB takes any expression. */
export interface Prepare extends Commented {
  readonly kind: "Prepare";
  readonly name: string;
  readonly source: Expression;
}
export interface Execute extends Commented {
  readonly kind: "Execute";
  readonly name: string;
  readonly using: readonly Expression[];
}
export interface Deallocate extends Commented {
  readonly kind: "Deallocate";
  readonly name: string;
}
/** EXECUTE IMMEDIATE text USING … (MariaDB) */
export interface ExecuteImmediate extends Commented {
  readonly kind: "ExecuteImmediate";
  readonly source: Expression;
  readonly using: readonly Expression[];
}
/** EXPLAIN and its kin over a statement; VEXPLAIN stands in vitess.ts. */
export interface Explain extends Commented {
  readonly kind: "Explain";
  /** ANALYZE runs the statement: EXPLAIN ANALYZE (MySQL), ANALYZE (MariaDB). */
  readonly analyze: boolean;
  /** In capitals: TRADITIONAL, JSON, TREE, VITESS. */
  readonly format: string | undefined;
  readonly extra: "EXTENDED" | "PARTITIONS" | undefined;
  /** MySQL: INTO @variable. */
  readonly into: UserVariable | undefined;
  readonly schema: string | undefined;
  readonly statement: Statement;
}
/** EXPLAIN FOR CONNECTION n; MariaDB: SHOW EXPLAIN and SHOW ANALYZE too. */
export interface ExplainConnection extends Commented {
  readonly kind: "ExplainConnection";
  readonly format: string | undefined;
  readonly connection: Expression;
}
/** DESCRIBE table column; the column may be a pattern. */
export interface DescribeTable extends Commented {
  readonly kind: "DescribeTable";
  readonly table: TableName;
  readonly column: string | undefined;
}
/** USE database: the name may be a Vitess target such as ks:-80@replica. */
export interface Use extends Commented {
  readonly kind: "Use";
  readonly database: string;
}
export interface Kill extends Commented {
  readonly kind: "Kill";
  readonly what: "CONNECTION" | "QUERY" | "QUERY ID" | "USER" | "QUERY USER" | undefined;
  /** MariaDB. */
  readonly severity: "HARD" | "SOFT" | undefined;
  readonly connection: Expression | undefined;
  /** MariaDB's KILL USER; undefined there is CURRENT_USER. */
  readonly user: string | undefined;
  readonly host: string | undefined;
}

export type SessionPart = Xid | TableLock | SetAssignment | BareVariable;
