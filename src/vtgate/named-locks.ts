/**
 * The named locks of a session (inventory 4.034): GET_LOCK and its sisters run on one reserved connection to the first shard
 * of the first keyspace, whatever the session is pointed at, so that all sessions of all gateways meet there. It is let go
 * of when no lock is left, and with the session.
 */
import type { Statement } from "../sqlparser/ast.ts";
import type { Call } from "../sqlparser/ast/call.ts";
import type { Select } from "../sqlparser/ast/query.ts";
import { findAll } from "../sqlparser/walk.ts";
import type { SessionState } from "./session-state.ts";

const lockFunctions: ReadonlySet<string> = new Set([
  "get_lock",
  "is_free_lock",
  "is_used_lock",
  "release_all_locks",
  "release_lock",
]);

export const isLockCall = ({ name, schema }: Call) => schema === undefined && lockFunctions.has(name);

/** The named locks that a statement asks for or about; none where it reads tables too: no shard has both. */
export function lockCallsOf(statement: Statement): readonly Call[] {
  if (statement.kind !== "Select") return [];
  const calls = findAll(statement, "Call").filter(isLockCall);
  return calls.length > 0 && findAll(statement, "Table").length === 0 ? calls : [];
}

export class NamedLocks {
  /** A session of its own that holds the connection, beside transactions. */
  readonly inner: SessionState;
  /** The server's number of that connection. */
  readonly connectionId: number;
  /** How often each lock is held, by its name in small letters. */
  readonly held = new Map<string, number>();
  /** Some statement may have taken or released more than could be followed. */
  isUncertain = false;

  constructor(inner: SessionState, connectionId: number) {
    this.inner = inner;
    this.connectionId = connectionId;
  }

  /** Whether the connection can go. */
  get isIdle(): boolean {
    return this.held.size === 0 && !this.isUncertain;
  }

  /** The answer of one call: 1 where it took or gave back the lock. */
  note({ name }: Call, lock: string | undefined, answer: string | undefined): void {
    if (name === "release_all_locks") {
      this.held.clear();
      this.isUncertain = false;
      return;
    }
    const change = name === "get_lock" ? 1 : name === "release_lock" ? -1 : 0;
    if (change === 0 || answer !== "1") return;
    if (lock === undefined) {
      this.isUncertain = true;
      return;
    }
    const left = (this.held.get(lock) ?? 0) + change;
    if (left > 0) this.held.set(lock, left);
    else this.held.delete(lock);
  }
}

export const asksForLocks = (statement: Statement): statement is Select => lockCallsOf(statement).length > 0;
