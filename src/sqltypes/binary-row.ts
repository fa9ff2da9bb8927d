/**
 * Rows of the binary protocol: a zero byte, a NULL bitmap that begins at bit 2, then the values back to back, each as its
 * column's type wants. Walking one is a matter of widths: `binaryWidth`. Cells become text as the server would print them.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html
 */
import type { Column, RowBatch } from "./result.ts";
import { formatDateTime, formatTime } from "./temporal-text.ts";
import type { SqlType } from "./types.ts";
import { MalformedBytes, WireReader, WireWriter } from "./wire.ts";

const fixedWidths: Partial<Record<SqlType, number>> = {
  INT8: 1,
  UINT8: 1,
  INT16: 2,
  UINT16: 2,
  YEAR: 2,
  INT24: 4,
  UINT24: 4,
  INT32: 4,
  UINT32: 4,
  FLOAT32: 4,
  INT64: 8,
  UINT64: 8,
  FLOAT64: 8,
};

/** Bytes a value takes; undefined where it says so itself. */
export function binaryWidth(type: SqlType): number | undefined {
  return fixedWidths[type];
}

/** Every row as text cells. For small results: admin work, tests. */
export function binaryText(batch: RowBatch): (string | null)[][] {
  return binaryCells(batch).map((row) => row.map((cell) => cell?.toString("utf8") ?? null));
}

/** Every row as cells in their text form, or null. */
export function binaryCells(batch: RowBatch): (Buffer | null)[][] {
  const rows: (Buffer | null)[][] = [];
  for (let row = 0; row < batch.count; row++)
    rows.push(decodeBinaryRow(batch.columns, batch.bytes.subarray(batch.offsets[row], batch.offsets[row + 1])));
  return rows;
}

export function decodeBinaryRow(columns: readonly Column[], payload: Buffer): (Buffer | null)[] {
  const from = new WireReader(payload);
  if (from.u8() !== 0) throw new MalformedBytes("a binary row that does not begin with zero");
  const nulls = from.view((columns.length + 9) >> 3);
  return columns.map((column, i) => {
    const isNull = ((nulls[(i + 2) >> 3] ?? 0) & (1 << ((i + 2) & 7))) !== 0;
    return isNull ? null : cellText(from, column);
  });
}

/** The value that comes next, as the text protocol would show it. */
function cellText(from: WireReader, column: Column): Buffer {
  const { type } = column;
  switch (type) {
    case "DATE":
      return Buffer.from(formatDateTime(from.view(from.u8()), true));
    case "DATETIME":
    case "TIMESTAMP":
      return Buffer.from(formatDateTime(from.view(from.u8()), false, fractionDigits(column)));
    case "TIME":
      return Buffer.from(formatTime(from.view(from.u8()), fractionDigits(column)));
    case "FLOAT32":
      return Buffer.from(floatText(from.view(4).readFloatLE(0), column, 6));
    case "FLOAT64":
      return Buffer.from(floatText(from.f64(), column, 17));
    default: {
      const width = fixedWidths[type];
      if (width === undefined) return from.lenencView();
      return Buffer.from(integerText(from.view(width), type, column));
    }
  }
}

/** 31 means: the server did not say. */
const fractionDigits = ({ decimals }: Column) => (decimals > 6 ? undefined : decimals);

const zerofill = 64;

function integerText(bytes: Buffer, type: SqlType, column: Column): string {
  if (type === "YEAR") return String(bytes.readUInt16LE(0)).padStart(4, "0");
  const isUnsigned = type.startsWith("UINT");
  const text =
    bytes.length === 8
      ? (isUnsigned ? bytes.readBigUInt64LE(0) : bytes.readBigInt64LE(0)).toString()
      : String(isUnsigned ? bytes.readUIntLE(0, bytes.length) : bytes.readIntLE(0, bytes.length));
  return (column.flags & zerofill) === 0 ? text : text.padStart(column.columnLength, "0");
}

/** FLOAT shows 6 significant digits, DOUBLE as many as read back; exponents from 1e15 on and below 1e-15. */
function floatText(n: number, { decimals }: Column, digits: number): string {
  if (decimals < 31) return n.toFixed(decimals);
  const shortest = digits > 15 ? String(n) : String(Number(n.toPrecision(digits)));
  const value = Number(shortest);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-15) return value.toExponential().replace("e+", "e");
  return /e/.test(shortest) ? plainText(value) : shortest;
}

/** A small number without an exponent. */
function plainText(value: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const fraction = (mantissa.split(".")[1] ?? "").length;
  return value.toFixed(Math.min(100, fraction - Number(exponent)));
}

/** Appends one binary row: cells in text form, as columns of these types want them. */
export function writeBinaryRow(to: WireWriter, columns: readonly Column[], cells: readonly (Buffer | null)[]): void {
  const nulls = Buffer.alloc((columns.length + 9) >> 3);
  for (const [i, cell] of cells.entries())
    if (cell === null) nulls[(i + 2) >> 3] = (nulls[(i + 2) >> 3] ?? 0) | (1 << ((i + 2) & 7));
  to.u8(0).raw(nulls);
  for (const [i, cell] of cells.entries()) if (cell !== null) writeCell(to, (columns[i] as Column).type, cell);
}

function writeCell(to: WireWriter, type: SqlType, cell: Buffer): void {
  const width = fixedWidths[type];
  if (type === "FLOAT64") to.f64(Number(cell.toString("latin1")));
  else if (type === "FLOAT32") {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(Number(cell.toString("latin1")));
    to.raw(bytes);
  } else if (width !== undefined) writeInteger(to, cell.toString("latin1"), width);
  else if (type === "DATE" || type === "DATETIME" || type === "TIMESTAMP") writeDateTime(to, cell.toString("latin1"));
  else if (type === "TIME") writeTime(to, cell.toString("latin1"));
  else to.lenencRaw(cell);
}

function writeInteger(to: WireWriter, text: string, width: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(text)));
  to.raw(bytes.subarray(0, width));
}

const micros = (fraction: string | undefined) => Number((fraction ?? "").padEnd(6, "0").slice(0, 6));

function writeDateTime(to: WireWriter, text: string): void {
  const parts = /^(\d+)-(\d+)-(\d+)(?: (\d+):(\d+):(\d+)(?:\.(\d+))?)?$/.exec(text);
  if (parts === null) throw new MalformedBytes(`${text} is no date`);
  const fraction = micros(parts[7]);
  const time = [parts[4], parts[5], parts[6]].map((part) => Number(part ?? 0));
  const hasTime = time.some((part) => part !== 0);
  to.u8(fraction !== 0 ? 11 : hasTime ? 7 : 4)
    .u16(Number(parts[1]))
    .u8(Number(parts[2]))
    .u8(Number(parts[3]));
  if (fraction !== 0 || hasTime) for (const part of time) to.u8(part);
  if (fraction !== 0) to.u32(fraction);
}

function writeTime(to: WireWriter, text: string): void {
  const parts = /^(-?)(\d+):(\d+):(\d+)(?:\.(\d+))?$/.exec(text);
  if (parts === null) throw new MalformedBytes(`${text} is no time`);
  const fraction = micros(parts[5]);
  const hours = Number(parts[2]);
  to.u8(fraction === 0 ? 8 : 12)
    .u8(parts[1] === "-" ? 1 : 0)
    .u32(Math.floor(hours / 24))
    .u8(hours % 24)
    .u8(Number(parts[3]))
    .u8(Number(parts[4]));
  if (fraction !== 0) to.u32(fraction);
}
