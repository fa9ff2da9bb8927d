/** Hooks are found by name in one folder, told their arguments, and fail the step when they fail. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { children } from "../base/child.ts";
import { disk } from "../base/disk.ts";
import { executeHook, runHook } from "./hooks.ts";

let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "vt-h-"));
  mkdirSync(join(root, "vthook"));
  place("good", 'echo "$1 $TABLET_ALIAS"');
  place("bad", "echo why >&2; exit 7");
});
after(() => rmSync(root, { recursive: true }));
function place(name: string, script: string): void {
  writeFileSync(join(root, "vthook", name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, "vthook", name), 0o755);
}
const env = () => ({ children, disk, environment: { VTROOT: root, PATH: "/usr/bin:/bin" } });

test("a hook gets arguments and variables, and its output comes back", async () => {
  const result = await executeHook("good", ["--x=1"], env(), { TABLET_ALIAS: "zone1-100" });
  assert.deepEqual(result, { exitCode: 0, out: "--x=1 zone1-100\n", err: "" });
  assert.deepEqual(await executeHook("bad", [], env()), { exitCode: 7, out: "", err: "why\n" });
});

test("a hook that is not there is no error; one that fails is", async () => {
  assert.equal(await runHook("none", [], env()), false);
  assert.equal(await runHook("good", [], env()), true);
  await assert.rejects(runHook("bad", [], env()), /hook bad ended with 7: why/);
  assert.equal(await runHook("good", [], { ...env(), environment: {} }), false, "without VTROOT there are none");
});

test("a name cannot lead out of the folder", async () => {
  for (const name of ["../good", "a/b", "", ".", "..", "-x", "a b", "a\0b"])
    assert.throws(() => void executeHook(name, [], env()), /VT22001/, name);
});
