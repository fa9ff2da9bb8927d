/** sysbench as the benchmarks run it: against a MySQL server on this machine, in the database `test`. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { testProgram } from "../../src/testing/programs.ts";
import { benchUser } from "./settings.ts";

const { command, root } = testProgram("sysbench");
const scripts = join(root, "usr", "share", "sysbench");

/** "oltp_point_select": where sysbench's own script of that name is. */
export const ownScript = (name: string) => join(scripts, `${name}.lua`);

export interface SysbenchRun {
  readonly script: string;
  readonly verb: "prepare" | "run";
  readonly port: number;
  readonly threads: string | number;
  readonly options: Readonly<Record<string, string | number>>;
}

/** Answers what it printed. */
export function runSysbench({ script, verb, port, threads, options }: SysbenchRun): string {
  const all = {
    "db-driver": "mysql",
    "mysql-host": "127.0.0.1",
    "mysql-port": port,
    "mysql-user": benchUser.username,
    "mysql-password": benchUser.password,
    "mysql-db": "test",
    threads: verb === "prepare" ? 1 : threads,
    ...options,
  };
  const args = Object.entries(all).map(([name, value]) => `--${name}=${value}`);
  const environment = { ...process.env, LUA_PATH: join(scripts, "?.lua;;") }; // For scripts of ours.
  const done = spawnSync(command, [script, ...args, verb], { encoding: "utf8", env: environment });
  if (done.status !== 0) throw new Error(`sysbench ${verb} on port ${port}: ${done.stdout}${done.stderr}`);
  return done.stdout;
}
