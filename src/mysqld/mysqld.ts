/**
 * One database server that we run: made from nothing, started, stopped, removed. The server outlives this process; what
 * is known about it is read from its folder each time, so any number of processes may ask.
 *
 * `init` leaves the server running, read-only, with Vitess's users; `server()` opens it for administration
 * (`replication.ts`). All failures that a person can mend are VT22013 with the remedy.
 */
import { assert } from "../base/assert.ts";
import { VtError } from "../base/errors.ts";
import type { ConnectOptions, Flavour } from "../mysql/client.ts";
import type { FlavourProgram } from "./flavour-program.ts";
import { mariadbProgram } from "./flavours/mariadb-program.ts";
import { mysqlProgram } from "./flavours/mysql-program.ts";
import { fillDataFolder, loadTimeZones, makeUsers, raiseFence, rootOf } from "./initialize.ts";
import { findProgram } from "./installed.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { hasData, makeFolders, writeConfig } from "./make-config.ts";
import type { MysqldConfig } from "./mysqld-config.ts";
import { programVersion } from "./program-version.ts";
import { type DatabaseServer, openDatabaseServer } from "./replication.ts";
import { startServer, stopServer } from "./run-server.ts";
import { type Ending, endProcess, runningPid } from "./server-process.ts";
import { copyTemplate } from "./template.ts";
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
  readonly init: (timeoutMs?: number) => Promise<void>;
  /** True once `init` has come to its end. */
  readonly isInitialized: () => boolean;
  /** Starts the server, unless it runs, and waits until it answers. */
  readonly start: (args?: readonly string[], timeoutMs?: number) => Promise<void>;
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
const startDefaultMs = 300_000;
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
    init: (timeoutMs = startDefaultMs) => init(shop, login("vt_dba"), timeoutMs),
    isInitialized,
    start: async (args = [], timeoutMs = startDefaultMs) => {
      if (!hasData(shop)) throw problem(`${layout.folder} has no data`, "run init first");
      if (!isInitialized()) throw problem(`${layout.folder} is half made`, "run init, which makes it anew");
      await startServer(shop, { args, administrator: login("vt_dba"), timeoutMs, withHooks: true });
    },
    shutdown: (timeoutMs) => stopServer(shop, timeoutMs, true),
    teardown: async (timeoutMs, force) => {
      const { isClean } = await stopServer(shop, timeoutMs, true);
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

async function init(shop: Workshop, dba: ConnectOptions, timeoutMs: number): Promise<void> {
  const { config, env, layout, flavour } = shop;
  const { disk } = env;
  if (disk.existsSync(layout.unfinished)) {
    env.logger.warn({ folder: layout.folder }, "an earlier initialisation did not come to its end; making it anew");
    await endProcess(layout, 0, env);
    disk.rmSync(layout.folder, { recursive: true, force: true });
  }
  if (hasData(shop)) throw problem(`${layout.folder} has data already`, "start it, or run teardown first");
  makeFolders(shop);
  disk.writeFileSync(layout.unfinished, "");
  writeConfig(shop);
  if (config.templates === undefined) await fillDataFolder(shop);
  else await copyTemplate(shop, config.templates);

  const { initSqlFile } = config;
  const own = initSqlFile === undefined ? [] : [`--init-file=${initSqlFile}`];
  const administrator = initSqlFile === undefined ? rootOf(layout) : dba;
  await startServer(shop, { args: [...flavour.writable, ...own], administrator, timeoutMs, withHooks: true });
  if (config.loadTimeZones && config.templates === undefined) await loadTimeZones(shop, administrator);
  if (initSqlFile === undefined) await makeUsers(shop);
  await raiseFence(shop, administrator);
  disk.rmSync(layout.unfinished);
}
