/**
 * How a plan finds its shards: by the kind of table, by what the statement says about vindex columns, or by name. A
 * `Routing` is plain data in a plan; `destinationOf` meets it with the values of one call.
 *
 * Reads may always go to more shards than needed (the statement's own WHERE decides there), so a value that a vindex
 * cannot be trusted with widens a read to all shards. Writes of new rows never guess: `exactly` throws.
 */
import { never } from "../base/assert.ts";
import { VtError } from "../base/errors.ts";
import {
  evaluate,
  evaluateList,
  type ListExpression,
  printValue,
  type ValueExpression,
} from "../evalengine/value-expression.ts";
import { allShards, anyShard, type Destination, noDestination } from "../sharding/destination.ts";
import type { KeyspaceId } from "../sharding/keyspace-id.ts";
import { isIntegral, isQuoted, isText, type SqlType } from "../sqltypes/types.ts";
import type { Binds, Value } from "../sqltypes/value.ts";
import type { Vindex } from "../vschema/vindex.ts";

export type Routing =
  /** The only shard of an unsharded keyspace. */
  | { readonly kind: "Unsharded" }
  /** Whichever shard: reference tables, no tables at all. */
  | { readonly kind: "AnyShard" }
  | { readonly kind: "AllShards" }
  | { readonly kind: "None" }
  | { readonly kind: "Pinned"; readonly id: KeyspaceId }
  /** vindex columns = values; fewer values than columns where the vindex takes a prefix. */
  | { readonly kind: "Equal"; readonly vindex: Vindex; readonly values: readonly ValueExpression[] }
  | { readonly kind: "In"; readonly vindex: Vindex; readonly list: ListExpression }
  /** As a client named it after USE. */
  | { readonly kind: "Targeted"; readonly destination: Destination };

/** Whether rows of at most one shard come: known before any value is. */
export function isOneShard(routing: Routing): boolean {
  switch (routing.kind) {
    case "Unsharded":
    case "AnyShard":
    case "None":
    case "Pinned":
      return true;
    case "Equal":
      return routing.vindex.isUnique && routing.values.length === routing.vindex.columnCount;
    case "AllShards":
    case "In":
      return false;
    case "Targeted":
      return ["Shard", "KeyspaceId", "AnyShard", "None"].includes(routing.destination.kind);
    default:
      return never(routing);
  }
}

/** Cheaper routings first: what the planner takes when it may choose. */
export function routingCost(routing: Routing): number {
  switch (routing.kind) {
    case "None":
      return 0;
    case "Equal":
      return (isOneShard(routing) ? 1 : 50) + routing.vindex.cost / 100;
    case "In":
      return 10 + routing.vindex.cost / 100;
    case "AllShards":
      return 100;
    default:
      return 5;
  }
}

export function destinationOf(routing: Routing, binds: Binds): Destination {
  switch (routing.kind) {
    case "Unsharded":
      return allShards;
    case "AnyShard":
      return anyShard;
    case "AllShards":
      return allShards;
    case "None":
      return noDestination;
    case "Pinned":
      return { kind: "KeyspaceId", id: routing.id };
    case "Targeted":
      return routing.destination;
    case "Equal": {
      const row = routing.values.map((value) => evaluate(value, binds));
      return rowDestination(routing.vindex, row);
    }
    case "In":
      return listDestination(routing.vindex, evaluateList(routing.list, binds));
    default:
      return never(routing);
  }
}

/** Where rows are whose vindex columns equal these values. */
function rowDestination(vindex: Vindex, given: readonly Value[]): Destination {
  const row = given.map(asInteger);
  if (row.some(({ bytes }) => bytes === undefined)) return noDestination; // NULL equals nothing.
  if (!row.every((value) => isPlain(value))) return allShards;
  try {
    const found = vindex.map(row);
    return found.kind === "None" ? allShards : found;
  } catch (thrown) {
    if (thrown instanceof VtError && thrown.code === "VT20007") return allShards;
    throw thrown;
  }
}

function listDestination(vindex: Vindex, values: readonly Value[]): Destination {
  const ids: KeyspaceId[] = [];
  for (const value of values) {
    const found = rowDestination(vindex, [value]);
    if (found.kind === "None") continue;
    if (found.kind !== "KeyspaceId") return allShards;
    ids.push(found.id);
  }
  return { kind: "KeyspaceIds", ids };
}

/**
 * Whether the server would compare the value by its very text. Not so for a number with a fraction or exponent, or a
 * text such as "05" that may meet an integer column: rows found by other texts could be equal to it.
 */
function isPlain({ type, bytes }: Value): boolean {
  if (bytes === undefined || isIntegral(type)) return true;
  if (isInexact(type)) return false;
  if (!isText(type) && !isQuoted(type)) return true;
  const text = bytes.toString("latin1");
  return /^(0|-?[1-9]\d*)$/.test(text) || !/^\s*[-+]?\.?\d[\d.]*(e[-+]?\d+)?\s*$/i.test(text);
}

/** The one keyspace id of a row to be stored; throws VT09023. */
export function exactly(vindex: Vindex, given: readonly Value[]): KeyspaceId {
  const row = given.map(asInteger);
  const hasPlace = row.every(({ type, bytes }) => bytes !== undefined && !isInexact(type));
  const found = hasPlace ? vindex.map(row) : noDestination;
  if (found.kind !== "KeyspaceId") throw VtError.of("VT09023", row.map(printValue).join(", "));
  return found.id;
}

const isInexact = (type: SqlType) => type === "DECIMAL" || type === "FLOAT64" || type === "FLOAT32";

/** A whole number stays the same integer in a column, as whatever it came: mysql2 binds every number as a double. */
function asInteger(value: Value): Value {
  const { type, bytes } = value;
  if (bytes === undefined || !isInexact(type)) return value;
  return /^(0|-?[1-9]\d{0,14})$/.test(bytes.toString("latin1")) ? { type: "INT64", bytes } : value;
}
