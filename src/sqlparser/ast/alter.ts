/** ALTER TABLE and its actions. Synonyms leave no trace, as in table.ts. */
import type { Commented } from "./commented.ts";
import type { OrderItem } from "./call.ts";
import type { Expression } from "./expression.ts";
import type { TableName } from "./query.ts";
import type { ColumnDefinition, LockWait, Option, PartitionDefinition, Partitioning, TableElement } from "./table.ts";

export interface AlterTable extends Commented {
  readonly kind: "AlterTable";
  /** MariaDB: ONLINE, IGNORE. */
  readonly online: boolean;
  readonly ignore: boolean;
  readonly ifExists: boolean;
  readonly table: TableName;
  readonly wait: LockWait | undefined;
  readonly actions: readonly AlterAction[];
}

export type AlterAction =
  | AddElements
  | ChangeColumn
  | DropElement
  | AlterColumn
  | AlterElement
  | RenameElement
  | RenameTo
  | SetOptions
  | ConvertCharset
  | OrderRows
  | AlterSwitch
  | SecondaryLoad
  | AddPartitions
  | PartitionAction
  | ReorganizePartitions
  | ExchangePartition
  | ConvertPartition
  | RepartitionBy;

/** ADD COLUMN c …, ADD (c …, d …), ADD INDEX …, ADD CONSTRAINT …. */
export interface AddElements {
  readonly kind: "AddElements";
  /** ADD COLUMN IF NOT EXISTS (MariaDB) */
  readonly ifNotExists: boolean;
  readonly elements: readonly TableElement[];
  /** ADD (…): even one may stand in parentheses, and then has no place. */
  readonly inParentheses: boolean;
  readonly place: ColumnPlace | undefined;
}
/** Behind which column; the empty text is FIRST. */
export type ColumnPlace = string;

/** CHANGE from column, and MODIFY column (from is undefined). */
export interface ChangeColumn {
  readonly kind: "ChangeColumn";
  readonly ifExists: boolean;
  readonly from: string | undefined;
  readonly column: ColumnDefinition;
  readonly place: ColumnPlace | undefined;
}
export interface DropElement {
  readonly kind: "DropElement";
  readonly what:
    | "COLUMN"
    | "INDEX"
    | "PRIMARY KEY"
    | "FOREIGN KEY"
    | "CHECK"
    | "CONSTRAINT"
    | "PERIOD"
    | "SYSTEM VERSIONING";
  readonly ifExists: boolean;
  /** undefined for PRIMARY KEY, SYSTEM VERSIONING and PERIOD FOR SYSTEM_TIME. */
  readonly name: string | undefined;
}
/** ALTER COLUMN c SET DEFAULT x, DROP DEFAULT, SET VISIBLE. */
export interface AlterColumn {
  readonly kind: "AlterColumn";
  readonly ifExists: boolean;
  readonly name: string;
  readonly action: "SET DEFAULT" | "DROP DEFAULT" | "SET VISIBLE" | "SET INVISIBLE";
  readonly default: Expression | undefined;
  readonly defaultInParentheses: boolean;
}
/** ALTER INDEX i VISIBLE, ALTER CHECK c NOT ENFORCED. */
export interface AlterElement {
  readonly kind: "AlterElement";
  readonly what: "INDEX" | "CHECK" | "CONSTRAINT";
  readonly ifExists: boolean;
  readonly name: string;
  readonly state: "VISIBLE" | "INVISIBLE" | "ENFORCED" | "NOT ENFORCED" | "IGNORED" | "NOT IGNORED";
}
export interface RenameElement {
  readonly kind: "RenameElement";
  readonly what: "COLUMN" | "INDEX";
  readonly ifExists: boolean;
  readonly from: string;
  readonly to: string;
}
export interface RenameTo {
  readonly kind: "RenameTo";
  readonly table: TableName;
}
/** ENGINE = InnoDB COMMENT = 'x', and ALGORITHM and LOCK. */
export interface SetOptions {
  readonly kind: "SetOptions";
  readonly options: readonly Option[];
}
/** `charset` undefined: DEFAULT. */
export interface ConvertCharset {
  readonly kind: "ConvertCharset";
  readonly charset: string | undefined;
  readonly collation: string | undefined;
}
export interface OrderRows {
  readonly kind: "OrderRows";
  readonly items: readonly OrderItem[];
}
/** Actions that are words alone. */
export interface AlterSwitch {
  readonly kind: "AlterSwitch";
  readonly what:
    | "DISABLE KEYS"
    | "ENABLE KEYS"
    | "DISCARD TABLESPACE"
    | "IMPORT TABLESPACE"
    | "FORCE"
    | "WITH VALIDATION"
    | "WITHOUT VALIDATION"
    | "ADD SYSTEM VERSIONING"
    | "REMOVE PARTITIONING"
    | "PARTITION BY NONE";
}
/** MySQL: SECONDARY_LOAD PARTITION (a, b) GUIDED ON, SECONDARY_UNLOAD PARTITION (a, b); without names: all. */
export interface SecondaryLoad {
  readonly kind: "SecondaryLoad";
  readonly unload: boolean;
  readonly partitions: readonly string[];
  readonly guided: boolean | undefined;
}
/** ADD PARTITION (…), ADD PARTITION PARTITIONS n. */
export interface AddPartitions {
  readonly kind: "AddPartitions";
  readonly ifNotExists: boolean;
  readonly definitions: readonly PartitionDefinition[];
  readonly count: string | undefined;
}
/** DROP PARTITION a, b and its like; `names` is empty for ALL. COALESCE has a count. `words` follow. */
export interface PartitionAction {
  readonly kind: "PartitionAction";
  readonly action:
    | "DROP"
    | "REBUILD"
    | "OPTIMIZE"
    | "ANALYZE"
    | "CHECK"
    | "REPAIR"
    | "COALESCE"
    | "TRUNCATE"
    | "DISCARD"
    | "IMPORT";
  readonly ifExists: boolean;
  readonly names: readonly string[];
  readonly count: string | undefined;
  readonly words: readonly string[];
}
/** Without names: REORGANIZE PARTITION alone. */
export interface ReorganizePartitions {
  readonly kind: "ReorganizePartitions";
  readonly names: readonly string[];
  readonly into: readonly PartitionDefinition[];
}
export interface ExchangePartition {
  readonly kind: "ExchangePartition";
  readonly partition: string;
  readonly table: TableName;
  readonly validation: boolean | undefined;
}
/** CONVERT PARTITION p TO TABLE t, CONVERT TABLE t TO definition (MariaDB). */
export interface ConvertPartition {
  readonly kind: "ConvertPartition";
  readonly ifNotExists: boolean;
  readonly partition: string | undefined;
  readonly table: TableName;
  readonly definition: PartitionDefinition | undefined;
  readonly validation: boolean | undefined;
}
export interface RepartitionBy {
  readonly kind: "RepartitionBy";
  readonly partitioning: Partitioning;
}
