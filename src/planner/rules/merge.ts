/**
 * Rules by which routes merge: what several routes answer, one can when every row of the one meets only rows of the
 * other that lie on the same shard.
 */
import { isOneShard, type Routing, routingCost } from "../../engine/routing.ts";
import { sameExpression } from "../../evalengine/value-expression.ts";
import type { Block, Fact, Nested, Operator, Route, Rule } from "../operator.ts";
import { arePartners, holdsFor, locate } from "./columns.ts";

/** Two sources of a block become one. */
export const sourcesMerge: Rule<"Block"> = {
  name: "sources-merge",
  on: "Block",
  apply(block) {
    const routes = block.sources.filter((source) => source.kind === "Route");
    if (routes.length !== block.sources.length) return undefined;
    for (const [i, a] of routes.entries())
      for (const b of routes.slice(i + 1)) {
        const merged = mergeSources(a, b, block.facts);
        if (merged === undefined) continue;
        return { ...block, sources: block.sources.flatMap((s) => (s === a ? merged : s === b ? [] : s)) };
      }
    return undefined;
  },
};

function mergeSources(a: Route, b: Route, facts: readonly Fact[]): Route | undefined {
  const sources = [...a.sources, ...b.sources];
  const isInA = a.nullableIn.length <= b.nullableIn.length;
  const [outer, inner] = isInA ? [a, b] : [b, a];
  const merged: Route = { ...outer, keyspace: a.keyspace ?? b.keyspace, sources };
  if (a.keyspace !== undefined && b.keyspace !== undefined && a.keyspace.name !== b.keyspace.name) return undefined;
  const equal = facts.find((fact) => fact.kind === "EqualColumns" && joins(fact, a, b));
  if (equal?.kind === "EqualColumns") {
    const isDecomposable = a.isDecomposable && b.isDecomposable;
    if (equal.join === undefined)
      return isDecomposable ? { ...merged, routing: cheaper(a.routing, b.routing) } : undefined;
    // An outer join: the side that is kept decides where to look.
    const inside = b.nullableIn.includes(equal.join) ? b : a;
    const kept = inside === b ? a : b;
    const isBothInside = kept.nullableIn.includes(equal.join);
    const routing = isBothInside ? cheaper(a.routing, b.routing) : kept.routing;
    return isDecomposable ? { ...merged, routing, nullableIn: kept.nullableIn } : undefined;
  }
  if (isSameOneShard(a.routing, b.routing)) return { ...merged, isDecomposable: false };
  if (outer.routing.kind === "AnyShard") {
    // Its rows are on every shard: over several shards an outer join would keep each of them several times.
    const isKept = inner.nullableIn.some((join) => !outer.nullableIn.includes(join));
    const isDecomposable = outer.isDecomposable && inner.isDecomposable && !isKept;
    if (!isDecomposable && !isOneShard(inner.routing)) return undefined;
    return { ...merged, routing: inner.routing, isDecomposable };
  }
  if (inner.routing.kind === "AnyShard") {
    const isDecomposable = outer.isDecomposable && inner.isDecomposable;
    return isDecomposable || isOneShard(outer.routing) ? { ...merged, isDecomposable } : undefined;
  }
  return undefined;
}

function joins(fact: Extract<Fact, { kind: "EqualColumns" }>, a: Route, b: Route): boolean {
  const { left, right } = fact;
  const [x, y] = locate(a, left) !== undefined ? [left, right] : [right, left];
  if (!arePartners(a, x, b, y)) return false;
  return holdsFor(fact, locate(a, x)?.source) || holdsFor(fact, locate(b, y)?.source);
}

const cheaper = (a: Routing, b: Routing) => (routingCost(b) < routingCost(a) ? b : a);

/** Both lead to one shard, and surely to the same. */
export function isSameOneShard(a: Routing, b: Routing): boolean {
  if (a.kind === "Unsharded" || a.kind === "None") return a.kind === b.kind;
  if (a.kind === "Pinned") return b.kind === "Pinned" && a.id.equals(b.id);
  if (a.kind !== "Equal" || b.kind !== "Equal" || a.vindex !== b.vindex || !isOneShard(a)) return false;
  return (
    a.values.length === b.values.length &&
    a.values.every((value, i) => {
      const other = b.values[i];
      return other !== undefined && sameExpression(value, other);
    })
  );
}

/** A query within an expression joins the route of its block. */
export const nestedMerges: Rule<"Block"> = {
  name: "nested-merges",
  on: "Block",
  apply(block) {
    const [route, ...more] = block.sources;
    if (route?.kind !== "Route" || more.length > 0) {
      // A block without sources is as good as the query inside it.
      return block.sources.length === 0 ? withoutSources(block) : undefined;
    }
    for (const nested of block.nested) {
      const merged = mergeNested(route, nested);
      if (merged !== undefined)
        return { ...block, sources: [merged], nested: block.nested.filter((n) => n !== nested) };
    }
    return undefined;
  },
};

function withoutSources(block: Block): Block | undefined {
  const [first, ...rest] = block.nested;
  const query = first?.query;
  if (query?.kind !== "Route" || !isOneShard(query.routing)) return undefined;
  return { ...block, sources: [{ ...query, isWhole: false, isDecomposable: false, outputs: undefined }], nested: rest };
}

function mergeNested(route: Route, { query, memberOf }: Nested): Route | undefined {
  const inner = routeOf(query);
  if (inner === undefined) return undefined;
  if (route.keyspace !== undefined && inner.keyspace !== undefined && route.keyspace.name !== inner.keyspace.name)
    return undefined;
  const keyspace = route.keyspace ?? inner.keyspace;
  const isWhole = query.kind === "Route";
  const innerFacts = query.kind === "Route" || query.kind === "Block" ? query.facts : [];
  // It looks only at rows whose vindex column equals the outer row's: those lie on the outer row's shard.
  const isTied = innerFacts.some(
    (fact) =>
      fact.kind === "EqualColumns" &&
      fact.join === undefined &&
      (arePartners(inner, fact.left, route, fact.right) || arePartners(inner, fact.right, route, fact.left)),
  );
  if (isTied && inner.isDecomposable) return { ...route, keyspace };
  // column IN (its partners): equal values lie on the outer row's shard, if they are anywhere.
  const member = isWhole && inner.isDecomposable ? inner.outputs?.[0]?.column : undefined;
  if (memberOf !== undefined && member !== undefined && arePartners(inner, member, route, memberOf))
    return { ...route, keyspace };
  if (!isWhole) return undefined;
  if (isSameOneShard(route.routing, inner.routing)) return { ...route, isDecomposable: false };
  if (inner.routing.kind === "AnyShard" && (inner.isDecomposable || isOneShard(route.routing)))
    return { ...route, keyspace };
  if (route.routing.kind === "AnyShard" && isOneShard(inner.routing))
    return { ...route, keyspace, routing: inner.routing, isDecomposable: false };
  return undefined;
}

/** The route of a query, whole or not yet (its clauses may look at the outer row's rows together). */
function routeOf(query: Operator): Route | undefined {
  if (query.kind === "Route") return query;
  if (query.kind !== "Block" || query.nested.length > 0) return undefined;
  const [route, ...more] = query.sources;
  return more.length === 0 && route?.kind === "Route" ? route : undefined;
}
