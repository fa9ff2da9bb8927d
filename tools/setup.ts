/**
 * `node tools/bootstrap.js setup [group…]`: installs the servers that the tests need, or only the groups named.
 * `npm start` and `npm test` do it by themselves.
 */
import { type Group, groups, testSet } from "./setup/packages.ts";
import { setUp } from "./setup/setup.ts";

const names = process.argv.slice(2);
const table: Record<string, Group> = groups;
const unknown = names.filter((name) => table[name] === undefined);
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(", ")}. The groups are ${Object.keys(groups).join(", ")}.`);
  process.exit(2);
}
try {
  await setUp(names.length === 0 ? testSet : names.flatMap((name) => table[name] ?? []));
  console.log("Everything is set up");
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
