/**
 * Columns of another keyspace, for a server that has no such table: it makes a table without rows of their types. What an
 * answer's columns do not tell (collations, the members of an ENUM) the servers that have them are asked.
 */
import { VtError } from "../base/errors.ts";
import type { Column } from "../sqltypes/result.ts";
import { isUnsigned, type SqlType } from "../sqltypes/types.ts";
import type { Flavour } from "./typed-rows.ts";

export interface ColumnFacts {
  readonly collation: string;
  /** "enum('a','b')" for those that have members. */
  readonly definition: string | undefined;
}

/** Answers one row: the collation of each column. */
export function collationsQuery(empty: string, count: number): string {
  const cells = Array.from({ length: count }, (_, i) => `c${i}`);
  const asked = cells.map((cell) => `collation(__e.${cell})`).join(", ");
  return `with __e (${cells.join(", ")}) as (${empty}) select ${asked} from (select 1 as one) as __o left join __e on true`;
}

/** Answers names of a table's columns and their definitions. */
export function definitionsQuery(table: string): string {
  const name = `'${table.replaceAll("'", "''")}'`;
  return `select column_name, column_type from information_schema.columns where table_schema = database() and table_name = ${name}`;
}

export const hasMembers = ({ type }: Column) => type === "ENUM" || type === "SET";

const unsignedFlag = 32;

/** `cellsMax`: bytes of the longest cell of each column. */
export function emptyTable(
  flavour: Flavour,
  columns: readonly Column[],
  facts: readonly ColumnFacts[],
  cellsMax: readonly number[],
): string {
  const longest = columns.map((column, i) =>
    Math.max(Math.ceil(column.columnLength / bytesPerCharacter), cellsMax[i] ?? 0),
  );
  const isInRow = (i: number) => columns[i]?.type === "CHAR" || columns[i]?.type === "VARCHAR";
  const isWide = longest.reduce((sum, size, i) => sum + (isInRow(i) ? size : 0), 0) > charactersMax;
  const defined = columns.map((column, i) => {
    const { collation, definition } = facts[i] ?? { collation: "binary", definition: undefined };
    const type = definition ?? typeText(flavour, column, isWide ? charactersMax : (longest[i] as number));
    const charset = collation.split("_")[0] ?? "";
    const of = isText(column) || hasMembers(column) ? ` character set ${charset} collate ${collation}` : "";
    return `c${i} ${type}${of} path '$.a'`;
  });
  const shown = columns.map(({ name }, i) => `c${i} as \`${name.replaceAll("`", "``")}\``);
  return `select ${shown.join(", ")} from json_table('[]', '$[*]' columns (${defined.join(", ")})) as __table`;
}

const bytesPerCharacter = 4;
/** Of all texts of a row, which takes 65,535 bytes. */
const charactersMax = 16_000;

const isText = ({ type }: Column) => type === "CHAR" || type === "VARCHAR" || type === "TEXT";

function typeText(flavour: Flavour, column: Column, characters: number): string {
  const { type, columnLength, decimals, flags } = column;
  const plain = plainTypes[type];
  if (plain !== undefined) return isUnsigned(type) ? `${plain} unsigned` : plain;
  switch (type) {
    case "CHAR":
      // MariaDB shows its INET6 and UUID so, which have an order of their own.
      if ((flags & unsignedFlag) !== 0) return refuse(column);
      return characters < 256 ? `char(${Math.max(characters, 1)})` : textType(characters);
    case "VARCHAR":
      return textType(characters);
    case "BINARY":
      return `binary(${Math.min(columnLength, 255)})`;
    case "VARBINARY":
      return columnLength < charactersMax ? `varbinary(${Math.max(columnLength, 1)})` : "longblob";
    case "DECIMAL": {
      const digits = columnLength - Number(decimals > 0) - Number((flags & unsignedFlag) === 0);
      return `decimal(${Math.max(1, Math.min(digits, 65))},${decimals})`;
    }
    case "FLOAT32":
    case "FLOAT64": {
      const name = type === "FLOAT32" ? "float" : "double";
      return decimals >= 31 ? name : `${name}(${columnLength},${decimals})`;
    }
    case "TIME":
    case "DATETIME":
    case "TIMESTAMP":
      return `${type}(${Math.min(decimals, 6)})`;
    case "BIT":
      return `bit(${columnLength})`;
    case "JSON":
      return "json";
    case "GEOMETRY":
      return flavour === "mysql" ? "geometry" : refuse(column);
    case "VECTOR":
      return flavour === "mysql" ? `vector(${columnLength / 4})` : refuse(column);
    default:
      return refuse(column);
  }
}

const textType = (characters: number) =>
  characters < charactersMax ? `varchar(${Math.max(characters, 1)})` : "longtext";

const plainTypes: Readonly<Partial<Record<SqlType, string>>> = {
  NULL_TYPE: "char(1)",
  INT8: "tinyint",
  UINT8: "tinyint",
  INT16: "smallint",
  UINT16: "smallint",
  INT24: "mediumint",
  UINT24: "mediumint",
  INT32: "int",
  UINT32: "int",
  INT64: "bigint",
  UINT64: "bigint",
  YEAR: "year",
  DATE: "date",
  TEXT: "longtext",
  BLOB: "longblob",
};

function refuse({ name, type }: Column): never {
  throw VtError.of("VT12001", `the column ${name} of type ${type} beside tables of another keyspace`);
}

/** ENUM and SET can be had on MySQL, for columns of tables. */
export function checkMembers(flavour: Flavour, column: Column, definition: string | undefined): void {
  if (hasMembers(column) && (flavour !== "mysql" || definition === undefined)) refuse(column);
}
