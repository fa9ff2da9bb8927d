/**
 * Calls services over gRPC (grpc-js). One channel is one connection; it opens with the first call and is opened again
 * when it was lost. Every unary call has a deadline. Failures of the connection, the deadline and the limits are
 * VtErrors (VT14001, VT25001 to VT25003); what the server reports is what `errors.ts` makes of it.
 */
import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import {
  type CallOptions as GrpcCallOptions,
  ChannelCredentials,
  Client,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { Clock } from "../base/clock.ts";
import { VtError } from "../base/errors.ts";
import type { Credentials } from "./auth.ts";
import { codecOf, messageSizeMaxDefault } from "./codec.ts";
import { fromStatus } from "./errors.ts";
import { type CallOptions, type Carrier, type Channel, callName, clientOf } from "./service.ts";

export interface GrpcDialOptions {
  readonly clock: Clock;
  readonly tls?: GrpcClientTls;
  /** Sent with each call (grpc-auth-static-client-creds). */
  readonly credentials?: Credentials;
  /** Of unary calls that give none. */
  readonly timeoutMs?: number;
  readonly messageSizeMax?: number;
  /** How often a silent server is asked whether it is still there. */
  readonly keepaliveMs?: number;
}

/** PEM. Without `ca` the machine's authorities count; `serverName` is the name in the certificate if not the host's. */
export interface GrpcClientTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly serverName?: string;
}

const timeoutMsDefault = 30_000;
/** Go servers hang up on clients that ask more often than every 10 s. */
const keepaliveMsDefault = 15_000;
const keepaliveTimeoutMs = 10_000;
const reconnectMs = 100;
const reconnectMsMax = 5_000;

/** `address` is "host:port" or "unix:path". */
export function dialGrpc(address: string, options: GrpcDialOptions): Channel {
  const { clock, timeoutMs: unaryTimeoutMs = timeoutMsDefault } = options;
  const client = new Client(address, channelCredentials(options.tls), channelOptions(options));

  const start = (method: DescMethod, callOptions: CallOptions, timeoutMs: number | undefined) => {
    const endsMs = timeoutMs === undefined ? Infinity : clock.nowMs() + timeoutMs;
    const grpcOptions: GrpcCallOptions = Number.isFinite(endsMs) ? { deadline: endsMs } : {};
    const failed = (error: ServiceError) => {
      if (callOptions.signal?.aborted === true) return canceled(method, callOptions.signal);
      return failureOf(error, method, address, timeoutMs);
    };
    return { metadata: metadataOf(options.credentials, callOptions.metadata), grpcOptions, failed };
  };

  const carrier: Carrier = {
    unary(method, request, callOptions) {
      return new Promise((resolve, reject) => {
        if (callOptions.signal?.aborted === true) return reject(canceled(method, callOptions.signal));
        const timeoutMs = callOptions.timeoutMs ?? unaryTimeoutMs;
        const { metadata, grpcOptions, failed } = start(method, callOptions, timeoutMs);
        const codec = codecOf(method);
        const call = client.makeUnaryRequest(
          codec.path,
          codec.writeRequest,
          callOptions.readResponse ?? codec.readResponse,
          request,
          metadata,
          grpcOptions,
          done,
        );
        const cancel = () => call.cancel();
        callOptions.signal?.addEventListener("abort", cancel, { once: true });
        function done(error: ServiceError | null, response?: Message): void {
          callOptions.signal?.removeEventListener("abort", cancel);
          if (error !== null) reject(failed(error));
          else resolve(response as Message);
        }
      });
    },

    async *stream(method, request, callOptions) {
      if (callOptions.signal?.aborted === true) throw canceled(method, callOptions.signal);
      const { metadata, grpcOptions, failed } = start(method, callOptions, callOptions.timeoutMs);
      const codec = codecOf(method);
      const call = client.makeServerStreamRequest(
        codec.path,
        codec.writeRequest,
        callOptions.readResponse ?? codec.readResponse,
        request,
        metadata,
        grpcOptions,
      );
      const cancel = () => call.cancel();
      callOptions.signal?.addEventListener("abort", cancel, { once: true });
      call.on("error", ignore); // Also after the loop was left; within it the iteration throws it.
      try {
        for await (const response of call) yield response as Message;
      } catch (error) {
        throw isServiceError(error) ? failed(error) : error;
      } finally {
        callOptions.signal?.removeEventListener("abort", cancel);
        call.cancel();
      }
    },
  };
  return {
    address,
    client: (service: DescService) => clientOf(service, carrier) as never,
    close: async () => client.close(),
  };
}

const ignore = () => undefined;

/** What grpc-js says when the other side cut the stream off: a server that was stopped. */
const streamReset = "Call cancelled";

function channelCredentials(tls: GrpcClientTls | undefined): ChannelCredentials {
  if (tls === undefined) return ChannelCredentials.createInsecure();
  return ChannelCredentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null);
}

function channelOptions({ messageSizeMax = messageSizeMaxDefault, keepaliveMs, tls }: GrpcDialOptions) {
  return {
    "grpc.max_receive_message_length": messageSizeMax,
    "grpc.max_send_message_length": messageSizeMax,
    "grpc.keepalive_time_ms": keepaliveMs ?? keepaliveMsDefault,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    "grpc.initial_reconnect_backoff_ms": reconnectMs,
    "grpc.max_reconnect_backoff_ms": reconnectMsMax,
    "grpc.use_local_subchannel_pool": 1, // Or two channels to one address would share a connection and its fate.
    ...(tls?.serverName === undefined ? {} : { "grpc.ssl_target_name_override": tls.serverName }),
  };
}

function metadataOf(credentials: Credentials | undefined, more: CallOptions["metadata"]): Metadata {
  const metadata = new Metadata();
  if (credentials !== undefined) {
    metadata.set("username", credentials.username);
    metadata.set("password", credentials.password);
  }
  for (const [name, value] of Object.entries(more ?? {})) metadata.set(name, value);
  return metadata;
}

function canceled(method: DescMethod, signal: AbortSignal): VtError {
  return VtError.of("VT25002", callName(method)).because(signal.reason);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "details" in error;
}

/** Tells what grpc-js found out by itself from what the server said. */
function failureOf(error: ServiceError, method: DescMethod, address: string, timeoutMs: number | undefined): Error {
  const { code, details } = error;
  const said = fromStatus({ code, message: details });
  if (said instanceof VtError || details.includes("(errno ")) return said;
  if (code === status.UNAVAILABLE || (code === status.CANCELLED && details === streamReset))
    return VtError.of("VT14001", address, details).because(error);
  if (code === status.DEADLINE_EXCEEDED && timeoutMs !== undefined)
    return VtError.of("VT25001", callName(method), timeoutMs).because(error);
  if (code === status.RESOURCE_EXHAUSTED && /message (larger|with a size larger) than/.test(details))
    return VtError.of("VT25003", callName(method), details).because(error);
  if (code === status.UNIMPLEMENTED) return VtError.of("VT25006", callName(method)).because(error);
  return said;
}
