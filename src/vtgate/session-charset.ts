/**
 * Character sets of a session. Between gateway and servers statements are UTF-8: what a client sends in another character
 * set is turned into it here. Results are the servers' work: character_set_results and the connection's collation are
 * settings of the session, so that literals compare as they should and rows come in the client's character set.
 */
import { ServerError, VtError } from "../base/errors.ts";
import { charsetOf, charsets, loginCollation } from "../collation/login-collations.ts";
import type { Environment } from "../sqlparser/environment.ts";
import { canDecode, decodeSource, encodeText } from "../sqlparser/source.ts";
import type { Value } from "../sqltypes/value.ts";
import type { SessionState } from "./session-state.ts";

/** As the client logged in; a collation that the servers do not have means their own, as it does to them. */
export function loginCharset(session: SessionState, { flavour, collation: usual }: Environment): void {
  const collation = loginCollation(session.loginCollation, flavour) ?? usual;
  const charset = charsetOf(collation);
  clearCharset(session);
  if (collation === usual || notOfClients.has(charset)) return;
  setCharset(session, charset, collation);
}

/** SET NAMES: client, connection and results. Without a collation they have the character set's own. */
export function setCharset(session: SessionState, charset: string, collation: string | undefined): void {
  setClientCharset(session, charset);
  const name = session.charset;
  if (collation !== undefined && charsetOf(canonical(collation)) !== name)
    throw new ServerError(1253, "42000", `COLLATION '${collation}' is not valid for CHARACTER SET '${charset}'`);
  clearCharset(session);
  session.charset = name;
  if (collation !== undefined) session.setSetting("names", `${name} collate ${collation.replaceAll(/\W/g, "")}`);
  else if (name !== "utf8mb4") session.setSetting("names", name);
}

/** The servers' own. */
export function clearCharset(session: SessionState): void {
  session.charset = "utf8mb4";
  for (const name of ["names", "character_set_results", ...ofConnection]) session.setSetting(name, undefined);
}

export function setClientCharset(session: SessionState, charset: string): void {
  const name = canonical(charset);
  if (!charsets.has(name)) throw new ServerError(1115, "42000", `Unknown character set: '${charset}'`);
  if (notOfClients.has(name))
    throw new ServerError(1231, "42000", `Variable 'character_set_client' can't be set to the value of '${charset}'`);
  if (!canDecode(name)) throw VtError.of("VT12001", `character_set_client ${name}`);
  session.charset = name;
}

/** The two are one setting: each brings the other along. */
export function setConnection(session: SessionState, name: string, value: string | undefined): void {
  for (const either of ofConnection) session.setSetting(either, undefined);
  if (value !== undefined) session.setSetting(name, `'${value.replaceAll(/\W/g, "")}'`);
}

const ofConnection = ["character_set_connection", "collation_connection"] as const;

const canonical = (name: string) => name.toLowerCase().replace(/^utf8(?=_|$)/, "utf8mb3");

/** Those whose ASCII is not one byte. */
const notOfClients: ReadonlySet<string> = new Set(["ucs2", "utf16", "utf16le", "utf32"]);

/** What is a part of UTF-8 keeps its bytes. */
const ofUtf8: ReadonlySet<string> = new Set(["utf8mb4", "utf8mb3", "ascii", "binary"]);

export const hasForeignCharset = ({ charset }: SessionState) => charset !== "utf8mb4" && !ofUtf8.has(charset);

export const inUtf8 = (text: Buffer, { charset }: SessionState): Buffer => encodeText(decodeSource(text, charset));

export function valueInUtf8(value: Value, session: SessionState): Value {
  if (value.bytes === undefined || !texts.has(value.type)) return value;
  return { type: value.type, bytes: inUtf8(value.bytes, session) };
}
const texts: ReadonlySet<string> = new Set(["CHAR", "VARCHAR", "TEXT"]);

function resultsOf({ settings }: SessionState): string {
  const names = settings.get("names")?.split(" ")[0];
  return canonical((settings.get("character_set_results") ?? names ?? "utf8mb4").replaceAll("'", ""));
}

/** A cell of a result of this session, in UTF-8. */
export function resultInUtf8(cell: Buffer, session: SessionState): Buffer {
  const charset = resultsOf(session);
  return canDecode(charset) ? encodeText(decodeSource(cell, charset)) : cell;
}

/** What the gateway itself puts together out of rows, it can only where they are UTF-8. */
export function refuseForeignRows(session: SessionState): void {
  const charset = resultsOf(session);
  if (charset !== "utf8mb4" && charset !== "utf8mb3" && charset !== "ascii")
    throw VtError.of("VT12001", `rows of several shards merged with character_set_results ${charset}`);
}
