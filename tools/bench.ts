/**
 * `npm run bench`: every `*.bench.ts`, one after the other, each in a process of its own with its output on the terminal.
 * `npm run bench -- sqlparser` runs those whose path contains the word; from the first word with a dash on, all is passed on
 * to them. Benchmarks measure and print; they assert no times.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { testSet } from "./setup/packages.ts";
import { setUp } from "./setup/setup.ts";

const args = process.argv.slice(2);
const firstFlag = args.findIndex((word) => word.startsWith("-"));
const words = firstFlag < 0 ? args : args.slice(0, firstFlag);
const passedOn = firstFlag < 0 ? [] : args.slice(firstFlag);
const files = globSync("{bench,src}/**/*.bench.ts")
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
if (files.length === 0) {
  console.error(`No benchmark's path contains ${words.join(" or ")}.`);
  process.exit(2);
}
await setUp(testSet);
const failed = files.filter((file) => {
  console.log(`\n=== ${file}`);
  return spawnSync(process.execPath, ["--expose-gc", file, ...passedOn], { stdio: "inherit" }).status !== 0;
});
for (const file of failed) console.error(`${file} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
