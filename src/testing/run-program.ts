/** Runs a program to its end while this process goes on, for programs that talk to a server which lives here. */
import { spawn } from "node:child_process";

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Answers what it printed; throws with all it said when it fails. */
export function runProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input = "", cwd, environment } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      ...(cwd === undefined ? {} : { cwd }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.stdin.on("error", () => {}); // It may end before it has read all: its status tells.
    child.once("error", reject);
    child.once("close", (status, signal) => {
      const printed = String(Buffer.concat(out));
      if (status === 0) return resolve(printed);
      reject(new Error(`${command} ended with ${signal ?? status}:\n${printed}${String(Buffer.concat(err))}`));
    });
    child.stdin.end(input);
  });
}
