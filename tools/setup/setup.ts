/**
 * Sets up the servers that a run needs, without root: Debian packages from the machine's own mirrors, checked by apt,
 * unpacked into the cache folder. What is on PATH is left to be used from there. A second call finds all in place and
 * needs no network; two calls at once wait for each other; a tree appears by one rename when it is whole.
 */
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { disk } from "../../src/base/disk.ts";
import { readEnvironment } from "../../src/base/environment.ts";
import {
  findOnPath,
  type Installed,
  installedPath,
  type ProgramName,
  readInstalled,
} from "../../src/mysqld/installed.ts";
import { openAptRoot } from "./apt-root.ts";
import { run } from "./command.ts";
import { underLock } from "./lock.ts";
import type { Group } from "./packages.ts";
import { unpack, writeStarters } from "./tree.ts";

const freeBytesMin = 1.5 * 2 ** 30;
const surroundings = { disk, environment: readEnvironment() };
const recordPath = installedPath(surroundings.environment);
const serversFolder = dirname(recordPath);

/** Makes every program of `wanted` findable by `findProgram`; throws an Error that says what to do when it cannot. */
export async function setUp(wanted: readonly Group[]): Promise<void> {
  if (wanted.every(isThere)) return;
  await underLock(join(serversFolder, "lock"), async () => {
    clearLeftovers();
    for (const group of wanted) if (!isThere(group)) await install(group);
  });
}

/** Under the lock nobody else works here: a working folder that is found was left by a run that was killed. */
function clearLeftovers(): void {
  for (const folder of globSync("work-*", { cwd: serversFolder }))
    rmSync(join(serversFolder, folder), { recursive: true, force: true });
}

const programsOf = (group: Group) => Object.keys(group.programs) as ProgramName[];
const treeOf = (group: Group) =>
  join(serversFolder, `${group.name}-${createHash("sha256").update(JSON.stringify(group)).digest("hex").slice(0, 12)}`);

function isThere(group: Group): boolean {
  const { programs } = readInstalled(surroundings);
  const tree = treeOf(group);
  return programsOf(group).every(
    (name) => findOnPath(name, surroundings) !== undefined || (programs[name]?.root === tree && existsSync(tree)),
  );
}

async function install(group: Group): Promise<void> {
  const startedMs = performance.now();
  console.log(
    `Setting up ${group.name}: ${group.packages.join(", ")} (Debian packages, unpacked into ${serversFolder})`,
  );
  const { bavail, bsize } = statfsSync(serversFolder);
  if (bavail * bsize < freeBytesMin)
    throw new Error(
      `${serversFolder} has less than 1.5 GB free.\nFree some space, or set XDG_CACHE_HOME to a larger disk.`,
    );

  const work = mkdtempSync(join(serversFolder, "work-"));
  try {
    const files = await fetch(group, work);
    console.log(`  unpacking ${files.length} packages`);
    const tree = treeOf(group);
    await unpack(files, join(work, "tree"), group.hasPerl === true);
    rmSync(tree, { recursive: true, force: true });
    renameSync(join(work, "tree"), tree);
    const starters = writeStarters(group, tree, join(serversFolder, "bin"));
    await probe(group, starters);
    record(starters, tree);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`  ${group.name} is ready (${((performance.now() - startedMs) / 1000).toFixed(0)} s)`);
}

async function fetch(group: Group, work: string): Promise<readonly string[]> {
  try {
    console.log("  reading package lists");
    const root = await openAptRoot(join(work, "apt"), group.suite);
    console.log("  downloading");
    return await root.download(group.packages, group.alone ?? []);
  } catch (error) {
    const names = programsOf(group).join(", ");
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${group.name} could not be set up.\n${cause}\n\n` +
        `Remedy: see that this machine reaches its Debian mirror (apt-get update) and run this again,\n` +
        `or put ${names} on PATH yourself.`,
      { cause: error },
    );
  }
}

/** Starts each program once, to print its version: a library that is missing shows here, not in a test. */
async function probe(group: Group, starters: Record<string, string>): Promise<void> {
  for (const name of programsOf(group)) {
    const probeArgs = group.programs[name]?.probe ?? [];
    const starter = starters[name];
    if (probeArgs.length === 0 || starter === undefined) continue;
    const said = await run(starter, probeArgs, { timeoutMs: 60_000 });
    console.log(`  ${said.trim().split("\n")[0]}`);
  }
}

/** Adds the programs to installed.json, by one rename. */
function record(starters: Record<string, string>, root: string): void {
  const programs: Record<string, Installed["programs"][string]> = { ...readInstalled(surroundings).programs };
  for (const [name, command] of Object.entries(starters)) programs[name] = { command, root };
  const fresh = `${recordPath}.${process.pid}.tmp`;
  mkdirSync(serversFolder, { recursive: true });
  writeFileSync(fresh, `${JSON.stringify({ programs }, null, 2)}\n`);
  renameSync(fresh, recordPath);
}
