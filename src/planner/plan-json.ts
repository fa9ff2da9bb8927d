/**
 * A plan as Vitess's plan JSON (inventory 6.007), for EXPLAIN FORMAT = VITESS, VEXPLAIN and the debug pages. A primitive that
 * has no description of its own is described by its plain fields, and every primitive's inputs are found by looking.
 */
import { primitiveKinds } from "../engine/executors.ts";
import type { Insert, Primitive, Route } from "../engine/primitive.ts";
import { isOneShard, type Routing } from "../engine/routing.ts";
import { printList, printPieces, printRouting, printValue } from "./print.ts";

export interface PlanNode {
  readonly OperatorType: string;
  readonly Variant?: string;
  readonly Keyspace?: { readonly Name: string; readonly Sharded: boolean };
  readonly Inputs?: readonly PlanNode[];
  readonly [field: string]: unknown;
}

/** What is added to a node: how often it ran and what came of it. */
export type Measured = (node: Primitive) => Readonly<Record<string, unknown>>;

export interface Describing {
  readonly isSharded: (keyspace: string) => boolean;
  readonly measured?: Measured;
}

export function describePlan(node: Primitive, how: Describing): PlanNode {
  const inputs = inputsOf(node).map((input) => describePlan(input, how));
  return {
    ...ownFields(node, how.isSharded),
    ...how.measured?.(node),
    ...(inputs.length > 0 && { Inputs: inputs }),
  };
}

/** Vitess's kinds of plans, by what they cost. */
export type PlanType = "Local" | "Passthrough" | "MultiShard" | "Scatter" | "Complex";

export function planTypeOf(root: Primitive): PlanType {
  if (root.kind === "Rows") return "Local";
  if (root.kind === "Insert") return root.rows.length === 1 ? "Passthrough" : "MultiShard";
  if (root.kind !== "Route") return "Complex";
  if (isOneShard(root.routing)) return "Passthrough";
  return root.routing.kind === "AllShards" ? "Scatter" : "MultiShard";
}

function ownFields(node: Primitive, isSharded: Describing["isSharded"]): PlanNode {
  const keyspaceOf = (name: string) => ({ Name: name, Sharded: isSharded(name) });
  if (node.kind === "Route") return routeFields(node, keyspaceOf(node.keyspace));
  if (node.kind === "Insert") return insertFields(node, keyspaceOf(node.keyspace));
  if (node.kind === "Limit")
    return { OperatorType: "Limit", Count: printValue(node.count), Offset: printValue(node.offset) };
  if (node.kind === "MergeSort" || node.kind === "Aggregate")
    return {
      OperatorType: node.kind,
      ...(node.kind === "Aggregate" && { columns: node.columns }),
      ...(node.keys.length > 0 && { OrderBy: node.keys.map(({ descending }) => (descending ? "DESC" : "ASC")) }),
    };
  if (node.kind === "VindexRows")
    return {
      OperatorType: "VindexFunc",
      Variant: "VindexMap",
      Keyspace: keyspaceOf(node.keyspace),
      Vindex: node.vindex.name,
      Values: [printList(node.list)],
      Fields: node.columns.map(({ field }) => field),
    };
  if (node.kind === "KeyedChange")
    return {
      OperatorType: "DMLWithInput",
      TargetTabletType: "PRIMARY",
      Writes: node.writes.map((write) => ({ Keyspace: keyspaceOf(write.keyspace), Query: printPieces(write) })),
    };
  if (node.kind === "Join")
    return {
      OperatorType: "Join",
      Variant: node.isOuter ? "LeftJoin" : "Join",
      JoinColumnIndexes: node.columns.map(({ side, at }) => `${side === "left" ? "L" : "R"}:${at}`).join(","),
    };
  const plain = Object.entries(node).filter(([name, value]) => name !== "kind" && isPlain(value));
  return { OperatorType: node.kind, ...Object.fromEntries(plain) };
}

const isPlain = (value: unknown): boolean =>
  ["string", "number", "boolean"].includes(typeof value) || (Array.isArray(value) && value.every(isPlain));

function routeFields(route: Route, keyspace: PlanNode["Keyspace"] & object): PlanNode {
  const { routing, sql, effect, oneShardOnly } = route;
  const isChange = effect === "write" || effect === "write-copies";
  return {
    OperatorType: isChange ? operatorOf(sql) : "Route",
    Variant: variants[routing.kind] ?? equalVariant(routing),
    Keyspace: keyspace,
    ...(oneShardOnly && !isOneShard(routing) && { SingleShardOnly: true }),
    ...(isChange && { TargetTabletType: "PRIMARY" }),
    Query: sql,
    ...vindexFields(routing),
  };
}

const operatorOf = (sql: string) => {
  const word = /^(?:\s|\/\*.*?\*\/)*(\w+)/s.exec(sql)?.[1]?.toLowerCase() ?? "";
  return word === "" ? "Route" : word[0]?.toUpperCase() + word.slice(1);
};

const variants: Readonly<Partial<Record<Routing["kind"], string>>> = {
  Unsharded: "Unsharded",
  AnyShard: "Reference",
  AllShards: "Scatter",
  None: "None",
  Pinned: "EqualUnique",
  In: "IN",
  Targeted: "ByDestination",
};

function equalVariant(routing: Routing): string {
  if (isOneShard(routing)) return "EqualUnique";
  return routing.kind === "Equal" && routing.vindex.isUnique ? "SubShard" : "Equal";
}

function vindexFields(routing: Routing): Readonly<Record<string, unknown>> {
  if (routing.kind === "Equal") return { Vindex: routing.vindex.name, Values: routing.values.map(printValue) };
  if (routing.kind === "In") return { Vindex: routing.vindex.name, Values: [printList(routing.list)] };
  return routing.kind === "Pinned" || routing.kind === "Targeted" ? { Destination: printRouting(routing) } : {};
}

function insertFields(
  { head, rows, tail, vindexes, sequence }: Insert,
  keyspace: PlanNode["Keyspace"] & object,
): PlanNode {
  const values = Object.fromEntries(
    vindexes.map(({ name }, v) => [name, rows.map(({ keys }) => keys[v]?.map(printValue).join(", ") ?? "").join("; ")]),
  );
  return {
    OperatorType: "Insert",
    Variant: "Sharded",
    Keyspace: keyspace,
    TargetTabletType: "PRIMARY",
    Query: head + rows.map(({ text }) => text).join(", ") + tail,
    VindexValues: values,
    ...(sequence !== undefined && {
      AutoIncrement: `select next :n values from ${sequence.keyspace}.${sequence.table}`,
    }),
  };
}

const depthMax = 3;

/** The primitives within a primitive's fields, in their order. */
function inputsOf(node: Primitive): readonly Primitive[] {
  const found: Primitive[] = [];
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== "object" || value === null || depth > depthMax) return;
    if (isPrimitive(value)) found.push(value);
    else for (const inner of Object.values(value)) look(inner, depth + 1);
  };
  // What is done otherwise answers the same.
  for (const [name, value] of Object.entries(node))
    if ((node.kind !== "MergeSort" && node.kind !== "Join") || name !== "otherwise") look(value, 1);
  return found;
}

const kinds: ReadonlySet<string> = new Set(primitiveKinds);
const isPrimitive = (value: object): value is Primitive => "kind" in value && kinds.has(value.kind as string);
