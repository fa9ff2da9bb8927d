/** Children of definitions of everything but tables, of stored programs, and of administration. See children.ts. */
import type { AdministrationPart, AdministrationStatement } from "../ast/administration.ts";
import type { ProgramPart, ProgramStatement } from "../ast/program.ts";
import type { SchemaPart, SchemaStatement } from "../ast/schema.ts";
import type { VitessDdlPart, VitessDdlStatement } from "../ast/vitess-ddl.ts";
import type { Children } from "../children.ts";

export const schemaChildren: Children<SchemaStatement | SchemaPart> = {
  Account: {},
  CreateDatabase: { options: 1 },
  AlterDatabase: { options: 1 },
  DropDatabase: {},
  CreateView: { definer: 1, view: 1, query: 1 },
  DropView: { views: 1 },
  CreateSequence: { sequence: 1, type: 1, options: 1, tableOptions: 1 },
  AlterSequence: { sequence: 1, type: 1, options: 1 },
  DropSequence: { sequences: 1 },
  CreateTrigger: { definer: 1, name: 1, table: 1, other: 1, body: 1 },
  Schedule: { at: 1, every: 1, starts: 1, ends: 1 },
  CreateEvent: { definer: 1, name: 1, schedule: 1, body: 1 },
  AlterEvent: { definer: 1, name: 1, schedule: 1, renameTo: 1, body: 1 },
  RoutineOptions: { libraries: 1 },
  LibraryUse: { library: 1 },
  Parameter: { type: 1, default: 1 },
  CreateRoutine: { definer: 1, name: 1, parameters: 1, returns: 1, options: 1, body: 1 },
  CreateLoadableFunction: {},
  AlterRoutine: { name: 1, options: 1 },
  CreatePackage: { definer: 1, name: 1, options: 1, declarations: 1, routines: 1 },
  PackageRoutine: { parameters: 1, returns: 1, options: 1, body: 1 },
  DropProgram: { name: 1 },
};

export const programChildren: Children<ProgramStatement | ProgramPart> = {
  Block: { statements: 1 },
  DeclareVariables: { type: 1, default: 1 },
  DeclareCondition: { value: 1 },
  ConditionValue: {},
  DeclareCursor: { parameters: 1, query: 1 },
  DeclareHandler: { conditions: 1, body: 1 },
  If: { branches: 1, otherwise: 1 },
  Branch: { condition: 1, statements: 1 },
  CaseStatement: { operand: 1, branches: 1, otherwise: 1 },
  Loop: { statements: 1 },
  While: { condition: 1, statements: 1 },
  Repeat: { statements: 1, until: 1 },
  For: { low: 1, high: 1, arguments: 1, query: 1, statements: 1 },
  Leave: {},
  Iterate: {},
  Return: { value: 1 },
  OpenCursor: { arguments: 1 },
  FetchCursor: { variables: 1 },
  CloseCursor: {},
  Signal: { condition: 1, items: 1 },
  SignalItem: { value: 1 },
  GetDiagnostics: { condition: 1, items: 1 },
  DiagnosticsItem: { target: 1 },
};

export const administrationChildren: Children<
  AdministrationStatement | AdministrationPart | VitessDdlStatement | VitessDdlPart
> = {
  Administration: { parts: 1 },
  Show: { parts: 1 },
  Words: {},
  Name: {},
  Filter: { where: 1 },
  AlterVSchema: { table: 1, vindex: 1, parameters: 1, sequence: 1 },
  AlterMigration: {},
  VindexParameter: {},
  Revert: {},
};
