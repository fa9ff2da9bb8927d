/**
 * A table as plain data: what a CREATE TABLE says, in the order it says it. Types are canonical: lower case, as
 * information_schema prints them, without the display widths that MySQL 8.0.19 dropped and MariaDB still prints.
 */

export interface TableModel {
  readonly name: string;
  readonly columns: readonly ColumnModel[];
  /** Column names in key order; empty where there is no primary key. */
  readonly primaryKey: readonly string[];
}

export interface ColumnModel {
  readonly name: string;
  /** "bigint unsigned", "varbinary(255)", "longtext". */
  readonly type: string;
  readonly isNullable: boolean;
  /** Undefined: the table's. Only text types have one. */
  readonly collation?: string;
}

const integerWidth = /\b(tinyint|smallint|mediumint|int|bigint|year)\(\d+\)/;

/** The canonical form of a column type as either flavour prints it. */
export function canonicalType(type: string): string {
  return type.toLowerCase().replace(integerWidth, "$1");
}

/** utf8mb3 has been called utf8 for long; both flavours still print either. */
export function canonicalCollation(collation: string): string {
  return collation.toLowerCase().replace(/^utf8_/, "utf8mb3_");
}
