/**
 * The words of a command line as parts of requests. The checks here are only for a quick and clear answer: the server
 * validates every name again.
 */
import { type DescMessage, fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";
import type { Disk } from "../../base/disk.ts";
import { errorText } from "../../base/errors.ts";
import { FlagError, oneOf } from "../../base/flag-values.ts";
import { TabletType } from "../../proto/generated/topodata_pb.js";

export interface AliasParts {
  readonly cell: string;
  readonly uid: number;
}

/** "zone1-100" or "zone1-0000000100". */
export function alias(text: string): AliasParts {
  const [, cell, digits] = /^(.+)-(\d{1,10})$/.exec(text) ?? [];
  if (cell === undefined || digits === undefined || Number(digits) > 0xffff_ffff)
    throw new FlagError(`${JSON.stringify(text)} is no tablet alias: expected cell-uid, for instance zone1-100`);
  return { cell, uid: Number(digits) };
}

/** As alias; an empty text is no tablet. */
export const aliasOrNone = (text: string): AliasParts | undefined => (text === "" ? undefined : alias(text));

export const aliasText = ({ cell, uid }: AliasParts): string => `${cell}-${String(uid).padStart(10, "0")}`;

/** "user/-80". */
export function keyspaceShard(text: string): { readonly keyspace: string; readonly shard: string } {
  const [, keyspace, shard] = /^([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (keyspace === undefined || shard === undefined)
    throw new FlagError(`${JSON.stringify(text)} is no shard: expected keyspace/shard, for instance commerce/-80`);
  return { keyspace, shard };
}

const typeNames = ["primary", "replica", "rdonly", "spare", "experimental", "backup", "restore", "drained"] as const;

/** A tablet's type by name, in any case. */
export const tabletTypeName = oneOf(...typeNames, "batch", "unknown");

export function tabletType(text: string): TabletType {
  const name = tabletTypeName(text);
  if (name === "unknown") return TabletType.UNKNOWN;
  return TabletType[(name === "batch" ? "rdonly" : name).toUpperCase() as keyof typeof TabletType];
}

/** Milliseconds as vttime.Duration. */
export function duration(ms: number): { readonly seconds: bigint; readonly nanos: number } {
  const seconds = Math.trunc(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** "true", "false" and what else says so. */
export function truth(text: string): boolean {
  if (/^(true|t|1|yes|on)$/i.test(text)) return true;
  if (/^(false|f|0|no|off)$/i.test(text)) return false;
  throw new FlagError(`${JSON.stringify(text)} is neither true nor false`);
}

/** The one of the given texts and files that was set: `[["--sql", sql, false], ["--sql-file", file, true]]`. */
export function oneText(disk: Disk, choices: readonly (readonly [string, string, "text" | "file"])[]): string {
  const set = choices.filter(([, value]) => value !== "");
  const [only] = set;
  if (set.length !== 1 || only === undefined)
    throw new FlagError(`expected exactly one of ${choices.map(([name]) => name).join(", ")}`);
  const [name, value, kind] = only;
  if (kind === "text") return value;
  try {
    return disk.readFileSync(value, "utf8");
  } catch (error) {
    throw new FlagError(`${name} ${value} cannot be read: ${errorText(error)}`);
  }
}

/** JSON text as a message. Unknown fields are refused: a typing error must not vanish. */
export function jsonMessage<D extends DescMessage>(schema: D, text: string, what: string): MessageShape<D> {
  try {
    return fromJson(schema, JSON.parse(text) as JsonValue);
  } catch (error) {
    throw new FlagError(`${what} cannot be read: ${errorText(error)}`);
  }
}
