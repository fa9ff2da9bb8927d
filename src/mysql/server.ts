/**
 * Our MySQL server: listens on TCP or a unix socket, logs clients in and gives each a session of the `SqlService`.
 * The protocol lives in `server-connection.ts`; here are the listener, the table of connections and their limits.
 */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { Network } from "../base/network.ts";
import type { Random } from "../base/random.ts";
import { type Address, listenSockets, type SocketServer, type TlsOptions } from "../base/socket.ts";
import type { Authentication } from "./authentication.ts";
import { CursorBudget } from "./cursors.ts";
import { ServerConnection } from "./server-connection.ts";
import type { SqlService } from "./session.ts";

export interface ServerEnvironment {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface ServerOptions {
  readonly address: Address;
  readonly authentication: Authentication;
  /** What clients are told, e.g. "8.4.6-vitess-ts"; the number decides what they dare to use. */
  readonly serverVersion: string;
  readonly tls?: TlsOptions;
  /** Refuse clients that do not go over to TLS; unix sockets are exempt. */
  readonly requireTls?: boolean;
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
  readonly reusePort?: boolean;
}

/** Limits shared by all connections of one server. */
export interface ServerLimits {
  readonly loginTimeoutMs: number;
  readonly payloadMax: number;
  readonly preparedMax: number;
  preparedCount: number;
  readonly cursors: CursorBudget;
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
  const connectionsMax = options.connectionsMax ?? 20_000;
  const limits: ServerLimits = {
    loginTimeoutMs: options.loginTimeoutMs ?? 10_000,
    payloadMax: options.payloadMax ?? 64 * 1024 * 1024,
    preparedMax: options.preparedMax ?? 16_382,
    preparedCount: 0,
    cursors: new CursorBudget(options.cursorBytesMax ?? 256 * 1024 * 1024),
  };
  let lastId = 0;
  const takeId = () => {
    do lastId = (lastId % 0xff_ffff) + 1;
    while (connections.has(idOf(lastId)));
    return idOf(lastId);
  };
  const idOf = (n: number) => (((options.worker ?? 0) << 24) | n) >>> 0;

  const listener: SocketServer = await listenSockets(env.network, options.address, {
    tlsLater: options.tls !== undefined,
    reusePort: options.reusePort ?? false,
    accept: (socket) => {
      const connection = new ServerConnection(env, options, limits, service, socket, takeId());
      connections.set(connection.id, connection);
      connection.onClosed = () => connections.delete(connection.id);
      if (connections.size > connectionsMax) connection.refuse(1040, "08004", "Too many connections");
      else connection.greet();
      return connection;
    },
  });
  return {
    port: listener.port,
    connections,
    killQuery: (id) => connections.get(id)?.interrupt() ?? false,
    killConnection: (id) => {
      const connection = connections.get(id);
      connection?.destroy();
      return connection !== undefined;
    },
    drain: () => listener.close(),
    close: async () => {
      await listener.close();
      for (const connection of connections.values()) connection.destroy();
    },
  };
}
