/** A Merge as primitives: the shards' statement, the merge of their rows, groups, and the limit on top. */
import type { Primitive, Route } from "../../engine/primitive.ts";
import type { Builder } from "../build/builder.ts";
import type { Merge } from "../operator.ts";
import type { Plan } from "../plan.ts";
import { lowerRoute, type Source } from "./route.ts";

/** `finish`: the plan of the same by one server, for groups whose columns turn out not to combine at the gateway. */
export function lowerMerge(
  merge: Merge,
  builder: Builder,
  source: Source,
  rules: ReadonlySet<string>,
  finish: () => Plan | undefined,
): Plan {
  const { route, statement, keys, combine, limit } = merge;
  const { primitive, sessionBinds } = lowerRoute(
    statement,
    builder,
    { ...source, text: undefined },
    {
      keyspace: route.keyspace?.name ?? builder.target.keyspace,
      routing: route.routing,
      effect: statement.locks.length > 0 ? "lock" : "read",
      oneShardOnly: false,
    },
  );
  const otherwise = combine?.some((c) => c === "sum" || c === "min" || c === "max") === true ? finish() : undefined;
  const grouped = gathered(primitive, merge, otherwise?.root);
  const root: Primitive = limit === undefined ? grouped : { kind: "Limit", input: grouped, ...limit };
  return {
    root: keys.length === 0 && combine === undefined && limit === undefined ? primitive : root,
    sessionBinds: [...sessionBinds, ...(otherwise?.sessionBinds ?? [])],
    rules,
  };
}

function gathered(route: Route, { keys, combine }: Merge, otherwise: Primitive | undefined): Primitive {
  const sorted = keys.length === 0 ? route : ({ kind: "MergeSort", input: route, keys } as const);
  return combine === undefined ? sorted : { kind: "Aggregate", input: sorted, columns: combine, otherwise };
}
