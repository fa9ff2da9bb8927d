/**
 * Statements by the prepared protocol: prepared once per connection and text, kept there among others (an eviction closes
 * the oldest), executed with their binds as parameters or only described.
 */
import { emptyTrailer } from "../../mysql/packets/answers.ts";
import type { PreparedStatement } from "../../mysql/packets/prepared.ts";
import { asClientError } from "./client-errors.ts";
import type { RunningStatement, StatementPlace } from "./running-statement.ts";
import { prepareForm } from "./statement-plan.ts";

/** Rows come in the binary format. */
export function sendPrepared(running: RunningStatement, place: StatementPlace, prefix: string): void {
  const { text, parameters } = prepareForm(place.plan, running.request.binds);
  withPrepared(running, place, prefix + text, (prepared) =>
    place.pooled.connection.execute(prepared, parameters, running, running.plan?.use.heads),
  );
}

/** The server's own answer to PREPARE; nothing runs. */
export function describe(running: RunningStatement, place: StatementPlace): void {
  const { text } = prepareForm(place.plan, running.request.binds);
  withPrepared(running, place, text, ({ columns, columnPackets }) =>
    // Not at once: a reader is never called before `execute` has returned.
    queueMicrotask(() => {
      if (columns.length > 0) running.columns(columns, columnPackets);
      running.end(emptyTrailer);
    }),
  );
}

function withPrepared(
  running: RunningStatement,
  { pooled }: StatementPlace,
  text: string,
  use: (prepared: PreparedStatement) => void,
): void {
  const known = pooled.prepared.get(text);
  if (known !== undefined) return use(known);
  pooled.connection.prepare(text).then(
    (fresh) => {
      pooled.prepared.set(text, fresh);
      if (running.stopped === undefined) use(fresh);
      else running.fail(running.stopped);
    },
    (thrown: unknown) => running.fail(asClientError(thrown)),
  );
}
