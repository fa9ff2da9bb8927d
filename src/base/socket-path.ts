/** A unix socket's path: one that was left behind by a process that is gone is in the way of the next. */
import type { Disk } from "./disk.ts";
import type { Network } from "./network.ts";

/** Removes the file where nobody listens any more; where somebody does, listening will say so. */
export async function releaseSocketPath(
  { network, disk }: { readonly network: Network; readonly disk: Disk },
  path: string,
): Promise<void> {
  if (!disk.existsSync(path) || !disk.statSync(path).isSocket()) return;
  const isAlive = await new Promise<boolean>((resolve) => {
    const socket = network.connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
  if (!isAlive) disk.unlinkSync(path);
}
