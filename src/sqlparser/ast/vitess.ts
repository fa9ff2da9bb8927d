/** Statements that Vitess adds to the language, but for those of SHOW (show.ts). */
import type { Statement } from "../ast.ts";
import type { Expression } from "./expression.ts";
import type { Limit } from "./call.ts";
import type { TableName } from "./query.ts";

export type VitessStatement = VExplain | Stream | VStream;

/** VEXPLAIN PLAN statement */
export interface VExplain {
  readonly kind: "VExplain";
  readonly what: "PLAN" | "QUERIES" | "ALL" | "TRACE" | "KEYS" | "MYSQLPLAN";
  readonly statement: Statement;
}
/** STREAM * FROM t: the messages of a message table. */
export interface Stream {
  readonly kind: "Stream";
  readonly comments: readonly string[];
  readonly table: TableName;
}
/** VSTREAM * FROM t: the changes of a table. */
export interface VStream {
  readonly kind: "VStream";
  readonly comments: readonly string[];
  readonly table: TableName;
  readonly where: Expression | undefined;
  readonly limit: Limit | undefined;
}
