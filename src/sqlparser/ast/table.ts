/**
 * Statements that define tables and indexes, with everything that stands within them. Synonyms leave no trace: INTEGER is
 * INT, KEY is INDEX, CHARSET is CHARACTER SET.
 */
import type { Commented } from "./commented.ts";
import type { AlterAction, AlterTable } from "./alter.ts";
import type { Expression } from "./expression.ts";
import type { Query, TableName } from "./query.ts";

export type TableStatement =
  | CreateTable
  | AlterTable
  | DropTable
  | RenameTables
  | TruncateTable
  | CreateIndex
  | DropIndex;

/** Nodes that stand within definitions only. */
export type TablePart =
  | TableElement
  | DataType
  | Generated
  | IndexPart
  | References
  | Option
  | Partitioning
  | SubPartitioning
  | PartitionDefinition
  | PartitionValues
  | AlterAction
  | RenamePair;

export interface CreateTable extends Commented {
  readonly kind: "CreateTable";
  /** OR REPLACE (MariaDB) */
  readonly replace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly table: TableName;
  readonly like: TableName | undefined;
  readonly elements: readonly TableElement[];
  readonly options: readonly Option[];
  readonly partitioning: Partitioning | undefined;
  /** What becomes of duplicates among the rows of `query`. */
  readonly duplicates: "IGNORE" | "REPLACE" | undefined;
  readonly query: Query | undefined;
}

export type TableElement = ColumnDefinition | IndexDefinition | ForeignKey | Check | Period;

export interface ColumnDefinition {
  readonly kind: "ColumnDefinition";
  readonly name: string;
  readonly type: DataType;
  /** undefined: neither NULL nor NOT NULL was written. */
  readonly nullable: boolean | undefined;
  readonly default: Expression | undefined;
  /** MySQL: DEFAULT (expression). */
  readonly defaultInParentheses: boolean;
  readonly onUpdate: Expression | undefined;
  readonly autoIncrement: boolean;
  /** PRIMARY KEY, or KEY alone. */
  readonly primaryKey: boolean;
  readonly unique: boolean;
  readonly comment: string | undefined;
  readonly generated: Generated | undefined;
  /** GENERATED ALWAYS AS ROW START (MariaDB) */
  readonly rowTime: "START" | "END" | undefined;
  readonly visibility: "VISIBLE" | "INVISIBLE" | undefined;
  readonly columnFormat: "FIXED" | "DYNAMIC" | "DEFAULT" | undefined;
  readonly storage: "DISK" | "MEMORY" | "DEFAULT" | undefined;
  readonly srid: string | undefined;
  /** WITH SYSTEM VERSIONING, WITHOUT SYSTEM VERSIONING (MariaDB) */
  readonly versioning: "WITH" | "WITHOUT" | undefined;
  /** MariaDB: COMPRESSED, or COMPRESSED=zlib. */
  readonly compressed: string | undefined;
  readonly checks: readonly Check[];
  readonly references: References | undefined;
  /** ENGINE_ATTRIBUTE and its kin, and the options of a storage engine (MariaDB). */
  readonly options: readonly Option[];
}

export interface Generated {
  readonly kind: "Generated";
  readonly expression: Expression;
  /** PERSISTENT is STORED. */
  readonly storage: "VIRTUAL" | "STORED" | undefined;
}

/** A type of columns, parameters and variables. `name` is the type's shortest name in capitals: INT, DECIMAL, VARCHAR. */
export interface DataType {
  readonly kind: "DataType";
  readonly name: string;
  readonly length: string | undefined;
  readonly scale: string | undefined;
  readonly unsigned: boolean;
  readonly zerofill: boolean;
  /** In small letters; ASCII is latin1, UNICODE is ucs2, BYTE is binary. */
  readonly charset: string | undefined;
  /** The word BINARY after a character type: the binary collation of its character set. */
  readonly binary: boolean;
  readonly collation: string | undefined;
  /** Of ENUM and SET. */
  readonly values: readonly string[];
  /** MariaDB: TYPE OF t.c, ROW TYPE OF t: the names as written. */
  readonly of: readonly string[];
  /** MariaDB: ROW (a INT, b TEXT). */
  readonly fields: readonly ColumnDefinition[];
}

export interface IndexDefinition {
  readonly kind: "IndexDefinition";
  readonly type: "PRIMARY KEY" | "UNIQUE" | "INDEX" | "FULLTEXT" | "SPATIAL" | "VECTOR";
  /** CONSTRAINT before it, with or without a name. */
  readonly hasConstraint: boolean;
  readonly constraint: string | undefined;
  readonly ifNotExists: boolean;
  readonly name: string | undefined;
  readonly using: IndexMethod | undefined;
  readonly parts: readonly IndexPart[];
  readonly options: readonly Option[];
}
export type IndexMethod = "BTREE" | "HASH" | "RTREE";

/** column(length) ASC, or (expression) DESC, or MariaDB's period WITHOUT OVERLAPS. */
export interface IndexPart {
  readonly kind: "IndexPart";
  readonly column: string | undefined;
  readonly length: string | undefined;
  readonly expression: Expression | undefined;
  readonly direction: "ASC" | "DESC" | undefined;
  readonly withoutOverlaps: boolean;
}

export interface ForeignKey {
  readonly kind: "ForeignKey";
  readonly hasConstraint: boolean;
  readonly constraint: string | undefined;
  readonly ifNotExists: boolean;
  readonly name: string | undefined;
  readonly columns: readonly IndexPart[];
  readonly references: References;
}

export type ReferenceAction = "RESTRICT" | "CASCADE" | "SET NULL" | "NO ACTION" | "SET DEFAULT";
export interface References {
  readonly kind: "References";
  readonly table: TableName;
  readonly columns: readonly IndexPart[];
  readonly match: "FULL" | "PARTIAL" | "SIMPLE" | undefined;
  readonly onDelete: ReferenceAction | undefined;
  readonly onUpdate: ReferenceAction | undefined;
}

export interface Check {
  readonly kind: "Check";
  readonly hasConstraint: boolean;
  readonly constraint: string | undefined;
  readonly ifNotExists: boolean;
  readonly expression: Expression;
  readonly enforced: boolean | undefined;
}

/** PERIOD FOR SYSTEM_TIME (a, b), PERIOD FOR name (a, b): MariaDB. */
export interface Period {
  readonly kind: "Period";
  readonly ifNotExists: boolean;
  /** undefined: SYSTEM_TIME. */
  readonly name: string | undefined;
  readonly start: string;
  readonly end: string;
}

/**
 * A named option: ENGINE = InnoDB. `name` is in capitals (several words with one space between them) unless it is a storage engine's. `value` is a literal,
 * a word (a Column), a list (a Row), or undefined for options that are words alone.
 */
export interface Option {
  readonly kind: "Option";
  readonly name: string;
  readonly value: Expression | undefined;
}

export interface Partitioning extends PartitionMethod {
  readonly kind: "Partitioning";
  readonly partitions: string | undefined;
  readonly subpartitioning: SubPartitioning | undefined;
  readonly definitions: readonly PartitionDefinition[];
}

interface PartitionMethod {
  readonly method: "HASH" | "KEY" | "RANGE" | "LIST" | "RANGE COLUMNS" | "LIST COLUMNS" | "SYSTEM_TIME";
  readonly linear: boolean;
  /** KEY ALGORITHM = 2 */
  readonly algorithm: string | undefined;
  readonly expression: Expression | undefined;
  readonly columns: readonly string[];
  /** MariaDB's SYSTEM_TIME: INTERVAL …, STARTS …, LIMIT …, AUTO. */
  readonly interval: Expression | undefined;
  readonly starts: Expression | undefined;
  readonly rows: string | undefined;
  readonly auto: boolean;
}

/** HASH or KEY only. */
export interface SubPartitioning {
  readonly kind: "SubPartitioning";
  readonly method: "HASH" | "KEY";
  readonly linear: boolean;
  readonly algorithm: string | undefined;
  readonly expression: Expression | undefined;
  readonly columns: readonly string[];
  readonly subpartitions: string | undefined;
}

/** One partition; a subpartition has neither values nor subpartitions. */
export interface PartitionDefinition {
  readonly kind: "PartitionDefinition";
  readonly name: string;
  readonly values: PartitionValues | undefined;
  readonly options: readonly Option[];
  readonly subpartitions: readonly PartitionDefinition[];
}

/**
 * VALUES LESS THAN (items), VALUES LESS THAN MAXVALUE, VALUES IN (items), MariaDB's CURRENT, HISTORY and DEFAULT. MAXVALUE among
 * items is a Column of that name; a tuple is a Row.
 */
export interface PartitionValues {
  readonly kind: "PartitionValues";
  readonly what: "LESS THAN" | "LESS THAN MAXVALUE" | "IN" | "CURRENT" | "HISTORY" | "DEFAULT";
  readonly items: readonly Expression[];
}

/** MariaDB: seconds to wait for locks; NOWAIT is "NOWAIT". */
export type LockWait = string;

export interface DropTable extends Commented {
  readonly kind: "DropTable";
  readonly temporary: boolean;
  readonly ifExists: boolean;
  readonly tables: readonly TableName[];
  readonly wait: LockWait | undefined;
  readonly behaviour: "RESTRICT" | "CASCADE" | undefined;
}
export interface RenameTables extends Commented {
  readonly kind: "RenameTables";
  readonly ifExists: boolean;
  readonly pairs: readonly RenamePair[];
}
export interface RenamePair {
  readonly kind: "RenamePair";
  readonly from: TableName;
  readonly wait: LockWait | undefined;
  readonly to: TableName;
}
export interface TruncateTable extends Commented {
  readonly kind: "TruncateTable";
  readonly table: TableName;
  readonly wait: LockWait | undefined;
}
export interface CreateIndex extends Commented {
  readonly kind: "CreateIndex";
  readonly replace: boolean;
  readonly online: boolean;
  readonly ifNotExists: boolean;
  /** Its name is always there. */
  readonly index: IndexDefinition;
  readonly table: TableName;
  readonly wait: LockWait | undefined;
  /** ALGORITHM and LOCK. */
  readonly options: readonly Option[];
}
export interface DropIndex extends Commented {
  readonly kind: "DropIndex";
  readonly online: boolean;
  readonly ifExists: boolean;
  readonly name: string;
  readonly table: TableName;
  readonly wait: LockWait | undefined;
  readonly options: readonly Option[];
}
