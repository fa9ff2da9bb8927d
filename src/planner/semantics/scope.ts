/**
 * Which source a column belongs to. The gateway often does not know all columns of a table, so an answer is given only
 * where no other reading of the statement could be valid: a column that one source surely has is that source's, for if
 * another had it too the server would call it ambiguous.
 */
import type { Column } from "../../sqlparser/ast/expression.ts";
import type { CommonTable } from "../../sqlparser/ast/query.ts";
import type { VTable } from "../../vschema/vschema.ts";
import type { ColumnRef, Operator } from "../operator.ts";

export interface ScopeSource {
  readonly id: number;
  readonly name: string;
  /** Outer joins on whose nullable side it stands. */
  readonly nullableIn: readonly number[];
  /** Whether it has the column; undefined where nobody knows. */
  readonly has: (column: string) => boolean | undefined;
}

export class Scope {
  readonly parent: Scope | undefined;
  readonly depth: number;
  readonly sources: ScopeSource[] = [];
  /** Whether all columns inside surely belong to tables inside. */
  isClosed = true;
  readonly #commonTables: ReadonlyMap<string, CommonTableUse>;

  constructor(parent: Scope | undefined, commonTables: ReadonlyMap<string, CommonTableUse> = new Map()) {
    this.parent = parent;
    this.depth = (parent?.depth ?? 0) + 1;
    this.#commonTables = commonTables;
  }

  commonTable(name: string): CommonTableUse | undefined {
    return this.#commonTables.get(name) ?? this.parent?.commonTable(name);
  }

  /** What a derived table in this scope's FROM sees: everything but the tables beside it. */
  outside(): Scope {
    return new Scope(this.parent, this.#commonTables);
  }

  /** Whether there are sources around this scope's. */
  get hasOutside(): boolean {
    return this.parent !== undefined && (this.parent.sources.length > 0 || this.parent.hasOutside);
  }

  /** The scope that has the column for certain; undefined: nobody knows. */
  ownerOf({ table, name }: Column): Scope | undefined {
    const column = name.toLowerCase();
    if (table !== undefined) {
      if (this.sources.some((source) => source.name === table)) return this;
    } else if (this.sources.some((source) => source.has(column) === true)) return this;
    else if (this.sources.some((source) => source.has(column) === undefined)) return this.hasOutside ? undefined : this;
    return this.parent?.ownerOf({ kind: "Column", schema: undefined, table, name });
  }

  /** Undefined: nobody can say for certain. */
  resolve({ table, name }: Column): ColumnRef | undefined {
    const column = name.toLowerCase();
    return table === undefined ? this.#bare(column) : this.#qualified(table, column);
  }

  #qualified(table: string, column: string): ColumnRef | undefined {
    const found = this.sources.filter((source) => source.name === table);
    if (found.length > 1) return undefined;
    if (found[0] !== undefined) return { source: found[0].id, column };
    return this.parent === undefined ? undefined : this.parent.#qualified(table, column);
  }

  #bare(column: string): ColumnRef | undefined {
    const known = this.sources.filter((source) => source.has(column) === true);
    if (known.length > 1) return undefined;
    if (known[0] !== undefined) return { source: known[0].id, column };
    const possible = this.sources.filter((source) => source.has(column) === undefined);
    if (possible.length === 0) return this.parent === undefined ? undefined : this.parent.#bare(column);
    // One source may have it, and outside there is no other: then it does, or the statement fails.
    if (possible.length === 1 && possible[0] !== undefined && !this.hasOutside)
      return { source: possible[0].id, column };
    return undefined;
  }
}

/** A table of WITH. */
export interface CommonTableUse {
  readonly table: CommonTable;
  /** While its own query is being read: a use then is the recursion. */
  readonly isOpen: () => boolean;
  readonly build: () => Operator;
}

/** What is known of a table's columns: all when they are authoritative, else those that vindexes name. */
export function tableHas(table: VTable): (column: string) => boolean | undefined {
  return (column) => {
    if (table.columns.some(({ name }) => name === column)) return true;
    if (table.isColumnListAuthoritative) return false;
    if (table.columnVindexes.some(({ columns }) => columns.includes(column))) return true;
    return undefined;
  };
}
