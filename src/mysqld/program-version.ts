/** What a server program says of its version; the server need not run. */
import type { Workshop } from "./workshop.ts";

export function programVersion({ env, program }: Workshop): Promise<string> {
  return new Promise((resolve, reject) => {
    env.children.execFile(program.command, ["--version"], (error, out) =>
      error ? reject(error) : resolve(out.trim()),
    );
  });
}
