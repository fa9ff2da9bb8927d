/**
 * OK, ERR and EOF payloads, both ways. An OK packet is a `ResultTrailer`; with DEPRECATE_EOF it also ends result sets,
 * then under the first byte 0xfe.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_response_packets.html
 */
import { ServerError } from "../../base/errors.ts";
import type { ResultTrailer } from "../../sqltypes/result.ts";
import { plainTrailer } from "../../sqltypes/trailers.ts";
import { WireReader, WireWriter } from "../../sqltypes/wire.ts";
import { capability, statusFlag } from "./capabilities.ts";

const noBytes = Buffer.alloc(0);

export const emptyTrailer = plainTrailer(statusFlag.autocommit);

/** Decodes an OK packet of a connection that has SESSION_TRACK, as all our backend connections have. */
export function decodeOk(payload: Buffer): ResultTrailer {
  if (saysStatusOnly(payload)) return plainTrailer((payload[3] as number) | ((payload[4] as number) << 8));
  const from = new WireReader(payload, 1);
  const affectedRows = Number(from.lenenc());
  const lastInsertId = from.lenenc();
  const statusFlags = from.u16();
  const warnings = from.u16();
  const info = from.left > 0 ? from.lenencText() : "";
  const hasState = (statusFlags & statusFlag.sessionStateChanged) !== 0 && from.left > 0;
  const sessionState = hasState ? Buffer.from(from.lenencView()) : noBytes;
  return { affectedRows, lastInsertId, statusFlags, warnings, info, sessionState };
}

/** As most results end: no counts, no warnings, nothing else. */
function saysStatusOnly(payload: Buffer): boolean {
  if (payload.length !== 7) return false;
  return payload[1] === 0 && payload[2] === 0 && payload[5] === 0 && payload[6] === 0;
}

/** `header` is 0x00, or 0xfe where the packet ends rows. `capabilities` are the client's. */
export function encodeOk(trailer: ResultTrailer, capabilities: number, header: 0x00 | 0xfe = 0x00): Buffer {
  const tracks = (capabilities & capability.sessionTrack) !== 0;
  const hasState = tracks && trailer.sessionState.length > 0;
  const flags = hasState
    ? trailer.statusFlags | statusFlag.sessionStateChanged
    : trailer.statusFlags & ~statusFlag.sessionStateChanged;
  const to = new WireWriter(32 + trailer.info.length + trailer.sessionState.length)
    .u8(header)
    .lenenc(trailer.affectedRows)
    .lenenc(trailer.lastInsertId)
    .u16(flags)
    .u16(Math.min(trailer.warnings, 0xffff));
  // With its length whatever the client can: the manual says otherwise, but servers do so, and mysqlnd counts on it.
  if (trailer.info !== "" || hasState) to.lenencText(trailer.info);
  if (hasState) to.lenencRaw(trailer.sessionState);
  return to.finish();
}

export function encodeEof(statusFlags: number, warnings: number): Buffer {
  return new WireWriter(5).u8(0xfe).u16(Math.min(warnings, 0xffff)).u16(statusFlags).finish();
}

export function decodeError(payload: Buffer): ServerError {
  const from = new WireReader(payload, 1);
  const errno = from.u16();
  let sqlState = "HY000";
  if (from.peek() === 0x23) {
    from.skip(1);
    sqlState = from.view(5).toString("latin1");
  }
  return new ServerError(errno, sqlState, from.rest().toString("utf8"));
}

/** Longer texts are cut: some clients keep an error in a small fixed buffer. */
const errorTextBytesMax = 8192;

export function encodeError(errno: number, sqlState: string, message: string): Buffer {
  const text = Buffer.from(message);
  return new WireWriter(16 + text.length)
    .u8(0xff)
    .u16(errno)
    .text(`#${sqlState.padEnd(5, "0").slice(0, 5)}`)
    .raw(text.subarray(0, errorTextBytesMax))
    .finish();
}
