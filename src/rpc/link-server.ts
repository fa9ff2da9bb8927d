/**
 * The tablet's side of the query link: serves any `QueryService` to gateways that said who they are. When a link is lost,
 * what ran for it is cancelled and the transactions begun over it are rolled back: nobody else knows their ids.
 */
import { copyBytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { errorText, VtError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Network } from "../base/network.ts";
import { type Address, type BatchedSocket, listenSockets, type SocketListener } from "../base/socket.ts";
import type { TlsOptions } from "../base/tls.ts";
import { encodeColumn } from "../sqltypes/column-packet.ts";
import type { Column, ResultTrailer } from "../sqltypes/result.ts";
import { MalformedBytes, type WireReader } from "../sqltypes/wire.ts";
import type { Authenticator } from "./auth.ts";
import { toStatus } from "./errors.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import {
  beginFrame,
  columnSlotsMax,
  creditBytes,
  decodeHello,
  frame,
  frameHeaderSize,
  frameKind,
  framePayloadMax,
  helloPayloadMax,
  linkVersion,
  sendFrame,
  writeColumns,
  writeEnd,
  writeFail,
  writeFrameHeader,
  writeHello,
  writeJson,
} from "./link-frames.ts";
import { ExecuteReader } from "./link-execute.ts";
import { type RareKind, rareCalls } from "./link-calls.ts";
import { peerHost } from "./peer-host.ts";
import type { CallState, QueryRequest, QueryService, ResultReader, RunningQuery, Target } from "./query-service.ts";
import { Slots } from "./slots.ts";

export interface LinkServerEnvironment {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface LinkServerOptions {
  readonly address: Address;
  readonly service: QueryService;
  /** Absent: everybody who can connect may ask. */
  readonly authenticate?: Authenticator;
  /** TLS from the first byte. */
  readonly tls?: TlsOptions;
  /** Default 10 s. */
  readonly helloTimeoutMs?: number;
  /** Streams open at once per link; default 20,000. */
  readonly streamsMax?: number;
}

export interface LinkServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveLink(env: LinkServerEnvironment, options: LinkServerOptions): Promise<LinkServer> {
  const links = new Set<ServedLink>();
  const listener = await listenSockets(env.network, options.address, {
    tlsLater: options.tls !== undefined,
    accept: (socket) => {
      const link = new ServedLink(env, options, socket, () => links.delete(link));
      links.add(link);
      return link;
    },
  });
  return {
    port: listener.port,
    close: async () => {
      await listener.close();
      for (const link of links) link.destroy();
    },
  };
}

interface ServedStream {
  readonly cancel: () => void;
  readonly credit: (bytes: number) => void;
}

const noState: CallState = { transactionId: 0, reservedId: 0, tabletAlias: "" };

class ServedLink implements SocketListener {
  readonly #env: LinkServerEnvironment;
  readonly #options: LinkServerOptions;
  readonly #socket: BatchedSocket;
  readonly #forget: () => void;
  readonly #assembler: FrameAssembler;
  readonly #streams = new Map<number, ServedStream>();
  readonly #executes: ExecuteReader;
  readonly #columnSlots = new Slots<readonly Buffer[]>(columnSlotsMax);
  /** Transactions and reserved connections of this link's sessions, with where they are. */
  readonly #held = new Map<number, Target>();
  /** Those that wait until the gateway has read what was sent. */
  readonly #full = new Set<ServedStatement>();
  readonly #helloTimer;
  #isWelcome = false;
  #isClosed = false;

  constructor(env: LinkServerEnvironment, options: LinkServerOptions, socket: BatchedSocket, forget: () => void) {
    this.#env = env;
    this.#options = options;
    this.#socket = socket;
    this.#executes = new ExecuteReader(peerHost(socket.remoteAddress));
    this.#forget = forget;
    this.#assembler = new FrameAssembler(helloPayloadMax, (kind, stream, payload) =>
      this.#frame(kind, stream, payload),
    );
    this.#helloTimer = env.clock.after(options.helloTimeoutMs ?? 10_000, () => this.destroy());
    if (options.tls !== undefined) socket.startTls(options.tls, "server", Buffer.alloc(0), () => {});
  }

  destroy(): void {
    this.#socket.destroy();
  }

  bytes(chunk: Buffer): void {
    try {
      this.#assembler.push(chunk);
    } catch (thrown) {
      if (!(thrown instanceof MalformedBytes)) throw thrown;
      this.#env.log.warn({ from: this.#socket.remoteAddress, err: thrown }, "a query link sent nonsense");
      this.destroy();
    }
  }

  drained(): void {
    const waiting = [...this.#full];
    this.#full.clear();
    for (const statement of waiting) statement.drained();
  }

  closed(): void {
    this.#isClosed = true;
    this.#helloTimer.cancel();
    this.#forget();
    this.#full.clear();
    for (const stream of this.#streams.values()) stream.cancel();
    this.#streams.clear();
    for (const [id, target] of this.#held) this.#letGo(id, target);
  }

  /** A statement under way in it was cancelled above: try until it has let go. */
  #letGo(id: number, target: Target, triesLeft = 20): void {
    this.#options.service.release(target, id, id).catch((thrown: unknown) => {
      if (triesLeft > 0) this.#env.clock.after(100, () => this.#letGo(id, target, triesLeft - 1));
      else this.#env.log.warn({ id, err: thrown }, "a lost gateway's transaction stays until its time is over");
    });
  }

  #fail(stream: number, thrown: unknown): void {
    if (!this.#isClosed)
      sendFrame(this.#socket, writeFail(beginFrame(frameKind.fail, stream), toStatus(thrown), noState));
  }
  #sendJson(kind: number, stream: number, value: unknown): void {
    if (!this.#isClosed) sendFrame(this.#socket, writeJson(beginFrame(kind, stream), value));
  }

  #frame(kind: number, stream: number, payload: WireReader): void {
    if (!this.#isWelcome) return this.#hello(kind, payload);
    switch (kind) {
      case frameKind.execute:
        return this.#execute(stream, payload);
      case frameKind.credit:
        return this.#streams.get(stream)?.credit(payload.u32());
      case frameKind.cancel:
        return this.#streams.get(stream)?.cancel();
      case frameKind.streamHealth:
        return this.#streamHealth(stream);
      default:
        return this.#rare(kind, stream, payload.rest());
    }
  }

  #hello(kind: number, payload: WireReader): void {
    if (kind !== frameKind.hello) throw new MalformedBytes("a link that did not say hello");
    const { version, credentials } = decodeHello(payload);
    const metadata = new Map(Object.entries(credentials));
    const { peerName } = this.#socket;
    try {
      if (version !== linkVersion) throw VtError.of("VT25004", `link version ${version}, we speak ${linkVersion}`);
      this.#options.authenticate?.({ metadata, subject: peerName === "" ? undefined : { CN: peerName } });
    } catch (thrown) {
      this.#fail(0, thrown);
      this.#socket.end();
      return;
    }
    this.#isWelcome = true;
    this.#helloTimer.cancel();
    this.#assembler.payloadMax = framePayloadMax;
    const welcome = { version: linkVersion, features: 0, credentials: {} };
    sendFrame(this.#socket, writeHello(beginFrame(frameKind.welcome, 0), welcome));
  }

  #open(stream: number, opened: ServedStream): void {
    if (this.#streams.has(stream)) throw new MalformedBytes(`stream ${stream} is open already`);
    this.#streams.set(stream, opened);
  }

  #isFull(stream: number): boolean {
    const streamsMax = this.#options.streamsMax ?? 20_000;
    if (this.#streams.size < streamsMax) return false;
    this.#fail(stream, VtError.of("VT26004", "link", streamsMax, 0));
    return true;
  }

  #execute(stream: number, from: WireReader): void {
    const request = this.#executes.read(from);
    if (this.#isFull(stream)) return;
    const statement = new ServedStatement(this, this.#socket, stream, request);
    this.#open(stream, statement);
    statement.running = this.#options.service.execute(request, statement);
  }

  // For its statements.
  sendColumns(stream: number, packets: readonly Buffer[]): void {
    const slot = this.#columnSlots.find(packets);
    if (this.#isClosed) return;
    const to = beginFrame(frameKind.columns, stream);
    sendFrame(this.#socket, writeColumns(to, Math.abs(slot), slot > 0 ? undefined : packets));
  }
  waitForDrain(statement: ServedStatement): void {
    if (this.#socket.isFull) this.#full.add(statement);
  }
  over(statement: ServedStatement, request: QueryRequest, state: CallState): void {
    this.#streams.delete(statement.stream);
    if (this.#full.size > 0) this.#full.delete(statement);
    this.#remember(request.target, request, state);
  }

  #remember(
    target: Target,
    before: { readonly transactionId: number; readonly reservedId: number },
    state: CallState,
  ): void {
    const id = state.transactionId || state.reservedId;
    if (id === 0) {
      if (this.#held.size > 0) this.#held.delete(before.transactionId || before.reservedId);
      return;
    }
    if (this.#isClosed) this.#letGo(id, target);
    else this.#held.set(id, target);
  }

  #streamHealth(stream: number): void {
    if (this.#isFull(stream)) return;
    const stop = new AbortController();
    this.#open(stream, { cancel: () => stop.abort(), credit: () => {} });
    const over = (thrown?: unknown) => {
      this.#streams.delete(stream);
      this.#fail(stream, thrown ?? VtError.of("VT26006", "the health stream ended"));
    };
    this.#options.service
      .streamHealth((health) => this.#sendJson(frameKind.health, stream, health), stop.signal)
      .then(() => over(), over);
  }

  #rare(kind: number, stream: number, payload: Buffer): void {
    const call = rareCalls.get(kind as RareKind);
    if (call === undefined) throw new MalformedBytes(`a frame of kind ${kind}`);
    if (this.#isFull(stream)) return;
    const asked = call(this.#options.service, payload);
    this.#open(stream, { cancel: () => {}, credit: () => {} });
    asked.answer.then(
      ({ reply, state }) => {
        this.#streams.delete(stream);
        if (state !== undefined) this.#remember(asked.target, asked.before, state);
        this.#sendJson(frameKind.reply, stream, reply);
      },
      (thrown: unknown) => {
        this.#streams.delete(stream);
        this.#fail(stream, thrown);
        if (!(thrown instanceof Error)) this.#env.log.warn({ err: errorText(thrown) }, "a call failed oddly");
      },
    );
  }
}

/** Sends one statement's answer as far as the gateway's credit goes. */
class ServedStatement implements ResultReader, ServedStream {
  readonly stream: number;
  readonly #link: ServedLink;
  readonly #socket: BatchedSocket;
  readonly #request: QueryRequest;
  #credit = creditBytes;
  running: RunningQuery | undefined;

  constructor(link: ServedLink, socket: BatchedSocket, stream: number, request: QueryRequest) {
    this.#link = link;
    this.#socket = socket;
    this.stream = stream;
    this.#request = request;
  }

  cancel(): void {
    this.running?.cancel();
  }
  credit(bytes: number): void {
    const wasOut = this.#credit <= 0;
    this.#credit += bytes;
    if (wasOut && this.#credit > 0) this.running?.resume();
  }
  /** The gateway has read: those that have no credit wait on. */
  drained(): void {
    if (this.#credit > 0) this.running?.resume();
  }

  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#link.sendColumns(this.stream, packets.length === columns.length ? packets : columns.map(encodeColumn));
  }

  rows(chunk: Buffer): boolean {
    const socket = this.#socket;
    const size = frameHeaderSize + chunk.length;
    const at = socket.reserve(size);
    if (at >= 0) {
      writeFrameHeader(socket.batch, at, frameKind.rows, this.stream, chunk.length);
      copyBytes(chunk, 0, chunk.length, socket.batch, at + frameHeaderSize);
    } else socket.writeOwned(frame(frameKind.rows, this.stream, chunk));
    this.#credit -= chunk.length;
    const hasRoom = this.#credit > 0 && !socket.isFull;
    if (!hasRoom) this.#link.waitForDrain(this);
    return hasRoom;
  }

  end(trailer: ResultTrailer, state: CallState): void {
    this.#link.over(this, this.#request, state);
    sendFrame(this.#socket, writeEnd(beginFrame(frameKind.end, this.stream), trailer, state));
  }

  fail(error: Error, state: CallState): void {
    this.#link.over(this, this.#request, state);
    sendFrame(this.#socket, writeFail(beginFrame(frameKind.fail, this.stream), toStatus(error), state));
  }
}
