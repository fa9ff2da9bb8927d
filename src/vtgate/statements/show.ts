/**
 * SHOW (inventory 4.045, 4.046, 4.055): what the gateway knows it answers itself; about tables it asks a shard of their
 * keyspace; the rest it asks any server.
 */
import { VtError } from "../../base/errors.ts";
import type { AdministrationPiece, Show } from "../../sqlparser/ast/administration.ts";
import type { VKeyspace, VTable } from "../../vschema/vschema.ts";
import type { Cell } from "../made-rows.ts";
import { oneCall, type StatementRun } from "../statement-run.ts";
import type { Carrying } from "../carrying.ts";
import { printTarget } from "../../sharding/destination.ts";
import { keyspaceOf, serverText, someKeyspace } from "./keyspace-of.ts";
import { isLike } from "./like.ts";

interface Answer {
  readonly names: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

type Own = (statement: Show, run: StatementRun) => Answer;

const own: Readonly<Record<string, Own>> = {
  DATABASES: (_, run) => ({ names: ["Database"], rows: databases(run).map((name) => [name]) }),
  SCHEMAS: (_, run) => ({ names: ["Database"], rows: databases(run).map((name) => [name]) }),
  VITESS_KEYSPACES: (_, run) => ({ names: ["Database"], rows: keyspaces(run).map((name) => [name]) }),
  VITESS_SHARDS: (_, run) => ({ names: ["Shards"], rows: shards(run) }),
  VITESS_TABLETS: (_, run) => tablets(run),
  VITESS_TARGET: (_, { session }) => ({ names: ["Target"], rows: [[printTarget(session.target)]] }),
  "VSCHEMA TABLES": (statement, run) => ({
    names: ["Tables"],
    rows: [...vschemaOf(statement, run).tables.keys()].sort().map((name) => [name]),
  }),
  "VSCHEMA KEYSPACES": (_, run) => vschemaKeyspaces(run),
  "VSCHEMA VINDEXES": vschemaVindexes,
  WARNINGS: (_, run) => warnings(run),
  ERRORS: (_, run) => warnings(run),
  "COUNT WARNINGS": (_, { session }) => ({
    names: ["@@session.warning_count"],
    rows: [[session.warnings.length]],
  }),
  "COUNT ERRORS": (_, { session }) => ({
    names: ["@@session.error_count"],
    rows: [[session.warnings.filter(({ level }) => level === "Error").length]],
  }),
};

/** About tables: asked of a shard that has them. */
const ofTables: ReadonlySet<string> = new Set([
  "TABLES",
  "COLUMNS",
  "FIELDS",
  "INDEX",
  "INDEXES",
  "KEYS",
  "TABLE STATUS",
  "OPEN TABLES",
  "TRIGGERS",
  "EVENTS",
  "CREATE TABLE",
  "CREATE VIEW",
  "CREATE TRIGGER",
  "CREATE PROCEDURE",
  "CREATE FUNCTION",
  "CREATE EVENT",
]);

/** The same on every server, or a matter of the session's settings. */
const ofAnyServer: ReadonlySet<string> = new Set([
  "CHARACTER SET",
  "CHARSET",
  "COLLATION",
  "ENGINES",
  "FUNCTION STATUS",
  "PLUGINS",
  "PRIVILEGES",
  "PROCEDURE STATUS",
  "PROFILES",
  "STATUS",
  "STORAGE ENGINES",
  "VARIABLES",
]);

export function show(statement: Show, { run, text }: Carrying): void {
  const { what } = statement;
  const answer = Object.hasOwn(own, what) ? own[what] : undefined;
  if (answer !== undefined) {
    const { names, rows } = answer(statement, run);
    return run.rows(names, filtered(statement, rows));
  }
  const { destination } = run.session.target;
  if (destination === undefined && !ofTables.has(what) && !ofAnyServer.has(what))
    throw VtError.of("VT12001", `SHOW ${what}`);
  const keyspace = ofTables.has(what)
    ? (databaseNamed(statement, run) ?? keyspaceOf(statement, run))
    : someKeyspace(run);
  const [shard = ""] = run.resolve(keyspace, destination ?? { kind: "AnyShard" });
  run.pass(oneCall(keyspace, shard, serverText(statement, text, run)));
}

function partOf<K extends AdministrationPiece["kind"]>(statement: Show, kind: K) {
  return statement.parts.find((part): part is Extract<AdministrationPiece, { kind: K }> => part.kind === kind);
}

function databaseNamed(statement: Show, { gateway }: StatementRun): string | undefined {
  const name = partOf(statement, "Name");
  if (name === undefined || name.role !== "database") return undefined;
  if (!gateway.cluster.vschema().keyspaces.has(name.name)) throw VtError.of("VT05003", name.name);
  return name.name;
}

function filtered(statement: Show, rows: Answer["rows"]): Answer["rows"] {
  const filter = partOf(statement, "Filter");
  if (filter === undefined) return rows;
  if (filter.like === undefined) throw VtError.of("VT12001", `SHOW ${statement.what} WHERE`);
  const { like } = filter;
  return rows.filter((row) => row.some((cell, i) => i < 2 && isLike(String(cell), like)));
}

function keyspaces({ gateway: { cluster } }: StatementRun): readonly string[] {
  return [...new Set([...cluster.keyspaces(), ...cluster.vschema().keyspaces.keys()])].sort();
}

const databases = (run: StatementRun) => [
  ...keyspaces(run),
  "information_schema",
  "mysql",
  "performance_schema",
  "sys",
];

function shards(run: StatementRun): Answer["rows"] {
  const { tabletType } = run.session.target;
  return run.gateway.cluster
    .keyspaces()
    .flatMap((keyspace) => run.gateway.cluster.shards(keyspace, tabletType).map(({ name }) => [`${keyspace}/${name}`]));
}

function tablets({ gateway }: StatementRun): Answer {
  const rows = gateway.cluster
    .tablets()
    .map((tablet) => [
      tablet.cell,
      tablet.keyspace,
      tablet.shard,
      tablet.tabletType,
      tablet.isServing ? "SERVING" : "NOT_SERVING",
      tablet.alias,
      tablet.hostname,
      tablet.primaryTermStartSeconds === 0 ? "" : new Date(tablet.primaryTermStartSeconds * 1000).toISOString(),
    ]);
  const names = ["Cell", "Keyspace", "Shard", "TabletType", "State", "Alias", "Hostname", "PrimaryTermStartTime"];
  return { names, rows };
}

function vschemaOf(statement: Show, run: StatementRun): VKeyspace {
  const name = partOf(statement, "Name")?.name ?? run.session.target.keyspace;
  if (name === "") throw VtError.of("VT09005");
  const keyspace = run.gateway.cluster.vschema().keyspaces.get(name);
  if (keyspace === undefined) throw VtError.of("VT05003", name);
  return keyspace;
}

function vschemaKeyspaces({ gateway }: StatementRun): Answer {
  const rows = [...gateway.cluster.vschema().keyspaces.values()].map(
    ({ name, isSharded, foreignKeyMode, problems }) => [name, String(isSharded), foreignKeyMode, problems.join("; ")],
  );
  return { names: ["Keyspace", "Sharded", "Foreign Key", "Comment"], rows };
}

function vschemaVindexes(statement: Show, run: StatementRun): Answer {
  const table = partOf(statement, "TableName");
  const schema = run.gateway.cluster.vschema();
  if (table !== undefined) {
    const keyspace = schema.keyspaces.get(table.schema ?? run.session.target.keyspace);
    const found = keyspace?.tables.get(table.name);
    if (found === undefined) throw VtError.of("VT05004", table.name);
    return tableVindexes(found);
  }
  const rows = [...schema.keyspaces.values()].flatMap(({ name, vindexes }) =>
    [...vindexes.values()].map((vindex) => [name, vindex.name, vindex.type, vindex.unknownParams.join(), ""]),
  );
  return { names: ["Keyspace", "Name", "Type", "Params", "Owner"], rows };
}

function tableVindexes({ columnVindexes }: VTable): Answer {
  const rows = columnVindexes.map(({ columns, vindex }) => [columns.join(", "), vindex.name, vindex.type, "", ""]);
  return { names: ["Columns", "Name", "Type", "Params", "Owner"], rows };
}

function warnings({ session }: StatementRun): Answer {
  return {
    names: ["Level", "Code", "Message"],
    rows: session.warnings.map(({ level, code, text }) => [level, code, text]),
  };
}
