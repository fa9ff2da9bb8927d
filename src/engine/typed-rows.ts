/**
 * Gathered rows as a table whose columns have the very types of the originals, for types that no literal has: FLOAT, ENUM,
 * SET, BIT, YEAR … A recursion takes its columns' types from where it begins, and stores into them what comes after. It
 * begins with the original columns, without a value, and the rows follow in its only step.
 *
 * Some values are asked for otherwise than they are shown: the text of a FLOAT has fewer digits than the number, and that
 * of an ENUM may name two members.
 */
import { VtError } from "../base/errors.ts";
import type { Column } from "../sqltypes/result.ts";
import type { SqlType } from "../sqltypes/types.ts";

export type Flavour = "mysql" | "mariadb";

/** Types that a literal, or several, would not give to a column. */
const typed: ReadonlySet<SqlType> = new Set(["FLOAT32", "ENUM", "SET", "BIT", "YEAR", "GEOMETRY", "VECTOR"]);

export const needTypes = (columns: readonly Column[]) => columns.some(({ type }) => typed.has(type));

const exact: Readonly<Partial<Record<SqlType, "double" | "unsigned">>> = {
  FLOAT32: "double",
  ENUM: "unsigned",
  SET: "unsigned",
  BIT: "unsigned", // MariaDB shows MAX() of it in digits.
};

/** How the rows of a query are asked for so that nothing is lost; undefined where their texts tell all. */
export function exactQuery(sql: string, columns: readonly Column[]): string | undefined {
  if (!columns.some(({ type }) => exact[type] !== undefined)) return undefined;
  const names = columns.map(({ name }) => quoted(name));
  const twice = columns.find(({ name }, i) => columns.findIndex((c) => sameName(c.name, name)) < i);
  if (twice !== undefined)
    throw VtError.of("VT12001", `two columns ${twice.name} beside one of FLOAT, ENUM or SET over several shards`);
  const items = columns.map(({ type }, i) => {
    const to = exact[type];
    return to === undefined
      ? names[i]
      : `${to === "double" ? `${names[i]} + 0e0` : `cast(${names[i]} as unsigned)`} as ${names[i]}`;
  });
  return `select ${items.join(", ")} from (${sql}) as __asked`;
}

/**
 * `empty`: a query that answers columns of these types. `rows`: as literal-rows.ts makes them, in that order of columns.
 * The answer stands in parentheses of its own, or not at all.
 */
export function typedRows(
  flavour: Flavour,
  empty: string,
  columns: readonly Column[],
  rows: readonly string[],
): string {
  const cells = columns.map((_, i) => `c${i}`);
  const list = cells.join(", ");
  const values =
    flavour === "mysql" ? `values ${rows.join(", ")}` : `${agreement(columns)} union all ${rows.join(" union all ")}`;
  const shown = columns.map(({ name }, i) => `c${i} as ${quoted(name)}`).join(", ");
  return [
    `with recursive __e (${list}) as (${empty})`,
    `, __v (${list}) as (${values})`,
    `, __r (${list}, __step) as (select ${cells.map((c) => `__e.${c}`).join(", ")}, 0`,
    ` from (select 1 as one) as __o left join __e on true`,
    ` union all select ${cells.map((c) => `__v.${c}`).join(", ")}, 1 from __r join __v where __r.__step = 0)`,
    ` select ${shown} from __r where __step = 1`,
  ].join("");
}

/** MariaDB wants the texts of one column to have one collation, whichever: then they are stored under the column's own. */
function agreement(columns: readonly Column[]): string {
  const cells = columns.map(({ type }) => (texts.has(type) ? "_utf8mb4'' collate utf8mb4_bin" : "null"));
  return `select ${cells.join(", ")} from dual where false`;
}

const texts: ReadonlySet<SqlType> = new Set(["CHAR", "VARCHAR", "TEXT"]);

const quoted = (name: string) => `\`${name.replaceAll("`", "``")}\``;
const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
