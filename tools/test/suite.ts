/**
 * Runs test files in one Node process with a time budget, and answers every outcome.
 *
 * A process that outlives its budget is killed with all it started and counts as one failure; so does one that ends
 * badly without naming a failed test, and a file in which no test ran. Skipped tests count as failures: a test that
 * cannot run must say so.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Line, Outcome } from "./reporter.ts";

export interface Suite {
  readonly name: string;
  readonly files: readonly string[];
  readonly budgetSeconds: number;
}

export interface SuiteReport {
  readonly name: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failures: readonly { readonly title: string; readonly text: string }[];
}

const reporterPath = join(import.meta.dirname, "reporter.ts");
const outputTailMax = 8_000;

export async function runSuite(suite: Suite): Promise<SuiteReport> {
  const folder = mkdtempSync(join(tmpdir(), "vt-test-"));
  const outcomesPath = join(folder, "outcomes.jsonl");
  const startedMs = performance.now();
  try {
    const ending = await runProcess(suite, outcomesPath, folder);
    const lines = readLines(outcomesPath);
    const outcomes = lines.filter((line) => line.kind === "test");
    const failures = outcomes.flatMap((outcome) => {
      const text = complaintAbout(outcome);
      return text === undefined ? [] : [{ title: `${relative(process.cwd(), outcome.file)}: ${outcome.path}`, text }];
    });
    const passed = outcomes.length - failures.length;
    if (ending.problem !== undefined && (ending.wasKilled || failures.length === 0))
      failures.push({ title: suite.name, text: `${ending.problem}${unfinished(lines)}\n${ending.output}`.trimEnd() });
    else if (outcomes.length === 0) failures.push({ title: suite.name, text: "No test ran in this file." });
    return { name: suite.name, seconds: (performance.now() - startedMs) / 1000, passed, failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is wrong with it; undefined when it passed. */
function complaintAbout({ file, path, failure, skipped }: Outcome): string | undefined {
  if (failure !== undefined) return failure;
  if (skipped === true) return "The test was skipped; a test that cannot run must fail.";
  return file.endsWith(path) ? "No test ran in this file." : undefined; // node:test then passes the file itself.
}

interface Ending {
  readonly problem?: string;
  readonly wasKilled: boolean;
  readonly output: string;
}

function runProcess(suite: Suite, outcomesPath: string, temporary: string): Promise<Ending> {
  const options = ["--test", "--test-isolation=none", `--test-reporter=${reporterPath}`];
  const child = spawn(process.execPath, [...options, `--test-reporter-destination=${outcomesPath}`, ...suite.files], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // A process group of its own, so that a kill reaches what the tests started.
    env: { ...process.env, TMPDIR: temporary, NODE_TEST_CONTEXT: undefined }, // Not a child of a test run around us.
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-outputTailMax);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);

  const group = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // Nobody is left: that is what was wanted.
    }
  };
  return new Promise((resolve, reject) => {
    let wasKilled = false;
    const timer = setTimeout(() => {
      wasKilled = true;
      group("SIGKILL");
    }, suite.budgetSeconds * 1000);
    const stop = () => {
      group("SIGKILL");
      process.exit(130);
    };
    process.once("SIGINT", stop).once("SIGTERM", stop);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      process.off("SIGINT", stop).off("SIGTERM", stop);
      group("SIGKILL"); // A test that left a server behind must not slow down the next one.
      if (wasKilled) resolve({ problem: `Killed: over its budget of ${suite.budgetSeconds} s.`, wasKilled, output });
      else if (code !== 0)
        resolve({ problem: `The test process ended with ${signal ?? `code ${code}`}.`, wasKilled, output });
      else resolve({ wasKilled, output });
    });
  });
}

/** What had begun and did not end, without the suites around it. */
function unfinished(lines: readonly Line[]): string {
  const open: string[] = [];
  for (const { kind, path } of lines) {
    if (kind === "begins") open.push(path);
    else if (open.includes(path)) open.splice(open.indexOf(path), 1);
  }
  const innermost = open.filter((path) => !open.some((other) => other.startsWith(`${path} > `)));
  if (innermost.length > 0) return ` Unfinished: ${innermost.join("; ")}.`;
  return lines.length === 0
    ? ""
    : " Its tests are over, but something open keeps the process: a socket, a timer, a child.";
}

function readLines(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return []; // The process ended before its first test; the ending says why.
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1); // A killed process may leave half a line.
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}
