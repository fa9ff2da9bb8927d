/**
 * Expressions. Parentheses leave no trace here: the printer puts back those that precedence asks for. Words are in their
 * canonical case: operators and units in capitals, names of functions in small letters, identifiers as written.
 * Every field is always there; what a statement leaves out is `undefined` or an empty list.
 */
import type { CallExpression } from "./call.ts";
import type { Query } from "./query.ts";

export type Expression =
  | Literal
  | Null
  | Introduced
  | Bind
  | ListBind
  | Column
  | UserVariable
  | SystemVariable
  | Assign
  | Unary
  | Not
  | Binary
  | Comparison
  | Quantified
  | And
  | Or
  | Xor
  | Is
  | In
  | Between
  | Like
  | Regexp
  | SoundsLike
  | MemberOf
  | JsonExtract
  | Collate
  | Case
  | Row
  | Subquery
  | Exists
  | Interval
  | CallExpression;

/**
 * A constant. `text` is, by type: string, national: the characters themselves, unescaped; integer, decimal, float: as
 * written; hexString (x'4D'), hexNumber (0x4D), bit: the digits; date, time, timestamp: what stands in the quotes;
 * boolean: "true" or "false". Bytes that are not valid in the source's character set are U+DC80..U+DCFF (see source.ts).
 */
export interface Literal {
  readonly kind: "Literal";
  readonly type: LiteralType;
  readonly text: string;
}
export type LiteralType =
  | "string"
  | "national"
  | "integer"
  | "decimal"
  | "float"
  | "hexString"
  | "hexNumber"
  | "bit"
  | "date"
  | "time"
  | "timestamp"
  | "boolean";

export interface Null {
  readonly kind: "Null";
}
/** _charset 'text', _charset x'4D': the bytes are read in `charset` (small letters, no underscore). */
export interface Introduced {
  readonly kind: "Introduced";
  readonly charset: string;
  readonly literal: Literal;
}
/** :name, or a `?`, which is called v1, v2, … in order. */
export interface Bind {
  readonly kind: "Bind";
  readonly name: string;
}
/** ::name, a list of values after IN. */
export interface ListBind {
  readonly kind: "ListBind";
  readonly name: string;
}
export interface Column {
  readonly kind: "Column";
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly name: string;
}
/** @name */
export interface UserVariable {
  readonly kind: "UserVariable";
  readonly name: string;
}
export type VariableScope = "GLOBAL" | "SESSION" | "LOCAL" | "PERSIST" | "PERSIST_ONLY";
/** @@scope.component.name; `name` as written. */
export interface SystemVariable {
  readonly kind: "SystemVariable";
  readonly scope: VariableScope | undefined;
  /** The key cache or component: @@hot.key_buffer_size. */
  readonly component: string | undefined;
  readonly name: string;
}
/** @name := value */
export interface Assign {
  readonly kind: "Assign";
  readonly variable: UserVariable;
  readonly value: Expression;
}
export interface Unary {
  readonly kind: "Unary";
  readonly operator: "-" | "+" | "~" | "BINARY";
  readonly operand: Expression;
}
/** NOT x, and ! x. */
export interface Not {
  readonly kind: "Not";
  readonly operand: Expression;
}
/** `||` is here only where sql_mode has PIPES_AS_CONCAT; elsewhere it is an Or. `a MOD b` is `a % b`. */
export type BinaryOperator = "+" | "-" | "*" | "/" | "DIV" | "%" | "|" | "&" | "^" | "<<" | ">>" | "||";
/** With "+" and "-", one side may be an Interval. */
export interface Binary {
  readonly kind: "Binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
/** `!=` is `<>`. */
export type ComparisonOperator = "=" | "<=>" | "<>" | "<" | "<=" | ">" | ">=";
export interface Comparison {
  readonly kind: "Comparison";
  readonly operator: ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
}
/** left = ALL (query). SOME is ANY. */
export interface Quantified {
  readonly kind: "Quantified";
  readonly operator: ComparisonOperator;
  readonly quantifier: "ALL" | "ANY";
  readonly left: Expression;
  readonly query: Query;
}
/** a AND b AND c is one node of three operands; (a AND b) AND c is a node within a node. `&&` is AND. */
export interface And {
  readonly kind: "And";
  readonly operands: readonly Expression[];
}
/** As And. `||` is OR unless sql_mode has PIPES_AS_CONCAT. */
export interface Or {
  readonly kind: "Or";
  readonly operands: readonly Expression[];
}
export interface Xor {
  readonly kind: "Xor";
  readonly left: Expression;
  readonly right: Expression;
}
export interface Is {
  readonly kind: "Is";
  readonly operand: Expression;
  readonly negated: boolean;
  readonly test: "NULL" | "TRUE" | "FALSE" | "UNKNOWN";
}
/** `list` is a Row, a Subquery or a ListBind. */
export interface In {
  readonly kind: "In";
  readonly operand: Expression;
  readonly negated: boolean;
  readonly list: Row | Subquery | ListBind;
}
export interface Between {
  readonly kind: "Between";
  readonly operand: Expression;
  readonly negated: boolean;
  readonly low: Expression;
  readonly high: Expression;
}
export interface Like {
  readonly kind: "Like";
  readonly operand: Expression;
  readonly negated: boolean;
  readonly pattern: Expression;
  readonly escape: Expression | undefined;
}
/** REGEXP and RLIKE. */
export interface Regexp {
  readonly kind: "Regexp";
  readonly operand: Expression;
  readonly negated: boolean;
  readonly pattern: Expression;
}
export interface SoundsLike {
  readonly kind: "SoundsLike";
  readonly left: Expression;
  readonly right: Expression;
}
/** value MEMBER OF (array) */
export interface MemberOf {
  readonly kind: "MemberOf";
  readonly value: Expression;
  readonly array: Expression;
}
/** column -> path, column ->> path (MySQL). */
export interface JsonExtract {
  readonly kind: "JsonExtract";
  readonly operator: "->" | "->>";
  readonly left: Expression;
  readonly path: Expression;
}
export interface Collate {
  readonly kind: "Collate";
  readonly operand: Expression;
  readonly collation: string;
}
export interface Case {
  readonly kind: "Case";
  readonly operand: Expression | undefined;
  readonly whens: readonly When[];
  readonly otherwise: Expression | undefined;
}
export interface When {
  readonly kind: "When";
  readonly condition: Expression;
  readonly result: Expression;
}
/** (a, b), ROW(a, b), and the list of IN, which may have one item. */
export interface Row {
  readonly kind: "Row";
  readonly items: readonly Expression[];
}
export interface Subquery {
  readonly kind: "Subquery";
  readonly query: Query;
}
export interface Exists {
  readonly kind: "Exists";
  readonly query: Query;
}
export type IntervalUnit =
  | "MICROSECOND"
  | "SECOND"
  | "MINUTE"
  | "HOUR"
  | "DAY"
  | "WEEK"
  | "MONTH"
  | "QUARTER"
  | "YEAR"
  | "SECOND_MICROSECOND"
  | "MINUTE_MICROSECOND"
  | "MINUTE_SECOND"
  | "HOUR_MICROSECOND"
  | "HOUR_SECOND"
  | "HOUR_MINUTE"
  | "DAY_MICROSECOND"
  | "DAY_SECOND"
  | "DAY_MINUTE"
  | "DAY_HOUR"
  | "YEAR_MONTH";
/** INTERVAL amount unit: an operand of + and -, or the second argument of date_add and its kin. */
export interface Interval {
  readonly kind: "Interval";
  readonly amount: Expression;
  readonly unit: IntervalUnit;
}
