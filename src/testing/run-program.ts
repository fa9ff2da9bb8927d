/** Runs a program to its end while this process goes on, for programs that talk to a server which lives here. */
import { spawn } from "node:child_process";

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Answers what it printed; throws with all it said when it fails. */
export async function runProgram(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { status, signal, stdout, stderr } = await endOfProgram(command, args, options);
  if (status === 0) return stdout;
  throw new Error(`${command} ended with ${signal ?? status}:\n${stdout}${stderr}`);
}

/** However it ends; rejects where it cannot be started. */
export function endOfProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
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
    child.once("close", (status, signal) =>
      resolve({ status, signal, stdout: String(Buffer.concat(out)), stderr: String(Buffer.concat(err)) }),
    );
    child.stdin.end(input);
  });
}
