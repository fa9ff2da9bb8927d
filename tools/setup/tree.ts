/**
 * An unpacked group of packages and the small scripts that start its programs. A tree with a C library of its own is
 * started through its own loader; any other only puts its library folders before the machine's.
 */
import { chmodSync, existsSync, globSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { run } from "./command.ts";
import type { Group } from "./packages.ts";

/** Unpacks package files into `folder`. Perl is left out where only scripts that nobody here runs need it. */
export async function unpack(files: readonly string[], folder: string, hasPerl: boolean): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const file of files)
    if (hasPerl || !/^(lib)?perl/.test(basename(file))) await run("dpkg-deb", ["-x", file, folder]);
}

/** Writes a starting script for each program of the group into `bin`; answers their paths by program name. */
export function writeStarters(group: Group, tree: string, bin: string): Record<string, string> {
  mkdirSync(bin, { recursive: true });
  const starters: Record<string, string> = {};
  for (const [name, { path, environment }] of Object.entries(group.programs)) {
    const starter = join(bin, name);
    const [program = path] = globSync(path, { cwd: tree });
    const fresh = `${starter}.${process.pid}.tmp`;
    const settings = Object.entries(environment ?? {}).map(
      ([key, value]) => `${key}=${value.replaceAll("{tree}", tree)}`,
    );
    writeFileSync(fresh, starterText(tree, join(tree, program), settings));
    chmodSync(fresh, 0o755);
    renameSync(fresh, starter);
    starters[name] = starter;
  }
  return starters;
}

function starterText(tree: string, program: string, settings: readonly string[]): string {
  const libraries = globSync("{lib,usr/lib}/*-linux-gnu*{,/pulseaudio}", { cwd: tree }).map((folder) =>
    join(tree, folder),
  );
  const path = libraries.join(":");
  const loader = libraries
    .flatMap((folder) => globSync(join(folder, "ld-linux*.so.*")))
    .find((file) => existsSync(file));
  const lines = settings.map((setting) => `export ${quote(setting)}`);
  const start =
    loader === undefined
      ? [`export LD_LIBRARY_PATH=${quote(path)}`, `exec ${quote(program)} "$@"`]
      : [`exec ${quote(loader)} --library-path ${quote(path)} ${quote(program)} "$@"`];
  return ["#!/bin/sh", ...lines, ...start, ""].join("\n");
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
