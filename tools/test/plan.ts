/**
 * Which test files run, in which process, and how long each may take. Units share one process; a file that talks to real
 * servers, or belongs to the web page, has a process to itself.
 */
import { globSync } from "node:fs";
import type { Suite } from "./suite.ts";

const unitsBudgetSeconds = 420;
const fileBudgetSeconds = 180;

/** Files that need longer than fileBudgetSeconds, and why. */
const longBudgets: Record<string, number> = {
  "src/mysqld/mysqld.live.test.ts": 400, // Makes nine servers from nothing.
  "src/mysqlctl/mysqlctl.live.test.ts": 300, // Starts a process for each command.
};

export interface Plan {
  readonly units: readonly Suite[];
  readonly alone: readonly Suite[];
}

/** The plan for all files whose path contains one of `filters`; all files when there is none. */
export function planTests(filters: readonly string[]): Plan {
  const wanted = (file: string) => filters.length === 0 || filters.some((filter) => file.includes(filter));
  const found = (pattern: string) =>
    globSync(pattern, { exclude: ["**/node_modules/**"] })
      .filter(wanted)
      .sort();
  const all = found("{src,tools,bench}/**/*.test.ts").filter((file) => file !== "src/architecture.test.ts");
  const isAlone = (file: string) => /\.(live|e2e)\.test\.ts$/.test(file);
  const units = all.filter((file) => !isAlone(file));
  const alone = [...all.filter((file) => file.endsWith(".live.test.ts")), ...found("web/**/*.test.{ts,tsx}")];
  return {
    units: units.length === 0 ? [] : [{ name: "units", files: units, budgetSeconds: unitsBudgetSeconds }],
    alone: alone.map((file) => ({
      name: file,
      files: [file],
      budgetSeconds: longBudgets[file] ?? fileBudgetSeconds,
    })),
  };
}
