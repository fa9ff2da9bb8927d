/**
 * The parser as others get it: compiled, packed and unpacked into node_modules of an empty project, it must load without
 * any dependency and without type stripping, and bring its types.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { installPacked, runPacked } from "../testing/packed.ts";

const folder = mkdtempSync(join(tmpdir(), "vt-packed-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("import { parse, print } from vitess-ts/sqlparser works in a packed install", async () => {
  const project = await installPacked({ folder, entry: "src/sqlparser/parse.ts", hasDependencies: false });
  const program = `import { parse, print } from "vitess-ts/sqlparser";
    console.log(print(parse("SELECT a FROM t WHERE b IN (1,2)")));`;
  assert.equal((await runPacked(project, program)).trim(), "select a from t where b in (1, 2)");
});
