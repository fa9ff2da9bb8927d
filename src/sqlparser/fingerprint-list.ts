/**
 * Lists of literals that become one slot of the fingerprint: (1, 2, 3) and ((1, 'a'), (2, 'b')) after IN, and
 * (1, 'a'), (2, 'b') after VALUES. How long the list is stays out of the key; which kinds occur in each column is in it.
 *
 * Only literals, minus signs directly before a number, NULL (in rows of VALUES) and spaces may stand in such a list.
 */
import { byteClasses, literalEnd, literalKind } from "./fingerprint-bytes.ts";
import { literalKinds, negativeFlag } from "./fingerprint-kinds.ts";

const negativeBit = 1 << 16;

/** What scanList fills: a Fingerprint. */
export interface ListSink {
  readonly bytes: Uint8Array;
  readonly masks: Int32Array;
  maskCount: number;
  addLiteral(start: number, end: number, kind: number): boolean;
}

/** The end of the list that opens at `at`, or -1 when it is not all literals. The sink's counts are then the caller's to reset. */
export function scanList(sink: ListSink, at: number, to: number, isIn: boolean, backslash: boolean): number {
  const { bytes } = sink;
  if (!isIn) return scanRows(sink, at, to, true, backslash);
  const inner = skipSpaces(bytes, at + 1, to);
  if (inner < to && bytes[inner] === 40) {
    const end = skipSpaces(bytes, scanRows(sink, inner, to, false, backslash), to);
    return end > 0 && end < to && bytes[end] === 41 ? end + 1 : -1;
  }
  const mask = sink.maskCount;
  if (mask >= sink.masks.length) return -1;
  sink.masks[mask] = 0;
  sink.maskCount++;
  for (at++; ; at++) {
    at = scanElement(sink, at, to, mask, false, backslash);
    if (at < 0 || bytes[at] === 41) return at < 0 ? -1 : at + 1;
  }
}

/** (…), (…): the end of the last row. All rows have as many columns as the first. */
function scanRows(sink: ListSink, at: number, to: number, nulls: boolean, backslash: boolean): number {
  const { bytes } = sink;
  const firstMask = sink.maskCount;
  let columns = 0;
  for (let row = 0; ; row++) {
    if (at >= to || bytes[at] !== 40) return -1;
    let column = 0;
    do {
      if (row === 0 && !addMask(sink)) return -1;
      if (row > 0 && column === columns) return -1;
      at = scanElement(sink, at + 1, to, firstMask + column++, nulls, backslash);
      if (at < 0) return -1;
    } while (bytes[at] !== 41);
    if (row === 0) columns = column;
    else if (column !== columns) return -1;
    const end = at + 1;
    at = skipSpaces(bytes, end, to);
    if (at >= to || bytes[at] !== 44) return end;
    at = skipSpaces(bytes, at + 1, to);
  }
}

function addMask(sink: ListSink): boolean {
  if (sink.maskCount >= sink.masks.length) return false;
  sink.masks[sink.maskCount++] = 0;
  return true;
}

/** One literal and the spaces around it: where the comma or parenthesis after it stands, or -1. */
function scanElement(sink: ListSink, at: number, to: number, mask: number, nulls: boolean, backslash: boolean): number {
  const { bytes, masks } = sink;
  at = skipSpaces(bytes, at, to);
  const start = at;
  if (at < to && bytes[at] === 45) at++;
  if (at >= to) return -1;
  const isNumber = byteClasses[bytes[at] as number] === 2 || bytes[at] === 46;
  if (at > start && !isNumber) return -1;
  let end = at;
  let kind: number = literalKinds.null;
  if (nulls && isNull(bytes, at, to)) end = at + 4;
  else {
    if (!isNumber && bytes[at] !== 39 && byteClasses[bytes[at] as number] !== 1) return -1; // "…" depends on the mode.
    end = literalEnd(bytes, at, to, backslash);
    kind = literalKind();
  }
  if (end <= at || (isNumber && end === at + 1 && bytes[at] === 46)) return -1;
  if (!sink.addLiteral(start, end, at > start ? kind | negativeFlag : kind)) return -1;
  masks[mask] = (masks[mask] as number) | (1 << kind) | (at > start ? negativeBit : 0);
  end = skipSpaces(bytes, end, to);
  return end < to && (bytes[end] === 44 || bytes[end] === 41) ? end : -1;
}

function isNull(bytes: Uint8Array, at: number, to: number): boolean {
  return (
    at + 4 < to &&
    ((bytes[at] as number) | 32) === 110 &&
    ((bytes[at + 1] as number) | 32) === 117 &&
    ((bytes[at + 2] as number) | 32) === 108 &&
    ((bytes[at + 3] as number) | 32) === 108 &&
    (byteClasses[bytes[at + 4] as number] === 0 || bytes[at + 4] === 44 || bytes[at + 4] === 41)
  );
}

/** Also passes -1 on. */
function skipSpaces(bytes: Uint8Array, at: number, to: number): number {
  if (at < 0) return -1;
  while (at < to && byteClasses[bytes[at] as number] === 0) at++;
  return at;
}
