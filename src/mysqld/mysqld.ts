/**
 * One database server that we run: made from nothing, started, stopped, removed. The server outlives this process; what
 * is known about it is read from its folder each time, so any number of processes may ask.
 *
 * `init` leaves the server running, read-only, with Vitess's users; `server()` opens it for administration
 * (`replication.ts`). All failures that a person can mend are VT22013 with the remedy.
 */
import { sleep } from "../base/clock.ts";
import { assert } from "../base/assert.ts";
import { ServerError, VtError } from "../base/errors.ts";
import { connect, type ConnectOptions, type Flavour } from "../mysql/client.ts";
import type { FlavourProgram } from "./flavour-program.ts";
import { mariadbProgram } from "./flavours/mariadb-program.ts";
import { mysqlProgram } from "./flavours/mysql-program.ts";
import { fillDataFolder, makeUsers } from "./initialize.ts";
import { runHook } from "./hooks.ts";
import { findProgram } from "./installed.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { type MysqldConfig, printConfig, readExtraConfig } from "./mysqld-config.ts";
import { type DatabaseServer, openDatabaseServer } from "./replication.ts";
import { clearTheWay, type Ending, endProcess, logSize, logTail, runningPid, startFailure } from "./server-process.ts";
import type { UserName } from "./users.ts";
import type { MysqldEnvironment, Workshop } from "./workshop.ts";

export interface Mysqld {
  readonly config: MysqldConfig;
  readonly layout: Layout;
  /** How one of Vitess's users logs in over the unix socket. */
  readonly login: (user: UserName) => ConnectOptions;
  /** Makes the folders and my.cnf only. */
  readonly initConfig: () => void;
  /** Makes folders, my.cnf, data and users, and leaves the server running. What a killed `init` left is made anew. */
  readonly init: () => Promise<void>;
  /** True once `init` has come to its end. */
  readonly isInitialized: () => boolean;
  /** Starts the server, unless it runs, and waits until it answers. */
  readonly start: (args?: readonly string[]) => Promise<void>;
  /** Ends the server and waits; kills it when the time is over. */
  readonly shutdown: (timeoutMs: number) => Promise<Ending>;
  /** Ends the server and removes its folder. Without `force` the server must end by itself in time. */
  readonly teardown: (timeoutMs: number, force: boolean) => Promise<void>;
  /** Writes my.cnf anew from this configuration; the next start reads it. */
  readonly reinitConfig: () => void;
  readonly isRunning: () => boolean;
  /** What the program says of its version; the server need not run. */
  readonly version: () => Promise<string>;
  /** Opens the running server for administration. The caller closes it. */
  readonly server: () => Promise<DatabaseServer>;
}

const programs: Readonly<Record<Flavour, FlavourProgram>> = { mariadb: mariadbProgram, mysql: mysqlProgram };
const startTimeoutMs = 120_000;
const pollMs = 50;
const uidMax = 2 ** 32 - 1;

/** Looks the server's program up; touches nothing yet. */
export function openMysqld(config: MysqldConfig, env: MysqldEnvironment): Mysqld {
  assert(Number.isInteger(config.uid) && config.uid >= 1 && config.uid <= uidMax, "a server's uid is its server id");
  const flavour = programs[config.flavour];
  const layout = layoutOf(config.dataRoot, config.uid);
  const shop: Workshop = { config, env, layout, flavour, program: findProgram(flavour.server, env) };
  const { disk } = env;
  const login = (user: UserName): ConnectOptions => ({
    address: { path: layout.socket },
    username: user,
    password: config.passwords[user] ?? "",
  });
  const isInitialized = () => hasData(shop) && !disk.existsSync(layout.unfinished);
  return {
    config,
    layout,
    login,
    initConfig: () => {
      if (hasData(shop)) throw problem(`${layout.folder} has data already`, "use reinit_config");
      makeFolders(shop);
      writeConfig(shop);
    },
    init: () => init(shop, login("vt_dba")),
    isInitialized,
    start: async (args = []) => {
      if (!hasData(shop)) throw problem(`${layout.folder} has no data`, "run init first");
      if (!isInitialized()) throw problem(`${layout.folder} is half made`, "run init, which makes it anew");
      await start(shop, args, login("vt_dba"));
    },
    shutdown: (timeoutMs) => shutdown(shop, timeoutMs),
    teardown: async (timeoutMs, force) => {
      const { isClean } = await shutdown(shop, timeoutMs);
      if (!isClean && !force)
        throw problem("it had to be killed", "run teardown with --force to remove it all the same");
      disk.rmSync(layout.folder, { recursive: true, force: true });
    },
    reinitConfig: () => writeConfig(shop),
    isRunning: () => runningPid(layout, env) !== undefined,
    version: () => programVersion(shop),
    server: () =>
      openDatabaseServer({
        network: env.network,
        clock: env.clock,
        dba: login("vt_dba"),
        replicationUser: { username: "vt_repl", password: config.passwords.vt_repl ?? "" },
        flavour: config.flavour,
      }),
  };
}

function problem(what: string, remedy: string): VtError {
  return VtError.of("VT22013", what, remedy);
}

async function init(shop: Workshop, dba: ConnectOptions): Promise<void> {
  const { env, layout, flavour } = shop;
  const { disk } = env;
  if (disk.existsSync(layout.unfinished)) {
    env.logger.warn({ folder: layout.folder }, "an earlier initialisation did not come to its end; making it anew");
    await endProcess(layout, 0, env);
    disk.rmSync(layout.folder, { recursive: true, force: true });
  }
  if (disk.existsSync(layout.data))
    throw problem(`${layout.folder} has data already`, "start it, or run teardown first");
  disk.mkdirSync(layout.folder, { recursive: true, mode: 0o750 }); // Who reaches the socket is let in: keep others out.
  disk.writeFileSync(layout.unfinished, "");
  for (const folder of layout.folders) disk.mkdirSync(folder, { recursive: true, mode: 0o750 });
  writeConfig(shop);
  await fillDataFolder(shop);
  const initSql = shop.config.initSqlFile;
  const own = initSql === undefined ? [] : [`--init-file=${initSql}`];
  const administrator = initSql === undefined ? { ...dba, username: "root", password: "" } : dba;
  await start(shop, [...flavour.writable, ...own], administrator);
  await makeUsers(shop, administrator);
  disk.rmSync(layout.unfinished);
}

function hasData({ env, layout }: Workshop): boolean {
  return env.disk.existsSync(layout.data) && env.disk.readdirSync(layout.data).length > 0;
}

/** Who reaches the socket is let in, so other users of the machine are kept out of the folder. */
function makeFolders({ env, layout }: Workshop): void {
  for (const folder of layout.folders) env.disk.mkdirSync(folder, { recursive: true, mode: 0o750 });
}

/** The port that the server will listen on: my.cnf decides, which may be older than our configuration. */
function configuredPort({ config, env, layout }: Workshop): number {
  const lines = env.disk.readFileSync(layout.configFile, "utf8").matchAll(/^\s*port\s*=\s*(\d+)\s*$/gm);
  return Number([...lines].at(-1)?.[1] ?? config.port);
}

function writeConfig({ config, env, layout, flavour, program }: Workshop): void {
  const isRoot = env.processes.userId() === 0;
  const extra = readExtraConfig(env.environment, env.disk);
  const fresh = `${layout.configFile}.tmp`;
  env.disk.writeFileSync(fresh, printConfig({ config, layout, program, flavour, isRoot, extra }));
  env.disk.renameSync(fresh, layout.configFile);
}

async function start(shop: Workshop, args: readonly string[], administrator: ConnectOptions): Promise<void> {
  const { env, layout, program } = shop;
  if (runningPid(layout, env) === undefined) {
    await clearTheWay(layout, configuredPort(shop), env);
    const from = logSize(layout, env.disk);
    if (await runHook("mysqld_start", hookArgs(shop), env)) {
      await waitUntilUp(shop, administrator, () => {});
      return;
    }
    const log = env.disk.openSync(layout.errorLog, "a");
    const child = env.children.spawn(program.command, [`--defaults-file=${layout.configFile}`, ...args], {
      stdio: ["ignore", log, log],
      detached: true, // It outlives us, and Ctrl-C does not reach it.
      cwd: layout.folder,
    });
    env.disk.closeSync(log);
    let ended = false;
    child.once("exit", () => (ended = true)).once("error", () => (ended = true));
    child.unref();
    await waitUntilUp(shop, administrator, () => {
      if (ended) throw startFailure(layout, logTail(layout, from, env.disk));
    });
    await runHook("postflight_mysqld_start", hookArgs(shop), env);
    return;
  }
  await waitUntilUp(shop, administrator, () => {
    if (runningPid(layout, env) === undefined) throw startFailure(layout, logTail(layout, 0, env.disk));
  });
}

/** Until the administrator is let in. A refusal of the server is told at once; that nobody is there yet is not. */
async function waitUntilUp({ env, layout }: Workshop, login: ConnectOptions, check: () => void): Promise<void> {
  const endMs = env.clock.monotonicMs() + startTimeoutMs;
  for (;;) {
    check();
    try {
      const connection = await connect(env, login);
      return connection.close();
    } catch (error) {
      const isThere = error instanceof ServerError && error.errno < 2000;
      const isStarting = error instanceof ServerError && error.errno === serverShutdown;
      if (isThere && !isStarting) throw error;
    }
    if (env.clock.monotonicMs() >= endMs)
      throw problem(`it did not answer within ${startTimeoutMs} ms`, `see ${layout.errorLog}`);
    await sleep(env.clock, pollMs);
  }
}

const serverShutdown = 1053;

/** What the hooks of Vitess are told. */
function hookArgs({ layout }: Workshop): readonly string[] {
  return [`--defaults-file=${layout.configFile}`, `--pid-file=${layout.pidFile}`, `--socket=${layout.socket}`];
}

async function shutdown(shop: Workshop, timeoutMs: number): Promise<Ending> {
  const { env, layout } = shop;
  if (runningPid(layout, env) !== undefined) {
    await runHook("preflight_mysqld_shutdown", hookArgs(shop), env);
    await runHook("mysqld_shutdown", hookArgs(shop), env); // What it leaves running is ended below.
  }
  const ending = await endProcess(layout, timeoutMs, env);
  if (!ending.isClean) env.logger.warn({ folder: layout.folder, timeoutMs }, "the database server had to be killed");
  env.disk.rmSync(layout.socket, { force: true });
  return ending;
}

function programVersion({ env, program }: Workshop): Promise<string> {
  return new Promise((resolve, reject) => {
    env.children.execFile(program.command, ["--version"], (error, out) =>
      error ? reject(error) : resolve(out.trim()),
    );
  });
}
