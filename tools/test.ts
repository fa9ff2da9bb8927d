/**
 * `npm test`: the checks, then the unit tests in one process, then each test with real servers in its own, two at once.
 * Ends with the line `N passed, N failed`; the exit code is 0 only when nothing failed.
 *
 * `npm test -- src/mysqld` runs only files whose path contains one of the words given, and leaves the checks out.
 */
import { runChecks } from "./test/checks.ts";
import { planTests } from "./test/plan.ts";
import { printSummary } from "./test/summary.ts";
import { runSuite, type Suite, type SuiteReport } from "./test/suite.ts";
import { setUp } from "./setup/setup.ts";
import { testSet } from "./setup/packages.ts";

const aloneMax = 2;

const filters = process.argv.slice(2);
const reports: SuiteReport[] = [];
const startedMs = performance.now();

const { units, alone } = planTests(filters);
if (filters.length === 0) checkAll();
for (const suite of units) await runAndTell(suite);
if (alone.length > 0 && (await serversAreThere())) await runAlone();
finish();

function checkAll(): void {
  const { passed, failed } = runChecks();
  const failures = failed.map((name) => ({ title: `check: ${name}`, text: "Its output stands above." }));
  reports.push({ name: "checks", seconds: 0, passed: passed.length, failures });
}

async function serversAreThere(): Promise<boolean> {
  try {
    await setUp(testSet);
    return true;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    reports.push({ name: "set-up", seconds: 0, passed: 0, failures: [{ title: "set-up of the servers", text }] });
    return false;
  }
}

async function runAlone(): Promise<void> {
  const queue = [...alone];
  const work = async () => {
    for (let suite = queue.shift(); suite !== undefined; suite = queue.shift()) await runAndTell(suite);
  };
  await Promise.all(Array.from({ length: aloneMax }, work));
}

async function runAndTell(suite: Suite): Promise<void> {
  const report = await runSuite(suite);
  reports.push(report);
  const verdict = report.failures.length === 0 ? "ok    " : "FAILED";
  console.log(
    `${verdict} ${report.name} (${report.passed} passed, ${report.failures.length} failed, ${report.seconds.toFixed(1)} s)`,
  );
}

function finish(): void {
  console.log(`\n${((performance.now() - startedMs) / 1000).toFixed(0)} s in all`);
  process.exitCode = printSummary(reports) ? 0 : 1;
}
