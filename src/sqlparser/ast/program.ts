/**
 * What the bodies of stored programs are made of. Outside a program, MariaDB takes compound statements too (BEGIN NOT
 * ATOMIC), and both flavours take SIGNAL, RESIGNAL and GET DIAGNOSTICS.
 */
import type { Statement } from "../ast.ts";
import type { Expression, UserVariable } from "./expression.ts";
import type { LocalVariable, Query } from "./query.ts";
import type { Parameter } from "./schema.ts";
import type { DataType } from "./table.ts";

export type ProgramStatement =
  | Block
  | DeclareVariables
  | DeclareCondition
  | DeclareCursor
  | DeclareHandler
  | If
  | CaseStatement
  | Loop
  | While
  | Repeat
  | For
  | Leave
  | Iterate
  | Return
  | OpenCursor
  | FetchCursor
  | CloseCursor
  | Signal
  | GetDiagnostics;

export type ProgramPart = Branch | ConditionValue | SignalItem | DiagnosticsItem;

/** label: BEGIN … END. `atomic`: MariaDB's BEGIN NOT ATOMIC. */
export interface Block {
  readonly kind: "Block";
  readonly label: string | undefined;
  readonly notAtomic: boolean;
  readonly statements: readonly Statement[];
}
export interface DeclareVariables {
  readonly kind: "DeclareVariables";
  readonly names: readonly string[];
  readonly type: DataType;
  readonly default: Expression | undefined;
}
export interface DeclareCondition {
  readonly kind: "DeclareCondition";
  readonly name: string;
  readonly value: ConditionValue;
}
export interface ConditionValue {
  readonly kind: "ConditionValue";
  readonly what: "SQLSTATE" | "errno" | "name" | "SQLWARNING" | "NOT FOUND" | "SQLEXCEPTION";
  /** The state, number or name. */
  readonly value: string;
}
export interface DeclareCursor {
  readonly kind: "DeclareCursor";
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** A prepared statement of that name (MariaDB 12), or a query. */
  readonly query: Query;
}
export interface DeclareHandler {
  readonly kind: "DeclareHandler";
  readonly action: "CONTINUE" | "EXIT" | "UNDO";
  readonly conditions: readonly ConditionValue[];
  readonly body: Statement;
}
/** IF, ELSEIF … ELSE. `otherwise` undefined: no ELSE. */
export interface If {
  readonly kind: "If";
  readonly branches: readonly Branch[];
  readonly otherwise: readonly Statement[] | undefined;
}
/** condition THEN statements */
export interface Branch {
  readonly kind: "Branch";
  readonly condition: Expression;
  readonly statements: readonly Statement[];
}
export interface CaseStatement {
  readonly kind: "CaseStatement";
  readonly operand: Expression | undefined;
  readonly branches: readonly Branch[];
  readonly otherwise: readonly Statement[] | undefined;
}
export interface Loop {
  readonly kind: "Loop";
  readonly label: string | undefined;
  readonly statements: readonly Statement[];
}
export interface While {
  readonly kind: "While";
  readonly label: string | undefined;
  readonly condition: Expression;
  readonly statements: readonly Statement[];
}
export interface Repeat {
  readonly kind: "Repeat";
  readonly label: string | undefined;
  readonly statements: readonly Statement[];
  readonly until: Expression;
}
/** MariaDB: FOR i IN REVERSE low..high DO, FOR row IN cursor(…) DO, FOR row IN (query) DO. */
export interface For {
  readonly kind: "For";
  readonly label: string | undefined;
  readonly variable: string;
  readonly reverse: boolean;
  readonly low: Expression | undefined;
  readonly high: Expression | undefined;
  readonly cursor: string | undefined;
  readonly arguments: readonly Expression[];
  readonly query: Query | undefined;
  readonly statements: readonly Statement[];
}
export interface Leave {
  readonly kind: "Leave";
  readonly label: string;
}
export interface Iterate {
  readonly kind: "Iterate";
  readonly label: string;
}
/** `value` undefined: a procedure of MariaDB's Oracle mode. */
export interface Return {
  readonly kind: "Return";
  readonly value: Expression;
}
export interface OpenCursor {
  readonly kind: "OpenCursor";
  readonly name: string;
  readonly arguments: readonly Expression[];
}
export interface FetchCursor {
  readonly kind: "FetchCursor";
  /** MariaDB: FETCH GROUP NEXT ROW, in aggregate functions; then there is no name. */
  readonly groupNextRow: boolean;
  readonly name: string | undefined;
  readonly variables: readonly LocalVariable[];
}
export interface CloseCursor {
  readonly kind: "CloseCursor";
  readonly name: string;
}
/** SIGNAL, and RESIGNAL, which may stand without a condition. */
export interface Signal {
  readonly kind: "Signal";
  readonly resignal: boolean;
  readonly condition: ConditionValue | undefined;
  readonly items: readonly SignalItem[];
}
/** MESSAGE_TEXT = value */
export interface SignalItem {
  readonly kind: "SignalItem";
  readonly name: string;
  readonly value: Expression;
}
/** GET CURRENT DIAGNOSTICS CONDITION n @a = MESSAGE_TEXT */
export interface GetDiagnostics {
  readonly kind: "GetDiagnostics";
  readonly area: "CURRENT" | "STACKED" | undefined;
  readonly condition: Expression | undefined;
  readonly items: readonly DiagnosticsItem[];
}
export interface DiagnosticsItem {
  readonly kind: "DiagnosticsItem";
  readonly target: UserVariable | LocalVariable;
  readonly name: string;
}
