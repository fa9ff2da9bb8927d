/** The checks that need no running code: types, lint, format and the architecture test, in that order. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const bin = join("node_modules", ".bin");
const folders = ["src", "tools", "bench", "web/src", "web/test"].filter((folder) => existsSync(folder));
const checks: readonly { readonly name: string; readonly command: string; readonly args: readonly string[] }[] = [
  { name: "types", command: join(bin, "tsc"), args: ["--noEmit"] },
  { name: "types of the page", command: join(bin, "tsc"), args: ["--noEmit", "-p", "web"] },
  { name: "lint", command: join(bin, "oxlint"), args: ["--type-aware", ...folders] },
  { name: "format", command: join(bin, "biome"), args: ["format"] },
  {
    name: "architecture",
    command: process.execPath,
    args: ["--test", "--test-reporter=dot", "src/architecture.test.ts"],
  },
];

/** Runs every check with its output on the terminal; answers the names of those that passed and those that failed. */
export function runChecks(): { readonly passed: readonly string[]; readonly failed: readonly string[] } {
  const failed = checks.filter(({ name, command, args }) => {
    const startedMs = performance.now();
    const { status, error } = spawnSync(command, args, { stdio: "inherit" });
    if (error !== undefined) console.error(`${command} could not be started: ${error.message}`);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    return status !== 0;
  });
  const names = (list: typeof checks) => list.map(({ name }) => name);
  return { passed: names(checks.filter((check) => !failed.includes(check))), failed: names(failed) };
}
