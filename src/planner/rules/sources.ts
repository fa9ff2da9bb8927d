/** Rules by which the sources of a block become routes. */
import type { Routing } from "../../engine/routing.ts";
import type { VTable } from "../../vschema/vschema.ts";
import type { ColumnRef, Route, Rule } from "../operator.ts";

/** A table's shards follow from its kind: reference tables are everywhere, pinned ones in one place, others all over. */
export const sourceBecomesRoute: Rule<"Source"> = {
  name: "source-becomes-route",
  on: "Source",
  apply({ id, table, keyspace, name, nullableIn }) {
    const isTable = typeof table === "object";
    return {
      kind: "Route",
      keyspace,
      routing: isTable ? tableRouting(table) : { kind: "AnyShard" },
      sources: [{ id, name, table, passesOn: new Map(), nullableIn }],
      // Servers' own tables differ from server to server; a recursion is right only as a part of one server's work.
      isDecomposable: isTable,
      isWhole: false,
      nullableIn,
      outputs: undefined,
      facts: [],
    };
  },
};

function tableRouting({ isSharded, type, pinned }: VTable): Routing {
  if (!isSharded) return { kind: "Unsharded" };
  if (pinned !== undefined) return { kind: "Pinned", id: pinned };
  return { kind: type === "reference" ? "AnyShard" : "AllShards" };
}

/** A derived table is its query; its columns that are plain columns inside still tell where rows are. */
export const derivedBecomesItsQuery: Rule<"Derived"> = {
  name: "derived-becomes-its-query",
  on: "Derived",
  apply({ id, name, input, columns, nullableIn }) {
    if (input.kind !== "Route" || !input.isWhole) return undefined;
    const passesOn = new Map<string, ColumnRef>();
    for (const [i, output] of (input.outputs ?? []).entries())
      if (output.column !== undefined) passesOn.set((columns[i] ?? output.name).toLowerCase(), output.column);
    const inside = input.sources.map((source) => ({ ...source, nullableIn: [...nullableIn, ...source.nullableIn] }));
    const sources: Route["sources"] = [...inside, { id, name, table: undefined, passesOn, nullableIn }];
    return { ...input, sources, isWhole: false, nullableIn };
  },
};
