/**
 * What stands in front of a result's rows: the count of columns and their definitions. A statement brings the same bytes each
 * time it is asked, and comparing them is cheaper than decoding them; equal results then share one `Column[]` too.
 */
import { decodeColumn } from "../sqltypes/column-packet.ts";
import type { Column } from "../sqltypes/result.ts";
import { WireWriter } from "../sqltypes/wire.ts";
import { framePacket } from "./packets/frame.ts";

export interface ResultHead {
  readonly columns: readonly Column[];
  /** Definition payloads. */
  readonly packets: readonly Buffer[];
  /** As it comes on the wire where it begins an answer. */
  readonly bytes: Buffer;
}

/** The head that a statement's answer had last. Kept by who asks the statement again, in whatever row format. */
export interface HeadMemo {
  head: ResultHead | undefined;
}

export function makeHead(packets: readonly Buffer[]): ResultHead {
  const count = new WireWriter(9).lenenc(packets.length).finish();
  const bytes = Buffer.concat([count, ...packets].map((payload, i) => framePacket(payload, i + 1)));
  return { columns: packets.map(decodeColumn), packets, bytes };
}

/** Whether `chunk` has these bytes at `at`, all of them. */
export function hasHead(chunk: Buffer, at: number, { bytes }: ResultHead): boolean {
  const size = bytes.length;
  if (chunk.length - at < size) return false;
  if (size > loopMax) return chunk.compare(bytes, 0, size, at, at + size) === 0;
  for (let i = 0; i < size; i++) if (chunk[at + i] !== bytes[i]) return false;
  return true;
}

/** Up to here a loop is faster than a call out of JavaScript. */
const loopMax = 200;
