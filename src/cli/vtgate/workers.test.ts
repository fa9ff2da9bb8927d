/** How many workers a gateway has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { disk } from "../../base/disk.ts";
import { resolveFlags } from "../../base/flag-sources.ts";
import { vtgatePage } from "./gateway-part.ts";
import { workerCount } from "./workers.ts";

const count = (args: readonly string[], cores: number, platform = "linux") => {
  const all = ["--topo-implementation=sqlite", "--mysql-server-port=0", ...args];
  return workerCount(resolveFlags(vtgatePage.flags, { args: all, environment: {}, disk }).values, { cores, platform });
};

test("as many as asked for, else by the cores; never where they cannot be", () => {
  assert.deepEqual(
    [1, 3, 4, 7, 16, 64].map((cores) => count([], cores)),
    [1, 1, 2, 3, 8, 8],
  );
  assert.equal(count(["--workers=5"], 2), 5);
  assert.equal(count([], 16, "darwin"), 1);
  assert.equal(count(["--mysql-server-port=-1"], 16), 1);
  assert.equal(count(["--workers=1"], 16, "darwin"), 1);
  assert.throws(() => count(["--workers=2"], 16, "darwin"), /--workers 2 needs Linux/);
  assert.throws(() => count(["--workers=2", "--mysql-server-port=-1"], 16), /needs --mysql-server-port/);
  assert.throws(() => count(["--workers=2", "--topo-implementation=memory"], 16), /that threads can share/);
});
