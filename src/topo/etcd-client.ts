/**
 * A client of etcd's v3 gRPC interface: KV, Watch and Lease, as far as a topology store needs them.
 *
 * Calls go to one endpoint of the list until it fails, then to the next. A call that may be repeated (a read, a lease)
 * is, until the operation timeout; any other is sent once, after the connection is ready, and when it fails then nobody
 * knows whether it took place. Errors are TopoErrors.
 */
import {
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  create,
} from "@bufbuild/protobuf";
import { ChannelCredentials, Client, type ClientDuplexStream, credentials, Metadata, status } from "@grpc/grpc-js";
import { type Clock, sleep } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import { must } from "../base/assert.ts";
import { TopoError, type TopoErrorKind } from "./topo.ts";

export interface EtcdClientOptions {
  readonly clock: Clock;
  /** "host:port", several separated by commas; "https://" asks for TLS. */
  readonly endpoints: string;
  readonly tls?: EtcdTls;
  readonly operationTimeoutMs?: number;
}

/** PEM, as in the files of topo-etcd-tls-ca, topo-etcd-tls-cert and topo-etcd-tls-key. */
export interface EtcdTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

type Method = DescMethod;
export type EtcdStream<M extends Method> = ClientDuplexStream<MessageInitShape<M["input"]>, MessageShape<M["output"]>>;

const operationTimeoutMsDefault = 15_000;
const retryMs = 100;
const readyMsMax = 2_000;
const channelOptions = {
  "grpc.initial_reconnect_backoff_ms": 200,
  "grpc.max_reconnect_backoff_ms": 2_000,
  "grpc.min_reconnect_backoff_ms": 200,
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
};

export class EtcdClient {
  readonly #clients: readonly Client[];
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #current = 0;

  constructor(options: EtcdClientOptions) {
    const list = options.endpoints.split(",").map((endpoint) => endpoint.trim());
    const endpoints = list.filter((endpoint) => endpoint !== "");
    if (endpoints.length === 0) throw new TopoError("bad_path", options.endpoints, "no etcd endpoint is given");
    this.#clients = endpoints.map((endpoint) => openChannel(endpoint, options.tls));
    this.#clock = options.clock;
    this.#timeoutMs = options.operationTimeoutMs ?? operationTimeoutMsDefault;
  }

  /** A call that does no harm when it takes place twice. */
  repeatable<M extends Method>(method: M, request: MessageInitShape<M["input"]>): Promise<MessageShape<M["output"]>> {
    return this.#untilTimeout((client, endsMs) => this.#unary(client, method, request, endsMs));
  }

  /** A call that must not take place twice. */
  async once<M extends Method>(method: M, request: MessageInitShape<M["input"]>): Promise<MessageShape<M["output"]>> {
    const client = await this.#untilTimeout(async (candidate, endsMs) => {
      const waitMs = Math.min(endsMs - this.#clock.monotonicMs(), this.#clients.length > 1 ? readyMsMax : Infinity);
      await ready(candidate, this.#clock.nowMs() + waitMs);
      return candidate;
    });
    return this.#unary(client, method, request, this.#clock.monotonicMs() + this.#timeoutMs).catch((error: unknown) => {
      if (isConnectionLost(error)) this.#rotate(client);
      throw error;
    });
  }

  /** Sends one message on a stream and answers the first reply; repeated as `repeatable`. */
  exchange<M extends Method>(method: M, request: MessageInitShape<M["input"]>): Promise<MessageShape<M["output"]>> {
    return this.#untilTimeout(async (client, endsMs) => {
      const deadline = this.#clock.nowMs() + Math.max(1, endsMs - this.#clock.monotonicMs());
      const stream = openStream(client, method, deadline);
      try {
        stream.write(request);
        for await (const reply of stream) return reply as MessageShape<M["output"]>;
        throw new TopoError("unavailable", method.name, "etcd ended the stream without a reply");
      } catch (error) {
        throw asTopoError(error, method.name);
      } finally {
        stream.cancel();
      }
    });
  }

  /** A stream to the present endpoint. Its errors are gRPC's: pass them to `streamLost`. */
  stream<M extends Method>(method: M): EtcdStream<M> {
    return openStream(must(this.#clients[this.#current], "there is an endpoint"), method, Infinity);
  }

  /** Takes note that a stream failed, and answers its error as a TopoError. */
  streamLost(error: unknown, path: string): unknown {
    const topoError = asTopoError(error, path);
    if (isConnectionLost(topoError)) this.#current = (this.#current + 1) % this.#clients.length;
    return topoError;
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  async #untilTimeout<T>(attempt: (client: Client, endsMs: number) => Promise<T>): Promise<T> {
    const endsMs = this.#clock.monotonicMs() + this.#timeoutMs;
    for (;;) {
      const client = must(this.#clients[this.#current], "there is an endpoint");
      try {
        return await attempt(client, endsMs);
      } catch (error) {
        if (!isConnectionLost(error)) throw error;
        this.#rotate(client);
        if (this.#clock.monotonicMs() + retryMs >= endsMs) throw error;
        await sleep(this.#clock, retryMs);
      }
    }
  }

  /** Goes on to the next endpoint, unless somebody did already. */
  #rotate(failed: Client): void {
    if (this.#clients[this.#current] === failed) this.#current = (this.#current + 1) % this.#clients.length;
  }

  #unary<M extends Method>(
    client: Client,
    method: M,
    request: MessageInitShape<M["input"]>,
    endsMs: number,
  ): Promise<MessageShape<M["output"]>> {
    const deadline = this.#clock.nowMs() + Math.max(1, endsMs - this.#clock.monotonicMs());
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        pathOf(method),
        encoder(method),
        decoder(method),
        request,
        new Metadata(),
        { deadline },
        (error, reply) => {
          if (error !== null) reject(asTopoError(error, method.name));
          else resolve(must(reply, "a call without an error has a reply"));
        },
      );
    });
  }
}

function openChannel(endpoint: string, tls: EtcdTls | undefined): Client {
  const address = endpoint.replace(/^https?:\/\//, "").replace(/\/$/, "");
  const isSecure = tls !== undefined || endpoint.startsWith("https://");
  let secrets: ChannelCredentials;
  try {
    secrets = isSecure
      ? credentials.createSsl(tls?.ca ?? null, tls?.key ?? null, tls?.cert ?? null)
      : credentials.createInsecure();
  } catch (error) {
    throw new TopoError("bad_path", endpoint, `the TLS options cannot be used: ${errorText(error)}`, error);
  }
  return new Client(address, secrets, channelOptions);
}

function openStream<M extends Method>(client: Client, method: M, deadline: number): EtcdStream<M> {
  const options = { deadline };
  const stream = client.makeBidiStreamRequest(
    pathOf(method),
    encoder(method),
    decoder(method),
    new Metadata(),
    options,
  );
  stream.on("error", () => undefined); // Whoever reads gets it; after the reading nobody wants to know.
  return stream;
}

function ready(client: Client, deadline: number): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(deadline, (error) => {
      if (error === undefined) resolve();
      else reject(new TopoError("unavailable", "etcd", errorText(error), error));
    });
  });
}

function pathOf(method: Method): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function encoder<M extends Method>(method: M): (request: MessageInitShape<M["input"]>) => Buffer {
  return (request) => Buffer.from(toBinary(method.input, create(method.input, request)));
}

function decoder<M extends Method>(method: M): (bytes: Buffer) => MessageShape<M["output"]> {
  return (bytes) => fromBinary(method.output, bytes) as MessageShape<M["output"]>;
}

const kindOfStatus: Partial<Record<status, TopoErrorKind>> = {
  [status.CANCELLED]: "interrupted",
  [status.DEADLINE_EXCEEDED]: "timeout",
  [status.NOT_FOUND]: "no_node",
  [status.PERMISSION_DENIED]: "permission_denied",
  [status.UNAUTHENTICATED]: "permission_denied",
  [status.RESOURCE_EXHAUSTED]: "resource_exhausted",
  [status.INVALID_ARGUMENT]: "resource_exhausted", // What we ask is well formed: "request is too large".
  [status.UNIMPLEMENTED]: "no_implementation",
};

function asTopoError(error: unknown, path: string): unknown {
  if (error instanceof TopoError || !(error instanceof Error) || !("code" in error)) return error;
  return new TopoError(kindOfStatus[error.code as status] ?? "unavailable", path, error.message, error);
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof TopoError && error.kind === "unavailable";
}
