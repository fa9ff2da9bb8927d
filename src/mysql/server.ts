/**
 * Our MySQL server: listens on TCP or a unix socket, logs clients in and gives each a session of the `SqlService`.
 * The protocol lives in `server-connection.ts`; here are the listener, the table of connections and their limits.
 */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { Network } from "../base/network.ts";
import type { Random } from "../base/random.ts";
import { SharedCount } from "../base/shared-count.ts";
import {
  type Address,
  type BatchedSocket,
  listenSockets,
  type SocketListener,
  type SocketServer,
} from "../base/socket.ts";
import { prepareTls, tlsNow, type TlsSource } from "../base/tls.ts";
import type { Authentication } from "./authentication.ts";
import type { CompressionAlgorithm } from "./compression.ts";
import { CursorBudget } from "./cursors.ts";
import { ProxyGate } from "./proxy-gate.ts";
import { ServerConnection } from "./server-connection.ts";
import { type ServerMetrics, uncountedMetrics } from "./server-metrics.ts";
import type { SqlService } from "./session.ts";

export interface ServerEnvironment {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface ServerOptions {
  readonly address: Address;
  /** Clients on this machine may come by this unix socket too. */
  readonly socketPath?: string;
  readonly authentication: Authentication;
  /** What clients are told, e.g. "8.4.6-vitess-ts"; the number decides what they dare to use. */
  readonly serverVersion: string;
  /** Certificates in force, asked for each client that goes over to TLS. */
  readonly tls?: TlsSource;
  /** Refuse clients that do not go over to TLS; unix sockets are exempt. */
  readonly requireTls?: boolean;
  /** Passwords in clear text may travel without TLS. */
  readonly trustsNetwork?: boolean;
  /** Clients may be asked for files that their statements name (LOAD DATA LOCAL). */
  readonly localFiles?: boolean;
  /** Default: none. */
  readonly compression?: readonly CompressionAlgorithm[];
  /** Addresses of proxies, whose connections begin with a PROXY header; nobody else's may. */
  readonly isProxy?: (remoteAddress: string) => boolean;
  readonly keepAliveMs?: number;
  /** Logins that take longer are counted and told of; 0: none. */
  readonly slowConnectMs?: number;
  readonly metrics?: ServerMetrics;
  /** Default 10 s from the connection to its login. */
  readonly loginTimeoutMs?: number;
  /** Default 20,000. */
  readonly connectionsMax?: number;
  /** The longest command; default 64 MiB. */
  readonly payloadMax?: number;
  /** Over all connections; default 16,382 as the server's max_prepared_stmt_count. */
  readonly preparedMax?: number;
  /** What the rows of all open cursors may take; default 256 MiB. */
  readonly cursorBytesMax?: number;
  /** The high 8 bits of connection ids, so that workers on one port do not share ids. */
  readonly worker?: number;
  /** Of all servers that share the limits `connectionsMax` and `preparedMax`; default: this one alone. */
  readonly connectionCount?: SharedCount;
  readonly preparedCount?: SharedCount;
  readonly reusePort?: boolean;
}

/** Limits shared by all connections of one server. */
export interface ServerLimits {
  readonly loginTimeoutMs: number;
  readonly connectionsMax: number;
  readonly payloadMax: number;
  readonly preparedMax: number;
  readonly preparedCount: SharedCount;
  readonly cursors: CursorBudget;
  readonly slowConnectMs: number;
  readonly metrics: ServerMetrics;
}

export interface MysqlServer {
  readonly port: number;
  /** Logged-in connections by id. */
  readonly connections: ReadonlyMap<number, ServerConnection>;
  /** False where there is no such connection. */
  killQuery(id: number): boolean;
  killConnection(id: number): boolean;
  /** Accepts nobody else; those connected go on. */
  drain(): Promise<void>;
  /** Drains and closes every connection. */
  close(): Promise<void>;
}

export async function startServer(
  env: ServerEnvironment,
  options: ServerOptions,
  service: SqlService,
): Promise<MysqlServer> {
  const connections = new Map<number, ServerConnection>();
  const gates = new Set<ProxyGate>();
  const limits = limitsOf(options);
  const count = options.connectionCount ?? new SharedCount();
  const takeId = idsFor(options.worker ?? 0, connections);

  const connect = (socket: BatchedSocket, remoteAddress: string, isTooMany: boolean): ServerConnection => {
    const connection = new ServerConnection(env, options, limits, service, socket, takeId(), remoteAddress);
    connections.set(connection.id, connection);
    connection.onClosed = () => {
      connections.delete(connection.id);
      count.add(-1);
    };
    limits.metrics.accepted.add(1);
    if (isTooMany) connection.refuse(1040, "08004", "Too many connections");
    else connection.greet();
    return connection;
  };
  const wait = (socket: BatchedSocket, isTooMany: boolean): ProxyGate => {
    const gate: ProxyGate = new ProxyGate(socket, {
      clock: env.clock,
      log: env.log,
      timeoutMs: limits.loginTimeoutMs,
      passed: (header, rest) => {
        gates.delete(gate);
        const connection = connect(socket, header.remoteAddress ?? socket.remoteAddress, false);
        socket.listen(connection);
        if (rest.length > 0) connection.bytes(rest);
      },
      closed: () => {
        limits.metrics.refused.add(1);
        gates.delete(gate);
        count.add(-1);
      },
    });
    gates.add(gate);
    if (isTooMany) socket.destroy();
    return gate;
  };
  const accept = (socket: BatchedSocket): SocketListener => {
    const isTooMany = count.add(1) > limits.connectionsMax;
    const isProxy = options.isProxy?.(socket.remoteAddress) === true;
    return isProxy ? wait(socket, isTooMany) : connect(socket, socket.remoteAddress, isTooMany);
  };

  if (options.tls !== undefined) prepareTls(tlsNow(options.tls)); // What cannot be used is an error of the start.
  const listeners = await listenAll(env.network, options, accept);
  const drain = async () => {
    for (const listener of listeners) await listener.close();
  };
  return {
    port: listeners[0]?.port ?? 0,
    connections,
    killQuery: (id) => connections.get(id)?.interrupt() ?? false,
    killConnection: (id) => {
      const connection = connections.get(id);
      connection?.destroy();
      return connection !== undefined;
    },
    drain,
    close: async () => {
      await drain();
      for (const gate of gates) gate.destroy();
      for (const connection of connections.values()) connection.destroy();
    },
  };
}

function limitsOf(options: ServerOptions): ServerLimits {
  return {
    loginTimeoutMs: options.loginTimeoutMs ?? 10_000,
    connectionsMax: options.connectionsMax ?? 20_000,
    payloadMax: options.payloadMax ?? 64 * 1024 * 1024,
    preparedMax: options.preparedMax ?? 16_382,
    preparedCount: options.preparedCount ?? new SharedCount(),
    cursors: new CursorBudget(options.cursorBytesMax ?? 256 * 1024 * 1024),
    slowConnectMs: options.slowConnectMs ?? 0,
    metrics: options.metrics ?? uncountedMetrics(),
  };
}

/** Connection ids that are free, one after another; their high 8 bits are the worker's. */
function idsFor(worker: number, taken: ReadonlyMap<number, unknown>): () => number {
  let last = 0;
  const next = () => {
    last = (last % 0xff_ffff) + 1;
    return ((worker << 24) | last) >>> 0;
  };
  return () => {
    let id = next();
    while (taken.has(id)) id = next();
    return id;
  };
}

/** The first listener is the one on `address`. All or none. */
async function listenAll(
  network: Network,
  { address, socketPath, tls, reusePort, keepAliveMs }: ServerOptions,
  accept: (socket: BatchedSocket) => SocketListener,
): Promise<readonly SocketServer[]> {
  const tlsLater = tls !== undefined;
  const how = { tlsLater, reusePort: reusePort ?? false, keepAliveMs: keepAliveMs ?? 0, accept };
  const first = await listenSockets(network, address, how);
  if (socketPath === undefined) return [first];
  try {
    return [first, await listenSockets(network, { path: socketPath }, { tlsLater, accept })];
  } catch (thrown) {
    await first.close();
    throw thrown;
  }
}
