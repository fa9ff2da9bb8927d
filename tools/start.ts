/**
 * `npm start [-- flags]`: sets up what the wanted cluster needs (database servers, etcd, the web page's files), then runs
 * it until Ctrl-C. `npm start -- --help` shows the flags.
 */
import { systemClock } from "../src/base/clock.ts";
import { disk } from "../src/base/disk.ts";
import { readEnvironment } from "../src/base/environment.ts";
import { systemRandom } from "../src/base/random.ts";
import { systemTerminal } from "../src/base/terminal.ts";
import { runMain, stopOnSignals } from "../src/cli/main.ts";
import { buildPage } from "./build-page.ts";
import { groups } from "./setup/packages.ts";
import { setUp } from "./setup/setup.ts";

const args = process.argv.slice(2);

/** What is wanted of the flags before the command itself reads them; it refuses what is wrong. */
function wants(flag: string, value: string): boolean {
  const at = args.findIndex((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`));
  return at >= 0 && (args[at]?.endsWith(`=${value}`) || args[at + 1] === value);
}

try {
  if (!args.some((arg) => arg === "--help" || arg === "-h")) {
    const database = wants("flavour", "mysql") ? groups.mysql : groups.mariadb;
    await setUp([database, ...(wants("topo", "etcd") ? [groups.etcd] : [])]);
    await buildPage();
  }
  process.exitCode = await runMain("cluster", {
    args,
    terminal: systemTerminal,
    environment: readEnvironment(),
    disk,
    clock: systemClock,
    random: systemRandom,
    stop: stopOnSignals(),
  });
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
process.exit();
