/**
 * A statement of several steps that change rows: it has a transaction of its own where none is open, and goes back to its
 * savepoint on every shard where it fails within one. Locks of its reads last until all of it is done.
 */
import { errorText, ServerError, VtError } from "../base/errors.ts";
import { type Answered, emptyTrailer } from "../engine/primitive.ts";
import type { Cluster } from "./cluster.ts";
import { beginTransaction, isReadOnly } from "./scatter.ts";
import type { SessionState } from "./session-state.ts";
import { markStatement, undoStatement } from "./statement-savepoint.ts";
import { commit } from "./transactions.ts";

export async function* atomically(cluster: Cluster, session: SessionState, work: () => Answered): Answered {
  if (session.target.tabletType !== "PRIMARY")
    throw VtError.of("VT09002", "DML", session.target.tabletType.toLowerCase());
  if (session.isBroken) throw VtError.of("VT09032");
  if (isReadOnly(session)) throw VtError.of("VT20016");
  if (session.isHeld) return yield* work();
  if (session.inTransaction) await markStatement(cluster, session, session.shardSessions);
  else {
    beginTransaction(session);
    session.isImplicit = session.autocommit;
  }
  session.isHeld = true;
  const answered = work();
  let isDone = false;
  try {
    const trailer = yield* answered;
    session.isHeld = false;
    isDone = true; // A commit that fails tells what became of it by itself.
    if (session.isImplicit) await commit(cluster, session);
    return trailer;
  } catch (thrown) {
    if (isDone) throw thrown;
    isDone = true;
    session.isHeld = false;
    throw await undoStatement(cluster, session, asError(thrown), session.shardSessions);
  } finally {
    session.isHeld = false;
    if (!isDone) {
      await answered.return(emptyTrailer);
      await undoStatement(cluster, session, VtError.of("VT20015"), session.shardSessions);
    }
  }
}

const asError = (thrown: unknown) =>
  thrown instanceof VtError || thrown instanceof ServerError
    ? thrown
    : VtError.of("VT13001", errorText(thrown)).because(thrown);
