/**
 * Connections that a session has reserved are asked for nothing while it is idle; a tablet that takes the session for lost
 * lets go of them. So each gets a small statement from time to time.
 */
import type { Gateway } from "./gateway.ts";
import type { SessionState } from "./session-state.ts";
import { runHeld } from "./statement-savepoint.ts";

const heartbeatMsDefault = 5000;

/** Starts it for a session that has reserved its first connection; the session's end stops it. */
export function startHeartbeat(gateway: Gateway, session: SessionState): void {
  // Whoever keeps its session itself is idle as long as it likes, and not known here.
  if (session.heartbeat !== undefined || gateway.sessions.get(session.connectionId)?.state !== session) return;
  const periodMs = gateway.options.lockHeartbeatMs ?? heartbeatMsDefault;
  session.heartbeat = gateway.env.clock.every(periodMs, () => {
    beat(gateway, session);
    if (session.locks !== undefined) beat(gateway, session.locks.inner);
  });
}

function beat({ cluster, env }: Gateway, session: SessionState): void {
  for (const held of session.shardSessions) {
    if (held.reservedId === 0 || held.transactionId !== 0 || held.isBusy === true || held.beating !== undefined)
      continue;
    const beating = runHeld(cluster, session, held, "select 1").catch((thrown: unknown) => {
      env.log.warn({ err: thrown, shard: `${held.keyspace}/${held.shard}` }, "a reserved connection is lost");
    });
    held.beating = beating.finally(() => (held.beating = undefined));
  }
}
