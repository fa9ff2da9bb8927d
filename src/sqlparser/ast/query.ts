/**
 * Queries: everything that answers rows and may stand in parentheses. All five kinds end in the same clauses
 * (`QueryTail`); those that a query may not have are empty.
 */
import type { Expression, UserVariable } from "./expression.ts";
import type { DataType } from "./table.ts";
import type { JsonAnswer, Limit, OrderItem, Star, Window } from "./call.ts";

export type Query = Select | SetOperation | ValuesQuery | TableQuery | Wrapped;

/** What may follow any query. */
export interface QueryTail {
  readonly with: With | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Limit | undefined;
  readonly into: Into | undefined;
  readonly locks: readonly Lock[];
}

export type SelectModifier =
  | "HIGH_PRIORITY"
  | "STRAIGHT_JOIN"
  | "SQL_SMALL_RESULT"
  | "SQL_BIG_RESULT"
  | "SQL_BUFFER_RESULT"
  | "SQL_CACHE"
  | "SQL_NO_CACHE"
  | "SQL_CALC_FOUND_ROWS";

export interface Select extends QueryTail {
  readonly kind: "Select";
  /** The comments right after SELECT, with their marks: optimizer hints and directives stand here. */
  readonly comments: readonly string[];
  readonly distinct: boolean;
  readonly modifiers: readonly SelectModifier[];
  readonly items: readonly (SelectItem | Star | NextValues)[];
  /** Comma-separated; empty without FROM (and for FROM DUAL). */
  readonly from: readonly TableExpression[];
  readonly where: Expression | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expression | undefined;
  readonly windows: readonly NamedWindow[];
  /** MySQL 8.4 on: QUALIFY. */
  readonly qualify: Expression | undefined;
  /** PROCEDURE ANALYSE(…) of MariaDB. */
  readonly procedure: Expression | undefined;
}

/** An item of the select list. */
export interface SelectItem {
  readonly kind: "SelectItem";
  readonly expression: Expression;
  readonly alias: string | undefined;
  /**
   * The item as written: where there is no alias the server names the column after it. Printing does not give it back,
   * so it is the one field that `parse(print(ast))` may change.
   */
  readonly text: string;
}

/** SELECT NEXT n VALUES FROM sequence (Vitess): the only item of its select. */
export interface NextValues {
  readonly kind: "NextValues";
  readonly count: Expression;
}

export interface GroupBy {
  readonly kind: "GroupBy";
  readonly items: readonly OrderItem[];
  /** WITH ROLLUP, or MySQL's GROUP BY ROLLUP (…), CUBE (…), GROUPING SETS (…); those have `sets` and no items. */
  readonly modifier: "WITH ROLLUP" | "ROLLUP" | "CUBE" | "GROUPING SETS" | undefined;
  readonly sets: readonly GroupingSet[];
}

/** (a, b), or () for all rows. */
export interface GroupingSet {
  readonly kind: "GroupingSet";
  readonly items: readonly Expression[];
}

/** WINDOW name AS (…) */
export interface NamedWindow {
  readonly kind: "NamedWindow";
  readonly name: string;
  readonly window: Window;
}

/** left UNION right. EXCEPT is also MINUS. A chain leans to the left; INTERSECT binds tighter. */
export interface SetOperation extends QueryTail {
  readonly kind: "SetOperation";
  readonly operator: "UNION" | "INTERSECT" | "EXCEPT";
  readonly all: boolean;
  readonly left: Query;
  readonly right: Query;
}

/** VALUES ROW(1, 2), ROW(3, 4); MariaDB writes VALUES (1, 2), (3, 4). */
export interface ValuesQuery extends QueryTail {
  readonly kind: "ValuesQuery";
  readonly rows: readonly RowValues[];
}

/** One row of values; an expression may be a Default. */
export interface RowValues {
  readonly kind: "RowValues";
  readonly values: readonly Expression[];
}

/** TABLE t (MySQL) */
export interface TableQuery extends QueryTail {
  readonly kind: "TableQuery";
  readonly table: TableName;
}

/** A query in parentheses with clauses of its own after them: (SELECT … LIMIT 3) LIMIT 1. Other parentheses leave no trace. */
export interface Wrapped extends QueryTail {
  readonly kind: "Wrapped";
  readonly query: Query;
}

export interface With {
  readonly kind: "With";
  readonly recursive: boolean;
  readonly tables: readonly CommonTable[];
}

export interface CommonTable {
  readonly kind: "CommonTable";
  readonly name: string;
  readonly columns: readonly string[];
  readonly query: Query;
  /** MariaDB: CYCLE a, b RESTRICT. */
  readonly cycle: readonly string[];
}

/** INTO OUTFILE, DUMPFILE or variables (a string is a variable of a stored program). */
export interface Into {
  readonly kind: "Into";
  readonly target: "OUTFILE" | "DUMPFILE" | "VARIABLES";
  readonly file: string | undefined;
  readonly charset: string | undefined;
  readonly format: FileFormat | undefined;
  readonly variables: readonly (UserVariable | LocalVariable)[];
}

/** A variable of a stored program, as a target: SELECT … INTO name, FETCH … INTO name. */
export interface LocalVariable {
  readonly kind: "LocalVariable";
  readonly name: string;
}

/** FIELDS TERMINATED BY … ENCLOSED BY … ESCAPED BY … LINES STARTING BY … TERMINATED BY …. */
export interface FileFormat {
  readonly kind: "FileFormat";
  readonly fieldsTerminatedBy: Expression | undefined;
  readonly enclosedBy: Expression | undefined;
  readonly optionallyEnclosed: boolean;
  readonly escapedBy: Expression | undefined;
  readonly linesStartingBy: Expression | undefined;
  readonly linesTerminatedBy: Expression | undefined;
}

/** FOR UPDATE OF t SKIP LOCKED; LOCK IN SHARE MODE is a kind of its own, as MariaDB knows no FOR SHARE. */
export interface Lock {
  readonly kind: "Lock";
  readonly strength: "FOR UPDATE" | "FOR SHARE" | "LOCK IN SHARE MODE";
  readonly tables: readonly TableName[];
  readonly wait: "NOWAIT" | "SKIP LOCKED" | "WAIT" | undefined;
  /** MariaDB: WAIT n. */
  readonly waitSeconds: Expression | undefined;
}

export type TableExpression = Table | Derived | Join | JsonTable | TableGroup;

export interface TableName {
  readonly kind: "TableName";
  readonly schema: string | undefined;
  readonly name: string;
}

/** A named table, view or common table in FROM. */
export interface Table {
  readonly kind: "Table";
  readonly name: TableName;
  readonly partitions: readonly string[];
  readonly systemTime: SystemTime | undefined;
  readonly alias: string | undefined;
  readonly hints: readonly IndexHint[];
  readonly sample: TableSample | undefined;
}

/** MariaDB: FOR SYSTEM_TIME AS OF from, BETWEEN from AND to, FROM from TO to, ALL. */
export interface SystemTime {
  readonly kind: "SystemTime";
  readonly range: "AS OF" | "BETWEEN" | "FROM" | "ALL";
  /** Says whether the points are times or transaction numbers. */
  readonly unit: "TIMESTAMP" | "TRANSACTION" | undefined;
  readonly from: Expression | undefined;
  readonly to: Expression | undefined;
}

/** MySQL 8.4 on: TABLESAMPLE SYSTEM (n). */
export interface TableSample {
  readonly kind: "TableSample";
  readonly method: "SYSTEM" | "BERNOULLI";
  readonly percentage: Expression;
}

/** USE INDEX FOR JOIN (a, b). `VINDEX` is Vitess's. */
export interface IndexHint {
  readonly kind: "IndexHint";
  readonly action: "USE" | "IGNORE" | "FORCE";
  readonly what: "INDEX" | "VINDEX";
  readonly for: "JOIN" | "ORDER BY" | "GROUP BY" | undefined;
  /** Empty: USE INDEX (). */
  readonly indexes: readonly string[];
}

/** [LATERAL] (query) alias (columns) */
export interface Derived {
  readonly kind: "Derived";
  readonly lateral: boolean;
  readonly query: Query;
  readonly alias: string | undefined;
  readonly columns: readonly string[];
}

export type JoinType = "INNER" | "CROSS" | "STRAIGHT" | "LEFT" | "RIGHT";

/** JOIN without ON is INNER without condition. */
export interface Join {
  readonly kind: "Join";
  readonly type: JoinType;
  readonly natural: boolean;
  readonly left: TableExpression;
  readonly right: TableExpression;
  readonly on: Expression | undefined;
  readonly using: readonly string[];
}

/** (a, b): two or more tables in parentheses within a join. */
export interface TableGroup {
  readonly kind: "TableGroup";
  readonly tables: readonly TableExpression[];
}

/** JSON_TABLE(document, path COLUMNS (…)) alias */
export interface JsonTable {
  readonly kind: "JsonTable";
  readonly document: Expression;
  readonly path: Expression;
  readonly columns: readonly JsonColumn[];
  readonly alias: string | undefined;
}

export type JsonColumn = JsonOrdinality | JsonPathColumn | JsonNested;

/** name FOR ORDINALITY */
export interface JsonOrdinality {
  readonly kind: "JsonOrdinality";
  readonly name: string;
}
/** name type [EXISTS] PATH path */
export interface JsonPathColumn {
  readonly kind: "JsonPathColumn";
  readonly name: string;
  readonly type: DataType;
  readonly exists: boolean;
  readonly path: Expression;
  readonly onEmpty: JsonAnswer | undefined;
  readonly onError: JsonAnswer | undefined;
}
/** NESTED PATH path COLUMNS (…) */
export interface JsonNested {
  readonly kind: "JsonNested";
  readonly path: Expression;
  readonly columns: readonly JsonColumn[];
}

/** Nodes that stand within queries only. */
export type QueryPart =
  | SelectItem
  | NextValues
  | GroupBy
  | GroupingSet
  | NamedWindow
  | RowValues
  | With
  | CommonTable
  | Into
  | LocalVariable
  | FileFormat
  | Lock
  | TableExpression
  | TableName
  | SystemTime
  | TableSample
  | IndexHint
  | JsonColumn;
