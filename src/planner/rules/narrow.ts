/** Rules by which conditions on vindex columns narrow a route. */
import { type Routing, routingCost } from "../../engine/routing.ts";
import type { ValueExpression } from "../../evalengine/value-expression.ts";
import type { Block, ColumnRef, Fact, Route, RoutedSource, Rule } from "../operator.ts";
import { holdsFor, locate } from "./columns.ts";

/** vindex column = value, or IN a list: the cheapest such condition decides. */
export const conditionsNarrowRoute: Rule<"Block"> = {
  name: "conditions-narrow-route",
  on: "Block",
  apply(block) {
    for (const [i, source] of block.sources.entries()) {
      if (source.kind !== "Route" || source.isWhole) continue;
      const routing = narrowest(source, block);
      if (routing === undefined) continue;
      return { ...block, sources: block.sources.with(i, { ...source, routing }) };
    }
    return undefined;
  },
};

function narrowest(route: Route, { facts }: Block): Routing | undefined {
  if (route.routing.kind !== "AllShards" && route.routing.kind !== "In" && route.routing.kind !== "Equal")
    return undefined;
  if (!route.isDecomposable) return undefined;
  let best: Routing = route.routing;
  for (const source of route.sources) {
    if (typeof source.table !== "object") continue;
    // A condition in an outer join's ON narrows that join's inner side, and only while it stands alone.
    const usable = facts.filter((fact) => fact.join === undefined || (isAlone(route) && holdsFor(fact, source)));
    for (const routing of routingsOf(route, source, usable))
      if (routingCost(routing) < routingCost(best)) best = routing;
  }
  return best === route.routing ? undefined : best;
}

const isAlone = (route: Route) => route.sources.filter(({ table }) => table !== undefined).length === 1;

function* routingsOf(route: Route, source: RoutedSource, facts: readonly Fact[]): Iterable<Routing> {
  if (typeof source.table !== "object") return;
  const isIt = (ref: ColumnRef, column: string) => {
    const located = locate(route, ref);
    return located?.source === source && located.column === column;
  };
  for (const { columns, vindex } of source.table.columnVindexes) {
    const values: ValueExpression[] = [];
    for (const column of columns) {
      const fact = facts.find((f) => f.kind === "EqualValue" && isIt(f.column, column));
      if (fact?.kind !== "EqualValue") break;
      values.push(fact.value);
    }
    if (values.length === columns.length || (values.length > 0 && vindex.takesPrefix))
      yield { kind: "Equal", vindex, values };
    if (columns.length !== 1 || vindex.columnCount !== 1) continue;
    const list = facts.find((f) => f.kind === "InList" && isIt(f.column, columns[0] ?? ""));
    if (list?.kind === "InList") yield { kind: "In", vindex, list: list.list };
  }
}
