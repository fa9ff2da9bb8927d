/**
 * Hooks (inventory 8.015): programs in the folder `vthook`, run by name with parameters. A name is one path segment, so
 * that no request reaches a program elsewhere. Output beyond the limit is cut; a hook that runs too long is killed.
 */
import type { children } from "../../base/child.ts";
import type { Disk } from "../../base/disk.ts";
import type { Environment } from "../../base/environment.ts";
import { VtError } from "../../base/errors.ts";

export interface HookEffects {
  readonly folder: string;
  readonly disk: Disk;
  readonly children: Pick<typeof children, "execFile">;
  readonly environment: Environment;
}

export interface HookAnswer {
  readonly exitStatus: bigint;
  readonly stdout: string;
  readonly stderr: string;
}

const outputBytesMax = 1 << 20;
const runMsMax = 10 * 60 * 1000;
const parametersMax = 100;
const nameForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
/** Exit status of a hook that is not there, as Vitess has it. */
const missing = -1n;

export class HookRunner {
  readonly #effects: HookEffects;

  constructor(effects: HookEffects) {
    this.#effects = effects;
  }

  run(
    name: string,
    parameters: readonly string[],
    extra: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HookAnswer> {
    const { folder, disk, children, environment } = this.#effects;
    if (!nameForm.test(name)) throw VtError.of("VT21105", name, "a hook is named by letters, digits, _ . and -");
    if (parameters.length > parametersMax) throw VtError.of("VT21105", name, `more than ${parametersMax} parameters`);
    const path = `${folder}/${name}`;
    if (!disk.existsSync(path)) return Promise.resolve({ exitStatus: missing, stdout: "", stderr: `no hook ${name}` });
    return new Promise((resolve) => {
      children.execFile(
        path,
        [...parameters],
        {
          env: { ...environment, ...extra },
          signal,
          timeout: runMsMax,
          killSignal: "SIGKILL",
          maxBuffer: outputBytesMax,
        },
        (error, stdout, stderr) => {
          const status = error === null ? 0 : typeof error.code === "number" ? error.code : -2;
          resolve({ exitStatus: BigInt(status), stdout, stderr: error === null ? stderr : stderr || error.message });
        },
      );
    });
  }
}
