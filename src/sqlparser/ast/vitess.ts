/** Statements that Vitess adds to the language, but for those of SHOW (show.ts). */
import type { Commented } from "./commented.ts";
import type { Statement } from "../ast.ts";
import type { Expression } from "./expression.ts";
import type { Limit } from "./call.ts";
import type { TableName } from "./query.ts";

export type VitessStatement = VExplain | Stream | VStream;

/** VEXPLAIN PLAN statement */
export interface VExplain extends Commented {
  readonly kind: "VExplain";
  readonly what: "PLAN" | "QUERIES" | "ALL" | "TRACE" | "KEYS" | "MYSQLPLAN";
  readonly statement: Statement;
}
/** STREAM * FROM t: the messages of a message table. */
export interface Stream extends Commented {
  readonly kind: "Stream";
  readonly table: TableName;
}
/** VSTREAM * FROM t: the changes of a table. */
export interface VStream extends Commented {
  readonly kind: "VStream";
  readonly table: TableName;
  readonly where: Expression | undefined;
  readonly limit: Limit | undefined;
}
