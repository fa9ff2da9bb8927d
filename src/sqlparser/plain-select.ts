/** A SELECT that is made and not parsed: items and tables alone. */
import type { Select } from "./ast/query.ts";

export function plainSelect(items: Select["items"], from: Select["from"]): Select {
  return {
    kind: "Select",
    with: undefined,
    orderBy: [],
    limit: undefined,
    into: undefined,
    locks: [],
    comments: [],
    distinct: false,
    modifiers: [],
    items,
    from,
    where: undefined,
    groupBy: undefined,
    having: undefined,
    windows: [],
    qualify: undefined,
    procedure: undefined,
  };
}
