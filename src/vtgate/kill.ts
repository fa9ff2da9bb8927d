/**
 * KILL and COM_PROCESS_KILL: one client stops what another, or another connection of its own, is doing. Users may kill their
 * own connections; with --allow-kill-statement everybody may kill everybody's, as on Vitess's gateway with that flag.
 */
import { ServerError } from "../base/errors.ts";
import type { Caller } from "../rpc/query-service.ts";
import type { Gateway } from "./gateway.ts";

/** Throws where there is no such connection, or where it is another user's. */
export function killOne(gateway: Gateway, caller: Caller, id: number, what: "QUERY" | "CONNECTION"): void {
  const session = gateway.sessions.get(id);
  if (session === undefined) throw new ServerError(1094, "HY000", `Unknown thread id: ${id}`);
  const isOwn = session.state.caller.immediate.username === caller.immediate.username;
  if (!isOwn && !gateway.options.killsForAll) throw new ServerError(1095, "HY000", `You are not owner of thread ${id}`);
  if (what === "QUERY") session.interrupt();
  else gateway.clients.get(id)?.destroy();
}
