/**
 * The parser as others get it: compiled, packed and unpacked into node_modules of an empty project, it must load without
 * any dependency and without type stripping, and bring its types.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "vt-packed-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("import { parse, print } from vitess-ts/sqlparser works in a packed install", () => {
  const staged = join(folder, "staged");
  const project = join(folder, "project");
  const installed = join(project, "node_modules/vitess-ts");
  mkdirSync(staged);
  mkdirSync(installed, { recursive: true });
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      rootDir: root,
      outDir: join(staged, "dist"),
      noEmit: false,
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [],
    files: [join(root, "src/sqlparser/parse.ts")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["--project", join(folder, "tsconfig.json")], { stdio: "inherit" });
  const { name, version, license, type, exports, files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(staged, "package.json"), JSON.stringify({ name, version, license, type, exports, files }));
  cpSync(join(root, "LICENSE"), join(staged, "LICENSE"));

  const archive = execFileSync("npm", ["pack", "--ignore-scripts", "--silent"], {
    cwd: staged,
    encoding: "utf8",
  }).trim();
  execFileSync("tar", ["-xzf", join(staged, archive), "--strip-components=1", "-C", installed]);
  assert.ok(existsSync(join(installed, "dist/src/sqlparser/parse.d.ts")), "the types are packed");

  const program = `import { parse, print } from "vitess-ts/sqlparser";
    console.log(print(parse("SELECT a FROM t WHERE b IN (1,2)")));`;
  writeFileSync(join(project, "main.mjs"), program);
  const flags = ["--no-strip-types", join(project, "main.mjs")];
  const printed = execFileSync(process.execPath, flags, { encoding: "utf8" }).trim();
  assert.equal(printed, "select a from t where b in (1, 2)");
});
