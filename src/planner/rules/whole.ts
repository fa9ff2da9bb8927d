/** Rules by which a finished query becomes one route: all its parts have merged, and no clause of it spans shards. */
import { isOneShard } from "../../engine/routing.ts";
import type { QueryTail } from "../../sqlparser/ast/query.ts";
import type { Block, KeptTogether, Route, Rule } from "../operator.ts";
import { keepsTogether } from "./columns.ts";
import { isSameOneShard } from "./merge.ts";

export const blockBecomesRoute: Rule<"Block"> = {
  name: "block-becomes-route",
  on: "Block",
  apply(block) {
    const [route, ...more] = block.sources;
    if (more.length > 0 || block.nested.length > 0) return undefined;
    if (route === undefined) return nowhere(block);
    if (route.kind !== "Route") return undefined;
    const isDecomposable = route.isDecomposable && spanningClause(route, block.keptTogether) === undefined;
    if (!isDecomposable && !isOneShard(route.routing)) return undefined;
    return { ...route, isDecomposable, isWhole: true, outputs: block.outputs, facts: block.facts };
  },
};

/** Without tables any server can answer. */
function nowhere(block: Block): Route {
  return {
    kind: "Route",
    keyspace: undefined,
    routing: { kind: "AnyShard" },
    sources: [],
    isDecomposable: false,
    isWhole: true,
    nullableIn: [],
    outputs: block.outputs,
    facts: [],
  };
}

/** The first clause that looks at rows of several shards together. */
export function spanningClause(route: Route, clauses: KeptTogether): string | undefined {
  const spans = ({ columns }: KeptTogether[number]) => !columns.some((column) => keepsTogether(route, column));
  return clauses.find(spans)?.construct;
}

const hasTail = ({ orderBy, limit, into }: QueryTail) =>
  orderBy.length > 0 || limit !== undefined || into !== undefined;

export const unionBecomesRoute: Rule<"Union"> = {
  name: "union-becomes-route",
  on: "Union",
  apply({ statement, left, right }) {
    if (left.kind !== "Route" || right.kind !== "Route" || !left.isWhole || !right.isWhole) return undefined;
    const keyspace = left.keyspace ?? right.keyspace;
    if (left.keyspace !== undefined && right.keyspace !== undefined && left.keyspace.name !== right.keyspace.name)
      return undefined;
    const outputs = left.outputs?.map(({ name }) => ({ name, column: undefined }));
    const merged: Route = { ...left, keyspace, outputs, facts: [], sources: [] };
    if (isSameOneShard(left.routing, right.routing)) return { ...merged, isDecomposable: false };
    if (left.routing.kind === "AnyShard" && isOneShard(right.routing))
      return { ...merged, routing: right.routing, isDecomposable: false };
    if (right.routing.kind === "AnyShard" && isOneShard(left.routing)) return { ...merged, isDecomposable: false };
    // Both are asked of every shard: their conditions keep out what lies elsewhere.
    const isEverywhere = left.routing.kind === "AnyShard" || right.routing.kind === "AnyShard";
    if (statement.operator !== "UNION" || !statement.all || hasTail(statement) || isEverywhere) return undefined;
    if (!left.isDecomposable || !right.isDecomposable) return undefined;
    return { ...merged, routing: left.routing === right.routing ? left.routing : { kind: "AllShards" } };
  },
};

export const wholeBecomesRoute: Rule<"Whole"> = {
  name: "whole-becomes-route",
  on: "Whole",
  apply({ statement, input }) {
    if (input.kind !== "Route" || !input.isWhole) return undefined;
    if (!hasTail(statement)) return input;
    return isOneShard(input.routing) ? { ...input, isDecomposable: false } : undefined;
  },
};
