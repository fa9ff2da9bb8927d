/**
 * The one place where the servers' names of databases turn into the clients': a keyspace `ks` lives in the database
 * `vt_ks`, and clients must never see that. Column packets carry the name, and so do texts of errors.
 */
import { ServerError, type VtError } from "../base/errors.ts";
import { encodeColumn } from "../sqltypes/column-packet.ts";
import type { Column, ResultTrailer } from "../sqltypes/result.ts";

const prefix = "vt_";

export const databaseOf = (keyspace: string) => `${prefix}${keyspace}`;

export interface ColumnSet {
  readonly columns: readonly Column[];
  readonly packets: readonly Buffer[];
}

/** What was made of columns before: a link hands out the same packets for the same statement. */
const made = new WeakMap<readonly Buffer[], ColumnSet>();

/** The columns as the client may see them; packets that name no database pass as they are. */
export function clientColumns(columns: readonly Column[], packets: readonly Buffer[], keyspace: string): ColumnSet {
  const known = made.get(packets);
  if (known !== undefined) return known;
  const shown = rename(columns, packets, keyspace);
  made.set(packets, shown);
  return shown;
}

function rename(columns: readonly Column[], packets: readonly Buffer[], keyspace: string): ColumnSet {
  const database = databaseOf(keyspace);
  if (!columns.some((column) => column.database === database)) return { columns, packets };
  const renamed = columns.map((column) => (column.database === database ? { ...column, database: keyspace } : column));
  return {
    columns: renamed,
    packets: renamed.map((column, i) =>
      column === columns[i] ? (packets[i] ?? encodeColumn(column)) : encodeColumn(column),
    ),
  };
}

/** The error as the client may see it. */
export function clientError(error: VtError | ServerError, keyspace: string): VtError | ServerError {
  if (!(error instanceof ServerError)) return error;
  const text = error.message.replaceAll(nameIn(keyspace), keyspace);
  return text === error.message ? error : new ServerError(error.errno, error.sqlState, text);
}

/** The trailer as the client may see it. */
export function clientTrailer(trailer: ResultTrailer, keyspace: string): ResultTrailer {
  if (trailer.warningList === undefined) return trailer;
  const name = nameIn(keyspace);
  const warningList = trailer.warningList.map((warning) => ({
    ...warning,
    text: warning.text.replaceAll(name, keyspace),
  }));
  return { ...trailer, warningList };
}

function nameIn(keyspace: string): RegExp {
  return new RegExp(`(?<![\\w$])${prefix}${keyspace.replaceAll(/[^\w]/g, "\\$&")}(?![\\w$])`, "g");
}
