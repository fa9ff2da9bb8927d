/**
 * Payloads of prepared statements: the answer to PREPARE, parameters of EXECUTE both ways, long data.
 *
 * Parameters are `Value`s (text form). Integers, floats and NULL travel binary; everything else as a string, which the
 * server converts by the same rules as a literal.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html
 */
import type { Column } from "../../sqltypes/result.ts";
import type { SqlType } from "../../sqltypes/types.ts";
import { nullValue, type Value } from "../../sqltypes/value.ts";
import { MalformedBytes, WireReader, WireWriter } from "../../sqltypes/wire.ts";
import { formatDateTime, formatTime } from "../../sqltypes/temporal-text.ts";
import { sqlTypeOfWire } from "../../sqltypes/column-packet.ts";
import { command } from "./capabilities.ts";

export interface PreparedStatement {
  readonly id: number;
  readonly parameterCount: number;
  /** As definition payloads. */
  readonly parameterPackets: readonly Buffer[];
  readonly columns: readonly Column[];
  readonly columnPackets: readonly Buffer[];
  readonly warnings: number;
}

export function decodePrepared(
  head: Buffer,
  parameterPackets: readonly Buffer[],
  columns: readonly Column[],
  columnPackets: readonly Buffer[],
): PreparedStatement {
  const from = new WireReader(head, 1);
  const id = from.u32();
  from.skip(2);
  const parameterCount = from.u16();
  from.skip(1);
  const warnings = from.left >= 2 ? from.u16() : 0;
  return { id, parameterCount, parameterPackets, columns, columnPackets, warnings };
}

export function encodePreparedHead(id: number, columnCount: number, parameterCount: number, warnings = 0): Buffer {
  return new WireWriter(12).u8(0).u32(id).u16(columnCount).u16(parameterCount).u8(0).u16(warnings).finish();
}

const wireNull = 6;
const wireInt64 = 8;
const wireDouble = 5;
const wireString = 253;
const wireBlob = 252;
const unsignedBit = 0x80;

function parameterType({ type, bytes }: Value): readonly [wire: number, isUnsigned: boolean] {
  if (bytes === undefined) return [wireNull, false];
  if (type.startsWith("UINT") || type === "YEAR") return [wireInt64, true];
  if (type.startsWith("INT")) return [wireInt64, false];
  if (type === "FLOAT32" || type === "FLOAT64") return [wireDouble, false];
  if (type === "VARBINARY" || type === "BINARY" || type === "BLOB" || type === "BIT" || type === "GEOMETRY")
    return [wireBlob, false];
  return [wireString, false];
}

/** Parameters longer than `longDataMin` were sent ahead with `encodeLongData`, and take no room here. */
export function encodeExecute(id: number, parameters: readonly Value[], longDataMin: number): Buffer {
  const to = new WireWriter(64).u8(command.statementExecute).u32(id).u8(0).u32(1);
  if (parameters.length === 0) return to.finish();
  const nulls = Buffer.alloc((parameters.length + 7) >> 3);
  for (const [i, { bytes }] of parameters.entries())
    if (bytes === undefined) nulls[i >> 3] = (nulls[i >> 3] ?? 0) | (1 << (i & 7));
  to.raw(nulls).u8(1);
  for (const parameter of parameters) {
    const [wire, isUnsigned] = parameterType(parameter);
    to.u8(wire).u8(isUnsigned ? unsignedBit : 0);
  }
  for (const parameter of parameters) writeParameter(to, parameter, longDataMin);
  return to.finish();
}

function writeParameter(to: WireWriter, parameter: Value, longDataMin: number): void {
  const { bytes } = parameter;
  if (bytes === undefined) return;
  const [wire] = parameterType(parameter);
  if (wire === wireInt64) writeInteger(to, bytes.toString("latin1"));
  else if (wire === wireDouble) to.f64(Number(bytes.toString("latin1")));
  else if (bytes.length <= longDataMin) to.lenencRaw(bytes);
}

function writeInteger(to: WireWriter, text: string): void {
  const small = text.length <= 15 ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(small) && small >= 0) to.u64(small);
  else to.u64(BigInt.asUintN(64, BigInt(text)).toString());
}

export function encodeLongData(id: number, index: number, bytes: Buffer): Buffer {
  return new WireWriter(7 + bytes.length).u8(command.statementSendLongData).u32(id).u16(index).raw(bytes).finish();
}

/** A parameter's type as an EXECUTE command gives it: two bytes, kept for the next execution. */
export type ParameterType = number;

export interface ExecuteCommand {
  readonly flags: number;
  readonly types: readonly ParameterType[];
  readonly values: readonly Value[];
  /** Values that came besides those of the parameters; always named. */
  readonly attributeCount: number;
}

/** Clients with query attributes say so where they tell how many values come. */
const parameterCountAvailable = 8;
/** MySQL's own limit of parameters. */
const valuesMax = 65_535;

/**
 * Decodes what follows an EXECUTE's command byte and statement id. `knownTypes` are those of the last execution;
 * `longData` holds parameters sent ahead, by index. With `hasAttributes` (CLIENT_QUERY_ATTRIBUTES) named values may follow
 * those of the parameters.
 */
export function decodeExecute(
  body: Buffer,
  parameterCount: number,
  knownTypes: readonly ParameterType[] | undefined,
  longData: ReadonlyMap<number, Buffer>,
  hasAttributes = false,
): ExecuteCommand {
  const from = new WireReader(body);
  const flags = from.u8();
  from.skip(4);
  const tellsCount = hasAttributes && (flags & parameterCountAvailable) !== 0;
  if (parameterCount === 0 && !tellsCount) return { flags, types: [], values: [], attributeCount: 0 };
  const count = hasAttributes ? from.lenencSize() : parameterCount;
  if (count < parameterCount || count > parameterCount + valuesMax)
    throw new MalformedBytes(`${count} values for ${parameterCount} parameters`);
  if (count === 0) return { flags, types: [], values: [], attributeCount: 0 };
  const { types, values } = readValues(from, { count, hasNames: hasAttributes, knownTypes, longData });
  const attributeCount = count - parameterCount;
  if (attributeCount === 0) return { flags, types, values, attributeCount };
  return { flags, types: types.slice(0, parameterCount), values: values.slice(0, parameterCount), attributeCount };
}

export interface QueryAttributes {
  readonly count: number;
  /** Where the statement's text begins. */
  readonly textAt: number;
}

/** What stands before the text of a COM_QUERY of a client with query attributes. */
export function decodeQueryAttributes(body: Buffer): QueryAttributes {
  const from = new WireReader(body);
  const count = from.lenencSize();
  if (from.lenencSize() !== 1) throw new MalformedBytes("several sets of query attributes");
  if (count > valuesMax) throw new MalformedBytes(`${count} query attributes`);
  if (count > 0) readValues(from, { count, hasNames: true, knownTypes: undefined, longData: noLongData });
  return { count, textAt: from.at };
}

const noLongData: ReadonlyMap<number, Buffer> = new Map();

interface ValueShape {
  readonly count: number;
  readonly hasNames: boolean;
  readonly knownTypes: readonly ParameterType[] | undefined;
  readonly longData: ReadonlyMap<number, Buffer>;
}

function readValues(from: WireReader, { count, hasNames, knownTypes, longData }: ValueShape) {
  const nulls = from.view((count + 7) >> 3);
  let types = knownTypes;
  if (from.u8() === 1) {
    const fresh: ParameterType[] = [];
    for (let i = 0; i < count; i++) {
      fresh.push(from.u16());
      if (hasNames) from.lenencView();
    }
    types = fresh;
  }
  if (types === undefined || types.length < count) throw new MalformedBytes("parameters without their types");
  const values: Value[] = [];
  for (let i = 0; i < count; i++) {
    const type = types[i] as ParameterType;
    const long = longData.get(i);
    if (long !== undefined) values.push({ type: typeOf(type), bytes: long });
    else if (((nulls[i >> 3] ?? 0) & (1 << (i & 7))) !== 0) values.push(nullValue);
    else values.push(readParameter(from, type));
  }
  return { types, values };
}

/** Strings of clients are text in their own character set, whatever they call it; blobs are bytes. */
function typeOf(type: ParameterType): SqlType {
  const wire = type & 0xff;
  const isUnsigned = (type & 0x8000) !== 0;
  if (wire >= 249 && wire <= 252) return "VARBINARY";
  if (wire === 253 || wire === 254 || wire === 15 || wire === 247 || wire === 248) return "VARCHAR";
  return sqlTypeOfWire(wire, isUnsigned ? 32 : 0, 63);
}

const integerWidths = new Map([
  [1, 1],
  [2, 2],
  [13, 2],
  [3, 4],
  [9, 4],
  [8, 8],
]);

function readParameter(from: WireReader, parameterTypeCode: ParameterType): Value {
  const wire = parameterTypeCode & 0xff;
  const type = typeOf(parameterTypeCode);
  const width = integerWidths.get(wire);
  if (width !== undefined) return { type, bytes: Buffer.from(integerText(from.view(width), type)) };
  if (wire === 4) return { type, bytes: Buffer.from(floatText(Math.fround(from.view(4).readFloatLE(0)))) };
  if (wire === 5) return { type, bytes: Buffer.from(floatText(from.f64())) };
  if (wire === 6) return nullValue;
  if (wire === 7 || wire === 10 || wire === 12) {
    const packed = from.view(from.u8());
    return { type, bytes: Buffer.from(formatDateTime(packed, wire === 10)) };
  }
  if (wire === 11) return { type, bytes: Buffer.from(formatTime(from.view(from.u8()))) };
  return { type, bytes: Buffer.from(from.lenencView()) };
}

function integerText(bytes: Buffer, type: SqlType): string {
  const isUnsigned = type.startsWith("UINT") || type === "YEAR";
  if (bytes.length === 8) return (isUnsigned ? bytes.readBigUInt64LE(0) : bytes.readBigInt64LE(0)).toString();
  return String(isUnsigned ? bytes.readUIntLE(0, bytes.length) : bytes.readIntLE(0, bytes.length));
}

/** Shortest text that reads back as the same double, in an exponent form that SQL understands. */
function floatText(n: number): string {
  if (!Number.isFinite(n)) throw new MalformedBytes(`${n} is no value of SQL`);
  return String(n).replace("e+", "e");
}
