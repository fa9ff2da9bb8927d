/** Which process is ours, and what a server's last words mean. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { processes } from "../base/child.ts";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { network } from "../base/network.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { clearTheWay, endProcess, logTail, runningPid, startFailure } from "./server-process.ts";

const env = { clock: systemClock, disk, network, processes };

async function inFolder(work: (layout: Layout) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "vt-p-"));
  const layout = layoutOf(root, 7);
  mkdirSync(layout.folder, { recursive: true });
  try {
    await work(layout);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("a pid file counts only when its process was started with our my.cnf", () =>
  inFolder(async (layout) => {
    assert.equal(runningPid(layout, env), undefined);
    for (const text of [`${process.pid}\n`, "999999999\n", "-1", "", "abc"]) {
      writeFileSync(layout.pidFile, text);
      assert.equal(runningPid(layout, env), undefined, text);
      assert.deepEqual(await endProcess(layout, 0, env), { isClean: true }, "a process that is not ours is not ended");
    }
  }));

test("what a killed server left is cleared away; a path too long for a socket is refused", () =>
  inFolder(async (layout) => {
    for (const file of [layout.pidFile, layout.socket, `${layout.socket}.lock`]) writeFileSync(file, "1");
    await clearTheWay(layout, 0, env);
    assert.deepEqual([layout.pidFile, layout.socket, `${layout.socket}.lock`].filter(disk.existsSync), []);
    const long = { ...layout, socket: join(layout.folder, "x".repeat(100)) };
    await assert.rejects(clearTheWay(long, 0, env), /longer than 107 bytes; choose a shorter VTDATAROOT/);
  }));

test("last words are told with their remedy", () => {
  const words = [
    ["[ERROR] InnoDB: Error number 28 means 'No space left on device'", /the disk is full; free some space/],
    ["[ERROR] Can't start server: Bind on TCP/IP port. Got error: 98: Address already in use", /its port is in use/],
    ["[ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11", /another process uses its files/],
    ['[ERROR] Can\'t create/write to file (Errcode: 13 "Permission denied")', /it may not use its files/],
    ["[ERROR] unknown variable 'x=1'", /a setting that it does not know; correct EXTRA_MY_CNF/],
    ["[ERROR] something new", /it did not come up; see .*error\.log/],
  ] as const;
  for (const [line, expected] of words) {
    const error = startFailure(layoutOf("/vt", 1), `[Note] before\n2026-01-01 ${line}\n[Note] after\n`);
    assert.match(error.message, expected);
    assert.match(String((error.cause as Error).message), new RegExp(line.slice(0, 15).replaceAll(/[[\]]/g, "\\$&")));
  }
});

test("the log is read from where this start began", () =>
  inFolder(async (layout) => {
    assert.equal(logTail(layout, 0, disk), "");
    writeFileSync(layout.errorLog, "old\nnew\n");
    assert.equal(logTail(layout, 4, disk), "new\n");
  }));
