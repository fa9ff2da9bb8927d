/** Children of statements about the session, and of Vitess's own. See children.ts. */
import type { SessionPart, SessionStatement } from "../ast/session.ts";
import type { VitessStatement } from "../ast/vitess.ts";
import type { Children } from "../children.ts";

export const sessionChildren: Children<SessionStatement | SessionPart | VitessStatement> = {
  Begin: {},
  Commit: {},
  Rollback: {},
  Savepoint: {},
  ReleaseSavepoint: {},
  SetTransaction: {},
  Xa: { xid: 1 },
  Xid: { globalId: 1, branch: 1 },
  LockTables: { tables: 1 },
  TableLock: { table: 1 },
  UnlockTables: {},
  LockInstance: {},
  Set: { assignments: 1, statement: 1 },
  SetVariable: { target: 1, value: 1 },
  BareVariable: {},
  SetNames: {},
  Prepare: { source: 1 },
  Execute: { using: 1 },
  Deallocate: {},
  ExecuteImmediate: { source: 1, using: 1 },
  Explain: { into: 1, statement: 1 },
  ExplainConnection: { connection: 1 },
  DescribeTable: { table: 1 },
  Use: {},
  Kill: { connection: 1 },
  VExplain: { statement: 1 },
  Stream: { table: 1 },
  VStream: { table: 1, where: 1, limit: 1 },
};
