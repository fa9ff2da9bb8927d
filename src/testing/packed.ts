/** vitess-ts as others get it: compiled, packed and unpacked into node_modules of an empty project. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runProgram } from "./run-program.ts";

const root = join(import.meta.dirname, "../..");

export interface PackedOptions {
  /** An empty folder. */
  readonly folder: string;
  /** The source of an entry of package.json's exports: src/sqlparser/parse.ts. */
  readonly entry: string;
  /** Whether the project has the package's own dependencies, too. */
  readonly hasDependencies: boolean;
}

/** Answers the project's folder. */
export async function installPacked({ folder, entry, hasDependencies }: PackedOptions): Promise<string> {
  const staged = join(folder, "staged");
  const project = join(folder, "project");
  const installed = join(project, "node_modules/vitess-ts");
  mkdirSync(staged);
  mkdirSync(installed, { recursive: true });
  const compilerOptions = { rootDir: root, outDir: join(staged, "dist"), noEmit: false };
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { ...compilerOptions, typeRoots: [join(root, "node_modules/@types")] },
    include: [],
    files: [join(root, entry)],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  await runProgram(join(root, "node_modules/.bin/tsc"), ["--project", join(folder, "tsconfig.json")]);
  const messages = "src/proto/generated"; // JavaScript already, and of no use without protobuf.
  if (hasDependencies) cpSync(join(root, messages), join(staged, "dist", messages), { recursive: true });
  const read = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { name, version, license, type, exports, files, dependencies } = read;
  writeFileSync(join(staged, "package.json"), JSON.stringify({ name, version, license, type, exports, files }));
  cpSync(join(root, "LICENSE"), join(staged, "LICENSE"));

  const archive = (await runProgram("npm", ["pack", "--ignore-scripts", "--silent"], { cwd: staged })).trim();
  execFileSync("tar", ["-xzf", join(staged, archive), "--strip-components=1", "-C", installed]);
  assert.ok(existsSync(join(installed, "dist", entry.replace(/\.ts$/, ".d.ts"))), "the types are packed");
  if (hasDependencies)
    for (const dependency of Object.keys(dependencies)) {
      const place = join(project, "node_modules", dependency);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(root, "node_modules", dependency), place);
    }
  return project;
}

/** Runs a program of the project, by a Node that strips no types; answers what it printed. */
export function runPacked(project: string, program: string): Promise<string> {
  writeFileSync(join(project, "main.mjs"), program);
  return runProgram(process.execPath, ["--no-strip-types", join(project, "main.mjs")]);
}
