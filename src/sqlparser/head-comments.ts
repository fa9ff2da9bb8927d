/**
 * Comments behind the first word of a statement: kept by the tree and written there again. Queries, INSERT, UPDATE and
 * DELETE read and print their own, as they may stand within others; statements of programs have none.
 */
import type { PlainStatement, StatementWithin } from "./ast.ts";
import type { Bare } from "./ast/commented.ts";

const commentsWithin: Readonly<Record<StatementWithin["kind"], true>> = {
  Select: true,
  SetOperation: true,
  ValuesQuery: true,
  TableQuery: true,
  Wrapped: true,
  Insert: true,
  Update: true,
  Delete: true,
  Block: true,
  DeclareVariables: true,
  DeclareCondition: true,
  DeclareCursor: true,
  DeclareHandler: true,
  If: true,
  CaseStatement: true,
  Loop: true,
  While: true,
  Repeat: true,
  For: true,
  Leave: true,
  Iterate: true,
  Return: true,
  OpenCursor: true,
  FetchCursor: true,
  CloseCursor: true,
  Signal: true,
  GetDiagnostics: true,
};

/** Whether `parseStatement` has to add the comments, and the printer to write them. */
export function isPlain(statement: StatementWithin | Bare<PlainStatement>): statement is Bare<PlainStatement> {
  return !hasCommentsWithin(statement.kind);
}

export function hasCommentsWithin(kind: string): boolean {
  return Object.hasOwn(commentsWithin, kind);
}
