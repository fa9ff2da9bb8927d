/**
 * Serves services over gRPC (grpc-js). Every server also answers health checks, and reflection where it is switched on.
 * Calls are authenticated before their handler runs. A message larger than the limit is refused by gRPC itself.
 */
import { create, type DescMethod, type DescService, type Message } from "@bufbuild/protobuf";
import {
  type ChannelOptions,
  Metadata,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Clock } from "../base/clock.ts";
import { VtError } from "../base/errors.ts";
import { type Network, type Socket, network as systemNetwork } from "../base/network.ts";
import type { Attempt, Authenticator } from "./auth.ts";
import { codecOf, messageSizeMaxDefault } from "./codec.ts";
import { toStatus } from "./errors.ts";
import { type HealthBoard, healthBoard } from "./health.ts";
import { reflection } from "./reflection.ts";
import {
  type AnyInit,
  type BidiHandler,
  type CallContext,
  callName,
  type RpcServer,
  type Service,
  type StreamHandler,
  type UnaryHandler,
} from "./service.ts";

export interface GrpcServerOptions {
  readonly clock: Clock;
  readonly network?: Network;
  /** A TCP port (0 picks a free one) or the path of a unix socket. */
  readonly listen: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly services: readonly Service[];
  readonly tls?: GrpcServerTls;
  readonly authenticate?: Authenticator;
  readonly hasReflection?: boolean;
  readonly limits?: Partial<GrpcServerLimits>;
}

/** PEM. With `clientCa` a client must show a certificate which that authority signed. */
export interface GrpcServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa?: Buffer;
}

export interface GrpcServerLimits {
  readonly messageSizeMax: number;
  /** One more is closed as soon as it is accepted. */
  readonly connectionsMax: number;
  /** Calls at once on one connection. */
  readonly streamsMax: number;
  /** A connection is closed, gently, when it gets that old; Infinity never. */
  readonly connectionAgeMsMax: number;
  readonly connectionAgeGraceMs: number;
  /** How often the server asks a silent client whether it is still there. */
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
}

const limitsDefault: GrpcServerLimits = {
  messageSizeMax: messageSizeMaxDefault,
  connectionsMax: 10_000,
  streamsMax: 10_000,
  connectionAgeMsMax: Infinity,
  connectionAgeGraceMs: 10_000,
  keepaliveMs: 10_000,
  keepaliveTimeoutMs: 10_000,
};

export interface GrpcServer extends RpcServer {
  readonly health: HealthBoard;
}

export async function serveGrpc(options: GrpcServerOptions): Promise<GrpcServer> {
  const limits = { ...limitsDefault, ...options.limits };
  const server = new Server(channelOptions(limits));
  const names = options.services.map(({ desc }) => desc.typeName);
  const health = healthBoard(names);
  const services = [...options.services, health.service];
  for (const service of services) addService(server, service, options.authenticate);
  if (options.hasReflection === true) {
    const reflected = reflection(services.map(({ desc }) => desc));
    addService(server, reflected, options.authenticate);
    addService(server, reflected, options.authenticate, reflectionAlias);
  }
  const injector = server.createConnectionInjector(serverCredentials(options.tls));
  const door = await openDoor(options, limits.connectionsMax, (socket) => injector.injectConnection(socket));
  return {
    address: door.address,
    port: door.port,
    health,
    close: (graceMs) => closeServer(server, door, options.clock, graceMs),
  };
}

const reflectionAlias = "grpc.reflection.v1alpha.ServerReflection";

function channelOptions(limits: GrpcServerLimits): ChannelOptions {
  return {
    "grpc.max_receive_message_length": limits.messageSizeMax,
    "grpc.max_send_message_length": limits.messageSizeMax,
    "grpc.max_concurrent_streams": limits.streamsMax,
    "grpc.keepalive_time_ms": limits.keepaliveMs,
    "grpc.keepalive_timeout_ms": limits.keepaliveTimeoutMs,
    ...(Number.isFinite(limits.connectionAgeMsMax)
      ? {
          "grpc.max_connection_age_ms": limits.connectionAgeMsMax,
          "grpc.max_connection_age_grace_ms": limits.connectionAgeGraceMs,
        }
      : {}),
  };
}

function serverCredentials(tls: GrpcServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { private_key: tls.key, cert_chain: tls.cert };
  return ServerCredentials.createSsl(tls.clientCa ?? null, [pair], tls.clientCa !== undefined);
}

/** Where connections come in. */
interface Door {
  readonly address: string;
  readonly port: number;
  /** Takes no more of them; resolves when the last one has ended. */
  close(): Promise<void>;
  /** Ends those that are still open. */
  cut(): void;
}

function openDoor(options: GrpcServerOptions, connectionsMax: number, accept: (socket: Socket) => void): Promise<Door> {
  const { listen } = options;
  const sockets = new Set<Socket>();
  const server = (options.network ?? systemNetwork).createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    accept(socket);
  });
  server.maxConnections = connectionsMax;
  const where = "path" in listen ? listen : { host: listen.host.replace(/^\[(.*)\]$/, "$1"), port: listen.port };
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      const bound = server.address();
      const port = bound !== null && typeof bound === "object" ? bound.port : 0;
      resolve({
        address: "path" in listen ? `unix:${listen.path}` : `${listen.host}:${port}`,
        port,
        close: () => new Promise((empty) => server.close(() => empty())),
        cut: () => {
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

/** grpc-js ends idle connections at once and others after their last call, but cannot say when that is. */
async function closeServer(server: Server, door: Door, clock: Clock, graceMs: number): Promise<void> {
  const empty = door.close();
  server.tryShutdown(() => {});
  const force = clock.after(graceMs, () => {
    server.forceShutdown();
    door.cut();
  });
  await empty;
  force.cancel();
}

/** A service of grpc-js, made from the descriptor; `alias` serves it under another name. */
function addService(server: Server, service: Service, authenticate?: Authenticator, alias?: string): void {
  const implementation: UntypedServiceImplementation = {};
  for (const method of service.desc.methods)
    implementation[method.localName] = implementationOf(method, service.handlers[method.localName], authenticate);
  server.addService(definitionOf(service.desc, alias ?? service.desc.typeName), implementation);
}

function definitionOf(service: DescService, name: string): ServiceDefinition {
  return Object.fromEntries(
    service.methods.map((method) => [
      method.localName,
      {
        path: `/${name}/${method.name}`,
        requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
        responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
        requestSerialize: codecOf(method).writeRequest,
        requestDeserialize: codecOf(method).readRequest,
        responseSerialize: codecOf(method).writeResponse,
        responseDeserialize: codecOf(method).readResponse,
      },
    ]),
  );
}

type UnaryCall = ServerUnaryCall<Message, Message>;
type StreamCall = ServerWritableStream<Message, Message>;
type BidiCall = ServerDuplexStream<Message, Message>;
type AnyCall = Pick<UnaryCall, "cancelled" | "metadata" | "getPeer" | "getPath" | "getDeadline" | "getAuthContext"> & {
  once(event: "cancelled", run: () => void): unknown;
};

function implementationOf(
  method: DescMethod,
  handler: Service["handlers"][string],
  authenticate: Authenticator | undefined,
): UntypedHandleCall {
  const enter = (call: AnyCall) => {
    const context = contextOf(call, authenticate);
    if (handler === undefined) throw VtError.of("VT25006", callName(method));
    return context;
  };
  if (method.methodKind === "unary")
    return (call: UnaryCall, reply: sendUnaryData<Message>) => {
      const run = async () => create(method.output, await (handler as UnaryHandler)(call.request, enter(call)));
      run().then(
        (response) => reply(null, response),
        (error: unknown) => reply(grpcError(error)),
      );
    };
  if (method.methodKind === "server_streaming")
    return (call: StreamCall) => void pump(method, call, () => (handler as StreamHandler)(call.request, enter(call)));
  return (call: BidiCall) => void pump(method, call, () => (handler as BidiHandler)(call, enter(call)));
}

/** Sends what the handler yields, no faster than the caller reads, and then the status. Never rejects. */
async function pump(
  method: DescMethod,
  call: StreamCall | BidiCall,
  start: () => AsyncIterable<AnyInit>,
): Promise<void> {
  try {
    for await (const response of start()) {
      if (call.cancelled) return;
      if (!call.write(create(method.output, response))) await drained(call);
    }
    call.end();
  } catch (error) {
    if (!call.cancelled) call.emit("error", grpcError(error));
  }
}

function drained(call: StreamCall | BidiCall): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off("drain", done);
      call.off("cancelled", done);
      resolve();
    };
    call.once("drain", done);
    call.once("cancelled", done);
  });
}

function contextOf(call: AnyCall, authenticate: Authenticator | undefined): CallContext {
  const metadata = new Map(Object.entries(call.metadata.getMap()).map(([name, value]) => [name, value.toString()]));
  const deadline = call.getDeadline();
  return {
    signal: abortedWith(call),
    deadlineMs: typeof deadline === "number" ? deadline : deadline.getTime(),
    metadata,
    peer: call.getPeer(),
    user: authenticate === undefined ? "" : authenticate({ metadata, subject: subjectOf(call) }),
  };
}

function subjectOf(call: AnyCall): Attempt["subject"] {
  return call.getAuthContext().sslPeerCertificate?.subject as Attempt["subject"];
}

function abortedWith(call: AnyCall): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(VtError.of("VT25002", call.getPath()));
  if (call.cancelled) stop();
  else call.once("cancelled", stop);
  return controller.signal;
}

/** grpc-js takes any number as a code, 17 and 18 as well. */
function grpcError(
  error: unknown,
): { readonly code: number; readonly details: string; readonly metadata: Metadata } & Error {
  const { code, message } = toStatus(error);
  return Object.assign(new Error(message), { code, details: message, metadata: new Metadata() });
}
