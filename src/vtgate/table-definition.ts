/**
 * The columns and keys of a table or view, from the CREATE statement that a server shows for it. A type that the server's
 * words do not give away (the columns of a view) is NULL_TYPE, a collation that they do not name is "".
 */
import { compileValue } from "../evalengine/compile.ts";
import type { Query, SelectItem } from "../sqlparser/ast/query.ts";
import type { CreateView } from "../sqlparser/ast/schema.ts";
import type { ColumnDefinition, CreateTable, DataType, IndexDefinition, Option } from "../sqlparser/ast/table.ts";
import type { Environment } from "../sqlparser/environment.ts";
import { parse } from "../sqlparser/parse.ts";
import { print } from "../sqlparser/printer.ts";
import { isIntegral, type SqlType } from "../sqltypes/types.ts";
import { nullValue } from "../sqltypes/value.ts";
import type { FoundTable } from "../vschema/complete-vschema.ts";
import type { UniqueKey, VColumn, VKeys } from "../vschema/vschema.ts";

/** Undefined where the statement hides its columns; throws what the parser throws. */
export function readDefinition(create: string, environment: Environment): FoundTable | undefined {
  const statement = parse(create, environment);
  if (statement.kind === "CreateTable") {
    const columns = columnsOfTable(statement);
    return columns === undefined ? undefined : { columns, keys: keysOf(statement), view: undefined };
  }
  if (statement.kind !== "CreateView") return undefined;
  const view = print(statement.columns.length > 0 ? named(statement) : statement.query, environment);
  const isView = (names: readonly string[]) => ({ columns: names.map(columnOfView), keys: undefined, view });
  if (statement.columns.length > 0) return isView(statement.columns);
  if (statement.query.kind !== "Select") return undefined;
  const names = statement.query.items.map((item) => (item.kind === "SelectItem" ? nameOf(item) : undefined));
  return names.every((name) => name !== undefined) ? isView(names) : undefined;
}

/** The query with the names that the view gives to its columns. */
function named({ columns, query }: CreateView): Query {
  if (query.kind !== "Select" || query.items.length !== columns.length) return query;
  const items = query.items.map((item, i) => (item.kind === "SelectItem" ? { ...item, alias: columns[i] } : item));
  return { ...query, items };
}

function nameOf({ alias, expression }: SelectItem): string | undefined {
  return alias ?? (expression.kind === "Column" ? expression.name : undefined);
}

const columnOfView = (name: string): VColumn => ({
  name: name.toLowerCase(),
  type: "NULL_TYPE",
  isInvisible: false,
  collation: "",
  isNullable: true,
  isGenerated: false,
  isAutoIncrement: false,
  default: "unknown",
});

function columnsOfTable({ elements, options, like, query }: CreateTable): readonly VColumn[] | undefined {
  if (like !== undefined || query !== undefined) return undefined;
  const collation = wordOf(options, "COLLATE");
  return elements.flatMap((element) => {
    if (element.kind !== "ColumnDefinition") return [];
    const { name, type, visibility, nullable, generated, rowTime, autoIncrement } = element;
    const own = type.collation ?? (type.charset === undefined ? collation : "");
    const sqlType = typeOf(type);
    const isText = textTypes.has(sqlType);
    return {
      name: name.toLowerCase(),
      type: sqlType,
      isInvisible: visibility === "INVISIBLE",
      collation: isText ? own : "",
      isNullable: nullable !== false,
      isGenerated: generated !== undefined || rowTime !== undefined,
      isAutoIncrement: autoIncrement,
      default: defaultOf(element, sqlType),
    };
  });
}

function defaultOf(column: ColumnDefinition, type: SqlType): VColumn["default"] {
  const { default: written, nullable, generated, autoIncrement } = column;
  if (generated !== undefined || autoIncrement) return "expression";
  if (written === undefined) return nullable === false ? "none" : nullValue;
  const compiled = compileValue(written);
  if (compiled?.kind !== "Constant") return "expression";
  const { value } = compiled; // MySQL writes '5' for an integer's 5.
  return isIntegral(type) && value.bytes !== undefined && /^-?\d+$/.test(value.bytes.toString("latin1"))
    ? { type, bytes: value.bytes }
    : value;
}

function keysOf({ elements }: CreateTable): VKeys {
  const indexes = elements.filter((element) => element.kind === "IndexDefinition");
  const primary = indexes.find(({ type }) => type === "PRIMARY KEY");
  return {
    primary: primary === undefined ? [] : keyOf(primary).columns,
    unique: indexes.filter(({ type }) => type === "UNIQUE").map(keyOf),
  };
}

function keyOf({ name, parts }: IndexDefinition): UniqueKey {
  return {
    name: name ?? "PRIMARY",
    columns: parts.flatMap(({ column }) => (column === undefined ? [] : column.toLowerCase())),
    isWhole: parts.every(({ column, length }) => column !== undefined && length === undefined),
  };
}

function wordOf(options: readonly Option[], name: string): string {
  const value = options.find((option) => option.name === name)?.value;
  if (value?.kind === "Column") return value.name.toLowerCase();
  return value?.kind === "Literal" ? value.text.toLowerCase() : "";
}

const textTypes: ReadonlySet<SqlType> = new Set(["TEXT", "VARCHAR", "CHAR", "ENUM", "SET"]);

function typeOf({ name, unsigned }: DataType): SqlType {
  const integer = integers[name];
  if (integer !== undefined) return integer[unsigned ? 1 : 0];
  return types[name] ?? "NULL_TYPE";
}

const integers: Readonly<Record<string, readonly [SqlType, SqlType]>> = {
  TINYINT: ["INT8", "UINT8"],
  SMALLINT: ["INT16", "UINT16"],
  MEDIUMINT: ["INT24", "UINT24"],
  INT: ["INT32", "UINT32"],
  BIGINT: ["INT64", "UINT64"],
};

const types: Readonly<Record<string, SqlType>> = {
  FLOAT: "FLOAT32",
  DOUBLE: "FLOAT64",
  DECIMAL: "DECIMAL",
  BIT: "BIT",
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "DATETIME",
  TIMESTAMP: "TIMESTAMP",
  YEAR: "YEAR",
  CHAR: "CHAR",
  VARCHAR: "VARCHAR",
  BINARY: "BINARY",
  VARBINARY: "VARBINARY",
  TINYTEXT: "TEXT",
  TEXT: "TEXT",
  MEDIUMTEXT: "TEXT",
  LONGTEXT: "TEXT",
  TINYBLOB: "BLOB",
  BLOB: "BLOB",
  MEDIUMBLOB: "BLOB",
  LONGBLOB: "BLOB",
  ENUM: "ENUM",
  SET: "SET",
  JSON: "JSON",
  GEOMETRY: "GEOMETRY",
  POINT: "GEOMETRY",
  LINESTRING: "GEOMETRY",
  POLYGON: "GEOMETRY",
  MULTIPOINT: "GEOMETRY",
  MULTILINESTRING: "GEOMETRY",
  MULTIPOLYGON: "GEOMETRY",
  GEOMETRYCOLLECTION: "GEOMETRY",
  VECTOR: "VECTOR",
};
