/**
 * KILL and COM_PROCESS_KILL: one client stops what another, or another connection of its own, is doing, whichever worker it
 * is connected to. Users may kill their own connections; with --allow-kill-statement everybody may kill everybody's, as on
 * Vitess's gateway with that flag.
 */
import { ServerError } from "../base/errors.ts";
import type { Caller } from "../rpc/query-service.ts";
import type { Gateway } from "./gateway.ts";
import { killHere } from "./neighbours.ts";

/** Rejects where there is no such connection, or where it is another user's. */
export async function killOne(
  gateway: Gateway,
  caller: Caller,
  id: number,
  what: "QUERY" | "CONNECTION",
): Promise<void> {
  const request = { id, what, username: caller.immediate.username };
  const here = killHere(gateway, request);
  const outcome = here === "unknown" ? await gateway.neighbours.kill(request) : here;
  if (outcome === "unknown") throw new ServerError(1094, "HY000", `Unknown thread id: ${id}`);
  if (outcome === "not owner") throw new ServerError(1095, "HY000", `You are not owner of thread ${id}`);
}
