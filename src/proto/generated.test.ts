/** The committed generated files are those that tools/generate.ts makes now. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const committed = join(import.meta.dirname, "generated");
const generate = join(import.meta.dirname, "../../tools/generate.ts");

test("src/proto/generated is fresh: npm run generate", () => {
  const fresh = mkdtempSync(join(tmpdir(), "vitess-ts-generate-"));
  try {
    execFileSync(process.execPath, [generate, fresh], { stdio: "pipe" });
    assert.deepEqual(readdirSync(fresh).sort(), readdirSync(committed).sort());
    for (const name of readdirSync(fresh))
      assert.equal(readFileSync(join(committed, name), "utf8"), readFileSync(join(fresh, name), "utf8"), name);
  } finally {
    rmSync(fresh, { recursive: true });
  }
});
