/**
 * INSERT and REPLACE. A statement that its servers can do by themselves passes as it is: into an unsharded keyspace, onto
 * the shard of a pinned table, onto every shard's copy of a reference table. Else its rows are dealt out to their shards
 * (insert-rows.ts), or read first (insert-select.ts).
 */
import type { Insert } from "../../sqlparser/ast/dml.ts";
import type { Query } from "../../sqlparser/ast/query.ts";
import { childrenOf } from "../../sqlparser/walk.ts";
import type { VTable } from "../../vschema/vschema.ts";
import { isCopied, refuseChance } from "../build/change.ts";
import type { Builder } from "../build/builder.ts";
import type { Plan } from "../plan.ts";
import { planRows } from "./insert-rows.ts";
import { planInsertSelect } from "./insert-select.ts";
import { unsupported } from "../unsupported.ts";
import { lowerRoute, type Source } from "./route.ts";

/** `isLocal`: whether the one shard of this keyspace can answer the query. */
export interface InsertPorts {
  readonly isLocal: (query: Query, keyspace: string) => boolean;
  readonly planQuery: (query: Query) => Plan;
}

export function planInsert(statement: Insert, builder: Builder, source: Source, ports: InsertPorts): Plan {
  const table = writtenTable(statement, builder);
  const reads = queriesIn(statement);
  if (isCopied(table)) {
    refuseChance({ ...statement, query: undefined, rows: statement.rows ?? [] });
    refuseOwnIds(statement, table);
  }
  const isReading = table.isSharded ? reads.length > 0 : !reads.every((query) => ports.isLocal(query, table.keyspace));
  const passes = !table.isSharded || isCopied(table) || table.pinned !== undefined;
  if (passes && !isReading && table.autoIncrement === undefined) return asItIs(statement, table, builder, source);
  return statement.query === undefined
    ? planRows(statement, table, builder, source, ports.planQuery)
    : planInsertSelect(statement, statement.query, table, builder, source, ports.planQuery);
}

function asItIs(statement: Insert, table: VTable, builder: Builder, source: Source): Plan {
  const isCopy = isCopied(table);
  const { primitive, sessionBinds } = lowerRoute(statement, builder, source, {
    keyspace: table.keyspace,
    routing: isCopy
      ? { kind: "AllShards" }
      : table.pinned === undefined
        ? { kind: "Unsharded" }
        : { kind: "Pinned", id: table.pinned },
    effect: isCopy ? "write-copies" : "write",
    oneShardOnly: !isCopy,
  });
  return { root: primitive, sessionBinds, rules: new Set() };
}

/** Where the rows go: a reference table's source, where it has one. */
function writtenTable(statement: Insert, builder: Builder): VTable {
  const { table } = builder.find(statement.table);
  if (table.source === undefined) return table;
  const name = { ...statement.table, schema: table.source.keyspace, name: table.source.table };
  const found = builder.find(name);
  builder.tables.set(statement.table, found.table);
  return found.table;
}

function queriesIn(statement: Insert): readonly Query[] {
  if (statement.query !== undefined) return [statement.query];
  const found: Query[] = [];
  const visit = (node: Parameters<typeof childrenOf>[0]): void => {
    if (node.kind === "Subquery" || node.kind === "Exists" || node.kind === "Quantified") found.push(node.query);
    else for (const child of childrenOf(node)) visit(child);
  };
  visit(statement);
  return found;
}

/** Each server counts for itself: what one gives, another may not. */
function refuseOwnIds({ columns, rows }: Insert, table: VTable): void {
  if (table.autoIncrement !== undefined) return;
  const at = table.columns.filter(({ isInvisible }) => !isInvisible).findIndex((column) => column.isAutoIncrement);
  const own = table.columns.find((column) => column.isAutoIncrement);
  if (own === undefined) return;
  const place = columns === undefined ? at : columns.findIndex(({ name }) => name.toLowerCase() === own.name);
  const isGiven = (value: unknown) => {
    const { kind, text } = (value ?? { kind: "Null" }) as { readonly kind: string; readonly text?: string };
    return kind !== "Null" && kind !== "Default" && !(kind === "Literal" && text === "0");
  };
  if (place < 0 || rows?.every(({ values }) => isGiven(values[place])) === false)
    throw unsupported(`AUTO_INCREMENT of the reference table ${table.name}, which has no sequence`);
}
