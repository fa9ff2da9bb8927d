/**
 * Statements that define everything but tables: databases, views, sequences, triggers, events, procedures, functions,
 * packages. The bodies of stored programs stand in program.ts.
 */
import type { Commented } from "./commented.ts";
import type { Statement } from "../ast.ts";
import type { Expression, Interval } from "./expression.ts";
import type { Query, TableName } from "./query.ts";
import type { DataType, LockWait, Option } from "./table.ts";

export type SchemaStatement =
  | CreateDatabase
  | AlterDatabase
  | DropDatabase
  | CreateView
  | DropView
  | CreateSequence
  | AlterSequence
  | DropSequence
  | CreateTrigger
  | CreateEvent
  | AlterEvent
  | CreateRoutine
  | CreateLoadableFunction
  | AlterRoutine
  | CreatePackage
  | DropProgram;

export type SchemaPart = Account | Schedule | Parameter | RoutineOptions | LibraryUse | PackageRoutine;

/** name@host; `host` undefined: none was written. CURRENT_USER, CURRENT_ROLE (MariaDB) and USER() (MySQL) are `current`. */
export interface Account {
  readonly kind: "Account";
  readonly current: "CURRENT_USER" | "CURRENT_ROLE" | "USER()" | undefined;
  readonly name: string;
  readonly host: string | undefined;
}

export interface CreateDatabase extends Commented {
  readonly kind: "CreateDatabase";
  readonly replace: boolean;
  readonly ifNotExists: boolean;
  readonly name: string;
  readonly options: readonly Option[];
}
export interface AlterDatabase extends Commented {
  readonly kind: "AlterDatabase";
  /** undefined: the current one. */
  readonly name: string | undefined;
  /** MariaDB: UPGRADE DATA DIRECTORY NAME. */
  readonly upgrade: boolean;
  readonly options: readonly Option[];
}
export interface DropDatabase extends Commented {
  readonly kind: "DropDatabase";
  readonly ifExists: boolean;
  readonly name: string;
}

/** CREATE VIEW and ALTER VIEW. */
export interface CreateView extends Commented {
  readonly kind: "CreateView";
  readonly alter: boolean;
  readonly replace: boolean;
  /** MySQL 9: MATERIALIZED, JSON DUALITY. */
  readonly materialized: boolean;
  readonly duality: boolean;
  readonly ifNotExists: boolean;
  readonly algorithm: "UNDEFINED" | "MERGE" | "TEMPTABLE" | undefined;
  readonly definer: Account | undefined;
  readonly security: "DEFINER" | "INVOKER" | undefined;
  readonly view: TableName;
  readonly columns: readonly string[];
  readonly query: Query;
  readonly checkOption: "CASCADED" | "LOCAL" | "" | undefined;
}
export interface DropView extends Commented {
  readonly kind: "DropView";
  readonly ifExists: boolean;
  readonly views: readonly TableName[];
  readonly behaviour: "RESTRICT" | "CASCADE" | undefined;
}

/** MariaDB. `options`: AS type, START, INCREMENT, MINVALUE, NOMINVALUE, CYCLE …, RESTART; then those of tables. */
export interface CreateSequence extends Commented {
  readonly kind: "CreateSequence";
  readonly replace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly sequence: TableName;
  readonly type: DataType | undefined;
  readonly options: readonly Option[];
  readonly tableOptions: readonly Option[];
}
export interface AlterSequence extends Commented {
  readonly kind: "AlterSequence";
  readonly ifExists: boolean;
  readonly sequence: TableName;
  readonly type: DataType | undefined;
  readonly options: readonly Option[];
}
export interface DropSequence extends Commented {
  readonly kind: "DropSequence";
  readonly temporary: boolean;
  readonly ifExists: boolean;
  readonly sequences: readonly TableName[];
  readonly wait: LockWait | undefined;
}

export interface CreateTrigger extends Commented {
  readonly kind: "CreateTrigger";
  readonly replace: boolean;
  readonly definer: Account | undefined;
  readonly ifNotExists: boolean;
  readonly name: TableName;
  readonly time: "BEFORE" | "AFTER";
  readonly event: "INSERT" | "UPDATE" | "DELETE";
  readonly table: TableName;
  readonly order: "FOLLOWS" | "PRECEDES" | undefined;
  readonly other: TableName | undefined;
  readonly body: Statement;
}

export interface Schedule {
  readonly kind: "Schedule";
  readonly at: Expression | undefined;
  readonly every: Interval | undefined;
  readonly starts: Expression | undefined;
  readonly ends: Expression | undefined;
}
export type EventState = "ENABLE" | "DISABLE" | "DISABLE ON REPLICA";
export interface CreateEvent extends Commented {
  readonly kind: "CreateEvent";
  readonly replace: boolean;
  readonly definer: Account | undefined;
  readonly ifNotExists: boolean;
  readonly name: TableName;
  readonly schedule: Schedule;
  readonly preserve: boolean | undefined;
  readonly state: EventState | undefined;
  readonly comment: string | undefined;
  readonly body: Statement;
}
export interface AlterEvent extends Commented {
  readonly kind: "AlterEvent";
  readonly definer: Account | undefined;
  readonly name: TableName;
  readonly schedule: Schedule | undefined;
  readonly preserve: boolean | undefined;
  readonly renameTo: TableName | undefined;
  readonly state: EventState | undefined;
  readonly comment: string | undefined;
  readonly body: Statement | undefined;
}

/** What stands between a routine's head and its body. */
export interface RoutineOptions {
  readonly kind: "RoutineOptions";
  readonly comment: string | undefined;
  /** As in LANGUAGE SQL: in capitals. */
  readonly language: string | undefined;
  readonly deterministic: boolean | undefined;
  readonly access: "CONTAINS SQL" | "NO SQL" | "READS SQL DATA" | "MODIFIES SQL DATA" | undefined;
  readonly security: "DEFINER" | "INVOKER" | undefined;
  /** MySQL 9: USING (library AS alias, …). */
  readonly libraries: readonly LibraryUse[];
}
export interface LibraryUse {
  readonly kind: "LibraryUse";
  readonly library: TableName;
  readonly alias: string | undefined;
}
export interface Parameter {
  readonly kind: "Parameter";
  readonly mode: "IN" | "OUT" | "INOUT" | undefined;
  readonly name: string;
  readonly type: DataType;
  /** MariaDB 11.8. */
  readonly default: Expression | undefined;
}
/** CREATE PROCEDURE and CREATE FUNCTION with a body: a statement, or (MySQL) the text of another language. */
export interface CreateRoutine extends Commented {
  readonly kind: "CreateRoutine";
  readonly what: "PROCEDURE" | "FUNCTION";
  readonly replace: boolean;
  readonly definer: Account | undefined;
  /** MariaDB's aggregate functions. */
  readonly aggregate: boolean;
  readonly ifNotExists: boolean;
  readonly name: TableName;
  readonly parameters: readonly Parameter[];
  readonly returns: DataType | undefined;
  readonly options: RoutineOptions;
  readonly body: Statement | undefined;
  readonly source: string | undefined;
}
/** CREATE FUNCTION name RETURNS STRING SONAME 'library' */
export interface CreateLoadableFunction extends Commented {
  readonly kind: "CreateLoadableFunction";
  readonly replace: boolean;
  readonly aggregate: boolean;
  readonly ifNotExists: boolean;
  readonly name: string;
  readonly returns: "STRING" | "REAL" | "INT" | "DECIMAL";
  readonly library: string;
}
export interface AlterRoutine extends Commented {
  readonly kind: "AlterRoutine";
  readonly what: "PROCEDURE" | "FUNCTION";
  readonly name: TableName;
  readonly options: RoutineOptions;
}
/** MariaDB. */
export interface CreatePackage extends Commented {
  readonly kind: "CreatePackage";
  readonly replace: boolean;
  readonly definer: Account | undefined;
  readonly body: boolean;
  readonly ifNotExists: boolean;
  readonly name: TableName;
  readonly options: RoutineOptions;
  readonly declarations: readonly Statement[];
  readonly routines: readonly PackageRoutine[];
}
export interface PackageRoutine {
  readonly kind: "PackageRoutine";
  readonly what: "PROCEDURE" | "FUNCTION";
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly returns: DataType | undefined;
  readonly options: RoutineOptions;
  readonly body: Statement | undefined;
}
export interface DropProgram extends Commented {
  readonly kind: "DropProgram";
  readonly what: "PROCEDURE" | "FUNCTION" | "TRIGGER" | "EVENT" | "PACKAGE" | "PACKAGE BODY";
  readonly ifExists: boolean;
  readonly name: TableName;
}
