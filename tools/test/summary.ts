/** The end of a test run: every failure with its text, then the line `N passed, N failed`. */
import type { SuiteReport } from "./suite.ts";

/** Prints it; true when something ran and nothing failed. */
export function printSummary(reports: readonly SuiteReport[]): boolean {
  const failures = reports.flatMap((report) => report.failures);
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  if (passed + failures.length === 0) failures.push({ title: "plan", text: "No test file matches." });
  for (const { title, text } of failures) console.log(`\n--- ${title}\n${text}`);
  console.log(`\n${passed} passed, ${failures.length} failed`);
  return failures.length === 0;
}
