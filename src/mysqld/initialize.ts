/** Making a database server from nothing: the system tables, then Vitess's users and the time zones. */
import { VtError } from "../base/errors.ts";
import { connect, type Connection, type ConnectOptions } from "../mysql/client.ts";
import { sql, statement } from "../mysql/sql.ts";
import { mariadbSql } from "./flavours/mariadb.ts";
import { mysqlSql } from "./flavours/mysql.ts";
import { usrOf } from "./flavour-program.ts";
import { lookUpProgram } from "./installed.ts";
import type { Layout } from "./layout.ts";
import { logSize, logTail, startFailure } from "./server-process.ts";
import { userStatements } from "./users.ts";
import type { Workshop } from "./workshop.ts";

const timeZonesBytesMax = 64 * 2 ** 20;

/** Runs the server once, to write its system tables; it ends by itself. */
export async function fillDataFolder(shop: Workshop): Promise<void> {
  const { env, layout, flavour, program } = shop;
  for (const name of flavour.initFolders) env.disk.mkdirSync(`${layout.data}/${name}`);
  const input = flavour.initInput(program, (path) => env.disk.readFileSync(path, "utf8"));
  const from = logSize(layout, env.disk);
  const args = [`--defaults-file=${layout.configFile}`, ...flavour.initArgs, ...flavour.writable];
  const code = await run(shop, program.command, args, input);
  if (code !== 0) throw startFailure(layout, logTail(layout, from, env.disk));
}

function run(
  { env, layout }: Workshop,
  command: string,
  args: readonly string[],
  input: string,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const log = env.disk.openSync(layout.errorLog, "a");
    const child = env.children.spawn(command, args, { stdio: ["pipe", log, log], cwd: layout.folder });
    env.disk.closeSync(log);
    child.once("error", reject).once("exit", resolve);
    child.stdin?.on("error", () => {}); // A server that gives up early says why in its log.
    child.stdin?.end(input);
  });
}

/** Who may do everything on a server that was just made, until Vitess's users are there. */
export function rootOf(layout: Layout): ConnectOptions {
  return { address: { path: layout.socket }, username: "root" };
}

/** Vitess's users; nothing of it in the binary log. */
export async function makeUsers(shop: Workshop): Promise<void> {
  const { config, flavour, layout } = shop;
  await withConnection(shop, rootOf(layout), async (connection) => {
    for (const creation of userStatements(flavour, config.passwords)) await connection.query(creation);
  });
}

/** The read-only fence: my.cnf raises it at every start but the first. */
export function raiseFence(shop: Workshop, administrator: ConnectOptions): Promise<void> {
  const flavour = shop.config.flavour === "mysql" ? mysqlSql : mariadbSql;
  const keep = { username: administrator.username, password: "" };
  const another = (work: (connection: Connection) => Promise<void>) => withConnection(shop, administrator, work);
  return another((connection) => flavour.setReadOnly(connection, true, { keep, another }));
}

async function withConnection(
  { env }: Workshop,
  login: ConnectOptions,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = await connect(env, login);
  try {
    await work(connection);
  } finally {
    connection.close();
  }
}

/** The machine's time zones, or those that came with the server's packages. */
export async function loadTimeZones(shop: Workshop, administrator = rootOf(shop.layout)): Promise<void> {
  const { env, flavour, program } = shop;
  const printer = lookUpProgram(flavour.timeZones, env);
  const folder = [`${usrOf(program)}/share/zoneinfo`, "/usr/share/zoneinfo"].find((path) => env.disk.existsSync(path));
  if (printer === undefined || folder === undefined)
    throw VtError.of(
      "VT22013",
      `${flavour.timeZones} or /usr/share/zoneinfo is missing`,
      "install tzdata and the server's tools",
    );
  const script = await new Promise<string>((resolve, reject) => {
    // It ends with 1 over files that are no time zones; what it printed is whole all the same.
    env.children.execFile(printer.command, [folder], { maxBuffer: timeZonesBytesMax }, (error, out) =>
      out === "" ? reject(error ?? new Error(`${flavour.timeZones} printed nothing`)) : resolve(out),
    );
  });
  await withConnection(shop, administrator, async (connection) => {
    await connection.query(sql`set session sql_log_bin = 0`);
    await connection.useDatabase("mysql");
    for (const text of script.split(/;\n/)) if (text.trim() !== "") await connection.query(statement(text));
  });
}
