/** The test runner itself: what passes, fails, hangs, crashes, is skipped or is empty is told for what it is. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runSuite, type SuiteReport } from "./suite.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "vt-runner-"));
});
after(() => rmSync(folder, { recursive: true }));

function run(body: string, budgetSeconds = 60): Promise<SuiteReport> {
  const file = join(folder, "some.test.mjs");
  writeFileSync(file, `import { describe, test } from "node:test";\n${body}`);
  return runSuite({ name: "some", files: [file], budgetSeconds });
}
const titles = ({ failures }: SuiteReport) => failures.map(({ title }) => title.replace(/^.*some\.test\.mjs: /, ""));

test("passed and failed tests are counted, suites are not", async () => {
  const report = await run(`
    test("good", () => {});
    describe("group", () => { test("good too", () => {}); test("bad", () => { throw new Error("broken"); }); });
    test("skipped", { skip: true }, () => {});`);
  assert.equal(report.passed, 2);
  assert.deepEqual(titles(report), ["group > bad", "skipped"]);
  assert.match(report.failures[0]?.text ?? "", /^Error: broken\n/);
  assert.match(report.failures[1]?.text ?? "", /a test that cannot run must fail/);
});

test("a test that hangs is killed over its budget and named; what passed before counts", async () => {
  const report = await run(
    `
    test("good", () => {});
    test("hangs", () => new Promise((resolve) => setTimeout(resolve, 1e6)));`,
    3,
  );
  assert.equal(report.passed, 1);
  assert.match(report.failures[0]?.text ?? "", /over its budget of 3 s\. Unfinished: hangs\./);
});

test("a process that something keeps open is told from a test that hangs", async () => {
  const report = await run(`test("good", () => void setInterval(() => {}, 1000));`, 3);
  assert.match(report.failures[0]?.text ?? "", /Its tests are over, but something open keeps the process/);
});

test("a file that cannot be loaded, that crashes, and one without tests all fail", async () => {
  assert.match((await run(`throw new Error("at import");`)).failures[0]?.text ?? "", /at import/);
  const crashed = await run(`test("dies", () => { console.error("last words"); process.exit(9); });`);
  assert.match(crashed.failures[0]?.text ?? "", /ended with code 9\.\nlast words/);
  assert.equal((await run("")).failures.length, 1);
});
