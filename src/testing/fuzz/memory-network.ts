/**
 * A network without a network: sockets that a test feeds byte by byte, and whose writes it reads back. It stands in for
 * node:net where a server listens or a client connects.
 */
import { EventEmitter } from "node:events";
import type { Network } from "../../base/network.ts";

type SharedRead = { readonly buffer: Uint8Array; readonly callback: (size: number, buffer: Uint8Array) => boolean };

/** One end of a connection: ours; the test is the other. */
export class MemorySocket extends EventEmitter {
  readonly written: Buffer[] = [];
  readonly remoteAddress = "192.0.2.7";
  readonly writableLength = 0;
  destroyed = false;
  writable = true;
  readonly #shared: SharedRead | undefined;
  #isPaused = false;
  #waiting: Buffer[] = [];

  constructor(shared?: SharedRead) {
    super();
    this.#shared = shared;
  }

  /** Bytes from the peer. What the receiver throws is thrown here. */
  receive(chunk: Buffer): void {
    if (this.destroyed) return;
    if (this.#isPaused) this.#waiting.push(Buffer.from(chunk));
    else if (this.#shared === undefined) this.emit("data", chunk);
    else this.#receiveShared(this.#shared, chunk);
  }

  #receiveShared({ buffer, callback }: SharedRead, chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += buffer.length) {
      const piece = chunk.subarray(at, at + buffer.length);
      buffer.set(piece);
      callback(piece.length, buffer);
    }
  }

  write(bytes: Buffer): boolean {
    this.written.push(Buffer.from(bytes));
    return true;
  }
  /** All that was written since the last call. */
  takeWritten(): Buffer {
    return Buffer.concat(this.written.splice(0));
  }
  pause(): this {
    this.#isPaused = true;
    return this;
  }
  resume(): this {
    this.#isPaused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const chunk of waiting) this.receive(chunk);
    return this;
  }
  end(): this {
    return this.destroy();
  }
  destroy(): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.writable = false;
    setImmediate(() => this.emit("close"));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

export interface MemoryNetwork {
  readonly network: Network;
  /** A client that comes to the server that listens. */
  readonly arrive: () => MemorySocket;
  /** The sockets that somebody connected, in order; taken from here by the test. */
  readonly dialed: MemorySocket[];
}

export function memoryNetwork(): MemoryNetwork {
  let accept: ((socket: MemorySocket) => void) | undefined;
  const dialed: MemorySocket[] = [];
  const server = Object.assign(new EventEmitter(), {
    listen: (_where: unknown, done: () => void) => done(),
    address: () => ({ port: 1 }),
    close: () => {},
  });
  const network = {
    createServer: (_options: unknown, accepted: (socket: MemorySocket) => void) => {
      accept = accepted;
      return server;
    },
    connect: ({ onread }: { readonly onread?: SharedRead }) => {
      const socket = new MemorySocket(onread);
      dialed.push(socket);
      setImmediate(() => socket.emit("connect"));
      return socket;
    },
  };
  const arrive = () => {
    const socket = new MemorySocket();
    accept?.(socket);
    return socket;
  };
  return { network: network as unknown as Network, arrive, dialed };
}
