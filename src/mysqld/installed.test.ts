/** Where programs are found: PATH first, then what set-up recorded. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { disk } from "../base/disk.ts";
import { findOnPath, findProgram, installedPath, lookUpProgram } from "./installed.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vt-installed-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function place(path: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o755);
  return file;
}
const surroundings = () => ({
  disk,
  environment: { PATH: `${folder}/a:${folder}/b`, XDG_CACHE_HOME: `${folder}/cache` },
});
function record(name: string, command: string): void {
  const path = installedPath(surroundings().environment);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ programs: { [name]: { command, root: "/tree" } } }));
}

test("what is on PATH comes before what set-up installed", () => {
  record("mariadb-backup", place("tree/mariadb-backup"));
  const own = place("b/mariadb-backup");
  assert.deepEqual(lookUpProgram("mariadb-backup", surroundings()), {
    name: "mariadb-backup",
    command: own,
    root: "/",
  });
});

test("what set-up installed is found where PATH has none", () => {
  const command = place("tree/mysqlbinlog");
  record("mysqlbinlog", command);
  assert.deepEqual(findProgram("mysqlbinlog", surroundings()), { name: "mysqlbinlog", command, root: "/tree" });
});

test("MariaDB's programs under MySQL's names are not MySQL's", () => {
  const real = place("a/mariadbd");
  symlinkSync(real, join(folder, "a/mysqld"));
  assert.equal(findOnPath("mariadbd", surroundings()), real);
  assert.notEqual(findOnPath("mysqld", surroundings()), join(folder, "a/mysqld"));
});

test("a record whose program is gone counts for nothing, and the error names the remedy", () => {
  record("mysqlbinlog", join(folder, "gone"));
  assert.equal(lookUpProgram("mysqlbinlog", surroundings()), undefined);
  assert.throws(() => findProgram("mysqlbinlog", surroundings()), /mysqlbinlog .*bootstrap\.js setup/);
});

test("a folder or a file that may not be run is passed over", () => {
  mkdirSync(join(folder, "a/mysqlbinlog"), { recursive: true });
  writeFileSync(join(folder, "b-file"), "");
  const good = place("b/mysqlbinlog");
  assert.equal(findOnPath("mysqlbinlog", surroundings()), good);
});
