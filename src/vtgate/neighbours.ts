/**
 * Gateways that share one port, each a worker of one process with clients of its own: what one asks of the others, so that
 * KILL and SHOW PROCESSLIST are about all of them. The high 8 bits of a connection id say whose client it is.
 */
import type { Gateway } from "./gateway.ts";

export interface KillRequest {
  readonly id: number;
  readonly what: "QUERY" | "CONNECTION";
  /** Who asks. */
  readonly username: string;
}
export type KillOutcome = "done" | "unknown" | "not owner";

/** A client, as SHOW PROCESSLIST has it. */
export interface ClientProcess {
  readonly id: number;
  readonly username: string;
  readonly host: string;
  readonly keyspace: string;
  /** Its statement under way. */
  readonly running: { readonly text: string; readonly ageMs: number } | undefined;
}

/** All others together. */
export interface Neighbours {
  kill(request: KillRequest): Promise<KillOutcome>;
  processes(username: string): Promise<readonly ClientProcess[]>;
}

export const noNeighbours: Neighbours = {
  kill: () => Promise.resolve("unknown"),
  processes: () => Promise.resolve([]),
};

export const workerOf = (connectionId: number): number => connectionId >>> 24;

export function killHere(gateway: Gateway, { id, what, username }: KillRequest): KillOutcome {
  const session = gateway.sessions.get(id);
  if (session === undefined) return "unknown";
  const isOwn = session.state.caller.immediate.username === username;
  if (!isOwn && gateway.options.killsForAll !== true) return "not owner";
  if (what === "QUERY") session.interrupt();
  else gateway.clients.get(id)?.destroy();
  return "done";
}

/** The clients of one user: others are seen by nobody, as without the privilege PROCESS. */
export function processesHere(gateway: Gateway, username: string): readonly ClientProcess[] {
  const own = [...gateway.sessions.values()].filter(({ state }) => state.caller.immediate.username === username);
  return own.map(({ state, running }) => ({
    id: state.connectionId,
    username,
    host: gateway.clients.get(state.connectionId)?.remoteAddress ?? "",
    keyspace: state.target.keyspace,
    running,
  }));
}
