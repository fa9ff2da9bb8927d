/**
 * A real database server for one test file: made in a folder of its own under the temporary folder, with free ports, and
 * gone without a trace after `stop`. The superuser is `root` over the unix socket; `app`/`secret` may do everything over TCP
 * and the socket. Nothing is durable: these servers live for seconds.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { network } from "../base/network.ts";
import { connect, type Flavour } from "../mysql/client.ts";
import { statement } from "../mysql/sql.ts";
import type { Program } from "../mysqld/installed.ts";
import { testProgram } from "./programs.ts";

export interface ThrowawayDatabase {
  readonly flavour: Flavour;
  readonly socketPath: string;
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export const flavours: readonly Flavour[] = ["mariadb", "mysql"];
export const appUser = { username: "app", password: "secret" } as const;
export const testEnvironment = { network, clock: systemClock };

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Several servers, of which only the first goes through the long making of an empty server. */
export async function startDatabases(flavour: Flavour, count: number): Promise<readonly ThrowawayDatabase[]> {
  const folder = mkdtempSync(join(tmpdir(), `vt-${flavour}-template-`));
  const template = join(folder, "data");
  mkdirSync(template);
  try {
    const program = testProgram(flavour === "mariadb" ? "mariadbd" : "mysqld");
    initialise(flavour, program, baseOptions(flavour, program, template), template);
    rmSync(join(template, "auto.cnf"), { force: true }); // The server's own id.
    return await Promise.all(Array.from({ length: count }, () => startDatabase(flavour, [], template)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `template`: the files of a server that was made and never ran. */
export async function startDatabase(
  flavour: Flavour,
  options: readonly string[] = [],
  template?: string,
): Promise<ThrowawayDatabase> {
  const folder = mkdtempSync(join(tmpdir(), `vt-${flavour}-`));
  const program = testProgram(flavour === "mariadb" ? "mariadbd" : "mysqld");
  const dataFolder = join(folder, "data");
  mkdirSync(dataFolder);
  const socketPath = join(folder, "db.sock");
  const port = await freePort();
  const base = baseOptions(flavour, program, dataFolder);
  if (template === undefined) initialise(flavour, program, base, dataFolder);
  else cpSync(template, dataFolder, { recursive: true });
  const log = openSync(join(folder, "log"), "w");
  const server = spawn(
    program.command,
    [...base, ...fastOptions, ...serverOptions(flavour, socketPath, port, folder), ...options],
    { stdio: ["ignore", log, log] },
  );
  closeSync(log);
  const stop = () => stopServer(server, folder);
  try {
    await waitUntilUp(server, socketPath, join(folder, "log"));
    await createAppUser(socketPath);
  } catch (error) {
    await stop();
    throw error;
  }
  return { flavour, socketPath, port, folder, pid: server.pid ?? 0, stop };
}

function baseOptions(flavour: Flavour, { root }: Program, dataFolder: string): string[] {
  const user = userInfo().username === "root" ? ["--user=root"] : [];
  const home = root === "/" ? "/usr" : join(root, "usr");
  const messages = join(home, "share", "mysql");
  const languages = flavour === "mariadb" || root !== "/" ? [`--lc-messages-dir=${messages}`] : [];
  const charsets = root === "/" ? [] : [`--character-sets-dir=${join(messages, "charsets")}`];
  // A server that starts sweeps its folder of temporary tables: it must be nobody else's.
  return [
    "--no-defaults",
    ...user,
    `--tmpdir=${dirname(dataFolder)}`,
    `--basedir=${home}`,
    `--datadir=${dataFolder}`,
    ...languages,
    ...charsets,
  ];
}

const fastOptions = [
  "--innodb-buffer-pool-size=64M",
  "--innodb-flush-log-at-trx-commit=0",
  "--innodb-flush-method=nosync",
  "--max-connections=300",
];

function serverOptions(flavour: Flavour, socketPath: string, port: number, folder: string): string[] {
  const own = [
    `--socket=${socketPath}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    `--pid-file=${join(folder, "pid")}`,
    "--server-id=1",
    `--log-bin=${join(folder, "bin")}`,
    "--binlog-format=ROW",
    "--sync-binlog=0",
  ];
  return flavour === "mariadb"
    ? [...own, "--character-set-server=utf8mb4"]
    : [...own, "--mysqlx=OFF", "--secure-file-priv=", "--gtid-mode=ON", "--enforce-gtid-consistency=ON"];
}

function initialise(flavour: Flavour, program: Program, base: readonly string[], dataFolder: string): void {
  if (flavour === "mysql") return run(program.command, [...base, "--initialize-insecure", "--secure-file-priv="]);
  mkdirSync(join(dataFolder, "mysql"));
  const scripts = join(program.root === "/" ? "/usr" : join(program.root, "usr"), "share", "mysql");
  const names = ["system_tables", "performance_tables", "system_tables_data"];
  const read = (name: string) => {
    const own = join(scripts, `mariadb_${name}.sql`);
    return readFileSync(existsSync(own) ? own : join(scripts, `mysql_${name}.sql`), "utf8");
  };
  run(
    program.command,
    [...base, "--bootstrap"],
    `use mysql;\nset @auth_root_socket=NULL;\n${names.map(read).join("\n")}`,
  );
}

function run(command: string, args: readonly string[], input = ""): void {
  const done = spawnSync(command, args, { input, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${done.stderr || String(done.error)}`);
}

async function waitUntilUp(server: ChildProcess, socketPath: string, log: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (server.exitCode !== null) throw new Error(`the server ended: ${readFileSync(log, "utf8").slice(-2000)}`);
    try {
      const connection = await connect(testEnvironment, { address: { path: socketPath }, username: "root" });
      return connection.close();
    } catch {
      await delay(100); // Not up yet.
    }
  }
  throw new Error(`the server did not come up: ${readFileSync(log, "utf8").slice(-2000)}`);
}

async function createAppUser(socketPath: string): Promise<void> {
  const connection = await connect(testEnvironment, { address: { path: socketPath }, username: "root" });
  for (const host of ["localhost", "%"]) {
    await connection.query(
      statement(`create user '${appUser.username}'@'${host}' identified by '${appUser.password}'`),
    );
    await connection.query(statement(`grant all on *.* to '${appUser.username}'@'${host}' with grant option`));
  }
  await connection.query(statement("create database test"));
  connection.close();
}

async function stopServer(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
