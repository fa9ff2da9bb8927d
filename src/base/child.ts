/**
 * Child processes, and signals to processes. Only this file imports node:child_process.
 */
import * as child from "node:child_process";

export const children: typeof child = child;
export type { ChildProcess } from "node:child_process";

export interface Processes {
  /** Sends a signal; false when there is no such process. */
  readonly signal: (pid: number, name: NodeJS.Signals) => boolean;
  /** The number of the user that we run as; 0 is root. */
  readonly userId: () => number;
}

export const processes: Processes = {
  signal: (pid, name) => {
    try {
      return process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
      throw error;
    }
  },
  userId: () => process.getuid?.() ?? 0,
};
