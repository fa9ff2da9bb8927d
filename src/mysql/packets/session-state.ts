/**
 * What an OK packet tells of the session (SESSION_TRACK): system variables, the database, GTIDs. Both ways.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html
 */
import { WireReader, WireWriter } from "../../sqltypes/wire.ts";

export type SessionChange =
  | { readonly kind: "variable"; readonly name: string; readonly value: string }
  | { readonly kind: "database"; readonly name: string }
  | { readonly kind: "gtids"; readonly gtids: string };

const kinds = { variable: 0, database: 1, gtids: 3 } as const;

/** Kinds we have no use for (transaction characteristics and the like) are left out. */
export function decodeSessionState(bytes: Buffer): SessionChange[] {
  const changes: SessionChange[] = [];
  const from = new WireReader(bytes);
  while (from.left > 0) {
    const kind = from.u8();
    const body = new WireReader(from.lenencView());
    if (kind === kinds.variable)
      while (body.left > 0) changes.push({ kind: "variable", name: body.lenencText(), value: body.lenencText() });
    else if (kind === kinds.database) changes.push({ kind: "database", name: body.lenencText() });
    else if (kind === kinds.gtids) {
      body.skip(1); // The encoding of the text: always 0.
      changes.push({ kind: "gtids", gtids: body.lenencText() });
    }
  }
  return changes;
}

/** MySQL's own kind, or MariaDB's variable; the last of several. */
export function gtidOf(changes: readonly SessionChange[]): string {
  let gtid = "";
  for (const change of changes)
    if (change.kind === "gtids") gtid = change.gtids;
    else if (change.kind === "variable" && change.name === lastGtid) gtid = change.value;
  return gtid;
}

/** MariaDB tells of it where session_track_system_variables asks. */
export const lastGtid = "last_gtid";

export function encodeSessionState(changes: readonly SessionChange[]): Buffer {
  const to = new WireWriter();
  for (const change of changes) {
    const body = new WireWriter();
    if (change.kind === "variable") body.lenencText(change.name).lenencText(change.value);
    else if (change.kind === "database") body.lenencText(change.name);
    else body.u8(0).lenencText(change.gtids);
    to.u8(kinds[change.kind]).lenencRaw(body.finish());
  }
  return to.finish();
}
