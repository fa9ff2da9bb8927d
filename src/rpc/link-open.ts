/** A query link that is up, seen from the gateway: streams, their credit, and what ends them when the link is lost. */
import { assert } from "../base/assert.ts";
import { errorText, type ServerError, VtError } from "../base/errors.ts";
import type { BatchedSocket, SocketListener } from "../base/socket.ts";
import { decodeColumn } from "../sqltypes/column-packet.ts";
import type { Column } from "../sqltypes/result.ts";
import { MalformedBytes, type WireReader } from "../sqltypes/wire.ts";
import { fromStatus } from "./errors.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { ExecuteWriter } from "./link-execute.ts";
import {
  beginFrame,
  columnSlotsMax,
  creditBytes,
  decodeColumns,
  decodeEnd,
  decodeFail,
  decodeHealth,
  decodeJson,
  frameKind,
  framePayloadMax,
  lostLink,
  sendFrame,
  writeJson,
} from "./link-frames.ts";
import type { CallState, QueryRequest, ResultReader, RunningQuery, TabletHealth } from "./query-service.ts";

/** One stream of the link. */
interface Stream {
  frame(kind: number, from: WireReader): void;
  lost(error: VtError): void;
}

const inFlightMax = 20_000;
/** Credit is given back in pieces of this size, not for each frame. */
const creditStep = creditBytes / 2;
const noState: CallState = { transactionId: 0, reservedId: 0, tabletAlias: "" };

interface ColumnSlot {
  readonly columns: readonly Column[];
  readonly packets: readonly Buffer[];
}

export class OpenLink implements SocketListener {
  readonly #socket: BatchedSocket;
  readonly #where: string;
  readonly #lostLink: () => void;
  readonly #assembler: FrameAssembler;
  readonly #streams = new Map<number, Stream>();
  readonly #executes = new ExecuteWriter();
  readonly #columns: ColumnSlot[] = [];
  #lastStream = 0;
  #isLost = false;

  constructor(socket: BatchedSocket, where: string, lost: () => void) {
    this.#socket = socket;
    this.#where = where;
    this.#lostLink = lost;
    this.#assembler = new FrameAssembler(framePayloadMax, (kind, stream, payload) =>
      this.#streams.get(stream)?.frame(kind, payload),
    );
    socket.listen(this);
  }

  bytes(chunk: Buffer): void {
    try {
      this.#assembler.push(chunk);
    } catch (thrown) {
      if (!(thrown instanceof MalformedBytes)) throw thrown;
      this.#end(errorText(thrown));
    }
  }
  closed(error: Error | undefined): void {
    this.#end(error === undefined ? "it closed the link" : error.message);
  }
  close(): void {
    this.#end("the link was closed");
  }

  #end(why: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#socket.flush();
    this.#socket.destroy();
    this.#lostLink();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.lost(lostLink(this.#where, why));
  }

  #open(stream: Stream): number {
    do this.#lastStream = (this.#lastStream % 0xffff_fffe) + 1;
    while (this.#streams.has(this.#lastStream));
    this.#streams.set(this.#lastStream, stream);
    return this.#lastStream;
  }

  execute(request: QueryRequest, reader: ResultReader): RunningQuery {
    if (this.#isLost || this.#streams.size >= inFlightMax) {
      const error = this.#isLost ? lostLink(this.#where, "it is lost") : VtError.of("VT26004", "link", inFlightMax, 0);
      queueMicrotask(() => reader.fail(error, noState));
      return { resume: () => {}, cancel: () => {} };
    }
    const stream = new StatementStream(this, reader);
    stream.id = this.#open(stream);
    sendFrame(this.#socket, this.#executes.write(stream.id, request));
    return stream;
  }

  // For its statements.
  forget(stream: number): void {
    this.#streams.delete(stream);
  }
  cancel(stream: number): void {
    this.#send(frameKind.cancel, stream);
  }
  giveCredit(stream: number, bytes: number): void {
    if (!this.#isLost) sendFrame(this.#socket, beginFrame(frameKind.credit, stream).u32(bytes));
  }

  #send(kind: number, stream: number): void {
    if (!this.#isLost) sendFrame(this.#socket, beginFrame(kind, stream));
  }

  readColumns(from: WireReader): ColumnSlot {
    const { slot, packets } = decodeColumns(from);
    if (slot === 0 || slot > columnSlotsMax) throw new MalformedBytes(`column slot ${slot}`);
    if (packets !== undefined) this.#columns[slot] = { columns: packets.map(decodeColumn), packets };
    const found = this.#columns[slot];
    if (found === undefined) throw new MalformedBytes(`column slot ${slot} was never defined`);
    return found;
  }

  /** A call with one answer. */
  call(kind: number, asked: unknown): Promise<unknown> {
    if (this.#isLost) return Promise.reject(lostLink(this.#where, "it is lost"));
    return new Promise((resolve, reject) => {
      const over = () => this.#streams.delete(id);
      const id = this.#open({
        frame: (got, from) => {
          const isReply = got === frameKind.reply;
          const answer = isReply ? decodeJson(from) : fromStatus(decodeFail(from).status);
          over(); // Only now: what cannot be read ends the link, and with it this call.
          if (isReply) resolve(answer);
          else reject(answer);
        },
        lost: reject,
      });
      sendFrame(this.#socket, writeJson(beginFrame(kind, id), asked));
    });
  }

  streamHealth(onHealth: (health: TabletHealth) => void, signal: AbortSignal): Promise<void> {
    if (this.#isLost) return Promise.reject(lostLink(this.#where, "it is lost"));
    return new Promise((resolve, reject) => {
      const over = (error?: Error) => {
        this.#streams.delete(id);
        signal.removeEventListener("abort", stop);
        if (error === undefined || signal.aborted) resolve();
        else reject(error);
      };
      const stop = () => {
        this.#send(frameKind.cancel, id);
        over();
      };
      const id = this.#open({
        frame: (kind, from) => {
          if (kind === frameKind.health) onHealth(decodeHealth(from));
          else over(fromStatus(decodeFail(from).status));
        },
        lost: over,
      });
      signal.addEventListener("abort", stop, { once: true });
      this.#send(frameKind.streamHealth, id);
    });
  }
}

/** One statement's answer, and the credit that its reader's pace earns. */
class StatementStream implements Stream, RunningQuery {
  id = 0;
  readonly #link: OpenLink;
  readonly #reader: ResultReader;
  /** Bytes read since credit was last given back. */
  #owed = 0;
  #isFull = false;
  #isOver = false;

  constructor(link: OpenLink, reader: ResultReader) {
    this.#link = link;
    this.#reader = reader;
  }

  frame(kind: number, from: WireReader): void {
    switch (kind) {
      case frameKind.rows:
        return this.#rows(from.rest());
      case frameKind.columns: {
        const { columns, packets } = this.#link.readColumns(from);
        return this.#reader.columns(columns, packets);
      }
      case frameKind.end: {
        const { trailer, state } = decodeEnd(from);
        this.#finish();
        return this.#reader.end(trailer, state);
      }
      case frameKind.fail: {
        const { status, state } = decodeFail(from);
        this.#finish();
        return this.#reader.fail(fromStatus(status), state);
      }
      default:
        throw new MalformedBytes(`a frame of kind ${kind} in a statement's answer`);
    }
  }

  #rows(chunk: Buffer): void {
    this.#owed += chunk.length;
    if (!this.#reader.rows(chunk)) this.#isFull = true;
    if (!this.#isFull) this.#giveCredit();
  }

  #giveCredit(): void {
    if (this.#owed < creditStep || this.#isOver) return;
    this.#link.giveCredit(this.id, this.#owed);
    this.#owed = 0;
  }

  resume(): void {
    this.#isFull = false;
    this.#giveCredit();
  }

  cancel(): void {
    if (!this.#isOver) this.#link.cancel(this.id);
  }

  #finish(): void {
    assert(!this.#isOver, "a statement ended twice");
    this.#isOver = true;
    this.#link.forget(this.id);
  }

  lost(error: VtError | ServerError): void {
    this.#isOver = true;
    this.#reader.fail(error, noState);
  }
}
