/**
 * Data-driven stories: a text file of cases, each a command line, its input, a line of dashes and the expected output,
 * with an empty line between cases. Lines with # are comments. With UPDATE=1 in the environment the outputs are written
 * anew, for somebody to read the difference.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

export interface Case {
  readonly command: string;
  readonly args: readonly string[];
  readonly input: string;
}

export function runCases(file: string, run: (c: Case) => string): void {
  const blocks = readFileSync(file, "utf8").split(/\n{2,}/);
  const written = blocks.map((block) => {
    const lines = block.split("\n");
    const begin = lines.findIndex((line) => !line.startsWith("#") && line !== "");
    const dashes = lines.indexOf("----");
    if (begin < 0 || dashes < 0) return block.trimEnd();
    const [command = "", ...args] = (lines[begin] ?? "").split(" ");
    const input = lines.slice(begin + 1, dashes).join("\n");
    const wanted = lines
      .slice(dashes + 1)
      .join("\n")
      .trimEnd();
    const found = run({ command, args, input }).trimEnd();
    if (process.env["UPDATE"] !== "1") assert.equal(found, wanted, input);
    return [...lines.slice(0, dashes + 1), found].join("\n");
  });
  if (process.env["UPDATE"] === "1") writeFileSync(file, `${written.filter((b) => b !== "").join("\n\n")}\n`);
}
