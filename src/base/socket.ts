/**
 * A socket for request-and-answer protocols, tuned once for everybody: the link and both sides of the MySQL protocol.
 *
 * - Writes are gathered and leave as one write per socket at the end of the event-loop turn (`setImmediate`): a wake-up
 *   costs more than a message. `write` copies, so the caller may reuse its bytes at once.
 * - No Nagle. `isFull` tells that the peer reads slower than we write; `drained` is called once it caught up.
 * - Reads land in one buffer shared by all plain sockets: a chunk is valid only during the call of `bytes`. Node documents
 *   this (`onread`) for sockets we connect; for accepted ones the handle is moved, which is tested once per process; TLS
 *   cannot do it. Where it does not work, plain `data` events serve.
 * - After `closed`, which is called exactly once, nothing else is called.
 */
import { copyBytes } from "./bytes.ts";
import { acceptTls, type TlsOptions } from "./tls.ts";
import { type Network, type Server, type Socket, secureNetwork, type TLSSocket } from "./network.ts";

export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

export interface SocketListener {
  /** `chunk` is valid only during the call. */
  bytes(chunk: Buffer): void;
  closed(error: Error | undefined): void;
  /** The peer read what made the socket full. */
  drained?(): void;
}

/** Unsent bytes beyond which a socket is full. */
const unsentBytesMax = 1024 * 1024;
const batchSize = 32 * 1024;
const spareBatchesMax = 32;
const readBufferSize = 64 * 1024;

const spareBatches: Buffer[] = [];
const sharedReadBuffer = Buffer.allocUnsafeSlow(readBufferSize);

let waiting: BatchedSocket[] = [];
/** The other list, for the next turn. */
let flushed: BatchedSocket[] = [];
let isScheduled = false;
function flushWaiting(): void {
  isScheduled = false;
  const sockets = waiting;
  waiting = flushed;
  for (let i = 0; i < sockets.length; i++) (sockets[i] as BatchedSocket).flush();
  sockets.length = 0;
  flushed = sockets;
}

/** Plain bytes or TLS over one connection; see the file's head. */
export class BatchedSocket {
  #socket: Socket | TLSSocket;
  #listener: SocketListener;
  #batch: Buffer | undefined;
  #batchUsed = 0;
  #isWaiting = false;
  #isClosed = false;
  #error: Error | undefined;
  readonly #isShared: boolean;
  #isPaused = false;
  /** A TLS handshake is under way. */
  #isChanging = false;

  /** Use `connectSocket` or `listenSockets`. */
  constructor(socket: Socket, listener: SocketListener, isShared: boolean) {
    this.#socket = socket;
    this.#listener = listener;
    this.#isShared = isShared;
    this.#watch(socket);
  }

  #watch(socket: Socket | TLSSocket): void {
    socket.setNoDelay(true);
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("close", () => {
      if (socket !== this.#socket || this.#isClosed) return;
      this.#isClosed = true;
      this.#dropBatch();
      this.#listener.closed(this.#error);
    });
    socket.on("drain", () => {
      if (!this.#isClosed) this.#listener.drained?.();
    });
    if (!this.#isShared) socket.on("data", (chunk: Buffer) => this.accept(chunk));
  }

  /** For the shared read buffer's callback. */
  accept(chunk: Buffer): boolean {
    if (!this.#isClosed) this.#listener.bytes(chunk);
    return !this.#isPaused;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }
  /** The peer's IP address; empty on a unix socket. */
  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? "";
  }
  /** True when so much is unsent that the caller should stop producing until `drained`. */
  get isFull(): boolean {
    return this.#socket.writableLength + this.#batchUsed > unsentBytesMax;
  }
  get unsentBytes(): number {
    return this.#socket.writableLength + this.#batchUsed;
  }

  /** Another listener from now on: a connection that changes its phase. */
  listen(listener: SocketListener): void {
    this.#listener = listener;
  }

  /** Sends a copy of `bytes` at the end of this turn. */
  write(bytes: Buffer): void {
    const at = this.reserve(bytes.length);
    if (at >= 0) copyBytes(bytes, 0, bytes.length, this.#batch as Buffer, at);
    else if (!this.#isClosed) this.#send(Buffer.from(bytes));
  }

  /** Sends a copy of the first `size` bytes. */
  writeStart(bytes: Buffer, size: number): void {
    const at = this.reserve(size);
    if (at >= 0) copyBytes(bytes, 0, size, this.#batch as Buffer, at);
    else if (!this.#isClosed) this.#send(Buffer.from(bytes.subarray(0, size)));
  }

  /** Sends `bytes`, which the caller gives away. */
  writeOwned(bytes: Buffer): void {
    const at = this.reserve(bytes.length);
    if (at >= 0) copyBytes(bytes, 0, bytes.length, this.#batch as Buffer, at);
    else if (!this.#isClosed) this.#send(bytes);
  }

  /**
   * Room for `size` bytes in the batch, to be filled in place through `batch` before anything else is called; answers
   * where it begins, or -1 when that many bytes do not go through a batch (then everything before them is sent).
   */
  reserve(size: number): number {
    if (this.#isClosed) return -1;
    if (this.#batchUsed + size > batchSize) this.flush();
    if (size > batchSize) return -1;
    this.#batch ??= spareBatches.pop() ?? Buffer.allocUnsafeSlow(batchSize);
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      waiting.push(this);
      if (!isScheduled) {
        isScheduled = true;
        setImmediate(flushWaiting);
      }
    }
    const at = this.#batchUsed;
    this.#batchUsed += size;
    return at;
  }
  /** The bytes that `reserve` points into. */
  get batch(): Buffer {
    return this.#batch as Buffer;
  }

  /** Sends what is gathered now. */
  flush(): void {
    this.#isWaiting = false;
    const batch = this.#batch;
    if (batch === undefined || this.#batchUsed === 0) return;
    const bytes = batch.subarray(0, this.#batchUsed);
    this.#batchUsed = 0;
    this.#batch = undefined;
    if (this.#isClosed) return;
    this.#send(bytes);
    // A write that the kernel took at once leaves the bytes free; otherwise they still belong to the socket.
    if (this.#socket.writableLength === 0 && spareBatches.length < spareBatchesMax) spareBatches.push(batch);
  }

  #send(bytes: Buffer): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }

  #dropBatch(): void {
    this.#batch = undefined;
    this.#batchUsed = 0;
  }

  pause(): void {
    this.#isPaused = true;
    if (!this.#isChanging) this.#socket.pause();
  }
  resume(): void {
    this.#isPaused = false;
    if (!this.#isChanging) this.#socket.resume();
  }

  /** Sends what is gathered, then closes. */
  end(): void {
    this.flush();
    this.#socket.end();
  }
  destroy(error?: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
  }
  /** Does not keep the program alive by itself. */
  unref(): void {
    this.#socket.unref();
  }

  get isEncrypted(): boolean {
    return "encrypted" in this.#socket;
  }
  /** The peer's verified certificate subject (common name), where it showed one. */
  get peerName(): string {
    if (!("encrypted" in this.#socket) || !this.#socket.authorized) return "";
    const name: unknown = this.#socket.getPeerCertificate().subject?.CN;
    return typeof name === "string" ? name : "";
  }
  /** The DNS names of that certificate. */
  get peerDnsNames(): readonly string[] {
    if (!("encrypted" in this.#socket) || !this.#socket.authorized) return [];
    const names: string | undefined = this.#socket.getPeerCertificate().subjectaltname;
    return (names ?? "").split(", ").flatMap((name) => (name.startsWith("DNS:") ? [name.slice(4)] : []));
  }
  /** "TLSv1.3"; empty where there is none. */
  get tlsVersion(): string {
    return "encrypted" in this.#socket ? (this.#socket.getProtocol() ?? "") : "";
  }

  /**
   * Goes over to TLS; `done` is called when it is up. `ahead` are bytes that came with the request and belong to TLS
   * already. A failure closes the socket. Never on a shared read buffer.
   */
  startTls(options: TlsOptions, role: "client" | "server", ahead: Buffer, done: () => void): void {
    this.flush();
    const plain = this.#socket;
    plain.removeAllListeners("data");
    plain.removeAllListeners("drain");
    plain.pause();
    if (ahead.length > 0) plain.unshift(Buffer.from(ahead)); // A TLS socket reads what is left in the one below it.
    const { verifyPeer, serverName, ...rest } = options;
    const use = (secured: TLSSocket) => {
      this.#isChanging = false;
      this.#socket = secured;
      this.#watch(secured);
      secured.resume();
      done();
    };
    this.#isChanging = true;
    if (role === "server") return acceptTls(plain, options, use, (error) => this.destroy(error));
    const name = serverName === undefined ? {} : { servername: serverName };
    const secured = secureNetwork.connect({ socket: plain, rejectUnauthorized: verifyPeer, ...name, ...rest }, () => {
      secured.off("error", failed);
      use(secured);
    });
    const failed = (error: Error) => this.destroy(error);
    secured.once("error", failed);
  }
}

/** Connects; `connected` is called before any byte arrives. With `tlsLater` the socket can go over to TLS. */
export function connectSocket(
  net: Network,
  address: Address,
  options: { readonly listener: SocketListener; readonly connected: () => void; readonly tlsLater: boolean },
): BatchedSocket {
  const where = "path" in address ? { path: address.path } : { host: address.host, port: address.port };
  const target: { socket?: BatchedSocket } = {};
  const onread = {
    buffer: sharedReadBuffer,
    callback: (size: number, buffer: Uint8Array) => target.socket?.accept(viewOf(buffer, size)) ?? true,
  };
  const plain = net.connect(options.tlsLater ? where : { ...where, onread });
  const socket = new BatchedSocket(plain, options.listener, !options.tlsLater);
  target.socket = socket;
  plain.once("connect", options.connected);
  return socket;
}

function viewOf(buffer: Uint8Array, size: number): Buffer {
  return buffer === sharedReadBuffer
    ? sharedReadBuffer.subarray(0, size)
    : Buffer.from(buffer.buffer, buffer.byteOffset, size);
}

export interface SocketServer {
  /** The port in use; 0 on a unix socket. */
  readonly port: number;
  /** Accepts nobody else; those connected stay. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly accept: (socket: BatchedSocket) => SocketListener;
  /** Accepted sockets can go over to TLS; they then do without the shared read buffer. */
  readonly tlsLater: boolean;
  /** Workers of one gateway listen on one port. */
  readonly reusePort?: boolean;
  /** The time between TCP's own questions whether the peer is still there; 0 or none: it does not ask. */
  readonly keepAliveMs?: number;
}

/** Listens; rejects when the address is taken. */
export async function listenSockets(net: Network, address: Address, options: ListenOptions): Promise<SocketServer> {
  const keepAliveInitialDelay = options.keepAliveMs ?? 0;
  const keepAlive = keepAliveInitialDelay > 0;
  const tuned = { pauseOnConnect: true, noDelay: true, keepAlive, keepAliveInitialDelay };
  const server = net.createServer(tuned, (plain) => {
    const shared = options.tlsLater ? undefined : moveToSharedBuffer(net, plain);
    const target = new BatchedSocket(shared?.socket ?? plain, nobody, shared !== undefined);
    if (shared !== undefined) shared.accept = (chunk) => target.accept(chunk);
    target.listen(options.accept(target));
    target.resume();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    const where = "path" in address ? { path: address.path } : { host: address.host, port: address.port };
    const reuse = options.reusePort === true && "port" in address ? { reusePort: true } : {};
    server.listen({ ...where, ...reuse, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return { port: portOf(server), close: () => closeServer(server) };
}

const nobody: SocketListener = { bytes: () => {}, closed: () => {} };

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

/** Node reports a server closed once its connections are; ours close on their own. */
function closeServer(server: Server): Promise<void> {
  server.close();
  return Promise.resolve();
}

interface MovedSocket {
  readonly socket: Socket;
  accept: (chunk: Buffer) => boolean;
}

/** Takes an accepted socket's handle into a socket with the shared buffer; undefined where Node lets us not. */
function moveToSharedBuffer(net: Network, plain: Socket): MovedSocket | undefined {
  const holder = plain as unknown as { _handle: { onread?: unknown; useUserBuffer?: unknown } | null };
  const handle = holder._handle;
  if (handle === null || typeof handle !== "object" || typeof handle.useUserBuffer !== "function") return undefined;
  holder._handle = null;
  const moved: { -readonly [K in keyof MovedSocket]?: MovedSocket[K] } = {};
  const callback = (size: number, buffer: Uint8Array) => moved.accept?.(viewOf(buffer, size)) ?? true;
  const options = { handle, onread: { buffer: sharedReadBuffer, callback } };
  moved.socket = new net.Socket(options as unknown as ConstructorParameters<typeof net.Socket>[0]);
  moved.accept = () => true;
  return moved as MovedSocket;
}
