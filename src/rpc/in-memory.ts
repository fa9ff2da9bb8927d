/**
 * A network inside one process: servers by address, and the same clients as over gRPC. Messages are encoded and decoded
 * on the way, so that nothing is shared, limits hold, and errors look as they do over the wire. A stream is pulled: its
 * handler runs only as fast as the caller reads.
 */
import { create, type DescMethod, type DescService, type Message } from "@bufbuild/protobuf";
import { type Clock, deadline } from "../base/clock.ts";
import { VtError } from "../base/errors.ts";
import type { Authenticator, Credentials } from "./auth.ts";
import { codecOf, messageSizeMaxDefault } from "./codec.ts";
import { fromStatus, toStatus } from "./errors.ts";
import {
  type AnyInit,
  type CallContext,
  type CallOptions,
  type Carrier,
  type Channel,
  callName,
  clientOf,
  type RpcServer,
  type Service,
  type StreamHandler,
  type UnaryHandler,
} from "./service.ts";

export interface MemoryNetwork {
  serve(address: string, options: MemoryServerOptions): RpcServer;
  dial(address: string, options?: MemoryDialOptions): Channel;
}

export interface MemoryServerOptions {
  readonly services: readonly Service[];
  readonly authenticate?: Authenticator;
  readonly messageSizeMax?: number;
}

export interface MemoryDialOptions {
  readonly credentials?: Credentials;
  /** Of unary calls that give none. */
  readonly timeoutMs?: number;
  readonly messageSizeMax?: number;
}

const timeoutMsDefault = 30_000;

/** One network; servers and clients of another one are not seen. */
export function memoryNetwork(clock: Clock): MemoryNetwork {
  const servers = new Map<string, MemoryServer>();
  return {
    serve(address, options) {
      if (servers.has(address)) throw VtError.of("VT14001", address, "the address is in use");
      const server = new MemoryServer(options);
      servers.set(address, server);
      return {
        address,
        port: 0,
        close(graceMs) {
          if (servers.get(address) === server) servers.delete(address);
          return server.close(clock, graceMs);
        },
      };
    },
    dial(address, options = {}) {
      const closed = new AbortController();
      const find = () => {
        const server = servers.get(address);
        if (server === undefined || closed.signal.aborted) throw VtError.of("VT14001", address, "nobody is there");
        return server;
      };
      const carrier = new MemoryCarrier(clock, address, options, find, closed.signal);
      return {
        address,
        client: (service: DescService) => clientOf(service, carrier) as never,
        close: async () => closed.abort(VtError.of("VT14001", address, "the channel is closed")),
      };
    },
  };
}

class MemoryServer {
  readonly options: MemoryServerOptions;
  readonly #gone = new AbortController();
  readonly #calls = new Set<() => void>();
  #emptied: (() => void) | undefined;

  constructor(options: MemoryServerOptions) {
    this.options = options;
  }

  /** Aborts when the calls under way are cut off. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  handler(method: DescMethod): Service["handlers"][string] {
    const service = this.options.services.find(({ desc }) => desc.typeName === method.parent.typeName);
    const handler = service?.handlers[method.localName];
    if (handler === undefined) throw VtError.of("VT25006", callName(method));
    return handler;
  }

  /** Counts a call; the answer ends it. */
  begin(): () => void {
    const end = () => {
      this.#calls.delete(end);
      if (this.#calls.size === 0) this.#emptied?.();
    };
    this.#calls.add(end);
    return end;
  }

  async close(clock: Clock, graceMs: number): Promise<void> {
    if (this.#calls.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = clock.after(graceMs, resolve);
        this.#emptied = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    this.#gone.abort();
  }
}

/** One call from the caller's side: when it must end, and what the handler sees. */
interface Call {
  readonly context: CallContext;
  /** Rejects when the call must end, whatever the handler does. */
  readonly aborted: Promise<never>;
  readonly end: () => void;
}

class MemoryCarrier implements Carrier {
  readonly #clock: Clock;
  readonly #address: string;
  readonly #options: MemoryDialOptions;
  readonly #find: () => MemoryServer;
  readonly #closed: AbortSignal;

  constructor(
    clock: Clock,
    address: string,
    options: MemoryDialOptions,
    find: () => MemoryServer,
    closed: AbortSignal,
  ) {
    this.#clock = clock;
    this.#address = address;
    this.#options = options;
    this.#find = find;
    this.#closed = closed;
  }

  async unary(method: DescMethod, message: Message, callOptions: CallOptions): Promise<Message> {
    const server = this.#find();
    const codec = codecOf(method);
    const read = callOptions.readResponse ?? codec.readResponse;
    const request = codec.readRequest(this.#carry(method, codec.writeRequest(message), server));
    const call = this.#begin(server, method, callOptions);
    try {
      const run = async () => (server.handler(method) as UnaryHandler)(request, call.context);
      const response = create(method.output, await Promise.race([run(), call.aborted]));
      return read(this.#carry(method, codec.writeResponse(response), server));
    } catch (error) {
      throw asOverTheWire(error);
    } finally {
      call.end();
    }
  }

  async *stream(method: DescMethod, message: Message, callOptions: CallOptions): AsyncGenerator<Message> {
    const server = this.#find();
    const codec = codecOf(method);
    const read = callOptions.readResponse ?? codec.readResponse;
    const request = codec.readRequest(this.#carry(method, codec.writeRequest(message), server));
    const left = new AbortController();
    const signals = callOptions.signal === undefined ? [left.signal] : [left.signal, callOptions.signal];
    const call = this.#begin(server, method, { ...callOptions, signal: AbortSignal.any(signals) });
    let responses: AsyncIterator<AnyInit> | undefined;
    try {
      responses = (server.handler(method) as StreamHandler)(request, call.context)[Symbol.asyncIterator]();
      for (;;) {
        const next = await Promise.race([responses.next(), call.aborted]);
        if (call.context.signal.aborted) throw call.context.signal.reason;
        if (next.done === true) return;
        const response = create(method.output, next.value);
        yield read(this.#carry(method, codec.writeResponse(response), server));
      }
    } catch (error) {
      throw asOverTheWire(error);
    } finally {
      left.abort();
      void Promise.resolve(responses?.return?.()).catch(() => undefined); // It may still be waiting for something.
      call.end();
    }
  }

  #carry(method: DescMethod, bytes: Buffer, { options }: MemoryServer): Buffer {
    const sizeMax = Math.min(
      options.messageSizeMax ?? messageSizeMaxDefault,
      this.#options.messageSizeMax ?? messageSizeMaxDefault,
    );
    if (bytes.length <= sizeMax) return bytes;
    throw VtError.of("VT25003", callName(method), `it has ${bytes.length} bytes of ${sizeMax}`);
  }

  #begin(server: MemoryServer, method: DescMethod, { signal, ...callOptions }: CallOptions): Call {
    if (signal?.aborted === true) throw canceled(method, signal);
    const metadata = metadataOf(this.#options.credentials, callOptions.metadata);
    const user = server.options.authenticate?.({ metadata, subject: undefined }) ?? "";
    const unaryTimeoutMs = this.#options.timeoutMs ?? timeoutMsDefault;
    const timeoutMs = callOptions.timeoutMs ?? (method.methodKind === "unary" ? unaryTimeoutMs : Infinity);
    const reasons = new AbortController();
    const cancel = () => reasons.abort(canceled(method, signal as AbortSignal));
    const cutOff = () => reasons.abort(VtError.of("VT14001", this.#address, "the connection was lost"));
    const connection = [server.gone, this.#closed];
    signal?.addEventListener("abort", cancel, { once: true });
    for (const each of connection) each.addEventListener("abort", cutOff, { once: true });
    const tooLate = () => VtError.of("VT25001", callName(method), timeoutMs);
    const limit = Number.isFinite(timeoutMs)
      ? deadline(this.#clock, timeoutMs, tooLate, reasons.signal)
      : { signal: reasons.signal, cancel: () => undefined };
    const aborted = new Promise<never>((_, reject) => {
      limit.signal.addEventListener("abort", () => reject(limit.signal.reason), { once: true });
    });
    aborted.catch(() => undefined); // Nobody may be racing with it when it happens.
    const ended = server.begin();
    return {
      context: { signal: limit.signal, deadlineMs: this.#clock.nowMs() + timeoutMs, metadata, peer: "in-memory", user },
      aborted,
      end() {
        limit.cancel();
        signal?.removeEventListener("abort", cancel);
        for (const each of connection) each.removeEventListener("abort", cutOff);
        ended();
      },
    };
  }
}

function metadataOf(credentials: Credentials | undefined, more: CallOptions["metadata"]): ReadonlyMap<string, string> {
  const metadata = new Map(Object.entries(more ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  if (credentials === undefined) return metadata;
  return metadata.set("username", credentials.username).set("password", credentials.password);
}

function canceled(method: DescMethod, signal: AbortSignal): VtError {
  return VtError.of("VT25002", callName(method)).because(signal.reason);
}

/** The caller gets a copy, never the handler's own error object. */
function asOverTheWire(error: unknown): Error {
  return fromStatus(toStatus(error));
}
