/** Who may hold a cluster's folder, and what a killed supervisor leaves. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { disk } from "../base/disk.ts";
import { DataRoot, DataRootError } from "./data-root.ts";

const folder = mkdtempSync(join(tmpdir(), "data-root-"));
after(() => rmSync(folder, { recursive: true }));

const sleeper = () => spawn("sleep", ["60"], { stdio: "ignore" });
const pidOf = (child: { readonly pid?: number | undefined }) => {
  assert.ok(child.pid !== undefined);
  return child.pid;
};

test("a living holder keeps others out; a dead one does not", async () => {
  const root = join(folder, "held");
  const holder = sleeper();
  DataRoot.take(root, disk, pidOf(holder));
  assert.throws(
    () => DataRoot.take(root, disk, process.pid),
    (error) => {
      assert.ok(error instanceof DataRootError);
      assert.match(error.message, new RegExp(`in use by process ${holder.pid}`));
      return true;
    },
  );
  holder.kill("SIGKILL");
  await new Promise((resolve) => holder.once("exit", resolve));
  DataRoot.take(root, disk, process.pid).release();
});

test("a lock that was cut short, or whose process id was given to another, is stale", () => {
  const root = join(folder, "stale");
  DataRoot.take(root, disk, process.pid).release();
  writeFileSync(join(root, "cluster.lock"), '{"pid": 12');
  DataRoot.take(root, disk, process.pid).release();
  writeFileSync(join(root, "cluster.lock"), '{"pid": 1, "started": "an earlier boot", "name": "supervisor"}');
  DataRoot.take(root, disk, process.pid).release();
});

test("what still runs is left over, until it is forgotten or ends", async () => {
  const root = DataRoot.take(join(folder, "left"), disk, process.pid);
  const one = sleeper();
  const other = sleeper();
  root.remember("one", pidOf(one));
  root.remember("other", pidOf(other));
  assert.deepEqual(
    root
      .leftovers()
      .map(({ name }) => name)
      .toSorted(),
    ["one", "other"],
  );
  root.forget("other");
  other.kill();
  one.kill("SIGKILL");
  await new Promise((resolve) => one.once("exit", resolve));
  assert.deepEqual(root.leftovers(), []);
});
