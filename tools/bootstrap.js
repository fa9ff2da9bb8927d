/**
 * Runs `node tools/bootstrap.js <script> [arguments]`: the way into the six npm scripts, and the only plain JavaScript here,
 * since it must run on Node 20 before anything is installed.
 *
 * It sees to it that Node 24 and the npm packages of package-lock.json are there, then runs the script's TypeScript file
 * by that Node, with its folder first on PATH. Once set up it does nothing but look, and needs no network.
 * Node 24 goes to `${XDG_CACHE_HOME:-~/.cache}/vitess-ts/node`; the packages to `node_modules`.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { constants, homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const nodeMajorMin = 24;
const nodePackage = `node-linux-${process.arch}`;
const nodeVersion = "24.21.0";
const triesMax = 3;
const npmOptions = [
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--fetch-retries=1",
  "--fetch-retry-mintimeout=1000",
];

/** What each script runs; `setup` alone is for people who want only the servers. */
const scripts = {
  start: "tools/start.ts",
  test: "tools/test.ts",
  check: "tools/check.ts",
  "test:e2e": "tools/test-e2e.ts",
  generate: "tools/generate.ts",
  bench: "tools/bench.ts",
  setup: "tools/setup.ts",
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "vitess-ts");

class SetupError extends Error {}

/** Runs a command with its output on the terminal; answers its exit code. */
function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
  if (error !== undefined) throw new SetupError(`${command} could not be started: ${error.message}`);
  return status ?? 1;
}

/** Calls `attempt` until it answers 0, at most triesMax times. */
function insist(what, remedy, attempt) {
  for (let tries = 1; tries <= triesMax; tries++) {
    if (attempt() === 0) return;
    if (tries < triesMax) console.error(`${what} failed; trying again (${tries + 1} of ${triesMax})`);
  }
  throw new SetupError(`${what} failed ${triesMax} times.\n${remedy}`);
}

/** Holds an operating-system lock on `file` while `work` runs; it goes with this process, however that ends. */
async function underLock(file, work) {
  const hold = (...options) =>
    new Promise((resolve, reject) => {
      const holder = spawn("flock", [...options, file, "sh", "-c", "echo locked; cat"], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      holder.once("error", (error) =>
        reject(new SetupError(`flock (Debian package util-linux) is needed: ${error.message}`)),
      );
      holder.stdout.once("data", () => resolve(holder));
      holder.once("exit", () => resolve(undefined));
    });
  let holder = await hold("--nonblock");
  if (holder === undefined) {
    console.error("Another set-up is at work; waiting for it");
    holder = await hold();
  }
  if (holder === undefined) throw new SetupError(`${file} could not be locked.\nIs its folder writable?`);
  try {
    await work();
  } finally {
    holder.stdin.end();
  }
}

const cachedNode = join(cache, "node", "node_modules", nodePackage);

function cachedNodeFits() {
  try {
    const { version } = JSON.parse(readFileSync(join(cachedNode, "package.json"), "utf8"));
    return version === nodeVersion && existsSync(join(cachedNode, "bin", "node"));
  } catch {
    return false; // Not there, or half there: it is brought anew.
  }
}

/** The Node to run with: this one when it is new enough, else the cached one. */
const findNode = () =>
  Number.parseInt(process.versions.node, 10) >= nodeMajorMin
    ? process.execPath
    : cachedNodeFits()
      ? join(cachedNode, "bin", "node")
      : undefined;

/** Installs Node into a folder of its own, then puts it in place by one rename. */
function bringNode() {
  if (findNode() !== undefined) return;
  if (process.platform !== "linux")
    throw new SetupError(
      `This Node is ${process.versions.node}.\nInstall Node ${nodeMajorMin} or newer, then run this again.`,
    );
  console.error(`This Node is ${process.versions.node}; bringing Node ${nodeVersion} (about 120 MB) into ${cache}`);
  const fresh = join(cache, `node.${process.pid}.tmp`);
  mkdirSync(fresh, { recursive: true });
  try {
    const options = ["--prefix", fresh, "--no-save", ...npmOptions];
    insist(
      `npm install ${nodePackage}@${nodeVersion}`,
      `Check that npm reaches its registry (npm ping), or install Node ${nodeMajorMin} or newer and put it on PATH.`,
      () => run("npm", ["install", ...options, `${nodePackage}@${nodeVersion}`], { cwd: fresh }),
    );
    rmSync(join(cache, "node"), { recursive: true, force: true });
    renameSync(fresh, join(cache, "node"));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  if (findNode() === undefined) throw new SetupError(`${nodePackage} holds no Node ${nodeVersion} for this machine.`);
}

/** True when node_modules holds what package-lock.json says, by npm's own record of what it installed. */
function packagesFit() {
  const read = (file) => JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  try {
    const installed = read("node_modules/.package-lock.json");
    return Object.entries(read("package-lock.json")).every(
      ([path, wanted]) =>
        path === "" ||
        wanted.optional === true ||
        wanted.link === true ||
        (installed[path]?.version === wanted.version && existsSync(join(root, path))),
    );
  } catch {
    return false; // Never installed, or interrupted: npm writes its record last.
  }
}

function bringPackages(environment) {
  if (packagesFit()) return;
  if (lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink())
    throw new SetupError(
      "node_modules is a link, and what it leads to does not fit package-lock.json.\nRun npm ci there.",
    );
  console.error("Installing the npm packages of package-lock.json");
  insist(
    "npm ci",
    "Check that npm reaches its registry (npm ping) and that the disk has 500 MB free, then run this again.",
    () => run("npm", ["ci", ...npmOptions], { cwd: root, env: environment }),
  );
}

async function main([script = "", ...args]) {
  const file = scripts[script];
  if (file === undefined) throw new SetupError(`Usage: node tools/bootstrap.js ${Object.keys(scripts).join("|")}`);
  if (!existsSync(join(root, file))) throw new SetupError(`${script} has no ${file} in this version.`);

  if (findNode() === undefined || !packagesFit()) {
    mkdirSync(cache, { recursive: true });
    await underLock(join(cache, "bootstrap.lock"), async () => {
      bringNode();
      bringPackages(environmentFor(findNode()));
    });
  }
  const node = findNode();
  const child = spawn(node, [join(root, file), ...args], { cwd: root, stdio: "inherit", env: environmentFor(node) });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // The terminal sends SIGINT to the whole group: only what came to this process alone is passed on.
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  }
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? "SIGTERM"] ?? 0)));
}

function environmentFor(node) {
  const folders = [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH ?? ""];
  return { ...process.env, PATH: folders.join(delimiter) };
}

main(process.argv.slice(2)).catch((error) => {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exit(1);
});
