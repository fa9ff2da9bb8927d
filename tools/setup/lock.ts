/** One set-up at a time on a machine: an operating-system lock that goes with this process, however that ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Runs `work` while holding the lock on `path`; waits for another holder, and says so. */
export async function underLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  let holder = await hold(path, ["--nonblock"]);
  if (holder === undefined) {
    console.log("Another set-up is at work; waiting for it");
    holder = await hold(path, []);
  }
  if (holder === undefined) throw new Error(`${path} could not be locked: is its folder writable?`);
  try {
    return await work();
  } finally {
    holder.stdin?.end();
  }
}

/** A child that holds the lock until its standard input ends; undefined when it did not get the lock. */
function hold(path: string, options: readonly string[]): Promise<ChildProcess | undefined> {
  return new Promise((resolve, reject) => {
    const holder = spawn("flock", [...options, path, "sh", "-c", "echo locked; cat"], {
      stdio: ["pipe", "pipe", "inherit"],
      detached: true, // Ctrl-C ends us; the holder then ends by itself.
    });
    holder.once("error", (error) => reject(new Error(`flock (Debian package util-linux) is needed: ${error.message}`)));
    holder.stdout.once("data", () => resolve(holder));
    holder.once("exit", () => resolve(undefined));
  });
}
