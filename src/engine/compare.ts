/**
 * Orders text cells as the servers do. Numbers and times by their value; text by the weight strings that the servers sent
 * along, since only they know their collations: what a column packet tells is the client's. Under a PAD SPACE collation
 * the shorter text counts as padded; the servers send no weight of a space under any other.
 * Types whose order the text does not tell (ENUM, SET, JSON …) are refused.
 */
import { VtError } from "../base/errors.ts";
import type { Column } from "../sqltypes/result.ts";
import { nullSize } from "../sqltypes/text-row.ts";
import { isIntegral } from "../sqltypes/types.ts";

/** A row and where its cells are: two numbers a cell, as findTextCells fills them. */
export interface CellRow {
  readonly bytes: Buffer;
  readonly cells: Int32Array;
}

export type CompareRows = (a: CellRow, b: CellRow) => number;

type CompareCells = (a: Buffer, aAt: number, aSize: number, b: Buffer, bAt: number, bSize: number) => number;

/** Orders rows by the three columns of a key from `at` on: value, weight, weight of a space. NULL comes first. */
export function compareByKey(columns: readonly Column[], at: number): CompareRows {
  const column = columns[at];
  if (column === undefined) throw VtError.of("VT13001", "a sort key without its column");
  const isText = textTypes.has(column.type);
  const values = isText ? undefined : valueComparison(column);
  return (a, b) => {
    const aSize = a.cells[2 * at + 1] as number;
    const bSize = b.cells[2 * at + 1] as number;
    if (aSize === nullSize || bSize === nullSize) return Number(bSize === nullSize) - Number(aSize === nullSize);
    if (values !== undefined)
      return values(a.bytes, a.cells[2 * at] as number, aSize, b.bytes, b.cells[2 * at] as number, bSize);
    return compareWeights(a, b, at + 1);
  };
}

const textTypes: ReadonlySet<string> = new Set(["VARCHAR", "CHAR", "TEXT", "VARBINARY", "BINARY", "BLOB"]);

/** Whether `compareByKey` can order by the column. */
export const isOrdered = ({ type }: Column) => !withoutOrder.has(type);
const withoutOrder: ReadonlySet<string> = new Set(["ENUM", "SET", "JSON", "GEOMETRY", "VECTOR"]);

export function valueComparison({ type, name }: Column): CompareCells {
  if (isIntegral(type) || type === "YEAR" || type === "DECIMAL") return compareDecimals;
  switch (type) {
    case "FLOAT32":
    case "FLOAT64":
      return (a, aAt, aSize, b, bAt, bSize) =>
        Number(a.toString("latin1", aAt, aAt + aSize)) - Number(b.toString("latin1", bAt, bAt + bSize));
    case "DATE":
    case "DATETIME":
    case "TIMESTAMP":
    case "BIT":
      return compareBytes;
    case "TIME":
      return (a, aAt, aSize, b, bAt, bSize) => timeOf(a, aAt, aSize) - timeOf(b, bAt, bSize);
    case "NULL_TYPE":
      return () => 0;
    default:
      throw VtError.of("VT12001", `order or groups by the column ${name} of type ${type} over several shards`);
  }
}

const compareBytes: CompareCells = (a, aAt, aSize, b, bAt, bSize) => a.compare(b, bAt, bAt + bSize, aAt, aAt + aSize);

function compareWeights(a: CellRow, b: CellRow, at: number): number {
  const aAt = a.cells[2 * at] as number;
  const bAt = b.cells[2 * at] as number;
  const aSize = a.cells[2 * at + 1] as number;
  const bSize = b.cells[2 * at + 1] as number;
  if (aSize === nullSize || bSize === nullSize) throw VtError.of("VT13001", "a text without its weight string");
  const size = Math.min(aSize, bSize);
  const found = compareBytes(a.bytes, aAt, size, b.bytes, bAt, size);
  if (found !== 0 || aSize === bSize) return found;
  if (a.cells[2 * at + 3] === 0) return aSize - bSize;
  return aSize > bSize ? restAgainstSpaces(a, at, size) : -restAgainstSpaces(b, at, size);
}

/** What is left of the longer weight against as many spaces. */
function restAgainstSpaces({ bytes, cells }: CellRow, at: number, from: number): number {
  const begin = cells[2 * at] as number;
  const end = begin + (cells[2 * at + 1] as number);
  const space = cells[2 * at + 2] as number;
  const width = cells[2 * at + 3] as number;
  for (let i = begin + from, s = 0; i < end; i++, s = (s + 1) % width) {
    const difference = (bytes[i] as number) - (bytes[space + s] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;

/** Numbers as text: sign, then length and digits before the point, then those behind it. */
export const compareDecimals: CompareCells = (a, aAt, aSize, b, bAt, bSize) => {
  const aIsNegative = a[aAt] === minus;
  const bIsNegative = b[bAt] === minus;
  const found = compareMagnitudes(a, aAt + Number(aIsNegative), aAt + aSize, b, bAt + Number(bIsNegative), bAt + bSize);
  if (aIsNegative === bIsNegative) return aIsNegative ? -found : found;
  const isZero = found === 0 && isZeroText(a, aAt, aSize); // -0 is 0.
  return isZero ? 0 : aIsNegative ? -1 : 1;
};

function isZeroText(bytes: Buffer, at: number, size: number): boolean {
  for (let i = at; i < at + size; i++) {
    const byte = bytes[i] as number;
    if (byte !== zero && byte !== dot && byte !== minus) return false;
  }
  return true;
}

function compareMagnitudes(a: Buffer, aFrom: number, aEnd: number, b: Buffer, bFrom: number, bEnd: number): number {
  let i = aFrom;
  let j = bFrom;
  while (i < aEnd && a[i] === zero) i++;
  while (j < bEnd && b[j] === zero) j++;
  const aDot = dotIn(a, i, aEnd);
  const bDot = dotIn(b, j, bEnd);
  if (aDot - i !== bDot - j) return aDot - i - (bDot - j);
  for (; i < aDot; i++, j++) if (a[i] !== b[j]) return (a[i] as number) - (b[j] as number);
  for (i = aDot + 1, j = bDot + 1; i < aEnd || j < bEnd; i++, j++) {
    const difference = (i < aEnd ? (a[i] as number) : zero) - (j < bEnd ? (b[j] as number) : zero);
    if (difference !== 0) return difference;
  }
  return 0;
}

function dotIn(bytes: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end && bytes[i] !== dot) i++;
  return i;
}

/** [-]hours:minutes:seconds[.fraction] in seconds. */
function timeOf(bytes: Buffer, at: number, size: number): number {
  const text = bytes.toString("latin1", at, at + size);
  const [hours = "0", minutes = "0", seconds = "0"] = text.replace("-", "").split(":");
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return text.startsWith("-") ? -total : total;
}
