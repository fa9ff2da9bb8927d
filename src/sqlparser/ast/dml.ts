/** Statements that change rows, and those that read or write files and cursors of a table. */
import type { Commented } from "./commented.ts";
import type { Limit, OrderItem, Star } from "./call.ts";
import type { Column, Expression, UserVariable } from "./expression.ts";
import type { FileFormat, Query, RowValues, SelectItem, TableExpression, TableName, With } from "./query.ts";

export type DmlStatement = Insert | Update | Delete | LoadFile | Handler | CallProcedure | Do;

export type Priority = "LOW_PRIORITY" | "DELAYED" | "HIGH_PRIORITY";

/** INSERT and REPLACE. Exactly one of `rows` (INSERT … VALUES, SET) and `query` is there; INSERT t () VALUES () has one empty row. */
export interface Insert {
  readonly kind: "Insert";
  readonly action: "INSERT" | "REPLACE";
  readonly comments: readonly string[];
  readonly priority: Priority | undefined;
  readonly ignore: boolean;
  readonly table: TableName;
  readonly partitions: readonly string[];
  /** Undefined without a list of columns; INSERT … SET a = 1 becomes columns and one row. */
  readonly columns: readonly Column[] | undefined;
  readonly rows: readonly RowValues[] | undefined;
  readonly query: Query | undefined;
  /** MySQL: AS new (a, b) after VALUES. */
  readonly rowAlias: RowAlias | undefined;
  readonly onDuplicate: readonly Assignment[];
  /** MariaDB. */
  readonly returning: readonly (SelectItem | Star)[];
}

export interface RowAlias {
  readonly kind: "RowAlias";
  readonly name: string;
  readonly columns: readonly string[];
}

/** column = value; the value may be a Default. */
export interface Assignment {
  readonly kind: "Assignment";
  readonly column: Column;
  readonly value: Expression;
}

/** Over one table when `from` has one Table; else over many: then MySQL refuses ORDER BY and LIMIT (1221). */
export interface Update {
  readonly kind: "Update";
  readonly comments: readonly string[];
  readonly with: With | undefined;
  readonly priority: Priority | undefined;
  readonly ignore: boolean;
  readonly from: readonly TableExpression[];
  readonly portion: Portion | undefined;
  readonly set: readonly Assignment[];
  readonly where: Expression | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Limit | undefined;
  readonly returning: readonly (SelectItem | Star)[];
}

/** MariaDB: FOR PORTION OF period FROM from TO to. */
export interface Portion {
  readonly kind: "Portion";
  readonly period: string;
  readonly from: Expression;
  readonly to: Expression;
}

/**
 * DELETE FROM t … has no targets and one Table in `from`. DELETE a, b FROM … and DELETE FROM a, b USING … name their
 * targets, which may be aliases.
 */
export interface Delete {
  readonly kind: "Delete";
  readonly comments: readonly string[];
  readonly with: With | undefined;
  readonly priority: Priority | undefined;
  readonly quick: boolean;
  readonly ignore: boolean;
  readonly history: boolean;
  readonly targets: readonly TableName[];
  readonly from: readonly TableExpression[];
  readonly portion: Portion | undefined;
  /** MariaDB: DELETE HISTORY … BEFORE SYSTEM_TIME. */
  readonly before: Expression | undefined;
  readonly beforeUnit: "TIMESTAMP" | "TRANSACTION" | undefined;
  readonly where: Expression | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Limit | undefined;
  readonly returning: readonly (SelectItem | Star)[];
}

/** LOAD DATA and LOAD XML. */
export interface LoadFile extends Commented {
  readonly kind: "LoadFile";
  readonly format: "DATA" | "XML";
  readonly priority: "LOW_PRIORITY" | "CONCURRENT" | undefined;
  readonly local: boolean;
  readonly file: string;
  readonly duplicates: "REPLACE" | "IGNORE" | undefined;
  readonly table: TableName;
  readonly partitions: readonly string[];
  readonly charset: string | undefined;
  readonly fileFormat: FileFormat | undefined;
  readonly rowsIdentifiedBy: string | undefined;
  readonly ignoreCount: string | undefined;
  readonly columns: readonly (Column | UserVariable)[];
  readonly set: readonly Assignment[];
}

/** HANDLER t OPEN / READ / CLOSE */
export interface Handler extends Commented {
  readonly kind: "Handler";
  readonly table: TableName;
  readonly action: "OPEN" | "READ" | "CLOSE";
  readonly alias: string | undefined;
  readonly index: string | undefined;
  readonly read: "FIRST" | "NEXT" | "PREV" | "LAST" | "=" | "<=" | ">=" | "<" | ">" | undefined;
  readonly values: RowValues | undefined;
  readonly where: Expression | undefined;
  readonly limit: Limit | undefined;
}

/** CALL procedure(arguments) */
export interface CallProcedure extends Commented {
  readonly kind: "CallProcedure";
  readonly name: TableName;
  readonly arguments: readonly Expression[];
}

export interface Do extends Commented {
  readonly kind: "Do";
  readonly expressions: readonly Expression[];
}

export type DmlPart = RowAlias | Assignment | Portion;
