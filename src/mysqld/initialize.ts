/** Making a database server from nothing: the system tables, then Vitess's users and the time zones. */
import { VtError } from "../base/errors.ts";
import { connect, type Connection, type ConnectOptions } from "../mysql/client.ts";
import { sql, statement } from "../mysql/sql.ts";
import { mariadbSql } from "./flavours/mariadb.ts";
import { mysqlSql } from "./flavours/mysql.ts";
import { usrOf } from "./flavour-program.ts";
import { lookUpProgram } from "./installed.ts";
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

/** Users, time zones, then the read-only fence; nothing of it in the binary log. */
export async function makeUsers(shop: Workshop, administrator: ConnectOptions): Promise<void> {
  const { config, env, flavour } = shop;
  const connection = await connect(env, administrator);
  try {
    await connection.query(sql`set session sql_log_bin = 0`);
    if (config.initSqlFile === undefined)
      for (const creation of userStatements(flavour, config.passwords)) await connection.query(creation);
    if (config.loadTimeZones) await loadTimeZones(shop, connection);
    const keep = { username: administrator.username, password: "" };
    await (config.flavour === "mysql" ? mysqlSql : mariadbSql).setReadOnly(connection, true, keep);
  } finally {
    connection.close();
  }
}

/** The machine's time zones, or those that came with the server's packages. */
async function loadTimeZones({ env, flavour, program }: Workshop, connection: Connection): Promise<void> {
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
  await connection.useDatabase("mysql");
  for (const text of script.split(/;\n/)) if (text.trim() !== "") await connection.query(statement(text));
}
