/**
 * The process behind a server's folder: whether it runs, what stands in its way, how it ends. A pid file alone proves
 * nothing, since numbers are used again: a process is ours when it was started with our my.cnf.
 */
import type { Processes } from "../base/child.ts";
import { type Clock, sleep } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { VtError } from "../base/errors.ts";
import type { Network } from "../base/network.ts";
import { type Layout, socketPathMax } from "./layout.ts";

export interface ProcessEnvironment {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network;
  readonly processes: Processes;
}

const pollMs = 50;
const freeBytesMin = 256 * 2 ** 20;
const logTailBytesMax = 16 * 1024;
const killWaitMaxMs = 30_000;
/** A process that was just killed keeps its sockets for a moment after its name is gone. */
const leavingMaxMs = 3_000;

/** The pid of our server; undefined when it does not run, whatever the pid file says. */
export function runningPid(layout: Layout, { disk }: ProcessEnvironment): number | undefined {
  if (!disk.existsSync(layout.pidFile)) return undefined;
  const pid = Number(disk.readFileSync(layout.pidFile, "utf8").trim());
  return Number.isSafeInteger(pid) && pid > 0 && isOurs(pid, layout, disk) ? pid : undefined;
}

function isOurs(pid: number, layout: Layout, disk: Disk): boolean {
  try {
    const command = disk.readFileSync(`/proc/${pid}/cmdline`, "utf8"); // Empty once it is a zombie.
    return command.split("\0").includes(`--defaults-file=${layout.configFile}`);
  } catch {
    return false; // It is gone.
  }
}

/** Throws VT22013 with the remedy when a start cannot succeed; clears what a killed server left behind. */
export async function clearTheWay(layout: Layout, port: number, env: ProcessEnvironment): Promise<void> {
  const { disk } = env;
  if (Buffer.byteLength(layout.socket) > socketPathMax)
    throw problem(`${layout.socket} is longer than ${socketPathMax} bytes`, "choose a shorter VTDATAROOT");
  const { bavail, bsize } = disk.statfsSync(layout.folder);
  if (bavail * bsize < freeBytesMin)
    throw problem(`the disk of ${layout.folder} has less than 256 MB free`, "free some space");
  if (disk.existsSync(layout.socket)) {
    if (await staysSo(() => somebodyAnswers(layout.socket, env), env))
      throw problem(`another process answers on ${layout.socket}`, "stop it, or choose another VTDATAROOT");
    disk.rmSync(layout.socket, { force: true });
  }
  disk.rmSync(`${layout.socket}.lock`, { force: true });
  disk.rmSync(layout.pidFile, { force: true });
  if (await staysSo(() => isPortTaken(port, env), env))
    throw problem(`port ${port} is in use by another process`, "stop that process, or choose another port");
}

function problem(what: string, remedy: string): VtError {
  return VtError.of("VT22013", what, remedy);
}

async function staysSo(condition: () => Promise<boolean>, { clock }: ProcessEnvironment): Promise<boolean> {
  for (const endMs = clock.monotonicMs() + leavingMaxMs; await condition(); await sleep(clock, pollMs))
    if (clock.monotonicMs() >= endMs) return true;
  return false;
}

function somebodyAnswers(path: string, { network }: ProcessEnvironment): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = network.connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function isPortTaken(port: number, { network }: ProcessEnvironment): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = network.createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(true) : reject(error),
    );
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(false)));
  });
}

export interface Ending {
  /** False when it had to be killed: the next start recovers. */
  readonly isClean: boolean;
}

/** Asks the server to end and waits; kills it when `timeoutMs` is over. */
export async function endProcess(layout: Layout, timeoutMs: number, env: ProcessEnvironment): Promise<Ending> {
  const pid = runningPid(layout, env);
  if (pid === undefined) return { isClean: true };
  env.processes.signal(pid, "SIGTERM");
  if (await isGoneWithin(pid, layout, timeoutMs, env)) return { isClean: true };
  env.processes.signal(pid, "SIGKILL");
  if (await isGoneWithin(pid, layout, killWaitMaxMs, env)) return { isClean: false };
  throw problem(`process ${pid} does not end, even when killed`, "its disk may hang: see the kernel's log");
}

async function isGoneWithin(pid: number, layout: Layout, timeoutMs: number, env: ProcessEnvironment): Promise<boolean> {
  const endMs = env.clock.monotonicMs() + timeoutMs;
  while (isOurs(pid, layout, env.disk)) {
    if (env.clock.monotonicMs() >= endMs) return false;
    await sleep(env.clock, pollMs);
  }
  return true;
}

/** The end of the server's own log, from byte `from` on. */
export function logTail(layout: Layout, from: number, disk: Disk): string {
  if (!disk.existsSync(layout.errorLog)) return "";
  return disk.readFileSync(layout.errorLog).subarray(from).subarray(-logTailBytesMax).toString("utf8");
}

export function logSize(layout: Layout, disk: Disk): number {
  return disk.statSync(layout.errorLog, { throwIfNoEntry: false })?.size ?? 0;
}

/** What servers write when they give up, and what to do about it. */
const complaints: readonly (readonly [pattern: RegExp, what: string, remedy: string])[] = [
  [/No space left|errno: 28|OS error: 28|disk full/i, "the disk is full", "free some space"],
  [
    /Address already in use|bind on TCP\/IP port/i,
    "its port is in use",
    "stop the process that has it, or choose another port",
  ],
  [
    /Unable to lock|Can't lock|Resource temporarily unavailable/i,
    "another process uses its files",
    "stop that process",
  ],
  [
    /Permission denied|errno: 13\b/i,
    "it may not use its files",
    "see that all in its folder belongs to the user it runs as",
  ],
  [/unknown (?:variable|option)/i, "my.cnf has a setting that it does not know", "correct EXTRA_MY_CNF"],
  [
    /is of an? (?:newer|later)|downgrade is not|Invalid MySQL server (?:down|up)grade/i,
    "its files are another version's",
    "start the version that wrote them",
  ],
];

/** The error for a server that ended while it should have come up. */
export function startFailure(layout: Layout, log: string): VtError {
  const known = complaints.find(([pattern]) => pattern.test(log));
  const lines = log.split("\n").filter((line) => /\bERROR\b|\[Error\]|^\s*terminate/i.test(line));
  const said = lines.slice(-5).join("\n");
  const what = known === undefined ? "it did not come up" : `it did not come up: ${known[1]}`;
  const error = problem(what, known?.[2] ?? `see ${layout.errorLog}`);
  return said === "" ? error : error.because(new Error(said));
}
