/**
 * Gathered rows as SQL literals: each cell becomes a literal of the very type of its column, so that a column made of an
 * empty one and these literals is the same column. Other types need more than literals (typed-rows.ts).
 */
import { VtError } from "../base/errors.ts";
import { literalText } from "../sqltypes/literal.ts";
import type { Column, RowBatch } from "../sqltypes/result.ts";
import { findTextCells, nullSize } from "../sqltypes/text-row.ts";
import { isIntegral, isUnsigned } from "../sqltypes/types.ts";

type Print = (cell: Buffer) => string;

/** Appends `open cells close` for each row of the batch; `columns` are the numbers of those that count. */
export function literalRows(
  batch: RowBatch,
  columns: readonly number[],
  brackets: { readonly open: string; readonly close: string },
  out: string[],
): void {
  const { bytes, offsets } = batch;
  const printers = columns.map((i) => printerOf(batch.columns[i] as Column));
  const cells = new Int32Array(2 * batch.columns.length);
  for (let row = 0; row < batch.count; row++) {
    findTextCells(bytes, offsets[row] as number, offsets[row + 1] as number, batch.columns.length, cells);
    let text = brackets.open;
    for (const [at, i] of columns.entries()) {
      const begin = cells[2 * i] as number;
      const size = cells[2 * i + 1] as number;
      if (at > 0) text += ", ";
      text += size === nullSize ? "null" : (printers[at] as Print)(bytes.subarray(begin, begin + size));
    }
    out.push(columns.length === 0 ? `${text}1${brackets.close}` : text + brackets.close);
  }
}

/** The rows as they are stored into other columns: a member of an ENUM or SET is its text there. */
export function storable(batch: RowBatch): RowBatch {
  const isMember = ({ type }: Column) => type === "ENUM" || type === "SET";
  if (!batch.columns.some(isMember)) return batch;
  const columns = batch.columns.map((column) => (isMember(column) ? { ...column, type: "VARCHAR" as const } : column));
  return { ...batch, columns };
}

const ascii = (cell: Buffer) => cell.toString("latin1");

function printerOf({ type, name }: Column): Print {
  if (isIntegral(type)) return isUnsigned(type) ? (cell) => `cast(${ascii(cell)} as unsigned)` : ascii;
  switch (type) {
    case "NULL_TYPE":
      return () => "null";
    case "DECIMAL":
      return ascii;
    case "FLOAT64":
      return (cell) => (/e/i.test(ascii(cell)) ? ascii(cell) : `${ascii(cell)}e0`);
    case "DATE":
      return (cell) => `date'${ascii(cell)}'`;
    case "DATETIME":
    case "TIMESTAMP":
      return (cell) => `timestamp'${ascii(cell)}'`;
    case "TIME":
      return (cell) => `time'${ascii(cell)}'`;
    case "CHAR":
    case "VARCHAR":
    case "TEXT":
      return (cell) => literalText({ type: "VARCHAR", bytes: cell });
    case "BINARY":
    case "VARBINARY":
    case "BLOB":
    case "BIT":
    case "GEOMETRY":
    case "VECTOR":
      return (cell) => `x'${cell.toString("hex")}'`;
    case "JSON":
      return (cell) => `cast(${literalText({ type: "VARCHAR", bytes: cell })} as json)`;
    default:
      return refuse(type, name);
  }
}

/** Only where there is a value: NULL is NULL in any type. */
function refuse(type: string, name: string): Print {
  return () => {
    throw VtError.of("VT12001", `the column ${name} of type ${type} in a statement over several shards`);
  };
}
