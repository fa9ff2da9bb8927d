/**
 * Finds its way through a database server's answer without decoding rows: it walks packet headers, hands row packets on
 * in wire form as they came, and decodes only what frames them. For connections with DEPRECATE_EOF.
 *
 * Chunks may split anywhere. Row chunks end at a packet's end; only a packet larger than `rowPacketGatherMax` is passed
 * on in pieces. A payload of 16 MiB goes on in the packets after it, whose first bytes mean nothing.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html
 */
import { assert } from "../base/assert.ts";
import { MalformedBytes, WireReader } from "../sqltypes/wire.ts";
import { packetPayloadMax, statusFlag } from "./packets/capabilities.ts";
import { packetHeaderSize, sizeAt } from "./packets/frame.ts";
import { hasHead, type HeadMemo, makeHead, type ResultHead } from "./result-head.ts";

/** What comes out. All buffers are valid only during the call. */
export interface ResponseEvents {
  /** The answer begins with rows to come. The head may be kept. */
  columns(head: ResultHead): void;
  /** Row packets with headers. */
  rows(chunk: Buffer): void;
  /** An OK packet's payload: the answer, or one of its results where the status says that more follow. */
  ok(payload: Buffer): void;
  /** An ERR packet's payload: the end of the answer. */
  error(payload: Buffer): void;
  /** COM_STMT_PREPARE was answered: its head, parameters, columns. */
  prepared(head: Buffer, parameters: readonly Buffer[], columns: readonly Buffer[]): void;
}

/** Smaller row packets are never split. */
export const rowPacketGatherMax = 64 * 1024;
const columnsMax = 8192;
/** Packets that frame rows are small; a server that sends a larger one is lying. */
const framePayloadMax = 1024 * 1024;

type Phase = "idle" | "first" | "columns" | "rows" | "prepare" | "prepared";

export class ResponseScanner {
  readonly #events: ResponseEvents;
  #phase: Phase = "idle";
  /** Bytes of a packet that began in an earlier chunk: header and payload so far. */
  #carry: Buffer = Buffer.allocUnsafeSlow(1024);
  #carryUsed = 0;
  /** Bytes still to come of a row packet that is passed on in pieces. */
  #pieceLeft = 0;
  /** The packet to come continues a payload of 16 MiB. */
  #continues = false;
  #memo: HeadMemo = { head: undefined };
  #expected = 0;
  #gathered: Buffer[] = [];
  #preparedHead: Buffer = Buffer.alloc(0);
  #parameterCount = 0;
  /** Rows of the result under way, and of those finished since `begin`. */
  rowCount = 0;

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  get isIdle(): boolean {
    return this.#phase === "idle";
  }

  /** A command was sent; its answer is next. `memo`: how the answer to this statement began last. */
  begin(kind: "result" | "prepare", memo?: HeadMemo): void {
    assert(this.#phase === "idle", "a command was sent while the answer to another is under way");
    this.#phase = kind === "result" ? "first" : "prepare";
    this.rowCount = 0;
    if (memo !== undefined) this.#memo = memo;
  }

  push(chunk: Buffer): void {
    let at = 0;
    const end = chunk.length;
    while (at < end) {
      if (this.#pieceLeft > 0) at = this.#passPiece(chunk, at);
      else if (this.#carryUsed > 0) at = this.#fillCarry(chunk, at);
      else if (this.#phase === "rows") at = this.#scanRows(chunk, at);
      else if (this.#phase === "first" && this.#hasKnownHead(chunk, at)) at += this.#passHead();
      else {
        const size = end - at < packetHeaderSize ? -1 : sizeAt(chunk, at);
        if (size < 0 || at + packetHeaderSize + size > end) at = this.#carryOver(chunk, at);
        else {
          const from = at + packetHeaderSize;
          at = from + size;
          this.#framePacket(chunk.subarray(from, at));
        }
      }
    }
  }

  #hasKnownHead(chunk: Buffer, at: number): boolean {
    const { head } = this.#memo;
    return head !== undefined && hasHead(chunk, at, head);
  }

  /** Answers the size of the head that was met again. */
  #passHead(): number {
    const head = this.#memo.head as ResultHead;
    this.#beginRows(head);
    return head.bytes.length;
  }

  #beginRows(head: ResultHead): void {
    this.#continues = false;
    this.#phase = "rows";
    this.#events.columns(head);
  }

  /** Walks row packets from `at`; answers where it stopped: at the chunk's end, or after the packet that ends the rows. */
  #scanRows(chunk: Buffer, from: number): number {
    const end = chunk.length;
    let at = from;
    let rows = 0;
    let continues = this.#continues;
    while (end - at > packetHeaderSize) {
      const size = (chunk[at] as number) | ((chunk[at + 1] as number) << 8) | ((chunk[at + 2] as number) << 16);
      const next = at + packetHeaderSize + size;
      const first = chunk[at + packetHeaderSize] as number;
      if (first >= 0xfe && !continues && size > 0 && size < packetPayloadMax) break; // OK or ERR: the rows end here.
      if (next > end) break;
      if (!continues) rows++;
      continues = size === packetPayloadMax;
      at = next;
    }
    this.rowCount += rows;
    this.#continues = continues;
    if (at > from) this.#events.rows(from === 0 && at === end ? chunk : chunk.subarray(from, at));
    if (at === end) return at;
    return this.#scanRest(chunk, at);
  }

  /** What the row walk stopped at: the end of the rows, a packet that is not whole yet, or half a header. */
  #scanRest(chunk: Buffer, at: number): number {
    const left = chunk.length - at;
    if (left <= packetHeaderSize) {
      const isEmptyPacket = left === packetHeaderSize && sizeAt(chunk, at) === 0;
      if (!isEmptyPacket) return this.#carryOver(chunk, at);
      this.#countRow(0);
      this.#events.rows(chunk.subarray(at));
      return chunk.length;
    }
    const size = sizeAt(chunk, at);
    if (this.#endsRows(size, chunk[at + packetHeaderSize] as number)) {
      const next = at + packetHeaderSize + size;
      if (next > chunk.length) return this.#carryOver(chunk, at);
      this.#framePacket(chunk.subarray(at + packetHeaderSize, next));
      return next;
    }
    if (packetHeaderSize + size <= rowPacketGatherMax) return this.#carryOver(chunk, at);
    this.#countRow(size);
    this.#pieceLeft = packetHeaderSize + size;
    return this.#passPiece(chunk, at);
  }

  #endsRows(size: number, first: number): boolean {
    return first >= 0xfe && !this.#continues && size > 0 && size < packetPayloadMax;
  }

  #countRow(size: number): void {
    if (!this.#continues) this.rowCount++;
    this.#continues = size === packetPayloadMax;
  }

  #passPiece(chunk: Buffer, at: number): number {
    const size = Math.min(this.#pieceLeft, chunk.length - at);
    this.#pieceLeft -= size;
    this.#events.rows(chunk.subarray(at, at + size));
    return at + size;
  }

  #carryOver(chunk: Buffer, at: number): number {
    const size = chunk.length - at;
    this.#roomForCarry(size);
    chunk.copy(this.#carry, 0, at);
    this.#carryUsed = size;
    return chunk.length;
  }

  #roomForCarry(size: number): void {
    if (this.#carry.length >= size) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(size, this.#carry.length * 2));
    this.#carry.copy(grown, 0, 0, this.#carryUsed);
    this.#carry = grown;
  }

  #fillCarry(chunk: Buffer, from: number): number {
    let at = from;
    // One byte more than the header tells a row from the end of rows.
    while (this.#carryUsed <= packetHeaderSize && at < chunk.length) {
      if (this.#carryUsed === packetHeaderSize && sizeAt(this.#carry, 0) === 0) break;
      this.#carry[this.#carryUsed++] = chunk[at++] as number;
    }
    if (this.#carryUsed < packetHeaderSize) return at;
    const size = sizeAt(this.#carry, 0);
    if (this.#carryUsed === packetHeaderSize && size > 0) return at;
    const isRow = this.#phase === "rows" && !this.#endsRows(size, this.#carry[packetHeaderSize] as number);
    if (isRow && packetHeaderSize + size > rowPacketGatherMax) return this.#beginPieces(size, at);
    if (!isRow && size > framePayloadMax) throw new MalformedBytes(`a packet of ${size} bytes in front of the rows`);
    const take = Math.min(packetHeaderSize + size - this.#carryUsed, chunk.length - at);
    this.#roomForCarry(this.#carryUsed + take);
    chunk.copy(this.#carry, this.#carryUsed, at, at + take);
    this.#carryUsed += take;
    at += take;
    if (this.#carryUsed < packetHeaderSize + size) return at;
    const packet = this.#carry.subarray(0, this.#carryUsed);
    this.#carryUsed = 0;
    if (isRow) {
      this.#countRow(size);
      this.#events.rows(packet);
    } else this.#framePacket(packet.subarray(packetHeaderSize));
    return at;
  }

  #beginPieces(size: number, at: number): number {
    const head = this.#carry.subarray(0, this.#carryUsed);
    this.#countRow(size);
    this.#pieceLeft = packetHeaderSize + size - this.#carryUsed;
    this.#carryUsed = 0;
    this.#events.rows(head);
    return at;
  }

  #framePacket(payload: Buffer): void {
    switch (this.#phase) {
      case "first":
        return this.#first(payload);
      case "columns":
        return this.#column(payload);
      case "rows":
        return this.#endOfRows(payload);
      case "prepare":
        return this.#prepare(payload);
      case "prepared":
        return this.#preparedColumn(payload);
      case "idle":
        throw new MalformedBytes("the server spoke without being asked");
    }
  }

  #first(payload: Buffer): void {
    const first = payload[0];
    if (first === 0x00) return this.#finish(payload);
    if (first === 0xff) return this.#fail(payload);
    if (first === 0xfb) throw new MalformedBytes("the server asks for a local file, which we never offered");
    this.#expected = new WireReader(payload).lenencSize();
    if (this.#expected > columnsMax) throw new MalformedBytes(`${this.#expected} columns`);
    this.#gathered = [];
    this.#phase = "columns";
  }

  #column(payload: Buffer): void {
    if (payload[0] === 0xff) return this.#fail(payload);
    this.#gathered.push(Buffer.from(payload));
    if (this.#gathered.length < this.#expected) return;
    const head = makeHead(this.#gathered);
    this.#gathered = [];
    this.#memo.head = head;
    this.#beginRows(head);
  }

  #endOfRows(payload: Buffer): void {
    if (payload[0] === 0xff) return this.#fail(payload);
    this.#finish(payload);
  }

  /** An OK packet: the status flag "more results" says whether another result follows. */
  #finish(payload: Buffer): void {
    this.#phase = (okStatus(payload) & statusFlag.moreResults) === 0 ? "idle" : "first";
    this.#events.ok(payload);
  }

  #fail(payload: Buffer): void {
    this.#phase = "idle";
    this.#gathered = [];
    this.#events.error(payload);
  }

  #prepare(payload: Buffer): void {
    if (payload[0] === 0xff) return this.#fail(payload);
    const from = new WireReader(payload, 5); // 0x00 and the statement's id.
    const columnCount = from.u16();
    this.#parameterCount = from.u16();
    this.#expected = columnCount + this.#parameterCount;
    this.#preparedHead = Buffer.from(payload);
    this.#gathered = [];
    this.#phase = "prepared";
    if (this.#expected === 0) this.#finishPrepare();
  }

  #preparedColumn(payload: Buffer): void {
    if (payload[0] === 0xff) return this.#fail(payload);
    this.#gathered.push(Buffer.from(payload));
    if (this.#gathered.length === this.#expected) this.#finishPrepare();
  }

  #finishPrepare(): void {
    const all = this.#gathered;
    this.#gathered = [];
    this.#phase = "idle";
    this.#events.prepared(this.#preparedHead, all.slice(0, this.#parameterCount), all.slice(this.#parameterCount));
  }
}

/** The status flags of an OK packet: behind two length-encoded numbers, which are 0 where an answer has rows. */
function okStatus(payload: Buffer): number {
  if (payload.length >= 5 && payload[1] === 0 && payload[2] === 0)
    return (payload[3] as number) | ((payload[4] as number) << 8);
  const from = new WireReader(payload, 1);
  from.lenenc();
  from.lenenc();
  return from.u16();
}
