/**
 * The gateway's side of the query link: a `QueryService` over one persistent connection to one tablet. It connects on the
 * first call, and again on the first call after it was lost; what was under way then fails with VT14001.
 */
import type { Clock, Timer } from "../base/clock.ts";
import { errorText, VtError } from "../base/errors.ts";
import type { Network } from "../base/network.ts";
import { type Address, type BatchedSocket, connectSocket } from "../base/socket.ts";
import type { TlsOptions } from "../base/tls.ts";
import { fromStatus } from "./errors.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { OpenLink } from "./link-open.ts";
import {
  beginFrame,
  decodeFail,
  frameKind,
  helloPayloadMax,
  linkVersion,
  lostLink,
  sendFrame,
  writeHello,
} from "./link-frames.ts";
import type {
  Caller,
  CallState,
  Committed,
  QueryOptions,
  QueryRequest,
  QueryService,
  ResultReader,
  RunningQuery,
  SchemaReply,
  TabletHealth,
  Target,
} from "./query-service.ts";

export interface LinkClientEnvironment {
  readonly network: Network;
  readonly clock: Clock;
}

export interface LinkClientOptions {
  readonly address: Address;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly tls?: TlsOptions;
  /** Default 5 s. */
  readonly connectTimeoutMs?: number;
}

/** A tablet's query service over the link. */
export function linkQueryService(env: LinkClientEnvironment, options: LinkClientOptions): QueryService {
  return new LinkClient(env, options);
}

class LinkClient implements QueryService {
  readonly #env: LinkClientEnvironment;
  readonly #options: LinkClientOptions;
  #open: OpenLink | undefined;
  #opening: Promise<OpenLink> | undefined;
  #isClosed = false;

  constructor(env: LinkClientEnvironment, options: LinkClientOptions) {
    this.#env = env;
    this.#options = options;
  }

  #link(): Promise<OpenLink> {
    if (this.#isClosed) return Promise.reject(lostLink(addressText(this.#options.address), "the link was closed"));
    this.#opening ??= openLink(this.#env, this.#options, () => {
      this.#open = undefined;
      this.#opening = undefined;
    }).then((link) => {
      if (this.#isClosed) link.close();
      this.#open = link;
      return link;
    });
    return this.#opening;
  }

  execute(request: QueryRequest, reader: ResultReader): RunningQuery {
    if (this.#open !== undefined) return this.#open.execute(request, reader);
    const late: { running?: RunningQuery; isCancelled: boolean } = { isCancelled: false };
    this.#link().then(
      (link) => {
        if (late.isCancelled) reader.fail(VtError.of("VT26006", "the caller gave up"), noState(request));
        else late.running = link.execute(request, reader);
      },
      (thrown: Error) => reader.fail(thrown as VtError, noState(request)),
    );
    return {
      resume: () => late.running?.resume(),
      cancel: () => {
        late.isCancelled = true;
        late.running?.cancel();
      },
    };
  }

  async begin(target: Target, options: QueryOptions, settings: readonly string[], caller: Caller): Promise<CallState> {
    const link = await this.#link();
    return link.call(frameKind.begin, { target, options, settings, caller }) as Promise<CallState>;
  }
  async commit(target: Target, transactionId: number): Promise<Committed> {
    const link = await this.#link();
    return link.call(frameKind.commit, { target, transactionId }) as Promise<Committed>;
  }
  async rollback(target: Target, transactionId: number): Promise<number> {
    const link = await this.#link();
    return link.call(frameKind.rollback, { target, transactionId }) as Promise<number>;
  }
  async release(target: Target, transactionId: number, reservedId: number): Promise<void> {
    const link = await this.#link();
    await link.call(frameKind.release, { target, transactionId, reservedId });
  }
  async getSchema(target: Target, kind: "tables" | "views" | "all", names: readonly string[]): Promise<SchemaReply> {
    const link = await this.#link();
    return link.call(frameKind.getSchema, { target, kind, names }) as Promise<SchemaReply>;
  }
  async streamHealth(onHealth: (health: TabletHealth) => void, signal: AbortSignal): Promise<void> {
    const link = await this.#link();
    if (!signal.aborted) await link.streamHealth(onHealth, signal);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#open?.close();
    this.#open = undefined;
    this.#opening?.then((link) => link.close()).catch(() => undefined); // It failed to open: nothing to close.
    return Promise.resolve();
  }
}

/** A transaction that was open before the link was lost is rolled back by the tablet. */
const noState = (_request: QueryRequest): CallState => ({ transactionId: 0, reservedId: 0, tabletAlias: "" });

export function addressText(address: Address): string {
  return "path" in address ? address.path : `${address.host}:${address.port}`;
}

const connectTimeoutDefaultMs = 5000;

/** Connects and says hello; `lost` is called once when the link ends, also if it never came up. */
function openLink(env: LinkClientEnvironment, options: LinkClientOptions, lost: () => void): Promise<OpenLink> {
  const where = addressText(options.address);
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined = undefined;
    const fail = (error: Error) => {
      timer?.cancel();
      socket.destroy();
      lost();
      reject(error);
    };
    const hello = () => {
      const credentials = { ...options.credentials };
      const to = beginFrame(frameKind.hello, 0);
      sendFrame(socket, writeHello(to, { version: linkVersion, features: 0, credentials }));
    };
    let isUp = false;
    const assembler = new FrameAssembler(helloPayloadMax, (kind, _stream, payload) => {
      if (isUp) return socket.destroy(); // Nothing comes unasked: a second link over the same socket would hear it all.
      if (kind === frameKind.fail) return fail(fromStatus(decodeFail(payload).status));
      if (kind !== frameKind.welcome) return fail(lostLink(where, "it did not say welcome"));
      timer?.cancel();
      isUp = true;
      resolve(new OpenLink(socket, where, lost));
    });
    const socket: BatchedSocket = connectSocket(env.network, options.address, {
      tlsLater: options.tls !== undefined,
      listener: {
        bytes: (chunk) => {
          try {
            assembler.push(chunk);
          } catch (thrown) {
            fail(lostLink(where, errorText(thrown)));
          }
        },
        closed: (error) => fail(lostLink(where, error === undefined ? "it closed the link" : error.message)),
      },
      connected: () => {
        if (options.tls === undefined) hello();
        else socket.startTls(options.tls, "client", Buffer.alloc(0), hello);
      },
    });
    const timeoutMs = options.connectTimeoutMs ?? connectTimeoutDefaultMs;
    timer = env.clock.after(timeoutMs, () => fail(lostLink(where, `no welcome within ${timeoutMs} ms`)));
  });
}
