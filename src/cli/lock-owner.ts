/** Who this process is, in the locks of the topology. */
import { hostname, userInfo } from "node:os";
import type { LockOwner } from "../topo/topo-locks.ts";

export function lockOwner(): LockOwner {
  return { hostName: hostname(), userName: userName() };
}

/** A user without a name in the system's tables is known by number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "");
  }
}
