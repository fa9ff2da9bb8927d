/** A SELECT asked of the shards, whose rows are the only table of a SELECT that the finishing server runs. */
import type { Select } from "../../sqlparser/ast/query.ts";
import { print } from "../../sqlparser/printer.ts";
import { lowerNames } from "../lower/names.ts";
import { lowerRoute } from "../lower/route.ts";
import type { Route } from "../operator.ts";
import { effectOf, type Gathering, withoutRows } from "./gathering.ts";

export function gatherSelect(asked: Select, finished: Select, route: Route, gathering: Gathering): Select {
  const { builder, source, home } = gathering;
  const { primitive, sessionBinds } = lowerRoute(asked, builder, source, {
    keyspace: route.keyspace?.name ?? home,
    routing: route.routing,
    effect: effectOf(asked),
    oneShardOnly: false,
  });
  const empty = print(lowerNames(withoutRows(asked), builder).statement, source.environment);
  const query = gathering.add(
    {
      input: primitive,
      empty: { before: empty, after: undefined },
      wanted: undefined,
      table: undefined,
      keyed: undefined,
    },
    sessionBinds,
  );
  return { ...finished, from: [{ kind: "Derived", lateral: false, query, alias: "__part", columns: [] }] };
}
