/** Paths of unix sockets: one that is left behind is removed, one in use and other files are not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { disk } from "./disk.ts";
import { network } from "./network.ts";
import { releaseSocketPath } from "./socket-path.ts";

test("a path left behind by a killed process", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vt-path-"));
  const effects = { network, disk };
  try {
    const left = join(folder, "left");
    const script = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", script, left]);
    assert.ok(disk.existsSync(left));
    await releaseSocketPath(effects, left);
    assert.ok(!disk.existsSync(left));
    await releaseSocketPath(effects, left);
    const file = join(folder, "file");
    writeFileSync(file, "x");
    await releaseSocketPath(effects, file);
    assert.ok(disk.existsSync(file));
    const used = join(folder, "used");
    const server = createServer().listen(used);
    await new Promise((resolve) => server.once("listening", resolve));
    await releaseSocketPath(effects, used);
    assert.ok(disk.existsSync(used));
    server.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
