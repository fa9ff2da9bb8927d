/** What a tablet knows of its database's tables, views and loadable functions, as plain data, and how two looks differ. */
import type { UdfDefinition } from "../../rpc/query-service.ts";
import type { TableModel } from "../../schema/table.ts";

/** A sequence or message table is an ordinary one with the comment that says so. */
export type TableKind = "normal" | "sequence" | "message" | "view";

export interface TableShape extends TableModel {
  readonly kind: TableKind;
  /** CREATE TABLE or CREATE VIEW, without the counter of AUTO_INCREMENT. */
  readonly create: string;
  /** Of a view: its SELECT; empty for tables. */
  readonly viewQuery: string;
  /** Columns of each unique key but the primary one, in key order; keys over expressions are left out. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Unix seconds; 0 where the server does not say. */
  readonly createdSeconds: number;
  /** Equal signatures mean an equal definition, once the table is settled. */
  readonly signature: string;
  /** Its last change was long enough before the look that the seconds of its creation time tell changes apart. */
  readonly isSettled: boolean;
}

export interface SchemaSnapshot {
  readonly tables: ReadonlyMap<string, TableShape>;
  readonly udfs: readonly UdfDefinition[];
}

export interface SchemaChange {
  readonly tables: readonly string[];
  readonly views: readonly string[];
  readonly udfs: boolean;
}

export const emptySnapshot: SchemaSnapshot = { tables: new Map(), udfs: [] };

/** Names that were made, changed or dropped. A table that became a view counts as both. */
export function schemaChange(from: SchemaSnapshot, to: SchemaSnapshot): SchemaChange {
  const tables = new Set<string>();
  const views = new Set<string>();
  const count = ({ name, kind }: TableShape) => (kind === "view" ? views : tables).add(name);
  for (const [name, table] of to.tables) {
    const old = from.tables.get(name);
    if (old === undefined || old.create !== table.create || old.kind !== table.kind) count(table);
  }
  for (const [name, old] of from.tables) if (to.tables.get(name)?.kind !== old.kind) count(old);
  return { tables: [...tables], views: [...views], udfs: JSON.stringify(from.udfs) !== JSON.stringify(to.udfs) };
}

export function isEmptyChange({ tables, views, udfs }: SchemaChange): boolean {
  return tables.length === 0 && views.length === 0 && !udfs;
}

export function kindOfTable(type: string, comment: string): TableKind {
  if (type === "VIEW") return "view";
  if (comment === "vitess_sequence") return "sequence";
  return comment.startsWith("vitess_message") ? "message" : "normal";
}
