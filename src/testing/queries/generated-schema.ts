/**
 * Tables at random, how they are sharded, and their rows. Values come from small sets, so that joins meet and groups have
 * several rows. Text is ASCII: two texts that a collation calls equal differ in case at most.
 */
import { type Random, pick } from "../../base/random.ts";

export type ColumnType = "int" | "dec" | "dbl" | "str" | "date" | "time";

export interface GeneratedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly definition: string;
}

export interface GeneratedTable {
  readonly name: string;
  readonly columns: readonly GeneratedColumn[];
  /** It is of a keyspace of its own, which is not sharded. */
  readonly isApart: boolean;
  /** The column that places its rows; undefined: a reference table, or one of no shards. */
  readonly vindexColumn: string | undefined;
  readonly vindex: string;
  readonly isListed: boolean;
}

const possible: readonly GeneratedColumn[] = [
  { name: "a", type: "int", definition: "int" },
  { name: "b", type: "int", definition: "bigint" },
  { name: "u", type: "int", definition: "int unsigned" },
  { name: "m", type: "dec", definition: "decimal(8,2)" },
  { name: "w", type: "dec", definition: "decimal(12,4)" },
  { name: "r", type: "dbl", definition: "double" },
  { name: "n", type: "str", definition: "varchar(20) collate utf8mb4_bin" },
  { name: "s", type: "str", definition: "varchar(20)" },
  { name: "x", type: "str", definition: "varbinary(10)" },
  { name: "d", type: "date", definition: "date" },
  { name: "t", type: "time", definition: "datetime" },
  { name: "e", type: "str", definition: "enum('b','','a','ab','5')" },
  { name: "f", type: "dbl", definition: "float" },
  { name: "y", type: "int", definition: "year" },
  { name: "z", type: "str", definition: "set('c','a')" },
];

export function generateTables(random: Random, prefix: string): readonly GeneratedTable[] {
  return Array.from({ length: 5 }, (_, i): GeneratedTable => {
    const isReference = i === 3;
    const isApart = i === 4;
    const extra = possible.filter(() => random.below(3) > 0);
    const key: GeneratedColumn[] = [
      { name: "id", type: "int", definition: "bigint primary key" },
      { name: "k", type: "int", definition: "int not null" },
    ];
    return {
      name: `${prefix}${isReference ? "ref" : isApart ? "far" : `t${i}`}`,
      isApart,
      columns: [...key, ...extra],
      vindexColumn: isReference || isApart ? undefined : pick(random, ["id", "k"]),
      vindex: pick(random, ["hash", "hash", "xx"]),
      isListed: random.below(2) === 0,
    };
  });
}

/** The tables' entries in a VSchema with the vindexes hash and xx. */
export function vschemaTables(tables: readonly GeneratedTable[]): Record<string, object> {
  return Object.fromEntries(
    tables.map(({ name, columns, isApart, vindexColumn, vindex, isListed }) => [
      name,
      {
        ...(vindexColumn !== undefined && { column_vindexes: [{ column: vindexColumn, name: vindex }] }),
        ...(vindexColumn === undefined && !isApart && { type: "reference" }),
        ...(isListed && {
          columns: columns.map((column) => ({ name: column.name })),
          column_list_authoritative: true,
        }),
      },
    ]),
  );
}

export function creationOf({ name, columns }: GeneratedTable): string {
  return `create table ${name} (${columns.map((column) => `${column.name} ${column.definition}`).join(", ")})`;
}

/** Rows in parentheses. */
export function rowsOf(random: Random, { columns }: GeneratedTable): readonly string[] {
  return Array.from({ length: 8 + random.below(30) }, (_, i) => {
    const cells = columns.map((column) => {
      if (column.name === "id") return String(i + 1);
      return column.name !== "k" && random.below(6) === 0 ? "null" : valueOf(random, column);
    });
    return `(${cells.join(", ")})`;
  });
}

export function insertionOf({ name, columns }: GeneratedTable, rows: readonly string[]): string {
  return `insert into ${name} (${columns.map((column) => column.name).join(", ")}) values ${rows.join(", ")}`;
}

function valueOf(random: Random, { name, type }: GeneratedColumn): string {
  if (name === "u" || name === "k") return String(random.below(9));
  if (name === "y") return String(2000 + random.below(5));
  if (name === "e") return String(1 + random.below(5));
  if (name === "z") return String(random.below(4));
  if (name === "x") return `x'${pick(random, ["00", "ff", "61", "6162", "41"])}'`;
  return literalOf(random, type);
}

/** A literal of a type, of those that rows may hold. */
export function literalOf(random: Random, type: ColumnType): string {
  switch (type) {
    case "int":
      return String(random.below(12) - 3);
    case "dec":
      return `${random.below(9) - 4}.${pick(random, ["00", "25", "50", "75", "10"])}`;
    case "dbl":
      return `${random.below(16) / 4}e0`;
    case "str":
      return pick(random, ["''", "'a'", "'A'", "'ab'", "'b'", "'B'", "'abc'", "'5'", "'c'"]);
    case "date":
      return `date'2020-0${1 + random.below(3)}-1${random.below(4)}'`;
    case "time":
      return `timestamp'2020-01-0${1 + random.below(4)} 0${random.below(3)}:30:00'`;
  }
}
