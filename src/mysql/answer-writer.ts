/**
 * Writes an answer to a client as that client's capabilities want it: EOF packets or not, session state or not, sequence
 * numbers of its own. Raw row chunks are copied once, into the socket's batch, and renumbered there.
 */
import { copyBytes } from "../base/bytes.ts";
import { errorText, ServerError, VtError } from "../base/errors.ts";
import { encodeColumn } from "../sqltypes/column-packet.ts";
import type { Column, ResultTrailer, RowBatch } from "../sqltypes/result.ts";
import { WireWriter } from "../sqltypes/wire.ts";
import type { PacketSocket } from "./compression.ts";
import { emptyTrailer, encodeEof, encodeError, encodeOk } from "./packets/answers.ts";
import { capability, packetPayloadMax, statusFlag } from "./packets/capabilities.ts";
import { framePacket, packetCount, packetHeaderSize, writePacketHeader } from "./packets/frame.ts";
import type { Answer } from "./session.ts";

export class AnswerWriter implements Answer {
  readonly #socket: PacketSocket;
  readonly #capabilities: number;
  readonly #done: () => void;
  #sequence = 0;
  /** Bytes still to come of a row packet that is larger than a chunk. */
  #packetLeft = 0;
  #hasColumns = false;
  #isOpen = false;
  onRoom: (() => void) | undefined;

  /** `done` is called after the last packet of each answer. */
  constructor(socket: PacketSocket, capabilities: number, done: () => void) {
    this.#socket = socket;
    this.#capabilities = capabilities;
    this.#done = done;
  }

  /** A command came with this sequence number: its answer may be written. */
  begin(sequence: number): void {
    this.#sequence = sequence + 1;
    this.#hasColumns = false;
    this.#packetLeft = 0;
    this.#isOpen = true;
    this.onRoom = undefined;
  }

  /** The client has said something in the middle of the answer. */
  goOn(sequence: number): void {
    this.#sequence = (sequence + 1) & 0xff;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }
  get isFull(): boolean {
    return this.#socket.isFull;
  }
  /** The client wants an EOF packet after definitions. */
  get sendsEof(): boolean {
    return (this.#capabilities & capability.deprecateEof) === 0;
  }

  columns(columns: readonly Column[], packets: readonly Buffer[] = columns.map(encodeColumn)): void {
    if (!this.#isOpen) return;
    this.#hasColumns = true;
    if (this.#sequence !== 1 || packets.length > framedColumnsMax) {
      this.head(packets);
      if (this.sendsEof) this.packet(encodeEof(statusFlag.autocommit, 0));
      return;
    }
    this.#socket.writeOwned(framedHead(packets, this.sendsEof)); // Nobody changes it.
    this.#sequence = 1 + packets.length + (this.sendsEof ? 2 : 1);
  }

  /** Definitions of columns, and nothing after them. */
  head(packets: readonly Buffer[]): void {
    this.packet(countPacket(packets.length));
    for (const packet of packets) this.packet(packet);
  }

  /** What ends rows or definitions: EOF, or the OK that took its place. */
  eof(statusFlags: number, warnings: number): void {
    if (this.sendsEof) this.packet(encodeEof(statusFlags, warnings));
    else this.packet(encodeOk({ ...emptyTrailer, statusFlags, warnings }, this.#capabilities, 0xfe));
  }

  rows(chunk: Buffer): boolean {
    if (!this.#isOpen) return true;
    const size = chunk.length;
    const at = this.#socket.reserve(size);
    if (at >= 0) {
      copyBytes(chunk, 0, size, this.#socket.batch, at);
      this.#renumber(this.#socket.batch, at, at + size);
    } else {
      const copy = Buffer.from(chunk);
      this.#renumber(copy, 0, size);
      this.#socket.writeOwned(copy);
    }
    return !this.#socket.isFull;
  }

  /** Headers never split over chunks: a chunk ends at a packet's end or inside a payload. */
  #renumber(bytes: Buffer, from: number, end: number): void {
    let at = from + this.#packetLeft;
    let sequence = this.#sequence;
    while (at < end) {
      const size = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
      bytes[at + 3] = sequence;
      sequence = (sequence + 1) & 0xff;
      at += packetHeaderSize + size;
    }
    this.#sequence = sequence;
    this.#packetLeft = at - end;
  }

  batch(batch: RowBatch): boolean {
    for (let row = 0; row < batch.count; row++)
      this.#payload(batch.bytes, batch.offsets[row] as number, batch.offsets[row + 1] as number);
    return !this.#socket.isFull;
  }

  end(trailer: ResultTrailer): void {
    if (!this.#isOpen) return;
    if (!this.#hasColumns) this.packet(encodeOk(trailer, this.#capabilities));
    else if (this.sendsEof) this.packet(eofPacket(trailer.statusFlags, trailer.warnings));
    else this.packet(endOfRows(trailer, this.#capabilities));
    this.#hasColumns = false;
    if ((trailer.statusFlags & statusFlag.moreResults) === 0) this.finish();
  }

  fail(error: unknown): void {
    if (!this.#isOpen) return;
    this.packet(errorPacket(error));
    this.finish();
  }

  /** Ends an answer whose packets were written one by one. */
  finish(): void {
    this.#isOpen = false;
    this.#done();
  }

  /** One packet of the answer. */
  packet(payload: Buffer): void {
    this.#payload(payload, 0, payload.length);
  }

  #payload(bytes: Buffer, from: number, to: number): void {
    const size = to - from;
    if (size < packetPayloadMax) {
      const at = this.#socket.reserve(packetHeaderSize + size);
      if (at >= 0) {
        writePacketHeader(this.#socket.batch, at, size, this.#sequence);
        copyBytes(bytes, from, to, this.#socket.batch, at + packetHeaderSize);
        this.#sequence = (this.#sequence + 1) & 0xff;
        return;
      }
    }
    this.#socket.writeOwned(framePacket(bytes.subarray(from, to), this.#sequence));
    this.#sequence = (this.#sequence + packetCount(size)) & 0xff;
  }
}

/** Whatever was thrown, as an ERR payload; what is no error of ours or the server's is our fault: 1105. */
export function errorPacket(error: unknown): Buffer {
  if (error instanceof VtError || error instanceof ServerError)
    return encodeError(error.errno, error.sqlState, error.message);
  return encodeError(1105, "HY000", errorText(error));
}

const countPackets = Array.from({ length: 251 }, (_, count) => Buffer.from([count]));

function countPacket(count: number): Buffer {
  return countPackets[count] ?? new WireWriter(9).lenenc(count).finish();
}

/** Definitions as they go out where they begin an answer: the same for every answer of a statement. */
const framedHeads = new WeakMap<readonly Buffer[], { eof: Buffer | undefined; plain: Buffer | undefined }>();
const framedColumnsMax = 250;

function framedHead(packets: readonly Buffer[], withEof: boolean): Buffer {
  let known = framedHeads.get(packets);
  if (known === undefined) {
    known = { eof: undefined, plain: undefined };
    framedHeads.set(packets, known);
  }
  const kind = withEof ? "eof" : "plain";
  known[kind] ??= Buffer.concat(
    [countPacket(packets.length), ...packets, ...(withEof ? [encodeEof(statusFlag.autocommit, 0)] : [])].map(
      (payload, i) => framePacket(payload, i + 1),
    ),
  );
  return known[kind];
}

const plainEofs = new Map<number, Buffer>();

function eofPacket(statusFlags: number, warnings: number): Buffer {
  if (warnings > 0) return encodeEof(statusFlags, warnings);
  let known = plainEofs.get(statusFlags);
  if (known === undefined) {
    known = encodeEof(statusFlags, 0);
    if (plainEofs.size < plainEndsMax) plainEofs.set(statusFlags, known);
  }
  return known;
}

/** The usual ends of rows by their status flags: nothing but the flags to say. */
const plainEnds = new Map<number, Buffer>();
const plainEndsMax = 256;

function endOfRows(trailer: ResultTrailer, capabilities: number): Buffer {
  const { statusFlags, warnings, info, sessionState, affectedRows, lastInsertId } = trailer;
  const isPlain =
    warnings === 0 && info === "" && sessionState.length === 0 && affectedRows === 0 && lastInsertId === 0;
  if (!isPlain) return encodeOk(trailer, capabilities, 0xfe);
  const known = plainEnds.get(statusFlags);
  if (known !== undefined) return known;
  const end = encodeOk(trailer, capabilities, 0xfe);
  if (plainEnds.size < plainEndsMax) plainEnds.set(statusFlags, end);
  return end;
}
