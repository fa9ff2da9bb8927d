/**
 * The architecture, checked. `mayImport` is its only source; the drawing in docs/ARCHITECTURE.md is made from it.
 * Besides the direction of imports it checks: no cycles between files, no barrels, no default exports, a header comment,
 * lengths, erasable effects (clock, randomness, network, disk, process) only where they may be.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const root = `${import.meta.dirname}/`;

/** Who may import whom. One line a folder, lowest floor first; a role's line names no other role. */
const mayImport: Record<string, readonly string[]> = {
  base: [],
  proto: [],
  collation: ["base"],
  sqltypes: ["base", "proto", "collation"],
  sqlparser: ["base", "sqltypes", "collation"],
  topo: ["base", "proto"],
  rpc: ["base", "proto", "sqltypes"],
  servenv: ["base", "proto", "rpc"],
  sharding: ["base", "proto", "sqltypes"],
  vschema: ["base", "proto", "sqltypes", "collation", "sqlparser", "sharding"], // sqlparser: ALTER VSCHEMA.
  evalengine: ["base", "sqltypes", "collation", "sqlparser"],
  mysql: ["base", "sqltypes", "collation"],
  binlog: ["base", "sqltypes", "mysql"],
  schema: ["base", "sqltypes", "sqlparser"],
  mysqld: ["base", "proto", "rpc", "sqltypes", "mysql", "binlog"],
  discovery: ["base", "proto", "rpc", "topo"],
  reparent: ["base", "proto", "rpc", "topo", "binlog", "discovery"],
  engine: ["base", "proto", "rpc", "sqltypes", "collation", "evalengine", "sharding", "vschema"],
  planner: ["base", "sqltypes", "collation", "sqlparser", "evalengine", "sharding", "vschema", "schema", "engine"],
  ...Object.fromEntries(
    ["vtgate", "vttablet", "vtctld", "vtorc", "mysqlctl", "vtadmin"].map((role) => [
      role,
      [
        "base",
        "proto",
        "collation",
        "sqltypes",
        "sqlparser",
        "topo",
        "rpc",
        "servenv",
        "sharding",
        "vschema",
        "evalengine",
        "mysql",
        "binlog",
        "schema",
        "mysqld",
        "discovery",
        "reparent",
        "engine",
        "planner",
      ],
    ]),
  ),
};
const belowRoles = mayImport["vtgate"] ?? [];
const roles = ["vtgate", "vttablet", "vtctld", "vtorc", "mysqlctl", "vtadmin"];
mayImport["cluster"] = [...belowRoles, ...roles];
mayImport["k8s"] = [...belowRoles, ...roles];
mayImport["client"] = [...belowRoles, ...roles];
mayImport["cli"] = [...belowRoles, ...roles, "cluster", "k8s", "client"];
mayImport["testing"] = [...belowRoles, ...roles, "cluster", "client", "cli"];

/** Why a file may be longer than 400 lines: one line each. */
const longFiles: Record<string, string> = {
  "base/error-kinds.ts": "one table of all errors, looked up and printed as a whole",
};

/** Effects, and the folders or files where each may be met. Tests and src/testing may use all. */
const effects: readonly { readonly pattern: RegExp; readonly where: readonly string[]; readonly what: string }[] = [
  { pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, where: ["base/clock.ts"], what: "the clock" },
  { pattern: /\bMath\.random\(/, where: [], what: "randomness" },
  { pattern: /\b(setTimeout|setInterval)\(/, where: ["base/clock.ts"], what: "timers" },
  { pattern: /\bprocess\.env\b/, where: ["base/environment.ts"], what: "the environment" },
  { pattern: /\bconsole\./, where: ["base/terminal.ts"], what: "the console" },
  { pattern: /from "node:(net|tls|dgram)"/, where: ["base/network.ts"], what: "the network" },
  { pattern: /from "node:(fs|fs\/promises)"/, where: ["base/disk.ts"], what: "the disk" },
  { pattern: /from "node:worker_threads"/, where: ["base/threads.ts"], what: "threads" },
  { pattern: /from "node:child_process"/, where: ["base/child.ts"], what: "processes" },
];

const files = globSync("**/*.ts", { cwd: root })
  .filter((file) => !file.includes("generated/") && !file.endsWith(".d.ts"))
  .sort();
const text = new Map(files.map((file) => [file, readFileSync(root + file, "utf8")]));
const isTest = (file: string) =>
  /\.(test|bench)\.ts$/.test(file) || file.startsWith("testing/") || file.endsWith("-contract.ts");
const folderOf = (file: string) => (file.includes("/") ? (file.split("/")[0] ?? "") : "");
const importPattern = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

function* importsOf(file: string): Iterable<{ readonly path: string; readonly target: string }> {
  for (const [, path = ""] of (text.get(file) ?? "").matchAll(importPattern))
    yield { path, target: normalize(join(dirname(file), path)) };
}

test("every import goes down", () => {
  for (const file of files) {
    const from = folderOf(file);
    if (from === "") continue;
    for (const { path, target } of importsOf(file)) {
      const to = folderOf(target);
      const allowed =
        to === from || mayImport[from]?.includes(to) || (isTest(file) && (to === "testing" || from === "testing"));
      assert.ok(
        allowed,
        `${file} imports ${path}, but ${from} may import only: ${mayImport[from]?.join(", ") || "nothing"}`,
      );
    }
  }
});

test("every relative import names a file", () => {
  for (const file of files)
    for (const { path, target } of importsOf(file))
      assert.ok(existsSync(root + target) || target.startsWith(".."), `${file} imports ${path}, which is not there`);
});

test("no two files import each other in a ring", () => {
  const state = new Map<string, "open" | "done">();
  const visit = (file: string, trail: readonly string[]): void => {
    if (state.get(file) === "done") return;
    assert.ok(
      state.get(file) !== "open",
      `a ring of imports: ${[...trail.slice(trail.indexOf(file)), file].join(" -> ")}`,
    );
    state.set(file, "open");
    for (const line of (text.get(file) ?? "").split("\n")) {
      const path = /^(?:import|export) (?!type\b).*from "(\.[^"]+)"/.exec(line)?.[1];
      if (path !== undefined) visit(normalize(join(dirname(file), path)), [...trail, file]);
    }
    state.set(file, "done");
  };
  for (const file of files) visit(file, []);
});

test("no barrels, no default exports, no enums, and a header comment first", () => {
  for (const [file, source] of text) {
    assert.ok(!/^export (\*|\{[^}]*\}) from/m.test(source), `${file} re-exports: import from the file itself`);
    assert.ok(!/^export default/m.test(source), `${file} has a default export`);
    assert.ok(!/^\s*(export )?(const )?enum /m.test(source), `${file} has an enum`);
    assert.ok(source.startsWith("/**") || source.startsWith("#!"), `${file} does not begin with what it is`);
  }
});

test("files are short, or say why not", () => {
  for (const [file, source] of text) {
    if (isTest(file) || longFiles[file] !== undefined) continue;
    const lines = source.split("\n").length - 1;
    assert.ok(lines <= 400, `${file} has ${lines} lines: split it, or give the reason in longFiles`);
  }
  for (const file of Object.keys(longFiles)) assert.ok(text.has(file), `longFiles names ${file}, which is not there`);
});

test("effects come in as arguments", () => {
  for (const [file, source] of text) {
    if (isTest(file)) continue;
    for (const { pattern, where, what } of effects) {
      if (where.includes(file)) continue;
      const line = source.split("\n").findIndex((l) => pattern.test(l) && !/^\s*(\*|\/\/|\/\*)/.test(l));
      assert.ok(
        line < 0,
        `${file}:${line + 1} touches ${what}: take it as an argument (see ${where.join(", ") || "base/random.ts"})`,
      );
    }
  }
});

test("every folder has a README of at most 60 lines", () => {
  for (const folder of new Set(files.map(folderOf))) {
    if (folder === "") continue;
    assert.ok(existsSync(`${root}${folder}/README.md`), `src/${folder} has no README.md`);
    const lines = readFileSync(`${root}${folder}/README.md`, "utf8").split("\n").length;
    assert.ok(lines <= 61, `src/${folder}/README.md has ${lines} lines`);
  }
});
