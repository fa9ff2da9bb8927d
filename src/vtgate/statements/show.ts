/**
 * SHOW (inventory 4.045–4.048, 4.055): what the gateway knows it answers itself (show-answers.ts); about tables it asks one
 * shard of their keyspace; the rest it asks any server. Names of databases are mapped both ways.
 */
import { VtError } from "../../base/errors.ts";
import type { Answered } from "../../engine/primitive.ts";
import type { Node } from "../../sqlparser/ast.ts";
import type { Show } from "../../sqlparser/ast/administration.ts";
import { print } from "../../sqlparser/printer.ts";
import { rewriteDown } from "../../sqlparser/rewrite.ts";
import type { Carrying } from "../carrying.ts";
import { databaseOf } from "../database-names.ts";
import { cellRenamer, renamedRows } from "../renamed-rows.ts";
import { oneCall } from "../collect-rows.ts";
import type { StatementRun } from "../statement-run.ts";
import { keyspaceOf, serverText, someKeyspace } from "./keyspace-of.ts";
import { isLike } from "./like.ts";
import { showGtids } from "./show-gtids.ts";
import { keyspaceNames, ownAnswers, partOf, type ShowAnswer } from "./show-answers.ts";
import { sessionVariables } from "./show-variables.ts";

/** About tables: asked of a shard that has them. */
const ofTables: ReadonlySet<string> = new Set([
  "TABLES",
  "COLUMNS",
  "INDEXES",
  "TABLE STATUS",
  "OPEN TABLES",
  "TRIGGERS",
  "EVENTS",
  "CREATE DATABASE",
  "CREATE TABLE",
  "CREATE VIEW",
  "CREATE TRIGGER",
  "CREATE PROCEDURE",
  "CREATE FUNCTION",
  "CREATE EVENT",
  "CREATE SEQUENCE",
  "FUNCTION CODE",
  "PROCEDURE CODE",
]);

/** The same on every server, or a matter of the session's settings. */
const ofAnyServer: ReadonlySet<string> = new Set([
  "CHARACTER SET",
  "COLLATION",
  "ENGINES",
  "FUNCTION STATUS",
  "PLUGINS",
  "PRIVILEGES",
  "PROCEDURE STATUS",
  "PROFILES",
  "STATUS",
  "VARIABLES",
]);

/**
 * About one server: only where the keyspace has no other, or the session is pointed at a shard. GRANTS, BINLOG EVENTS and
 * ENGINE STATUS are not among them: they tell of the servers' own users, passwords' hashes and other people's statements.
 */
const ofOneServer: ReadonlySet<string> = new Set(["BINARY LOG STATUS", "BINARY LOGS"]);
const ofServersUsers: ReadonlySet<string> = new Set(["BINLOG EVENTS", "CREATE USER", "ENGINE STATUS", "GRANTS"]);

/** Their cells or column names name databases. */
const namesDatabases: ReadonlySet<string> = new Set([
  "TABLES",
  "OPEN TABLES",
  "EVENTS",
  "FUNCTION STATUS",
  "PROCEDURE STATUS",
]);

export async function show(statement: Show, carrying: Carrying): Promise<void> {
  const { run } = carrying;
  const { what } = statement;
  const own = Object.hasOwn(ownAnswers, what) ? ownAnswers[what] : undefined;
  if (own !== undefined) return showOwn(statement, await own(statement, run), run);
  if (what === "GTID_EXECUTED" || what === "VGTID_EXECUTED") return showGtids(statement, run);
  return showServers(statement, carrying);
}

async function showOwn(statement: Show, { columns, rows }: ShowAnswer, run: StatementRun): Promise<void> {
  const filter = partOf(statement, "Filter");
  const { like, where } = filter ?? {};
  if (where !== undefined) return run.stream(filteredByServer(statement, { columns, rows }, run));
  const liked =
    like === undefined ? rows : rows.filter((row) => row.some((cell, i) => i < 2 && isLike(String(cell), like)));
  run.rows(columns, limited(statement, liked));
}

/** SHOW … WHERE: the rows as a derived table, for any server to choose from. */
function filteredByServer(statement: Show, { columns, rows }: ShowAnswer, run: StatementRun): Answered {
  const where = partOf(statement, "Filter")?.where;
  if (where === undefined) throw VtError.of("VT13001", "SHOW without WHERE");
  const names = columns.map((column) => quoted(typeof column === "string" ? column : column.name));
  const shown = rows.length === 0 ? [columns.map(() => null)] : rows;
  const selects = shown.map((row) => `select ${row.map((cell, i) => `${literal(cell)} as ${names[i]}`).join(", ")}`);
  const none = rows.length === 0 ? "1 = 0 and " : "";
  const text = print(where, run.gateway.environmentOf(run.session));
  return fromAnyServer(`select * from (${selects.join(" union all ")}) as answers where ${none}(${text})`, run);
}

function fromAnyServer(sql: string, run: StatementRun): Answered {
  const keyspace = someKeyspace(run);
  const [shard = ""] = run.resolve(keyspace, { kind: "AnyShard" });
  return run.send(oneCall(keyspace, shard, sql));
}

const quoted = (name: string) => `\`${name.replaceAll("`", "``")}\``;
const literal = (cell: string | number | null) =>
  cell === null
    ? "null"
    : typeof cell === "number"
      ? String(cell)
      : `_utf8mb4 x'${Buffer.from(cell).toString("hex")}' collate utf8mb4_general_ci`;

/** SHOW WARNINGS LIMIT offset, count. */
function limited(statement: Show, rows: ShowAnswer["rows"]): ShowAnswer["rows"] {
  const limit = partOf(statement, "Limit");
  if (limit === undefined) return rows;
  const { count, offset } = limit;
  if (count?.kind !== "Literal" || (offset !== undefined && offset.kind !== "Literal"))
    throw VtError.of("VT12001", `an expression in LIMIT of SHOW ${statement.what}`);
  const from = offset === undefined ? 0 : Number(offset.text);
  return rows.slice(from, from + Number(count.text));
}

function showServers(statement: Show, { run, text }: Carrying): Promise<void> | void {
  const { what } = statement;
  const { destination } = run.session.target;
  const isOfTables = ofTables.has(what);
  const isKnown = isOfTables || ofAnyServer.has(what) || ofOneServer.has(what);
  if (ofServersUsers.has(what) || (destination === undefined && !isKnown)) throw VtError.of("VT12001", `SHOW ${what}`);
  const keyspace = isOfTables ? (databaseNamed(statement, run) ?? keyspaceOf(statement, run)) : someKeyspace(run);
  const shards = run.resolve(keyspace, destination ?? { kind: "AnyShard" });
  if (destination === undefined && ofOneServer.has(what) && run.shards(keyspace).length > 1)
    throw VtError.of("VT12001", `SHOW ${what} over several shards`);
  const asked = serversWords(statement, keyspace, run);
  const call = oneCall(
    keyspace,
    shards[0] ?? "",
    serverText(asked, asked === statement ? text : run.gateway.print(asked, run.session), run),
  );
  if (what === "VARIABLES") return run.stream(sessionVariables(statement, run.send(call), run));
  if (what === "CREATE DATABASE")
    return run.stream(
      renamedRows(run.send(call), keyspace, () => (cell) => cell.replace(databaseOf(keyspace), keyspace)),
    );
  const rename = cellRenamer(keyspaceNames(run));
  if (namesDatabases.has(what)) return run.stream(renamedRows(run.send(call), keyspace, () => rename));
  run.pass(call);
}

/** WHERE Tables_in_ks = …, WHERE Db = 'ks': by the servers' names. */
function serversWords(statement: Show, keyspace: string, run: StatementRun): Show {
  const where = partOf(statement, "Filter")?.where;
  if (where === undefined || !namesDatabases.has(statement.what)) return statement;
  const known = new Set(keyspaceNames(run));
  return rewriteDown(statement, (node: Node): Node => {
    if (node.kind === "Column" && node.name.toLowerCase() === `tables_in_${keyspace.toLowerCase()}`)
      return { ...node, name: `Tables_in_${databaseOf(keyspace)}` };
    if (statement.what !== "TABLES" && node.kind === "Literal" && node.type === "string" && known.has(node.text))
      return { ...node, text: databaseOf(node.text) };
    return node;
  });
}

function databaseNamed(statement: Show, { gateway }: StatementRun): string | undefined {
  const name = partOf(statement, "Name");
  if (name === undefined || name.role !== "database") return undefined;
  const { cluster } = gateway;
  if (!cluster.vschema().keyspaces.has(name.name) && !cluster.keyspaces().includes(name.name))
    throw VtError.of("VT05003", name.name);
  return name.name;
}
