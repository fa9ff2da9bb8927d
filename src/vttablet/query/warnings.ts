/** The warnings of a statement that has just ended, asked of its connection before anything else runs there. */
import type { Connection } from "../../mysql/client.ts";
import { sql } from "../../mysql/sql.ts";
import type { ResultTrailer, ServerWarning } from "../../sqltypes/result.ts";

/** As many as a server keeps by its own default. */
const ask = sql`show warnings limit 1024`;
const timeoutMs = 5000;

/** The trailer with them; as it is where the server does not say: they are told of by number then. */
export async function withWarnings(trailer: ResultTrailer, connection: Connection): Promise<ResultTrailer> {
  try {
    const warningList = (await connection.query(ask, { timeoutMs })).rows.flatMap(([level, code, text]) =>
      isLevel(level) ? [{ level, code: Number(code), text: String(text) }] : [],
    );
    return { ...trailer, warningList };
  } catch {
    return trailer; // The statement itself is done; a lost connection shows as one when it is used next.
  }
}

const isLevel = (level: unknown): level is ServerWarning["level"] =>
  level === "Note" || level === "Warning" || level === "Error";
