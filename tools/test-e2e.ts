/**
 * `npm run test:e2e`: whole clusters with real servers and clients (`*.e2e.test.ts`), one file after the other, each in a
 * process of its own. `-- --long` takes all the time it needs: tests read VT_TEST_LONG=1 and do more rounds. Other words
 * choose files by path. Ends with the line `N passed, N failed`.
 */
import { globSync } from "node:fs";
import { longTestSet, testSet } from "./setup/packages.ts";
import { setUp } from "./setup/setup.ts";
import { printSummary } from "./test/summary.ts";
import { runSuite, type SuiteReport } from "./test/suite.ts";

const budgetSeconds = 600;
const longBudgetSeconds = 7200;

const words = process.argv.slice(2);
const isLong = words.includes("--long");
const wanted = words.filter((word) => !word.startsWith("--"));
if (isLong) process.env["VT_TEST_LONG"] = "1";

await setUp(isLong ? longTestSet : testSet);
const files = globSync("{src,web}/**/*.e2e.test.ts", { exclude: ["**/node_modules/**"] })
  .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
  .sort();
const reports: SuiteReport[] = [];
for (const file of files) {
  const report = await runSuite({
    name: file,
    files: [file],
    budgetSeconds: isLong ? longBudgetSeconds : budgetSeconds,
  });
  reports.push(report);
  console.log(`${report.failures.length === 0 ? "ok    " : "FAILED"} ${file} (${report.seconds.toFixed(1)} s)`);
}
process.exitCode = printSummary(reports) ? 0 : 1;
