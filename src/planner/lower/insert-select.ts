/** INSERT … SELECT into a sharded table: the rows are read by a plan of their own, then dealt out to their shards. */
import { VtError } from "../../base/errors.ts";
import type { Insert } from "../../sqlparser/ast/dml.ts";
import type { Query } from "../../sqlparser/ast/query.ts";
import { walk } from "../../sqlparser/walk.ts";
import type { VTable } from "../../vschema/vschema.ts";
import type { Builder } from "../build/builder.ts";
import type { Plan } from "../plan.ts";
import { unsupported } from "../unsupported.ts";
import { around, checkAssignments, columnsOf } from "./insert-parts.ts";
import { lowerNames } from "./names.ts";
import type { Source } from "./route.ts";

export function planInsertSelect(
  statement: Insert,
  query: Query,
  table: VTable,
  builder: Builder,
  source: Source,
  planQuery: (query: Query) => Plan,
): Plan {
  if (table.autoIncrement !== undefined) throw unsupported("INSERT … SELECT into a table with a sequence");
  const columns = columnsOf(statement, table);
  checkAssignments(statement, table);
  refuseColumns(statement);
  for (const column of table.columnVindexes[0]?.columns ?? [])
    if (!columns.includes(column)) throw VtError.of("VT09003", column);
  const used = table.columnVindexes.filter((vindex) => vindex.columns.every((column) => columns.includes(column)));
  const { root: input, sessionBinds, rules } = planQuery(query);
  const lowered = lowerNames({ ...statement, query: undefined, rows: [] } as Insert, builder);
  const { head, tail } = around(lowered.statement, source);
  return {
    root: {
      kind: "InsertSelect",
      input,
      insert: {
        kind: "Insert",
        keyspace: table.keyspace,
        head,
        rows: [],
        tail,
        vindexes: used.map(({ vindex }) => vindex),
        sequence: undefined,
      },
      width: columns.length,
      keys: used.map((vindex) => vindex.columns.map((column) => columns.indexOf(column))),
    },
    sessionBinds: [...sessionBinds, ...lowered.sessionBinds],
    rules,
  };
}

/** There a column may be the query's, and the query is gone by then. */
function refuseColumns({ onDuplicate }: Insert): void {
  for (const { value } of onDuplicate)
    walk(value, (node) => {
      if (node.kind === "Column") throw unsupported("a column in ON DUPLICATE KEY UPDATE of INSERT … SELECT");
      return node.kind !== "ValuesOf";
    });
}
