/** package-lock.json must name every optional package, or `npm ci` refuses it on a bare machine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingOptional, readLock } from "./complete-lock.ts";

test("package-lock.json is complete: else run node tools/complete-lock.ts", () => {
  assert.deepEqual(Object.keys(missingOptional(readLock().packages)), []);
});

test("what is missing gets its platform from its name; what is resolved further up is not missing", () => {
  const missing = missingOptional({
    "": { version: "1.0.0" },
    "node_modules/tool": { version: "2.0.0", dev: true, optionalDependencies: { "@x/tool-linux-arm64-musl": "2.0.0" } },
    "node_modules/a/node_modules/b": { version: "1.0.0", optionalDependencies: { c: "^1.2.0", fsevents: "~2.3.3" } },
    "node_modules/a/node_modules/c": { version: "1.2.5" },
  });
  assert.deepEqual(missing, {
    "node_modules/@x/tool-linux-arm64-musl": {
      version: "2.0.0",
      cpu: ["arm64"],
      os: ["linux"],
      libc: ["musl"],
      dev: true,
      optional: true,
    },
    "node_modules/fsevents": { version: "2.3.3", os: ["darwin"], optional: true },
  });
});
