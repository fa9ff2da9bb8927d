/**
 * Services and their clients, typed from protobuf descriptors and the same over every transport: gRPC and the in-memory
 * network carry `Service`s one way and make `ServiceClient`s the other way.
 *
 * A handler gets a message of its own and may keep it. What it throws reaches the caller by the rules of `errors.ts`.
 * It must heed `context.signal`: a handler that does not is cut off from its caller, but goes on running.
 */
import type { DescMessage, DescMethod, DescService, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";

/** What a handler knows of the call besides its message. */
export interface CallContext {
  /** Aborts when the caller is gone, gave up, or the deadline has passed. */
  readonly signal: AbortSignal;
  /** Wall-clock time (Clock.nowMs) when the caller stops waiting; Infinity where it waits for ever. */
  readonly deadlineMs: number;
  /** What the caller sent along, by name in small letters. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the call comes from, for logs. */
  readonly peer: string;
  /** The authenticated user; empty where the server asks for none. */
  readonly user: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Unary calls have the channel's default; streams have none unless it is given here. */
  readonly timeoutMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Reads the response in place of the generated code: for results whose rows are not to become objects. */
  readonly readResponse?: (bytes: Uint8Array) => Message;
}

type Request<M extends DescMethod> = MessageShape<M["input"]>;
type Response<M extends DescMethod> = MessageInitShape<M["output"]>;

export type Handler<M extends DescMethod> = M["methodKind"] extends "unary"
  ? (request: Request<M>, context: CallContext) => Promise<Response<M>>
  : M["methodKind"] extends "server_streaming"
    ? (request: Request<M>, context: CallContext) => AsyncIterable<Response<M>>
    : M["methodKind"] extends "bidi_streaming"
      ? (requests: AsyncIterable<Request<M>>, context: CallContext) => AsyncIterable<Response<M>>
      : never;

/** One handler a method, by its name in lower camel case. */
export type ServiceHandlers<S extends DescService> = { readonly [K in keyof S["method"]]: Handler<S["method"][K]> };

export type ClientMethod<M extends DescMethod> = M["methodKind"] extends "unary"
  ? (request: MessageInitShape<M["input"]>, options?: CallOptions) => Promise<MessageShape<M["output"]>>
  : M["methodKind"] extends "server_streaming"
    ? (request: MessageInitShape<M["input"]>, options?: CallOptions) => AsyncIterable<MessageShape<M["output"]>>
    : never;

/** Unary methods answer a promise. Streaming methods begin when iterated, and are cancelled when the loop is left. */
export type ServiceClient<S extends DescService> = { readonly [K in keyof S["method"]]: ClientMethod<S["method"][K]> };

/** A handler of any method, its types forgotten. */
export type AnyInit = MessageInitShape<DescMessage>;
export type UnaryHandler = (request: Message, context: CallContext) => Promise<AnyInit>;
export type StreamHandler = (request: Message, context: CallContext) => AsyncIterable<AnyInit>;
export type BidiHandler = (requests: AsyncIterable<Message>, context: CallContext) => AsyncIterable<AnyInit>;

/** A service with what answers it; methods without a handler answer "unimplemented". */
export interface Service {
  readonly desc: DescService;
  readonly handlers: Readonly<Record<string, UnaryHandler | StreamHandler | BidiHandler | undefined>>;
}

export function implement<S extends DescService>(desc: S, handlers: Partial<ServiceHandlers<S>>): Service {
  return { desc, handlers: handlers as Service["handlers"] };
}

/** A connection to one server, whatever carries it. It opens when needed and comes back by itself when it was lost. */
export interface Channel {
  readonly address: string;
  client<S extends DescService>(service: S): ServiceClient<S>;
  close(): Promise<void>;
}

/** Opens channels by address: gRPC's, or those of an in-memory network. */
export type Dialer = (address: string) => Channel;

export interface RpcServer {
  /** "host:port" or "unix:path", as clients dial it. */
  readonly address: string;
  /** 0 where it listens on no TCP port. */
  readonly port: number;
  /** Takes no new calls, waits up to `graceMs` for those under way, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

/** "queryservice.Query/Execute". */
export function callName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** What a transport must be able to do; messages are complete. */
export interface Carrier {
  unary(method: DescMethod, request: Message, options: CallOptions): Promise<Message>;
  stream(method: DescMethod, request: Message, options: CallOptions): AsyncIterable<Message>;
}

const noOptions: CallOptions = {};

export function clientOf<S extends DescService>(service: S, carrier: Carrier): ServiceClient<S> {
  const methods: Record<string, unknown> = {};
  for (const method of service.methods) {
    if (method.methodKind === "unary")
      methods[method.localName] = (request: MessageInitShape<typeof method.input>, options = noOptions) =>
        carrier.unary(method, create(method.input, request), options);
    else if (method.methodKind === "server_streaming")
      methods[method.localName] = (request: MessageInitShape<typeof method.input>, options = noOptions) =>
        carrier.stream(method, create(method.input, request), options);
  }
  return methods as ServiceClient<S>;
}
