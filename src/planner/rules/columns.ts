/** What rules ask of a route's columns: is it a vindex column, are two columns vindex partners. */
import type { ColumnVindex } from "../../vschema/vschema.ts";
import type { ColumnRef, Fact, Route, RoutedSource } from "../operator.ts";

export interface Located {
  readonly source: RoutedSource;
  readonly column: string;
}

/** The table's column behind a reference, through derived tables; undefined where it is no plain column of this route. */
export function locate(route: Route, { source: id, column }: ColumnRef): Located | undefined {
  const source = route.sources.find((s) => s.id === id);
  if (source === undefined) return undefined;
  if (source.table !== undefined) return { source, column };
  const inside = source.passesOn.get(column);
  return inside === undefined ? undefined : locate(route, inside);
}

/** The primary vindex of which the column is the only column. */
export function primaryVindexOf(located: Located | undefined): ColumnVindex | undefined {
  const table = located?.source.table;
  if (located === undefined || typeof table !== "object") return undefined;
  const [primary] = table.columnVindexes;
  if (primary === undefined || primary.columns.length !== 1 || primary.columns[0] !== located.column) return undefined;
  return primary.vindex.columnCount === 1 && primary.vindex.isUnique ? primary : undefined;
}

/** Rows with equal values in the column lie on one shard, NULL not excepted: an outer join makes NULLs on every shard. */
export function keepsTogether(route: Route, column: ColumnRef): boolean {
  const located = locate(route, column);
  if (primaryVindexOf(located) === undefined) return false;
  return located?.source.nullableIn.every((join) => route.nullableIn.includes(join)) === true;
}

/** Rows with equal values in these two columns lie on one shard. */
export function arePartners(a: Route, left: ColumnRef, b: Route, right: ColumnRef): boolean {
  const x = primaryVindexOf(locate(a, left));
  const y = primaryVindexOf(locate(b, right));
  return x !== undefined && y !== undefined && a.keyspace?.name === b.keyspace?.name && x.vindex === y.vindex;
}

/** Whether a fact of an outer join's ON may be used for a source: only on the join's inner side. */
export function holdsFor(fact: Fact, source: { readonly nullableIn: readonly number[] } | undefined): boolean {
  return fact.join === undefined || source?.nullableIn.includes(fact.join) === true;
}
