/**
 * Which privileges a statement needs, by (database, table, privilege): a total function over the kinds of statements, so that a new
 * kind does not compile until it says. Where the text to run is not known (PREPARE from a variable) the answer is "unknown",
 * which means refused.
 *
 * When in doubt more is asked, never less: an unqualified column that UPDATE sets counts for every table it may belong to. Bodies of
 * triggers, events, routines and views count at creation, although servers look at them when they run.
 */
import type { Column } from "./ast/expression.ts";
import type { Set as SetStatement } from "./ast/session.ts";
import type { TableName } from "./ast/query.ts";
import type { Node, NodeOf, Statement } from "./ast.ts";
import { administrationNeeds, showNeeds } from "./privileges-administration.ts";
import {
  currentUserOnly,
  global,
  type Need,
  type Needs,
  onDatabase,
  onTable,
  type Privilege,
} from "./privileges-need.ts";
import { changed, reads, readsColumns } from "./privileges-reads.ts";

/** What `statement` needs, each once; or "unknown". */
export function privilegesOf(statement: Statement): Needs {
  const needs = needsOf(statement);
  if (needs === "unknown") return needs;
  const seen = new Set<string>();
  return needs.filter((need) => {
    const key = JSON.stringify([need.database, need.table, need.privilege]);
    return !seen.has(key) && seen.add(key);
  });
}

type Rules = { readonly [K in Statement["kind"]]: (node: NodeOf<K>) => Needs };

const nothing = (): Needs => [];
const readsOnly = (node: Node): Needs => reads(node);

/** Those of statements within, and of what is read beside them. */
function all(...parts: readonly Needs[]): Needs {
  return parts.includes("unknown") ? "unknown" : parts.flatMap((part) => (part === "unknown" ? [] : part));
}

const nested = (statements: readonly Statement[] | undefined): Needs => all(...(statements ?? []).map(needsOf));
const body = (statement: Statement | undefined): Needs => (statement === undefined ? [] : needsOf(statement));
const each = (tables: readonly TableName[], ...privileges: readonly Privilege[]): Needs =>
  tables.flatMap((table) => privileges.map((privilege) => onTable(table, privilege)));

/** The database that a name stands in; undefined is the session's. */
const inDatabase = ({ schema }: TableName, privilege: Privilege): Need => onDatabase(schema, privilege);

function select(
  node: NodeOf<"Select"> | NodeOf<"SetOperation"> | NodeOf<"ValuesQuery"> | NodeOf<"TableQuery"> | NodeOf<"Wrapped">,
): Needs {
  const found = reads(node);
  const file = node.into !== undefined && node.into.target !== "VARIABLES" ? [global("FILE")] : [];
  const isLocking = node.locks.some(({ strength }) => strength === "FOR UPDATE");
  const locked = isLocking
    ? found.filter(({ privilege }) => privilege === "SELECT").map((need): Need => ({ ...need, privilege: "UPDATE" }))
    : [];
  return [...found, ...locked, ...file];
}

function insert(node: NodeOf<"Insert">): Needs {
  const { table } = node;
  const more: Privilege[] = [];
  if (node.action === "REPLACE") more.push("DELETE");
  if (node.onDuplicate.length > 0) more.push("UPDATE", "SELECT");
  if (node.returning.length > 0) more.push("SELECT");
  return [onTable(table, "INSERT"), ...more.map((privilege) => onTable(table, privilege)), ...reads(node)];
}

function update(node: NodeOf<"Update">): Needs {
  const columns = node.set.map(({ column }) => column);
  return [...changed(node.from, columns, "UPDATE"), ...readBy(node)];
}

function remove(node: NodeOf<"Delete">): Needs {
  const targets = node.targets.length > 0 ? node.targets.map(({ name }): Column => columnOf(name)) : undefined;
  const history = node.history ? [global("DELETE HISTORY")] : [];
  return [...changed(node.from, targets, "DELETE"), ...history, ...readBy(node)];
}

/** Some column of a table. */
const columnOf = (table: string): Column => ({ kind: "Column", schema: undefined, table, name: "" });

/** What UPDATE and DELETE read; where they look at no column of their one table, it is not read. */
function readBy(node: NodeOf<"Update"> | NodeOf<"Delete">): readonly Need[] {
  const found = reads(node);
  const [only] = node.from;
  if (node.from.length !== 1 || only?.kind !== "Table" || readsColumns(node)) return found;
  const { schema, name } = only.name;
  return found.filter(({ database, table }) => database !== schema || table !== name);
}

function createTable(node: NodeOf<"CreateTable">): Needs {
  const { table, temporary, replace, like, query, elements } = node;
  const own = temporary ? [inDatabase(table, "CREATE TEMPORARY TABLES")] : [onTable(table, "CREATE")];
  const parents = elements.flatMap((element) => {
    if (element.kind === "ForeignKey") return [onTable(element.references.table, "REFERENCES")];
    const references = element.kind === "ColumnDefinition" ? element.references : undefined;
    return references === undefined ? [] : [onTable(references.table, "REFERENCES")];
  });
  return [
    ...own,
    ...(replace ? [onTable(table, "DROP")] : []),
    ...(like === undefined ? [] : [onTable(like, "SELECT")]),
    ...(query === undefined ? [] : [onTable(table, "INSERT"), ...reads(query)]),
    ...parents,
  ];
}

function alterTable({ table, actions }: NodeOf<"AlterTable">): Needs {
  const needs: Need[] = [onTable(table, "ALTER"), onTable(table, "CREATE"), onTable(table, "INSERT")];
  for (const action of actions) {
    if (action.kind === "RenameTo")
      needs.push(onTable(table, "DROP"), onTable(action.table, "CREATE"), onTable(action.table, "INSERT"));
    if (action.kind === "ExchangePartition" || action.kind === "ConvertPartition")
      needs.push(
        onTable(table, "DROP"),
        ...(["ALTER", "CREATE", "INSERT", "DROP"] as const).map((p) => onTable(action.table, p)),
      );
    if (action.kind === "PartitionAction" && /DROP|TRUNCATE|DISCARD|IMPORT/.test(action.action))
      needs.push(onTable(table, "DROP"));
    if (action.kind !== "AddElements") continue;
    for (const element of action.elements) {
      const references =
        element.kind === "ForeignKey" || element.kind === "ColumnDefinition" ? element.references : undefined;
      if (references !== undefined) needs.push(onTable(references.table, "REFERENCES"));
    }
  }
  return needs;
}

function set({ assignments, statement }: SetStatement): Needs {
  const isGlobal = assignments.some(
    (one) =>
      one.kind === "SetVariable" &&
      one.target.kind === "SystemVariable" &&
      /GLOBAL|PERSIST/.test(one.target.scope ?? ""),
  );
  return all(
    isGlobal ? [global("SYSTEM_VARIABLES_ADMIN")] : [],
    assignments.flatMap((one) => reads(one)),
    body(statement),
  );
}

const definer = (node: { readonly definer: NodeOf<"Account"> | undefined }): Needs =>
  node.definer === undefined || currentUserOnly(node.definer) ? [] : [global("SET_USER_ID")];

const rules: Rules = {
  Select: select,
  SetOperation: select,
  ValuesQuery: select,
  TableQuery: select,
  Wrapped: select,
  Insert: insert,
  Update: update,
  Delete: remove,
  LoadFile: (node) => [
    onTable(node.table, "INSERT"),
    ...(node.duplicates === "REPLACE" ? [onTable(node.table, "DELETE")] : []),
    ...(node.local ? [] : [global("FILE")]),
    ...reads(node),
  ],
  Handler: (node) => (node.action === "OPEN" ? [onTable(node.table, "SELECT")] : reads(node)),
  CallProcedure: (node) => [onTable(node.name, "EXECUTE"), ...reads(node)],
  Do: readsOnly,
  Begin: nothing,
  Commit: nothing,
  Rollback: nothing,
  Savepoint: nothing,
  ReleaseSavepoint: nothing,
  SetTransaction: ({ scope }) => (scope === "GLOBAL" ? [global("SYSTEM_VARIABLES_ADMIN")] : []),
  Xa: ({ action }) => (action === "RECOVER" ? [global("XA_RECOVER_ADMIN")] : []),
  LockTables: ({ tables }) => tables.flatMap(({ table }) => [onTable(table, "SELECT"), onTable(table, "LOCK TABLES")]),
  UnlockTables: nothing,
  LockInstance: () => [global("BACKUP_ADMIN")],
  Set: set,
  Prepare: () => "unknown",
  Execute: readsOnly, // Its text was looked at when it was prepared.
  Deallocate: nothing,
  ExecuteImmediate: () => "unknown",
  Explain: ({ statement }) => needsOf(statement),
  ExplainConnection: () => [global("PROCESS")],
  DescribeTable: ({ table }) => [onTable(table, "SELECT")],
  Use: nothing,
  Kill: () => [global("CONNECTION_ADMIN")],
  VExplain: ({ statement }) => needsOf(statement),
  Stream: ({ table }) => [onTable(table, "SELECT")],
  VStream: (node) => [onTable(node.table, "SELECT"), ...reads(node)],
  CreateTable: createTable,
  AlterTable: alterTable,
  DropTable: ({ tables }) => each(tables, "DROP"),
  RenameTables: ({ pairs }) =>
    pairs.flatMap(({ from, to }) => [
      onTable(from, "ALTER"),
      onTable(from, "DROP"),
      onTable(to, "CREATE"),
      onTable(to, "INSERT"),
    ]),
  TruncateTable: ({ table }) => [onTable(table, "DROP")],
  CreateIndex: ({ table }) => [onTable(table, "INDEX")],
  DropIndex: ({ table }) => [onTable(table, "INDEX")],
  CreateDatabase: ({ name, replace }) => [onDatabase(name, "CREATE"), ...(replace ? [onDatabase(name, "DROP")] : [])],
  AlterDatabase: ({ name }) => [onDatabase(name, "ALTER")],
  DropDatabase: ({ name }) => [onDatabase(name, "DROP")],
  CreateView: (node) =>
    all(
      [onTable(node.view, "CREATE VIEW")],
      node.alter || node.replace ? [onTable(node.view, "DROP")] : [],
      definer(node),
      reads(node.query),
    ),
  DropView: ({ views }) => each(views, "DROP"),
  CreateSequence: ({ sequence, replace }) => [
    onTable(sequence, "CREATE"),
    ...(replace ? [onTable(sequence, "DROP")] : []),
  ],
  AlterSequence: ({ sequence }) => [onTable(sequence, "ALTER")],
  DropSequence: ({ sequences }) => each(sequences, "DROP"),
  CreateTrigger: (node) => all([onTable(node.table, "TRIGGER")], definer(node), body(node.body)),
  CreateEvent: (node) => all([inDatabase(node.name, "EVENT")], definer(node), reads(node.schedule), body(node.body)),
  AlterEvent: (node) =>
    all(
      [inDatabase(node.name, "EVENT")],
      node.renameTo === undefined ? [] : [inDatabase(node.renameTo, "EVENT")],
      definer(node),
      body(node.body),
    ),
  CreateRoutine: (node) =>
    all(
      [inDatabase(node.name, "CREATE ROUTINE")],
      node.replace ? [inDatabase(node.name, "ALTER ROUTINE")] : [],
      definer(node),
      body(node.body),
    ),
  CreateLoadableFunction: () => [{ database: "mysql", table: "func", privilege: "INSERT" }],
  AlterRoutine: ({ name }) => [inDatabase(name, "ALTER ROUTINE")],
  CreatePackage: (node) =>
    all(
      [inDatabase(node.name, "CREATE ROUTINE")],
      definer(node),
      nested(node.declarations),
      ...node.routines.map((routine) => body(routine.body)),
    ),
  DropProgram: ({ what, name }) => [inDatabase(name, what === "TRIGGER" || what === "EVENT" ? what : "ALTER ROUTINE")],
  Block: ({ statements }) => nested(statements),
  DeclareVariables: readsOnly,
  DeclareCondition: nothing,
  DeclareCursor: ({ query }) => needsOf(query),
  DeclareHandler: (node) => body(node.body),
  If: ({ branches, otherwise }) =>
    all(...branches.map((one) => all(reads(one.condition), nested(one.statements))), nested(otherwise)),
  CaseStatement: ({ operand, branches, otherwise }) =>
    all(
      operand === undefined ? [] : reads(operand),
      ...branches.map((one) => all(reads(one.condition), nested(one.statements))),
      nested(otherwise),
    ),
  Loop: ({ statements }) => nested(statements),
  While: ({ condition, statements }) => all(reads(condition), nested(statements)),
  Repeat: ({ until, statements }) => all(reads(until), nested(statements)),
  For: ({ low, high, arguments: given, query, statements }) =>
    all(...[low, high, query, ...given].map((part) => (part === undefined ? [] : reads(part))), nested(statements)),
  Leave: nothing,
  Iterate: nothing,
  Return: readsOnly,
  OpenCursor: readsOnly,
  FetchCursor: nothing,
  CloseCursor: nothing,
  Signal: nothing,
  GetDiagnostics: nothing,
  Administration: administrationNeeds,
  Show: showNeeds,
  AlterVSchema: () => [global("VITESS_ADMIN")],
  AlterMigration: () => [global("VITESS_ADMIN")],
  Revert: () => [global("VITESS_ADMIN")],
};

function needsOf(statement: Statement): Needs {
  return (rules[statement.kind] as (node: Statement) => Needs)(statement);
}
