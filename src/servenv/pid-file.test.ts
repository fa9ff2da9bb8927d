/** The pid file: held while running, taken over from the dead, refused by the living. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { disk } from "../base/disk.ts";
import { isAlive, pidFile } from "./pid-file.ts";

test("a pid file is held while running", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pid-"));
  const path = `${folder}/x.pid`;
  try {
    writeFileSync(path, "4242\n");
    await assert.rejects(
      pidFile(path, disk, 7, () => true).start?.() ?? Promise.resolve(),
      /process 4242, which is running/,
    );
    const held = pidFile(path, disk, 7, () => false);
    await held.start?.();
    assert.equal(readFileSync(path, "utf8"), "7\n");
    await held.stop?.();
    assert.ok(!existsSync(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.equal(isAlive(process.pid), true);
});
