/**
 * Values of JavaScript and of SQL, both ways. Cells are read in their text form, so that a column gives the same values
 * whether the statement had parameters or not. Whole numbers are numbers while they are safe, else bigints; decimals,
 * dates and times stay text, because JavaScript has no type that keeps them.
 */
import { VtError } from "../base/errors.ts";
import { binaryCells } from "../sqltypes/binary-row.ts";
import type { Column, RowBatch } from "../sqltypes/result.ts";
import { textCells } from "../sqltypes/text-row.ts";
import { isBinary, isFloat, isIntegral, type SqlType } from "../sqltypes/types.ts";
import { type Binds, bytesValue, integerValue, nullValue, textValue, type Value } from "../sqltypes/value.ts";
import type { ArrayRow, ObjectRow, Parameter, Parameters, SqlValue } from "./client.ts";

/** `what` names the parameter in errors. */
function sqlValue(parameter: Parameter, what: string): Value {
  switch (typeof parameter) {
    case "string":
      return textValue(parameter);
    case "boolean":
      return integerValue(parameter ? 1 : 0);
    case "bigint":
      if (parameter < -(2n ** 63n) || parameter >= 2n ** 64n)
        throw VtError.of("VT26008", what, `${parameter} is no 64-bit integer`);
      return integerValue(parameter);
    case "number":
      if (!Number.isFinite(parameter)) throw VtError.of("VT26008", what, `${parameter} is no number that SQL has`);
      if (Number.isSafeInteger(parameter)) return integerValue(parameter);
      return { type: "FLOAT64", bytes: Buffer.from(String(parameter)) };
    default:
      if (parameter === null) return nullValue;
      if (parameter instanceof Uint8Array) return bytesValue(Buffer.from(parameter));
      throw VtError.of("VT26008", what, `${parameter === undefined ? "undefined" : "an object"} is no SQL value`);
  }
}

export function sqlValues(parameters: readonly Parameter[]): readonly Value[] {
  return parameters.map((parameter, i) => sqlValue(parameter, `v${i + 1}`));
}

export function sqlBinds(parameters: Exclude<Parameters, readonly Parameter[]>): Binds {
  const binds = Object.entries(parameters).map(([name, parameter]) => [
    name,
    isList(parameter)
      ? { type: "TUPLE", values: parameter.map((one) => sqlValue(one, name)) }
      : sqlValue(parameter, name),
  ]);
  return Object.fromEntries(binds) as Binds;
}

export const isList = (parameters: Parameters | Parameter): parameters is readonly Parameter[] =>
  Array.isArray(parameters);

export type Decode = (cell: Buffer) => SqlValue;

const asBytes: Decode = (cell) => Uint8Array.from(cell);
const asText: Decode = (cell) => cell.toString("utf8");
const asNumber: Decode = (cell) => Number(cell.toString("latin1"));
const asInteger: Decode = (cell) => {
  const text = cell.toString("latin1");
  const n = Number(text);
  return Number.isSafeInteger(n) ? n : BigInt(text);
};

const bytesTypes: ReadonlySet<SqlType> = new Set(["BIT", "GEOMETRY", "VECTOR"]);

export function decoderOf({ type }: Column): Decode {
  if (bytesTypes.has(type) || isBinary(type)) return asBytes;
  if (isIntegral(type)) return asInteger;
  return isFloat(type) ? asNumber : asText;
}

export function* arrayRows(batch: RowBatch): Generator<ArrayRow, void, undefined> {
  const decoders = batch.columns.map(decoderOf);
  const rows = batch.format === "text" ? textCells(batch) : binaryCells(batch);
  for (const cells of rows) yield cells.map((cell, i) => (cell === null ? null : (decoders[i] as Decode)(cell)));
}

/** Of columns that share a name the last one counts. */
export function* objectRows(batch: RowBatch): Generator<ObjectRow, void, undefined> {
  const names = batch.columns.map(({ name }) => name);
  for (const values of arrayRows(batch)) yield Object.fromEntries(values.map((value, i) => [names[i] ?? "", value]));
}
