/** What SHOW can answer without asking a server: of the gateway, its VSchema, its tablets and sessions. */
import { VtError } from "../../base/errors.ts";
import { printTarget } from "../../sharding/destination.ts";
import type { AdministrationPiece, Show } from "../../sqlparser/ast/administration.ts";
import { madeColumn } from "../../sqltypes/column-packet.ts";
import type { Column } from "../../sqltypes/result.ts";
import type { VKeyspace, VTable } from "../../vschema/vschema.ts";
import type { Cell } from "../made-rows.ts";
import { processesHere } from "../neighbours.ts";
import type { StatementRun } from "../statement-run.ts";

export interface ShowAnswer {
  readonly columns: readonly (string | Column)[];
  readonly rows: readonly (readonly Cell[])[];
}

export type Own = (statement: Show, run: StatementRun) => ShowAnswer | Promise<ShowAnswer>;

const nothing =
  (...columns: readonly string[]): Own =>
  () => ({ columns, rows: [] });

export const ownAnswers: Readonly<Record<string, Own>> = {
  DATABASES: (statement, run) => databases(statement, run),
  SCHEMAS: (statement, run) => databases(statement, run),
  PROCESSLIST: processes,
  VITESS_KEYSPACES: (_, run) => ({ columns: ["Database"], rows: keyspaceNames(run).map((name) => [name]) }),
  VITESS_SHARDS: (_, run) => ({ columns: ["Shards"], rows: shards(run) }),
  VITESS_TABLETS: (_, run) => tablets(run),
  VITESS_TARGET: (_, { session }) => ({ columns: ["Target"], rows: [[printTarget(session.target)]] }),
  "VITESS_METADATA VARIABLES": metadata,
  // Nothing here leaves a transaction behind that somebody must resolve: commits over shards are best effort.
  "UNRESOLVED TRANSACTIONS": nothing("ID", "State", "Record Time", "Participants"),
  "VSCHEMA TABLES": (statement, run) => ({
    columns: ["Tables"],
    rows: [...vschemaOf(statement, run).tables.keys()].sort().map((name) => [name]),
  }),
  "VSCHEMA KEYSPACES": (_, run) => vschemaKeyspaces(run),
  "VSCHEMA VINDEXES": vschemaVindexes,
  WARNINGS: (_, run) => warnings(run, () => true),
  ERRORS: (_, run) => warnings(run, (level) => level === "Error"),
  "COUNT WARNINGS": (_, { session }) => count("warning_count", session.warningCount),
  "COUNT ERRORS": (_, { session }) =>
    count("error_count", session.warnings.filter(({ level }) => level === "Error").length),
};

export function partOf<K extends AdministrationPiece["kind"]>(statement: Show, kind: K) {
  return statement.parts.find((part): part is Extract<AdministrationPiece, { kind: K }> => part.kind === kind);
}

export function keyspaceNames({ gateway: { cluster } }: StatementRun): readonly string[] {
  return [...new Set([...cluster.keyspaces(), ...cluster.vschema().keyspaces.keys()])].sort();
}

function databases(statement: Show, run: StatementRun): ShowAnswer {
  const names = [...keyspaceNames(run), "information_schema", "mysql", "performance_schema", "sys"];
  const like = partOf(statement, "Filter")?.like;
  return { columns: [like === undefined ? "Database" : `Database (${like})`], rows: names.map((name) => [name]) };
}

function shards(run: StatementRun): ShowAnswer["rows"] {
  const { tabletType } = run.session.target;
  return run.gateway.cluster
    .keyspaces()
    .flatMap((keyspace) => run.gateway.cluster.shards(keyspace, tabletType).map(({ name }) => [`${keyspace}/${name}`]));
}

const tabletColumns = ["Cell", "Keyspace", "Shard", "TabletType", "State", "Alias", "Hostname", "PrimaryTermStartTime"];

function tablets({ gateway }: StatementRun): ShowAnswer {
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
  return { columns: tabletColumns, rows };
}

async function metadata(_: Show, { gateway }: StatementRun): Promise<ShowAnswer> {
  const values = Object.entries(await gateway.cluster.metadata());
  return { columns: ["Key", "Value"], rows: values.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
}

/** The user's own clients, of all workers: KILL takes these ids. */
async function processes(_: Show, { gateway, session }: StatementRun): Promise<ShowAnswer> {
  const { username } = session.caller.immediate;
  const all = [...processesHere(gateway, username), ...(await gateway.neighbours.processes(username))];
  const rows = all.map(({ id, host, keyspace, running }) => [
    id,
    username,
    host,
    keyspace === "" ? null : keyspace,
    running === undefined ? "Sleep" : "Query",
    running === undefined ? 0 : Math.floor(running.ageMs / 1000),
    "",
    running?.text ?? null,
  ]);
  const [id, time] = [madeColumn("Id", "UINT64"), madeColumn("Time", "INT32")];
  const columns = [id, "User", "Host", "db", "Command", time, "State", "Info"];
  if (gateway.options.environment.flavour === "mysql") return { columns, rows };
  return { columns: [...columns, madeColumn("Progress", "DECIMAL")], rows: rows.map((row) => [...row, "0.000"]) };
}

function vschemaOf(statement: Show, run: StatementRun): VKeyspace {
  const name = partOf(statement, "Name")?.name ?? run.session.target.keyspace;
  if (name === "") throw VtError.of("VT09005");
  const keyspace = run.gateway.cluster.vschema().keyspaces.get(name);
  if (keyspace === undefined) throw VtError.of("VT05003", name);
  return keyspace;
}

function vschemaKeyspaces({ gateway }: StatementRun): ShowAnswer {
  const rows = [...gateway.cluster.vschema().keyspaces.values()].map(
    ({ name, isSharded, foreignKeyMode, problems }) => [name, String(isSharded), foreignKeyMode, problems.join("; ")],
  );
  return { columns: ["Keyspace", "Sharded", "Foreign Key", "Comment"], rows };
}

function vschemaVindexes(statement: Show, run: StatementRun): ShowAnswer {
  const table = partOf(statement, "TableName");
  const schema = run.gateway.cluster.vschema();
  if (table !== undefined) {
    const keyspace = schema.keyspaces.get(table.schema ?? run.session.target.keyspace);
    const found = keyspace?.tables.get(table.name);
    if (found === undefined) throw VtError.of("VT05004", table.name);
    return tableVindexes(found, keyspace);
  }
  const rows = [...schema.keyspaces.values()].flatMap((keyspace) =>
    [...keyspace.vindexes.values()].map(({ name, type }) => [
      keyspace.name,
      name,
      type,
      ...vindexWords(name, keyspace),
    ]),
  );
  return { columns: ["Keyspace", "Name", "Type", "Params", "Owner"], rows };
}

/** "from=id; table=t" and the owner. */
function vindexWords(name: string, keyspace: VKeyspace | undefined): readonly [string, string] {
  const { params = {}, owner = "" } = keyspace?.vindexWords.get(name) ?? {};
  const sorted = Object.entries(params).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [sorted.map(([key, value]) => `${key}=${value}`).join("; "), owner];
}

function tableVindexes({ columnVindexes }: VTable, keyspace: VKeyspace | undefined): ShowAnswer {
  const rows = columnVindexes.map(({ columns, vindex: { name, type } }) => [
    columns.join(", "),
    name,
    type,
    ...vindexWords(name, keyspace),
  ]);
  return { columns: ["Columns", "Name", "Type", "Params", "Owner"], rows };
}

function warnings({ session }: StatementRun, isShown: (level: string) => boolean): ShowAnswer {
  const shown = session.warnings.filter(({ level }) => isShown(level));
  return {
    columns: ["Level", madeColumn("Code", "INT32"), "Message"],
    rows: shown.map(({ level, code, text }) => [level, code, text]),
  };
}

const count = (name: string, value: number): ShowAnswer => ({
  columns: [madeColumn(`@@session.${name}`, "INT64")],
  rows: [[value]],
});
