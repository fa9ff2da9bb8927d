/**
 * A SQL value outside row loops: its type and its text form as bytes (what a server sends in the text protocol), or
 * NULL. Bind variables are values or lists of values, by name without the colon.
 */
import type { SqlType } from "./types.ts";

export interface Value {
  readonly type: SqlType;
  /** Text form; for BINARY kinds the bytes themselves. Undefined is SQL NULL (type NULL_TYPE or the column's). */
  readonly bytes: Buffer | undefined;
}

/** One value, or the list of `::name` (query.BindVariable of type TUPLE). */
export type BindValue = Value | { readonly type: "TUPLE"; readonly values: readonly Value[] };

export type Binds = Readonly<Record<string, BindValue>>;
export const noBinds: Binds = {};

export const nullValue: Value = { type: "NULL_TYPE", bytes: undefined };

export function textValue(text: string): Value {
  return { type: "VARCHAR", bytes: Buffer.from(text) };
}

export function bytesValue(bytes: Buffer): Value {
  return { type: "VARBINARY", bytes };
}

/** A whole number; INT64, or UINT64 above 2^63 - 1. */
export function integerValue(n: number | bigint): Value {
  const type = BigInt(n) > 0x7fff_ffff_ffff_ffffn ? "UINT64" : "INT64";
  return { type, bytes: Buffer.from(n.toString()) };
}
