/** Reading a server's variables and status rows as text, with the few conversions that both flavours share. */
import type { Connection } from "../mysql/client.ts";
import { identifier, join, type Sql, sql, value } from "../mysql/sql.ts";
import type { ThreadState } from "./replication-types.ts";

/** Text by name; "" for what the server does not have. */
export type Row = (name: string) => string;

export function rowOf(object: Readonly<Record<string, string | null>>): Row {
  return (name) => object[name] ?? "";
}

/** Global variables by name; one that the server does not know is "". */
export function readVariables(connection: Connection, names: readonly string[]): Promise<Row> {
  return readNamed(connection, sql`show global variables where variable_name in (${join(names.map(value))})`);
}

export function readStatus(connection: Connection, names: readonly string[]): Promise<Row> {
  return readNamed(connection, sql`show global status where variable_name in (${join(names.map(value))})`);
}

async function readNamed(connection: Connection, query: Sql): Promise<Row> {
  const { rows } = await connection.query(query);
  const found = new Map(rows.map(([name, text]) => [name?.toLowerCase(), text ?? ""]));
  return (name) => found.get(name) ?? "";
}

export async function setGlobal(connection: Connection, name: string, to: string | number | bigint): Promise<void> {
  await connection.query(sql`set global ${identifier(name)} = ${value(to)}`);
}

export const isOn = (text: string): boolean => text === "ON" || text === "1" || text === "Yes";

export function threadState(text: string): ThreadState {
  if (text === "Yes") return "running";
  return text === "Connecting" || text === "Preparing" ? "connecting" : "stopped";
}

/** The columns in which a server lists what it leaves out when it replicates. */
export function hasFilters(row: Row): boolean {
  const names = ["Do_DB", "Ignore_DB", "Do_Table", "Ignore_Table", "Wild_Do_Table", "Wild_Ignore_Table", "Rewrite_DB"];
  return names.some((name) => row(`Replicate_${name}`) !== "");
}

export function filePosition(file: string, offset: string): string {
  return file === "" ? "" : `FilePos/${file}:${offset}`;
}

/** "" or NULL is undefined. */
export function optionalNumber(text: string): number | undefined {
  return text === "" ? undefined : Number(text);
}

/** [9, 7, 4] of "9.7.4-2" and [10, 11, 19] of "10.11.19-MariaDB-0+deb12u1" or "5.5.5-10.11.19-MariaDB". */
export function parseVersion(text: string): readonly [number, number, number] {
  const match = /^(?:5\.5\.5-(?=\d+\.\d+\.\d+-MariaDB))?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0), Number(match?.[3] ?? 0)];
}

export function isVersionAtLeast(text: string, major: number, minor: number, patch = 0): boolean {
  const [a, b, c] = parseVersion(text);
  return a !== major ? a > major : b !== minor ? b > minor : c >= patch;
}
