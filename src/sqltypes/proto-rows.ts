/**
 * Rows as query.Row, both ways, by hand: generated code would make an object per row and a BigInt per cell.
 *
 * `rowsField` makes field 4 of query.QueryResult (rows) from text rows; it goes into the message as an unknown field,
 * which protobuf-es writes as it is. `findRows` takes the rows out of a QueryResult's bytes without decoding them, and
 * `writeRowPackets` turns them into row packets. Malformed bytes throw MalformedBytes.
 */
import type { UnknownField } from "@bufbuild/protobuf";
import type { RowBatch } from "./result.ts";
import { findTextCells } from "./text-row.ts";
import { MalformedBytes } from "./wire.ts";

/** Of query.QueryResult. */
const rowsNumber = 4;
const lengthDelimited = 2;
const rowsTag = 0x22;
const lengthsTag = 0x0a;
const valuesTag = 0x12;

/** The rows of a text batch, ready to be `$unknown` of a query.QueryResult; none for an empty batch. */
export function rowsField(batch: RowBatch): UnknownField[] {
  if (batch.count === 0) return [];
  const width = batch.columns.length;
  const cells = new Int32Array(2 * width);
  const bytes = Buffer.allocUnsafe(batch.bytes.length + batch.count * (rowOverheadMax + varintSizeMax * width));
  let used = 0;
  for (let row = 0; row < batch.count; row++) {
    findTextCells(batch.bytes, batch.offsets[row] as number, batch.offsets[row + 1] as number, width, cells);
    used = writeRow(bytes, used, batch.bytes, cells);
  }
  return [{ no: rowsNumber, wireType: lengthDelimited, data: bytes.subarray(1, used) }]; // The first tag is the writer's.
}

const varintSizeMax = 5;
/** Three tags and three sizes. */
const rowOverheadMax = 3 + 3 * varintSizeMax;

function writeRow(to: Buffer, from: number, source: Buffer, cells: Int32Array): number {
  let lengths = 0;
  let values = 0;
  for (let i = 1; i < cells.length; i += 2) {
    const size = cells[i] as number;
    lengths += varintSize(zigzag(size));
    if (size > 0) values += size;
  }
  let end = from;
  to[end++] = rowsTag;
  end = writeVarint(to, end, contentSize(lengths) + contentSize(values));
  if (lengths > 0) {
    to[end++] = lengthsTag;
    end = writeVarint(to, end, lengths);
    for (let i = 1; i < cells.length; i += 2) end = writeVarint(to, end, zigzag(cells[i] as number));
  }
  if (values > 0) {
    to[end++] = valuesTag;
    end = writeVarint(to, end, values);
    for (let i = 0; i < cells.length; i += 2) {
      const size = cells[i + 1] as number;
      if (size > 0) end = copyBytes(source, cells[i] as number, size, to, end);
    }
  }
  return end;
}

/** Of a tag, a size and that many bytes; an empty field is left out. */
function contentSize(size: number): number {
  return size === 0 ? 0 : 1 + varintSize(size) + size;
}

/** A call of Buffer.copy costs as much as a few dozen bytes. */
const loopSizeMax = 48;

function copyBytes(source: Buffer, start: number, size: number, to: Buffer, end: number): number {
  if (size > loopSizeMax) return end + source.copy(to, end, start, start + size);
  for (let i = 0; i < size; i++) to[end + i] = source[start + i] as number;
  return end + size;
}

/** NULL is -1, which is 1 in zigzag; sizes stay below 2^31. */
function zigzag(size: number): number {
  return size < 0 ? 1 : size * 2;
}

function varintSize(n: number): number {
  if (n < 0x80) return 1;
  if (n < 0x4000) return 2;
  if (n < 0x20_0000) return 3;
  return n < 0x1000_0000 ? 4 : 5;
}

/** Up to 2^32. */
function writeVarint(to: Buffer, from: number, n: number): number {
  let end = from;
  let left = n;
  while (left >= 0x80) {
    to[end++] = (left & 0x7f) | 0x80;
    left >>>= 7;
  }
  to[end++] = left;
  return end;
}

/** Where each query.Row lies in `bytes`: two numbers a row, begin and end. */
export interface RawRows {
  readonly bytes: Buffer;
  readonly ranges: readonly number[];
}

/** The fields of a message with one field number taken out: what is left, and where the taken ones lie. */
export interface Split {
  readonly rest: Buffer;
  readonly ranges: readonly number[];
}

/** Takes the rows out of a query.QueryResult that lies in bytes[from, to). */
export function findRows(bytes: Buffer, from: number, to: number): Split {
  return takeField(bytes, from, to, rowsNumber);
}

/** Takes length-delimited field `number` out of the message in bytes[from, to). */
export function takeField(bytes: Buffer, from: number, to: number, number: number): Split {
  const wanted = number * 8 + lengthDelimited;
  const ranges: number[] = [];
  const rest: Buffer[] = [];
  let restFrom = from;
  at = from;
  while (at < to) {
    const fieldFrom = at;
    const tag = readVarint(bytes, to);
    const size = bodySize(bytes, to, tag % 8);
    if (tag === wanted) {
      ranges.push(at, at + size);
      if (fieldFrom > restFrom) rest.push(bytes.subarray(restFrom, fieldFrom));
      restFrom = at + size;
    }
    at += size;
  }
  if (to > restFrom) rest.push(bytes.subarray(restFrom, to));
  return { rest: rest.length === 1 ? (rest[0] as Buffer) : Buffer.concat(rest), ranges };
}

/** Where the next byte is read: one for all, so that reading allocates nothing. Every walk begins by setting it. */
let at = 0;

/** The bytes that a field's value takes, `at` being at the value; checked against the end. */
function bodySize(bytes: Buffer, to: number, wireType: number): number {
  const size = wireType === lengthDelimited ? readVarint(bytes, to) : fixedSize(bytes, to, wireType);
  if (size < 0 || at + size > to) throw new MalformedBytes("a protobuf field that ends beyond its message");
  return size;
}

function fixedSize(bytes: Buffer, to: number, wireType: number): number {
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  if (wireType !== 0) return -1;
  let end = at;
  while (end < to && (bytes[end] as number) >= 0x80) end++;
  return end + 1 - at;
}

/** Exact up to 2^53; larger numbers are no size that we could use. */
function readVarint(bytes: Buffer, to: number): number {
  let n = 0;
  let factor = 1;
  for (let i = 0; i < 8 && at < to; i++) {
    const byte = bytes[at++] as number;
    if (byte < 0x80) return n + byte * factor;
    n += (byte & 0x7f) * factor;
    factor *= 0x80;
  }
  throw new MalformedBytes("a protobuf number that does not end, or is too large");
}

const headerSize = 4;
const packetPayloadMax = 0xff_ffff;

/**
 * Row packets (with headers) from row `first` on, for about `sizeMax` bytes, but at least one row. `next` is the row to
 * go on with.
 */
export function writeRowPackets(
  rows: RawRows,
  first: number,
  sizeMax: number,
): { readonly chunk: Buffer; readonly next: number } {
  const { bytes, ranges } = rows;
  const count = ranges.length / 2;
  const left = first < count ? (ranges.at(-1) as number) - (ranges[2 * first] as number) : 0;
  let chunk: Buffer = Buffer.allocUnsafe(Math.min(sizeMax, left + 3 * (count - first)) + 512);
  let used = 0;
  let next = first;
  while (next < count && (used < sizeMax || next === first)) {
    const to = ranges[2 * next + 1] as number;
    findParts(bytes, ranges[2 * next] as number, to);
    const needed = used + packetSizeMax(valuesTo - valuesFrom, lengthsTo - lengthsFrom);
    if (needed > chunk.length) chunk = grown(chunk, used, needed);
    used = writeRowPacket(chunk, used, bytes);
    next++;
  }
  return { chunk: chunk.subarray(0, used), next };
}

function grown(chunk: Buffer, used: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(needed, 2 * chunk.length));
  chunk.copy(larger, 0, 0, used);
  return larger;
}

/** Each length takes at least a byte on the wire and at most nine in a row packet. */
function packetSizeMax(values: number, lengths: number): number {
  const payload = values + 9 * lengths;
  return payload + headerSize * (Math.floor(payload / packetPayloadMax) + 1);
}

/** Where the parts of the row at hand lie; set by findParts. */
let lengthsFrom = 0;
let lengthsTo = 0;
let valuesFrom = 0;
let valuesTo = 0;

function findParts(bytes: Buffer, from: number, to: number): void {
  lengthsFrom = lengthsTo = valuesFrom = valuesTo = 0;
  at = from;
  while (at < to) {
    const tag = readVarint(bytes, to);
    const size = bodySize(bytes, to, tag % 8);
    if (tag === lengthsTag) {
      lengthsFrom = at;
      lengthsTo = at + size;
    } else if (tag === valuesTag) {
      valuesFrom = at;
      valuesTo = at + size;
    } else if (tag === 0x08) throw new MalformedBytes("a query.Row with lengths one by one");
    at += size;
  }
}

function writeRowPacket(to: Buffer, from: number, bytes: Buffer): number {
  let end = from + headerSize;
  let value = valuesFrom;
  at = lengthsFrom;
  while (at < lengthsTo) {
    const n = readVarint(bytes, lengthsTo);
    if (n % 2 === 1) to[end++] = 0xfb;
    else {
      const size = n / 2;
      if (value + size > valuesTo) break;
      end = copyBytes(bytes, value, size, to, writeLenenc(to, end, size));
      value += size;
    }
  }
  if (value !== valuesTo || at < lengthsTo) throw new MalformedBytes("a query.Row whose lengths and values differ");
  const payload = end - from - headerSize;
  if (payload >= packetPayloadMax) return splitPacket(to, from, payload);
  to[from] = payload & 0xff;
  to[from + 1] = (payload >> 8) & 0xff;
  to[from + 2] = payload >> 16;
  to[from + 3] = 0;
  return end;
}

function writeLenenc(to: Buffer, from: number, n: number): number {
  if (n < 0xfb) {
    to[from] = n;
    return from + 1;
  }
  const width = n < 0x1_0000 ? 2 : n < 0x100_0000 ? 3 : 6;
  to[from] = width === 2 ? 0xfc : width === 3 ? 0xfd : 0xfe;
  to.writeUIntLE(n, from + 1, width);
  if (width < 6) return from + 1 + width;
  to.fill(0, from + 7, from + 9);
  return from + 9;
}

/** Makes room for the headers of a long payload that was written as one, from the last packet to the first. */
function splitPacket(to: Buffer, from: number, payload: number): number {
  const packets = Math.floor(payload / packetPayloadMax) + 1;
  for (let i = packets - 1; i >= 0; i--) {
    const size = i === packets - 1 ? payload - i * packetPayloadMax : packetPayloadMax;
    const source = from + headerSize + i * packetPayloadMax;
    const target = from + i * (packetPayloadMax + headerSize);
    to.copyWithin(target + headerSize, source, source + size);
    to.writeUIntLE(size, target, 3);
    to[target + 3] = i % 256;
  }
  return from + payload + packets * headerSize;
}
