/**
 * Session tracking (inventory 4.009): OK packets tell clients what a statement changed of their session, where it differs
 * from what they were told last. The target as schema, and the system variables that servers track by default as far as they
 * are the gateway's to say.
 */
import { encodeSessionState, type SessionChange } from "../mysql/packets/session-state.ts";
import { printTarget } from "../sharding/destination.ts";
import type { SessionState } from "./session-state.ts";

interface Told {
  readonly target: string;
  readonly autocommit: boolean;
  readonly timeZone: string;
}

const told = new WeakMap<SessionState, Told>();
const noChanges = Buffer.alloc(0);

/** What the session is now, its client knows. Sessions that nobody tracks are told of nothing. */
export function trackSession(session: SessionState): void {
  told.set(session, factsOf(session));
}

/** The changes since the last call, as an OK packet carries them. */
export function takeChanges(session: SessionState): Buffer {
  const before = told.get(session);
  if (before === undefined) return noChanges;
  const now = factsOf(session);
  const changes: SessionChange[] = [];
  if (now.target !== before.target) changes.push({ kind: "database", name: now.target });
  if (now.autocommit !== before.autocommit)
    changes.push({ kind: "variable", name: "autocommit", value: now.autocommit ? "ON" : "OFF" });
  if (now.timeZone !== before.timeZone) changes.push({ kind: "variable", name: "time_zone", value: now.timeZone });
  if (changes.length === 0) return noChanges;
  told.set(session, now);
  return encodeSessionState(changes);
}

function factsOf({ target, autocommit, settings }: SessionState): Told {
  const timeZone = settings.get("time_zone") ?? "SYSTEM";
  return { target: shownTarget(target), autocommit, timeZone: timeZone.replaceAll("'", "") };
}

/** A keyspace's primaries are what is meant where nothing else is said. */
function shownTarget(target: SessionState["target"]): string {
  const isPlain = target.destination === undefined && target.tabletType === "PRIMARY";
  return isPlain ? target.keyspace : printTarget(target);
}
