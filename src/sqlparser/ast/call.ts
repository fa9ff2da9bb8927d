/**
 * Calls: plain ones, aggregates and windows, and the functions that have a syntax of their own. See expression.ts for
 * what holds of all of them.
 */
import type { Column, Expression, IntervalUnit } from "./expression.ts";

/** Calls of every sort: all of them are expressions. */
export type CallExpression =
  | Call
  | Aggregate
  | GroupConcat
  | WindowCall
  | Cast
  | ConvertUsing
  | CharCall
  | WeightString
  | Extract
  | Trim
  | TimestampCall
  | GetFormat
  | Match
  | ValuesOf
  | Default
  | Ignore
  | SequenceValue
  | JsonValue
  | DualityObject;

/** Nodes that stand within calls and queries only. */
export type CallPart = OrderItem | Limit | CastType | Window | WindowName | Frame | Star | JsonAnswer | DualityMember;

/**
 * Every call with plain arguments, built-in or stored. `name` is in small letters when there is no schema. Words that
 * are calls without parentheses (CURRENT_TIMESTAMP) have no arguments; SUBSTRING(a FROM b FOR c) has three.
 */
export interface Call {
  readonly kind: "Call";
  readonly schema: string | undefined;
  readonly name: string;
  readonly arguments: readonly Expression[];
}
export type AggregateName =
  | "avg"
  | "bit_and"
  | "bit_or"
  | "bit_xor"
  | "count"
  | "json_arrayagg"
  | "json_objectagg"
  | "max"
  | "min"
  | "st_collect"
  | "std"
  | "stddev_pop"
  | "stddev_samp"
  | "sum"
  | "var_pop"
  | "var_samp";
/** std: also STDDEV. var_pop: also VARIANCE. count(*) has one argument, a Star. */
export interface Aggregate {
  readonly kind: "Aggregate";
  readonly name: AggregateName;
  readonly distinct: boolean;
  readonly arguments: readonly (Expression | Star)[];
  /** JSON_ARRAYAGG of MariaDB takes ORDER BY and LIMIT. */
  readonly orderBy: readonly OrderItem[];
  readonly limit: Limit | undefined;
  readonly over: Window | WindowName | undefined;
}
export interface GroupConcat {
  readonly kind: "GroupConcat";
  readonly distinct: boolean;
  readonly arguments: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly separator: string | undefined;
  /** MariaDB. */
  readonly limit: Limit | undefined;
  readonly over: Window | WindowName | undefined;
}
/** A function that has meaning only over a window: row_number() OVER w. `name` in small letters. */
export interface WindowCall {
  readonly kind: "WindowCall";
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly from: "FIRST" | "LAST" | undefined;
  readonly nulls: "RESPECT" | "IGNORE" | undefined;
  /** MariaDB: PERCENTILE_CONT(x) WITHIN GROUP (ORDER BY …). */
  readonly withinGroup: readonly OrderItem[];
  readonly over: Window | WindowName;
}
export interface OrderItem {
  readonly kind: "OrderItem";
  readonly expression: Expression;
  readonly direction: "ASC" | "DESC" | undefined;
}
/** LIMIT offset, count. MariaDB's ROWS EXAMINED and FETCH FIRST stand here too. */
export interface Limit {
  readonly kind: "Limit";
  readonly count: Expression | undefined;
  readonly offset: Expression | undefined;
  readonly rowsExamined: Expression | undefined;
  /** FETCH … WITH TIES (MariaDB). */
  readonly withTies: boolean;
}
/** (base PARTITION BY … ORDER BY … frame) */
export interface Window {
  readonly kind: "Window";
  readonly base: string | undefined;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: Frame | undefined;
}
/** OVER w */
export interface WindowName {
  readonly kind: "WindowName";
  readonly name: string;
}
export type FrameBound = "UNBOUNDED PRECEDING" | "PRECEDING" | "CURRENT ROW" | "FOLLOWING" | "UNBOUNDED FOLLOWING";
/** ROWS start, or ROWS BETWEEN start AND end. The offsets go with PRECEDING and FOLLOWING. */
export interface Frame {
  readonly kind: "Frame";
  readonly unit: "ROWS" | "RANGE" | "GROUPS";
  readonly start: FrameBound;
  readonly startOffset: Expression | undefined;
  readonly end: FrameBound | undefined;
  readonly endOffset: Expression | undefined;
  readonly exclude: "CURRENT ROW" | "GROUP" | "TIES" | "NO OTHERS" | undefined;
}
/** *, t.*, s.t.* */
export interface Star {
  readonly kind: "Star";
  readonly schema: string | undefined;
  readonly table: string | undefined;
}
export type CastTypeName =
  | "BINARY"
  | "CHAR"
  | "NCHAR"
  | "DATE"
  | "TIME"
  | "DATETIME"
  | "DECIMAL"
  | "DOUBLE"
  | "FLOAT"
  | "REAL"
  | "JSON"
  | "SIGNED"
  | "UNSIGNED"
  | "YEAR"
  | "VECTOR"
  | "POINT"
  | "LINESTRING"
  | "POLYGON"
  | "MULTIPOINT"
  | "MULTILINESTRING"
  | "MULTIPOLYGON"
  | "GEOMETRYCOLLECTION"
  | "INTERVAL"
  | "UUID"
  | "INET4"
  | "INET6"
  | "XMLTYPE";
/** CHAR(length) CHARACTER SET charset; DECIMAL(length, scale); `charset` may be "ascii", "unicode", "binary". */
export interface CastType {
  readonly kind: "CastType";
  readonly name: CastTypeName;
  readonly length: string | undefined;
  readonly scale: string | undefined;
  readonly charset: string | undefined;
  readonly collation: string | undefined;
  /** The word BINARY beside the character set: its binary collation. */
  readonly binary: boolean;
  /** Of a multi-valued index: CAST(x AS UNSIGNED ARRAY). */
  readonly array: boolean;
}
/** CAST(x AS type), CONVERT(x, type). */
export interface Cast {
  readonly kind: "Cast";
  readonly operand: Expression;
  readonly atTimeZone: string | undefined;
  readonly type: CastType;
}
/** CONVERT(x USING charset) */
export interface ConvertUsing {
  readonly kind: "ConvertUsing";
  readonly operand: Expression;
  readonly charset: string;
}
/** CHAR(77, 121 USING utf8mb4) */
export interface CharCall {
  readonly kind: "CharCall";
  readonly arguments: readonly Expression[];
  readonly charset: string | undefined;
}
/** WEIGHT_STRING(x AS CHAR(n) LEVEL …); MariaDB keeps the levels as written. */
export interface WeightString {
  readonly kind: "WeightString";
  readonly operand: Expression;
  readonly as: CastType | undefined;
  readonly levels: string | undefined;
}
export interface Extract {
  readonly kind: "Extract";
  readonly unit: IntervalUnit;
  readonly operand: Expression;
}
/** TRIM(side remove FROM operand) */
export interface Trim {
  readonly kind: "Trim";
  readonly side: "BOTH" | "LEADING" | "TRAILING" | undefined;
  readonly remove: Expression | undefined;
  readonly operand: Expression;
}
/** TIMESTAMPADD(unit, amount, time), TIMESTAMPDIFF(unit, from, to). */
export interface TimestampCall {
  readonly kind: "TimestampCall";
  readonly name: "timestampadd" | "timestampdiff";
  readonly unit: IntervalUnit;
  readonly left: Expression;
  readonly right: Expression;
}
/** GET_FORMAT(DATE, 'USA') */
export interface GetFormat {
  readonly kind: "GetFormat";
  readonly type: "DATE" | "TIME" | "DATETIME";
  readonly format: Expression;
}
export interface Match {
  readonly kind: "Match";
  readonly columns: readonly Expression[];
  readonly against: Expression;
  readonly mode:
    | "IN BOOLEAN MODE"
    | "IN NATURAL LANGUAGE MODE"
    | "IN NATURAL LANGUAGE MODE WITH QUERY EXPANSION"
    | "WITH QUERY EXPANSION"
    | undefined;
}
/** VALUES(column), and MariaDB's VALUE(column), in ON DUPLICATE KEY UPDATE. */
export interface ValuesOf {
  readonly kind: "ValuesOf";
  readonly column: Column;
}
/** DEFAULT(column); without a column, the word alone as a value of INSERT and UPDATE. */
export interface Default {
  readonly kind: "Default";
  readonly column: Column | undefined;
}
/** MariaDB: the word IGNORE as a value of INSERT and UPDATE. */
export interface Ignore {
  readonly kind: "Ignore";
}
/** NEXT VALUE FOR seq, PREVIOUS VALUE FOR seq (MariaDB): also NEXTVAL(seq), LASTVAL(seq). */
export interface SequenceValue {
  readonly kind: "SequenceValue";
  readonly which: "NEXT" | "PREVIOUS";
  readonly schema: string | undefined;
  readonly name: string;
}
/** JSON_VALUE(document, path RETURNING type onEmpty onError) */
export interface JsonValue {
  readonly kind: "JsonValue";
  readonly document: Expression;
  readonly path: Expression;
  readonly returning: CastType | undefined;
  readonly onEmpty: JsonAnswer | undefined;
  readonly onError: JsonAnswer | undefined;
}
/** NULL, ERROR or DEFAULT value, ON EMPTY or ON ERROR. */
export interface JsonAnswer {
  readonly kind: "JsonAnswer";
  readonly answer: "NULL" | "ERROR" | "DEFAULT";
  readonly value: Expression | undefined;
}
/** JSON_DUALITY_OBJECT(WITH (INSERT, UPDATE) 'key' : value, …): what a JSON duality view of MySQL is made of. */
export interface DualityObject {
  readonly kind: "DualityObject";
  readonly changes: readonly ("INSERT" | "UPDATE" | "DELETE")[];
  readonly members: readonly DualityMember[];
}
/** 'key' : value */
export interface DualityMember {
  readonly kind: "DualityMember";
  readonly key: string;
  readonly value: Expression;
}
