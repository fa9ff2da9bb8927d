/**
 * Completes package-lock.json: `node tools/complete-lock.ts` after every change of dependencies.
 *
 * A registry mirror may lack packages for platforms that are not its own; npm then leaves them out of the lock, and
 * `npm ci` refuses such a lock. Each missing optional package is written down with its version and platform, which npm
 * takes from the lock without asking: it installs only what fits the machine.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface LockEntry {
  readonly version?: string;
  readonly optionalDependencies?: { readonly [name: string]: string };
  readonly [field: string]: unknown;
}
export type LockEntries = { readonly [path: string]: LockEntry };

/** The optional packages that have no entry, by the path where npm would put them. */
export function missingOptional(entries: LockEntries): Record<string, LockEntry> {
  const missing: Record<string, LockEntry> = {};
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(entries))
    for (const [name, range] of Object.entries(optionalDependencies)) {
      if (isResolved(entries, path, name)) continue;
      const version = range.replace(/^[^\d]*/, ""); // The lowest that the range allows.
      const entry = { ...platformOf(name), ...(dev === true ? { dev } : {}), optional: true };
      missing[`node_modules/${name}`] = { version, ...sortedByName(entry) }; // npm's own order: version, then by name.
    }
  return missing;
}

/** Node's own search: a package's node_modules, then those of the folders above it. */
function isResolved(entries: LockEntries, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    if (entries[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === "") return false;
  }
}

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = [
  "arm64",
  "arm",
  "armv7",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "x64",
  "wasm32",
];

/** What the names of platform packages say: `@biomejs/cli-linux-x64-musl`. */
function platformOf(name: string): LockEntry {
  const words = name.split(/[-/]/);
  const os = systems.find((system) => words.includes(system)) ?? (name === "fsevents" ? "darwin" : undefined);
  const cpu = processors.find((processor) => words.includes(processor));
  const isMusl = words.some((word) => word.startsWith("musl"));
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu === "armv7" ? "arm" : cpu] }),
    ...(os === undefined ? {} : { os: [os] }),
    ...(isMusl ? { libc: ["musl"] } : {}),
  };
}

const sortedByName = <T>(fields: { readonly [name: string]: T }): Record<string, T> =>
  Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));

const lockPath = join(import.meta.dirname, "..", "package-lock.json");

export function readLock(): { packages: LockEntries } {
  return JSON.parse(readFileSync(lockPath, "utf8")) as { packages: LockEntries };
}

if (import.meta.main) {
  const lock = readLock();
  const missing = missingOptional(lock.packages);
  const packages = sortedByName({ ...lock.packages, ...missing });
  writeFileSync(lockPath, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  console.log(`${Object.keys(missing).length} entries added`);
}
