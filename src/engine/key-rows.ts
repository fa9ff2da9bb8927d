/**
 * Keys of rows, gathered from text rows: each row once, in the order in which they came, with the values that belong to
 * it. Values become literals that a server compares with the column as the column compares: what cannot be said so exactly
 * (floating point, bits) is refused.
 */
import { VtError } from "../base/errors.ts";
import { literalText } from "../sqltypes/literal.ts";
import type { Column, RowBatch } from "../sqltypes/result.ts";
import { textCells } from "../sqltypes/text-row.ts";
import type { SqlType } from "../sqltypes/types.ts";
import type { Value } from "../sqltypes/value.ts";
import { literalRows, storable } from "./literal-rows.ts";

export interface KeyRow {
  /** Literals of the keys. */
  readonly keys: readonly string[];
  /** Literals of the values, in the order in which they were asked for. */
  readonly values: readonly string[];
  /** What the vindex is asked with. */
  readonly placing: readonly Value[];
}

export interface KeyColumns {
  readonly keys: readonly number[];
  readonly values: readonly number[];
  readonly placing: readonly number[];
}

export class KeyRows {
  readonly #found = new Map<string, KeyRow>();
  readonly #columns: KeyColumns;

  constructor(columns: KeyColumns) {
    this.#columns = columns;
  }

  get rows(): readonly KeyRow[] {
    return [...this.#found.values()];
  }

  add(batch: RowBatch): void {
    const { keys, values, placing } = this.#columns;
    const { columns } = batch;
    const literals = values.map((column) => {
      const out: string[] = [];
      literalRows(storable(batch), [column], { open: "", close: "" }, out);
      return out;
    });
    for (const [i, cells] of textCells(batch).entries()) {
      const own = keys.map((column) => cells[column] ?? null);
      if (!own.every((cell) => cell !== null)) continue; // An outer join found no row.
      const texts = own.map((cell, k) => keyLiteral(columns[keys[k] as number] as Column, cell));
      const name = texts.join(", ");
      if (this.#found.has(name)) continue;
      this.#found.set(name, {
        keys: texts,
        values: literals.map((out) => out[i] as string),
        placing: placing.map((column) => ({
          type: columns[column]?.type ?? "NULL_TYPE",
          bytes: cells[column] === null ? undefined : Buffer.from(cells[column] as Buffer),
        })),
      });
    }
  }
}

const digits: ReadonlySet<SqlType> = new Set([
  "INT8",
  "UINT8",
  "INT16",
  "UINT16",
  "INT24",
  "UINT24",
  "INT32",
  "UINT32",
  "INT64",
  "UINT64",
  "YEAR",
  "DECIMAL",
]);
/** As texts, times are compared as times with columns of their type. */
const texts: ReadonlySet<SqlType> = new Set([
  "CHAR",
  "VARCHAR",
  "TEXT",
  "ENUM",
  "SET",
  "DATE",
  "TIME",
  "DATETIME",
  "TIMESTAMP",
]);
const bytes: ReadonlySet<SqlType> = new Set(["BINARY", "VARBINARY", "BLOB"]);

function keyLiteral({ type, name }: Column, cell: Buffer): string {
  if (digits.has(type)) return cell.toString("latin1");
  if (texts.has(type)) return literalText({ type: "VARCHAR", bytes: Buffer.from(cell) });
  if (bytes.has(type)) return `x'${cell.toString("hex")}'`;
  throw VtError.of("VT12001", `a key of type ${type} (${name}) in a change over several shards`);
}

/** column = literal for each key, for any of the rows. */
export function keyCondition(columns: readonly string[], rows: readonly KeyRow[]): string {
  const [only, ...more] = columns;
  if (rows.length === 0 || only === undefined) return "1 = 0";
  if (more.length === 0) return `${only} in (${rows.map(({ keys }) => keys[0]).join(", ")})`;
  return `(${rows.map(({ keys }) => keys.map((key, k) => `${columns[k]} = ${key}`).join(" and ")).join(" or ")})`;
}

/** What each of the rows gets: the same for all, or told apart by their keys. */
export function valueFor(at: number, columns: readonly string[], rows: readonly KeyRow[]): string {
  const found = new Map<string, KeyRow[]>();
  for (const row of rows) {
    const value = row.values[at] ?? "null";
    const others = found.get(value);
    if (others === undefined) found.set(value, [row]);
    else others.push(row);
  }
  const [first = "null", ...more] = found.keys();
  if (more.length === 0) return first;
  const whens = [...found].map(([value, its]) => `when ${keyCondition(columns, its)} then ${value}`);
  return `case ${whens.join(" ")} end`;
}
