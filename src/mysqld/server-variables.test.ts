/** What servers write about themselves, as our types. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  filePosition,
  hasFilters,
  isVersionAtLeast,
  optionalNumber,
  parseVersion,
  rowOf,
  threadState,
} from "./server-variables.ts";

test("versions of both flavours, and of MariaDB behind its old prefix", () => {
  const versions = [
    ["9.7.4-2", [9, 7, 4]],
    ["8.0.40-31 Percona Server", [8, 0, 40]],
    ["10.11.19-MariaDB-0+deb12u1-log", [10, 11, 19]],
    ["5.5.5-10.6.1-MariaDB", [10, 6, 1]],
    ["5.5.5", [5, 5, 5]],
    ["nonsense", [0, 0, 0]],
  ] as const;
  for (const [text, expected] of versions) assert.deepEqual(parseVersion(text), expected, text);
  assert.ok(isVersionAtLeast("8.2.0", 8, 2) && isVersionAtLeast("9.0.1", 8, 4) && isVersionAtLeast("8.0.26", 8, 0, 26));
  assert.ok(
    !isVersionAtLeast("8.1.9", 8, 2) && !isVersionAtLeast("8.0.25", 8, 0, 26) && !isVersionAtLeast("7.9.9", 8, 0),
  );
});

test("threads, places in logs, lag", () => {
  assert.deepEqual(["Yes", "No", "Connecting", "Preparing", ""].map(threadState), [
    "running",
    "stopped",
    "connecting",
    "connecting",
    "stopped",
  ]);
  assert.equal(filePosition("bin.000002", "17"), "FilePos/bin.000002:17");
  assert.equal(filePosition("", "0"), "");
  assert.deepEqual([optionalNumber(""), optionalNumber("0")], [undefined, 0]);
});

test("any filter counts", () => {
  assert.ok(!hasFilters(rowOf({ Replicate_Do_DB: "", Replicate_Ignore_DB: null })));
  assert.ok(hasFilters(rowOf({ Replicate_Wild_Ignore_Table: "d.%" })));
});
