/**
 * The pid file: holds the process id while the process runs. One left by a killed process is taken over; one of a
 * process that lives is an error.
 */
import type { Disk } from "../base/disk.ts";
import { FlagError } from "../base/flag-values.ts";
import type { Service } from "./lifecycle.ts";

export function pidFile(path: string, disk: Disk, pid: number, lives: (pid: number) => boolean): Service {
  return {
    name: "pid file",
    start: async () => {
      if (disk.existsSync(path)) {
        const other = Number.parseInt(disk.readFileSync(path, "utf8"), 10);
        if (other > 0 && other !== pid && lives(other))
          throw new FlagError(`--pid-file ${path} is held by process ${other}, which is running`);
      }
      disk.writeFileSync(path, `${pid}\n`);
    },
    stop: async () => disk.rmSync(path, { force: true }),
  };
}

/** Whether a process of that id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // It exists, and is somebody else's.
  }
}
