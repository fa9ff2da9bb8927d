/**
 * What a cluster must know of the machine it starts on: who holds a port, whether a process is still the one it was,
 * how much room the disk has. Linux; elsewhere a process counts as the same while its id lives.
 */
import type { Disk } from "../base/disk.ts";
import type { Network } from "../base/network.ts";

/** A process, told apart from a later one with the same id. */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks since boot at which it started; "" where the system does not say. */
  readonly started: string;
}

/** The mark of a process that is there now, or undefined. */
export function markProcess(disk: Disk, pid: number): ProcessMark | undefined {
  const path = `/proc/${pid}/stat`;
  if (!disk.existsSync(path)) return undefined;
  try {
    // The name in the second field may hold anything but stands in parentheses; the start is the 20th field after it.
    const stat = disk.readFileSync(path, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : { pid, started: fields[19] ?? "" };
  } catch {
    return undefined; // It ended between the two looks.
  }
}

export function isSameProcess(disk: Disk, mark: ProcessMark): boolean {
  return markProcess(disk, mark.pid)?.started === mark.started;
}

/** True when nobody listens on the port of this machine's loopback address, nor on all addresses. */
export async function isPortFree(network: Network, port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "0.0.0.0"]) if (!(await canListen(network, port, host))) return false;
  return true;
}

function canListen(network: Network, port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = network.createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Bytes that the folder's file system has left for us. */
export function freeBytes(disk: Disk, folder: string): number {
  const { bavail, bsize } = disk.statfsSync(folder);
  return bavail * bsize;
}
