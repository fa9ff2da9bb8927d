/**
 * Hooks: programs of the operator's in `$VTROOT/vthook/`, started at fixed moments of a server's life. A hook that is not
 * there is no error. A hook that fails fails the step, with what it said.
 */
import type { children as Children } from "../base/child.ts";
import type { Disk } from "../base/disk.ts";
import type { Environment } from "../base/environment.ts";
import { VtError } from "../base/errors.ts";

export interface HookEnvironment {
  readonly children: typeof Children;
  readonly disk: Disk;
  readonly environment: Environment;
}

export interface HookResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

const outputBytesMax = 1 << 20;
const runMaxMs = 600_000;
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Runs a hook and answers what it did; undefined where there is none of that name. `name` may come from a client. */
export function executeHook(
  name: string,
  args: readonly string[],
  env: HookEnvironment,
  extra: Readonly<Record<string, string>> = {},
): Promise<HookResult | undefined> {
  if (!namePattern.test(name))
    throw VtError.of("VT22001", "hook", name, "letters, digits, dots, dashes and underscores");
  const root = env.environment["VTROOT"] ?? "";
  const path = `${root}/vthook/${name}`;
  if (root === "" || !env.disk.existsSync(path)) return Promise.resolve(undefined);
  const options = { env: { ...env.environment, ...extra }, maxBuffer: outputBytesMax, timeout: runMaxMs };
  return new Promise((resolve, reject) => {
    const child = env.children.execFile(path, args, options, (error, out, err) => {
      if (error !== null && typeof error.code === "string") return reject(error); // It could not be started.
      resolve({ exitCode: child.exitCode ?? (error === null ? 0 : 1), out, err });
    });
  });
}

/** Runs a hook that must succeed; true when there was one. */
export async function runHook(name: string, args: readonly string[], env: HookEnvironment): Promise<boolean> {
  const result = await executeHook(name, args, env);
  if (result === undefined) return false;
  if (result.exitCode === 0) return true;
  throw VtError.of("VT22013", `hook ${name} ended with ${result.exitCode}: ${result.err.trim()}`, "mend the hook");
}
