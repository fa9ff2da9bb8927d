/** A Merge as primitives: the shards' statement, the merge of their rows, groups, and the limit on top. */
import type { Primitive, Route } from "../../engine/primitive.ts";
import type { Builder } from "../build/builder.ts";
import type { Merge } from "../operator.ts";
import type { Plan } from "../plan.ts";
import { lowerRoute, type Source } from "./route.ts";

/** `finish`: the plan of the same by one server, for columns that turn out not to merge at the gateway. */
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
  const isPlain = keys.length === 0 && combine === undefined;
  if (isPlain && limit === undefined) return { root: primitive, sessionBinds, rules };
  const otherwise = isPlain ? undefined : finish();
  const merged = isPlain ? primitive : merging(primitive, merge, otherwise?.root);
  return {
    root: limit === undefined ? merged : { kind: "Limit", input: merged, ...limit },
    sessionBinds: [...sessionBinds, ...(otherwise?.sessionBinds ?? [])],
    rules,
  };
}

function merging(input: Route, { keys, combine }: Merge, otherwise: Primitive | undefined): Primitive {
  return combine === undefined
    ? { kind: "MergeSort", input, keys, otherwise }
    : { kind: "Aggregate", input, keys, columns: combine, otherwise };
}
