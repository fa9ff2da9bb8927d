/** The benchmark's child processes: start, wait until they are ready, read what CPU they used, end. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface Started {
  readonly pid: number;
  stop(): void;
}

/** Starts one of ours and waits for its "ready". */
export function startOurs(script: string, args: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/${script}`, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.stdout.once("data", () => resolve(started(child)));
    child.once("exit", (code) => reject(new Error(`${script} ended with ${code}`)));
  });
}

/** Starts a program and waits until its port answers. */
export async function startProgram(command: string, args: readonly string[], port: number): Promise<Started> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  for (let i = 0; i < 100 && !(await answers(port)); i++) await delay(50);
  return started(child);
}

function started(child: ChildProcess): Started {
  return { pid: child.pid ?? 0, stop: () => void child.kill("SIGKILL") };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.once("error", () => resolve(false)).unref();
    socket.once("connect", () => socket.destroy());
  });
}

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Seconds of CPU that a process used so far, its threads included. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
