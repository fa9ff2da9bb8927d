/** Runs the programs that set-up is made of, and keeps what they said for the error message. */
import { spawn } from "node:child_process";

const outputMax = 16_000;

export interface CommandOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

/** Answers standard output; throws an Error with the end of all output when the command fails. */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 600_000,
      env: { ...(options.environment ?? process.env), LC_ALL: "C" },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const out: Buffer[] = [];
    let all = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out.push(chunk);
      all = (all + chunk.toString()).slice(-outputMax);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      all = (all + chunk.toString()).slice(-outputMax);
    });
    child.stdin.on("error", () => {}); // A command that ends before it read its input tells by its exit code.
    child.stdin.end(options.input ?? "");
    child.once("error", (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new Error(`${command} ended with ${signal ?? `code ${code}`}:\n${all.trim()}`));
    });
  });
}
