/**
 * Statements that are not planned: how each kind is carried out. To add one: a function in statements/, a line here. What
 * is in no table is refused by name, unless the session is pointed at a shard: then it goes there as it is.
 */
import { VtError } from "../base/errors.ts";
import type { Kind, NodeOf, Statement } from "../sqlparser/ast.ts";
import type { Carrying } from "./carrying.ts";
import { alterTheVSchema } from "./statements/alter-vschema.ts";
import { createDatabase, dropDatabase } from "./statements/databases.ts";
import { changeSchema } from "./statements/definition.ts";
import { administer, runProgram } from "./statements/schema.ts";
import { describeTable, explain, vexplain } from "./statements/explain.ts";
import { deallocate, execute, prepare } from "./statements/prepared.ts";
import { loadFile } from "./statements/load-file.ts";
import { asksForLocks } from "./named-locks.ts";
import { runWithLocks } from "./statements/locks.ts";
import { sendAsItIs } from "./statements/send.ts";
import { kill, useKeyspace } from "./statements/session.ts";
import { setTransaction, setVariables } from "./statements/set.ts";
import { show } from "./statements/show.ts";
import {
  begin,
  commitTransaction,
  releaseSavepoint,
  rollbackTransaction,
  setSavepoint,
} from "./statements/transaction.ts";

type Carry<S> = (statement: S, carrying: Carrying) => Promise<void> | void;
type Table = { readonly [K in Kind]?: Carry<NodeOf<K>> };

/** The session's own business, wherever it is pointed. */
const ofTheSession: Table = {
  Begin: begin,
  Commit: commitTransaction,
  Rollback: rollbackTransaction,
  Savepoint: setSavepoint,
  ReleaseSavepoint: releaseSavepoint,
  Set: setVariables,
  SetTransaction: setTransaction,
  Use: useKeyspace,
  Kill: kill,
  LoadFile: loadFile,
  Prepare: prepare,
  Execute: execute,
  Deallocate: deallocate,
  Show: show,
  VExplain: vexplain,
  AlterVSchema: alterTheVSchema,
  CreateDatabase: createDatabase,
  DropDatabase: dropDatabase,
  // Vitess's answer: tables of many servers cannot be locked together.
  LockTables: (_, { run }) => {
    run.session.warn({ level: "Warning", code: 1235, text: "LOCK TABLES has no effect over many servers" });
    run.ok();
  },
  UnlockTables: (_, { run }) => run.ok(),
};

/** For a whole keyspace. */
const ofTheKeyspace: Table = {
  Explain: explain,
  DescribeTable: describeTable,
  CreateTable: changeSchema,
  AlterTable: changeSchema,
  DropTable: changeSchema,
  RenameTables: changeSchema,
  TruncateTable: changeSchema,
  CreateIndex: changeSchema,
  DropIndex: changeSchema,
  CreateView: changeSchema,
  DropView: changeSchema,
  CreateTrigger: changeSchema,
  CreateRoutine: changeSchema,
  AlterRoutine: changeSchema,
  CreateEvent: changeSchema,
  AlterEvent: changeSchema,
  CreateSequence: changeSchema,
  AlterSequence: changeSchema,
  DropSequence: changeSchema,
  DropProgram: changeSchema,
  Administration: administer,
  CallProcedure: runProgram,
  Do: runProgram,
};

export async function carryOut(statement: Statement, carrying: Carrying): Promise<void> {
  const own = ofTheSession[statement.kind] as Carry<Statement> | undefined;
  if (own !== undefined) return own(statement, carrying);
  if (asksForLocks(statement)) return runWithLocks(statement, carrying);
  if (carrying.run.session.target.destination !== undefined) return sendAsItIs(statement, carrying);
  const ofKeyspace = ofTheKeyspace[statement.kind] as Carry<Statement> | undefined;
  if (ofKeyspace === undefined) throw VtError.of("VT12001", statement.kind);
  return ofKeyspace(statement, carrying);
}
