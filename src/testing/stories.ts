/**
 * Data-driven tests. A story file holds cases: lines of comment (#), one line of words that say what to do, the input up to
 * a line of four dashes, then the wanted output up to an empty line. `UPDATE=1` writes the outputs that were got.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

export interface StoryCase {
  /** The words of the first line. */
  readonly words: readonly string[];
  readonly input: string;
}

/** One test for each *.txt file in the folder; `run` answers a case's output. */
export function testStories(folder: string, run: (story: StoryCase) => string, select = /\.txt$/): void {
  for (const file of readdirSync(folder).sort())
    if (select.test(file)) test(`story ${file}`, () => checkFile(`${folder}/${file}`, run));
}

function checkFile(path: string, run: (story: StoryCase) => string): void {
  const text = readFileSync(path, "utf8");
  const got = text
    .trimEnd()
    .split(/\n\n+/)
    .map((block) => runBlock(block, run))
    .join("\n\n");
  if (process.env["UPDATE"] === "1") writeFileSync(path, `${got}\n`);
  else assert.equal(`${got}\n`, text, `UPDATE=1 writes ${path} anew`);
}

/** A block with its output put in place; a block of comments alone stays as it is. */
function runBlock(block: string, run: (story: StoryCase) => string): string {
  const lines = block.split("\n");
  const first = lines.findIndex((line) => !line.startsWith("#"));
  if (first < 0) return block;
  const dashes = lines.indexOf("----");
  const input = lines.slice(first + 1, dashes < 0 ? undefined : dashes);
  const output = run({ words: (lines[first] ?? "").split(" "), input: input.join("\n") });
  return [...lines.slice(0, first + 1), ...input, "----", output.trimEnd()].join("\n");
}
