/**
 * A vindex maps column values to the keyspace ids under which rows with those values live. This file is the contract;
 * `vindexes.ts` is the table of types.
 *
 * The vindexes here are functional: a row's values alone decide, at once and without I/O. `map` answers where rows with
 * these values can be: one id, a range of ids (values of the first columns only), or None when the type takes no such
 * value. None is no proof that no row matches (the server may convert: `id = 1.0`); NULL, which equals nothing, aside.
 */
import { VtError } from "../base/errors.ts";
import type { Destination } from "../sharding/destination.ts";
import type { KeyspaceId } from "../sharding/keyspace-id.ts";
import type { Value } from "../sqltypes/value.ts";

export interface Vindex {
  readonly name: string;
  readonly type: string;
  /** Cheapest first when several vindexes could route a statement. */
  readonly cost: number;
  /** A row's values lead to one id at most. */
  readonly isUnique: boolean;
  /** How many columns a whole row of values has. */
  readonly columnCount: number;
  /** Whether values for only the first columns can be mapped, to a range. */
  readonly takesPrefix: boolean;
  /** Parameters in the VSchema that this type does not know: reported, and else ignored. */
  readonly unknownParams: readonly string[];
  map(row: readonly Value[]): Destination;
  /** Whether a row with these values belongs at `id`. */
  verify(row: readonly Value[], id: KeyspaceId): boolean;
  /** The id of one value, for vindexes of one column; undefined as None above. */
  readonly hash?: (value: Value) => KeyspaceId | undefined;
  /** The value that leads to `id`; throws VT20008 for ids that the vindex did not make. */
  readonly reverse?: (id: KeyspaceId) => Value;
  /** Where rows are whose column is LIKE `pattern`. */
  readonly mapPattern?: (pattern: Buffer) => Destination;
}

export type VindexParams = Readonly<Record<string, string>>;

/** What making a vindex may need: files that parameters name, and other types. */
export interface VindexSources {
  readonly readFile: (path: string) => string;
  readonly makeVindex: (type: string, name: string, params: VindexParams) => Vindex;
}

export interface VindexType {
  readonly params: readonly string[];
  readonly make: (name: string, params: VindexParams, sources: VindexSources) => Omit<Vindex, "type" | "unknownParams">;
}

/** A unique vindex of one column: all but its hash follows from it. */
export function singleColumn(
  name: string,
  cost: number,
  hash: (value: Value) => KeyspaceId | undefined,
  reverse?: (id: KeyspaceId) => Value,
): Omit<Vindex, "type" | "unknownParams"> {
  const none: Destination = { kind: "None" };
  return {
    name,
    cost,
    isUnique: true,
    columnCount: 1,
    takesPrefix: false,
    hash,
    map: (row) => {
      const id = row[0] === undefined ? undefined : hash(row[0]);
      return id === undefined ? none : { kind: "KeyspaceId", id };
    },
    verify: (row, id) => (row[0] === undefined ? false : (hash(row[0])?.equals(id) ?? false)),
    ...(reverse === undefined ? {} : { reverse }),
  };
}

const emptyBytes = Buffer.alloc(0);

/** The bytes a vindex of text or bytes sees: a hex literal's are decoded, NULL's are none. */
export function bytesOf(value: Value): Buffer {
  const bytes = value.bytes ?? emptyBytes;
  if (value.type === "HEXNUM") return evenHex(bytes.toString("latin1").slice(2));
  if (value.type === "HEXVAL") return evenHex(bytes.toString("latin1").slice(2, -1));
  return bytes;
}

function evenHex(digits: string): Buffer {
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
}

/** A whole number of at least `min` from a parameter; throws VT20005. */
export function integerParam(vindex: string, params: VindexParams, key: string, min: number, max: number): number {
  const text = params[key];
  if (text === undefined) throw VtError.of("VT20005", vindex, `the parameter ${key} is missing`);
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < min || n > max)
    throw VtError.of("VT20005", vindex, `${key} must be a number between ${min} and ${max}, not '${text}'`);
  return n;
}
