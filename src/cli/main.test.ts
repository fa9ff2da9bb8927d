/** The entry: commands are found, overviews and errors are printed, and the version is the package's. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { systemRandom } from "../base/random.ts";
import { commands } from "./commands.ts";
import { findCommand, runMain } from "./main.ts";
import { version } from "./version.ts";

async function run(name: string, ...args: readonly string[]) {
  let out = "";
  let err = "";
  const code = await runMain(name, {
    args,
    terminal: { out: (text) => void (out += text), err: (text) => void (err += text), isInteractive: false },
    environment: {},
    disk,
    clock: systemClock,
    random: systemRandom,
    stop: new AbortController().signal,
  });
  return { code, out, err };
}

test("the version is the package's", () => {
  const root = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.equal(version, root.version);
});

test("a command is the link's name or the first word", () => {
  assert.deepEqual(findCommand(["node", "/x/main.ts", "vtctld", "--port", "1"]), {
    name: "vtctld",
    args: ["--port", "1"],
  });
  assert.deepEqual(findCommand(["node", "/x/main.ts"]), { name: "--help", args: [] });
});

test("the overview lists the commands, and an unknown one is refused", async () => {
  assert.equal((await run("--help")).code, 0);
  const { code, err } = await run("no-such-thing");
  assert.equal(code, 2);
  assert.match(err, /there is no command no-such-thing/);
});

for (const name of Object.keys(commands))
  test(`${name} prints its help, reference and completion`, async () => {
    assert.match((await run(name, "--help")).out, /Usage:/);
    assert.match((await run(name, "reference")).out, new RegExp(`^# ${name}`));
    for (const shell of ["bash", "zsh", "fish"]) assert.notEqual((await run(name, "completion", shell)).out, "");
    assert.match((await run(name, "--version")).out, /vitess-ts \d/);
  });
