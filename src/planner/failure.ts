/** Why an operator tree did not become one route: the construct that stands in the way, as VT12001 names it. */
import type { VtError } from "../base/errors.ts";
import { type Block, type Operator, type Route } from "./operator.ts";
import { spanningClause } from "./rules/whole.ts";
import { unsupported } from "./unsupported.ts";

export function failure(root: Operator): VtError {
  return unsupported(reason(root) ?? "this statement over several shards");
}

function reason(node: Operator): string | undefined {
  switch (node.kind) {
    case "Route":
    case "Source":
      return undefined;
    case "Derived":
    case "Whole":
      return reason(node.input) ?? (node.kind === "Whole" ? "clauses around a query over several shards" : undefined);
    case "Union":
      return reason(node.left) ?? reason(node.right) ?? `${node.statement.operator} over several shards`;
    case "Block":
      return blockReason(node);
    default:
      return undefined;
  }
}

function blockReason(block: Block): string | undefined {
  for (const source of block.sources) {
    const inside = reason(source);
    if (inside !== undefined) return inside;
  }
  const routes = block.sources.filter((source) => source.kind === "Route");
  const keyspaces = [...new Set(routes.flatMap(({ keyspace }) => keyspace?.name ?? []))];
  if (keyspaces.length > 1) return `tables of several keyspaces in one statement (${keyspaces.join(", ")})`;
  if (routes.length > 1) return `join over several shards (${routes.map(names).join(" with ")})`;
  const [nested] = block.nested;
  if (nested !== undefined) return reason(nested.query) ?? "subquery over several shards";
  const [route] = routes;
  const clause = route === undefined ? undefined : spanningClause(route, block.keptTogether);
  return clause === undefined ? undefined : `${clause} over several shards`;
}

const names = ({ sources }: Route) => sources.map(({ name }) => name).join(", ");
