/** Hooks run by name, and by no other way. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { children } from "../../base/child.ts";
import { disk } from "../../base/disk.ts";
import { HookRunner } from "./hooks.ts";

const folder = mkdtempSync(join(tmpdir(), "hooks-"));
after(() => rmSync(folder, { recursive: true }));
const hooks = new HookRunner({ folder, disk, children, environment: { PATH: "/usr/bin:/bin" } });
const signal = new AbortController().signal;

function hook(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
}

test("a hook gets its parameters and environment and answers what it prints", async () => {
  hook("greet", 'echo "$1 $WHO"; echo oh >&2; exit 3');
  assert.deepEqual(await hooks.run("greet", ["hello; rm -rf /"], { WHO: "world" }, signal), {
    exitStatus: 3n,
    stdout: "hello; rm -rf / world\n",
    stderr: "oh\n",
  });
});

test("a hook that is not there is told so; a path is no name", async () => {
  assert.equal((await hooks.run("absent", [], {}, signal)).exitStatus, -1n);
  for (const name of ["../greet", "/bin/sh", "a/b", "", ".hidden", "a b"])
    assert.throws(() => hooks.run(name, [], {}, signal), /VT21105/, name);
});
