/** INSERT … SELECT over shards: the rows are read by a plan of their own, then dealt out to where they live. */
import { VtError } from "../../base/errors.ts";
import type { InsertSelectKey } from "../../engine/primitive.ts";
import type { Insert } from "../../sqlparser/ast/dml.ts";
import type { Query } from "../../sqlparser/ast/query.ts";
import { walk } from "../../sqlparser/walk.ts";
import type { VTable } from "../../vschema/vschema.ts";
import type { Builder } from "../build/builder.ts";
import type { Plan } from "../plan.ts";
import { unsupported } from "../unsupported.ts";
import { around, checkAssignments, checkReplace, columnsOf, placeOf, sequenceOf } from "./insert-parts.ts";
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
  // Where no column decides anything, nobody need know them.
  const isBlind = statement.columns === undefined && !table.isSharded && table.autoIncrement === undefined;
  const columns = isBlind ? [] : columnsOf(statement, table);
  checkAssignments(statement, table, columns);
  checkReplace(statement, table);
  refuseColumns(statement);
  const auto = table.autoIncrement?.column;
  for (const column of table.columnVindexes[0]?.columns ?? [])
    if (!columns.includes(column) && column !== auto) throw VtError.of("VT09003", column);
  const isThere = (column: string) => columns.includes(column) || column === auto;
  const used = table.columnVindexes.filter((vindex) => vindex.columns.every(isThere));
  const { root: input, sessionBinds, rules } = planQuery(query);
  const rowless: Insert = { ...statement, query: undefined, rows: [] };
  const lowered = lowerNames(auto === undefined ? rowless : { ...rowless, columns: autoLast(columns, auto) }, builder);
  const { head, tail } = around(lowered.statement, source);
  const keyOf = (column: string): InsertSelectKey => (column === auto ? "generated" : columns.indexOf(column));
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
        place: placeOf(table),
        vindexes: used.map(({ vindex }) => vindex),
        sequence: sequenceOf(table, builder),
        asked: undefined,
      },
      width: isBlind ? undefined : columns.length,
      keys: used.map((vindex) => vindex.columns.map(keyOf)),
      givenIds: auto === undefined || !columns.includes(auto) ? undefined : columns.indexOf(auto),
    },
    sessionBinds: [...sessionBinds, ...lowered.sessionBinds],
    rules,
  };
}

/** The sequence's column, given or not, is the last one of each row. */
function autoLast(columns: readonly string[], auto: string): NonNullable<Insert["columns"]> {
  return [...columns.filter((name) => name !== auto), auto].map((name) => ({
    kind: "Column",
    schema: undefined,
    table: undefined,
    name,
  }));
}

/** There a column may be the query's, and the query is gone by then. */
function refuseColumns({ onDuplicate }: Insert): void {
  for (const { value } of onDuplicate)
    walk(value, (node) => {
      if (node.kind === "Column") throw unsupported("a column in ON DUPLICATE KEY UPDATE of INSERT … SELECT");
      if (node.kind === "Subquery") throw unsupported("a query in ON DUPLICATE KEY UPDATE of INSERT … SELECT");
      return node.kind !== "ValuesOf";
    });
}
