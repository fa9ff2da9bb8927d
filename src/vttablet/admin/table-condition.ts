/**
 * Which tables a request means, as a condition on `table_name`: names, or regular expressions between slashes
 * (`/^order_/`). No names mean all. The server matches the expressions: it bounds what they may cost.
 */
import { join, type Sql, sql, tuple, value } from "../../mysql/sql.ts";

export function tableCondition(wanted: readonly string[], excluded: readonly string[]): Sql {
  const is = wanted.length === 0 ? sql`1` : anyOf(wanted);
  return excluded.length === 0 ? is : sql`${is} and not ${anyOf(excluded)}`;
}

function anyOf(tables: readonly string[]): Sql {
  const patterns = tables.map(patternOf).filter((pattern) => pattern !== undefined);
  const names = tables.filter((table) => patternOf(table) === undefined);
  const terms = patterns.map((pattern) => sql`table_name regexp ${value(pattern)}`);
  if (names.length > 0) terms.push(sql`table_name in ${tuple(names)}`);
  return sql`(${join(terms, " or ")})`;
}

function patternOf(table: string): string | undefined {
  return table.length > 1 && table.startsWith("/") && table.endsWith("/") ? table.slice(1, -1) : undefined;
}
