/**
 * A connection from a proxy's network before its PROXY header is whole. Nothing is said to it until then; who sends
 * something else, or too slowly, is shut out.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { BatchedSocket, SocketListener } from "../base/socket.ts";
import { MalformedBytes } from "../sqltypes/wire.ts";
import { type ProxyHeader, readProxyHeader } from "./proxy-header.ts";

export interface ProxyGatePorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly timeoutMs: number;
  /** The header is whole; `rest` is what followed it, valid only during the call. */
  readonly passed: (header: ProxyHeader, rest: Buffer) => void;
  /** It came to nothing. */
  readonly closed: () => void;
}

export class ProxyGate implements SocketListener {
  readonly #socket: BatchedSocket;
  readonly #ports: ProxyGatePorts;
  readonly #timer: Timer;
  #kept: Buffer = Buffer.alloc(0);
  #isShut = false;

  constructor(socket: BatchedSocket, ports: ProxyGatePorts) {
    this.#socket = socket;
    this.#ports = ports;
    this.#timer = ports.clock.after(ports.timeoutMs, () => socket.destroy());
  }

  bytes(chunk: Buffer): void {
    if (this.#isShut) return;
    this.#kept = Buffer.concat([this.#kept, chunk]);
    try {
      const header = readProxyHeader(this.#kept);
      if (header === undefined) return;
      this.#timer.cancel();
      this.#ports.passed(header, this.#kept.subarray(header.size));
    } catch (thrown) {
      if (!(thrown instanceof MalformedBytes)) throw thrown;
      this.#isShut = true;
      this.#ports.log.warn({ from: this.#socket.remoteAddress, err: thrown }, "a proxy's connection is shut out");
      this.#socket.destroy();
    }
  }

  closed(): void {
    this.#timer.cancel();
    this.#ports.closed();
  }

  /** The server closes. */
  destroy(): void {
    this.#socket.destroy();
  }
}
