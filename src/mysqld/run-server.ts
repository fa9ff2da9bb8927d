/** Starting and stopping the process of one server, and waiting for either. What stands in the way is told with its remedy. */
import { sleep } from "../base/clock.ts";
import { ServerError, VtError } from "../base/errors.ts";
import { connect, type ConnectOptions } from "../mysql/client.ts";
import { runHook } from "./hooks.ts";
import { clearTheWay, type Ending, endProcess, logSize, logTail, runningPid, startFailure } from "./server-process.ts";
import type { Workshop } from "./workshop.ts";

export interface StartOptions {
  /** Arguments beyond my.cnf's. */
  readonly args: readonly string[];
  /** Who is let in once the server is up. */
  readonly administrator: ConnectOptions;
  readonly timeoutMs: number;
  /** The operator's hooks have their say. */
  readonly withHooks: boolean;
}

const pollMs = 50;
const serverShutdown = 1053;

/** Starts the server unless it runs; resolves when it lets the administrator in. */
export async function startServer(shop: Workshop, options: StartOptions): Promise<void> {
  const { env, layout } = shop;
  if (runningPid(layout, env) !== undefined)
    return waitUntilUp(shop, options, () => {
      if (runningPid(layout, env) === undefined) throw startFailure(layout, logTail(layout, 0, env.disk));
    });
  await clearTheWay(layout, configuredPort(shop), env);
  if (options.withHooks && (await runHook("mysqld_start", hookArgs(shop), env)))
    return waitUntilUp(shop, options, () => {});
  const from = logSize(layout, env.disk);
  const hasEnded = spawnServer(shop, options.args);
  await waitUntilUp(shop, options, () => {
    if (hasEnded()) throw startFailure(layout, logTail(layout, from, env.disk));
  });
  if (options.withHooks) await runHook("postflight_mysqld_start", hookArgs(shop), env);
}

function spawnServer({ env, layout, program }: Workshop, args: readonly string[]): () => boolean {
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
  return () => ended;
}

/** A refusal by the server is told at once; that nobody is there yet is not. */
async function waitUntilUp(
  { env, layout }: Workshop,
  { administrator, timeoutMs }: StartOptions,
  check: () => void,
): Promise<void> {
  const endMs = env.clock.monotonicMs() + timeoutMs;
  for (;;) {
    check();
    try {
      const connection = await connect(env, administrator);
      return connection.close();
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.errno < 2000 && error.errno !== serverShutdown) throw error;
    }
    if (env.clock.monotonicMs() >= endMs)
      throw VtError.of("VT22013", `it did not answer within ${timeoutMs} ms`, `see ${layout.errorLog}`);
    await sleep(env.clock, pollMs);
  }
}

/** Asks the server to end and waits; kills it when the time is over. */
export async function stopServer(shop: Workshop, timeoutMs: number, withHooks: boolean): Promise<Ending> {
  const { env, layout } = shop;
  if (withHooks && runningPid(layout, env) !== undefined) {
    await runHook("preflight_mysqld_shutdown", hookArgs(shop), env);
    await runHook("mysqld_shutdown", hookArgs(shop), env); // What it leaves running is ended below.
  }
  const ending = await endProcess(layout, timeoutMs, env);
  if (!ending.isClean) env.logger.warn({ folder: layout.folder, timeoutMs }, "the database server had to be killed");
  env.disk.rmSync(layout.socket, { force: true });
  return ending;
}

/** What the operator's hooks are told. */
function hookArgs({ layout }: Workshop): readonly string[] {
  return [`--defaults-file=${layout.configFile}`, `--pid-file=${layout.pidFile}`, `--socket=${layout.socket}`];
}

/** The port that the server will listen on: my.cnf decides, which may be older than our configuration. */
function configuredPort({ config, env, layout }: Workshop): number {
  const lines = env.disk.readFileSync(layout.configFile, "utf8").matchAll(/^\s*port\s*=\s*(\d+)\s*$/gm);
  return Number([...lines].at(-1)?.[1] ?? config.port);
}
