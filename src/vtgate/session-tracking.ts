/**
 * Session tracking (inventory 4.009): OK packets tell clients what a statement changed of their session, where it differs
 * from what they were told last. The target as schema, and the system variables that servers track by default as far as they
 * are the gateway's to say. GTIDs of what was committed, where the client asks for them.
 */
import { encodeSessionState, lastGtid, type SessionChange } from "../mysql/packets/session-state.ts";
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
  const changes = takeGtids(session);
  const before = told.get(session);
  if (before !== undefined) changes.push(...changesOf(session, before));
  return changes.length === 0 ? noChanges : encodeSessionState(changes);
}

function changesOf(session: SessionState, before: Told): readonly SessionChange[] {
  const now = factsOf(session);
  const changes: SessionChange[] = [];
  if (now.target !== before.target) changes.push({ kind: "database", name: now.target });
  if (now.autocommit !== before.autocommit)
    changes.push({ kind: "variable", name: "autocommit", value: now.autocommit ? "ON" : "OFF" });
  if (now.timeZone !== before.timeZone) changes.push({ kind: "variable", name: "time_zone", value: now.timeZone });
  if (changes.length > 0) told.set(session, now);
  return changes;
}

/** Those of several shards are one set. As MySQL tells of them, or as MariaDB does, whichever the client asked for. */
function takeGtids(session: SessionState): SessionChange[] {
  if (session.gtids.length === 0) return [];
  const gtids = session.gtids.join(",");
  session.gtids = [];
  return tracksGtids(session) ? [{ kind: "gtids", gtids }] : [{ kind: "variable", name: lastGtid, value: gtids }];
}

const tracksGtids = ({ ownVariables }: SessionState) => ownVariables.get(trackGtids) === "OWN_GTID";
export const trackGtids = "session_track_gtids";
const trackVariables = "session_track_system_variables";

/**
 * SET session_track_gtids: the servers' sessions are told to tell. MariaDB has no such variable, and another one that
 * comes to the same. Answers the setting that says so, or undefined where it is another variable's matter.
 */
export function gtidSetting(
  flavour: "mysql" | "mariadb",
  name: string,
  value: string,
): { readonly name: string; readonly value: string | undefined } | undefined {
  if (name === trackGtids) {
    const isOn = value.toUpperCase() === "OWN_GTID";
    if (flavour === "mysql") return { name, value: isOn ? "'OWN_GTID'" : undefined };
    return { name: trackVariables, value: isOn ? `'${lastGtid}'` : undefined };
  }
  if (name !== trackVariables || flavour === "mysql") return undefined;
  const tracks =
    value === "*" ||
    value
      .toLowerCase()
      .split(/\s*,\s*/)
      .includes(lastGtid);
  return { name, value: tracks ? `'${lastGtid}'` : undefined };
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
