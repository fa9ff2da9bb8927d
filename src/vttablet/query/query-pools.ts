/** The three pools of a query service, sized by its configuration. */
import type { Clock } from "../../base/clock.ts";
import { type ClientEnvironment, type Connection, connect, type ConnectOptions } from "../../mysql/client.ts";
import { isServerGone } from "./client-errors.ts";
import { ConnectionPool, type PoolOptions } from "./connection-pool.ts";
import type { QueryServiceConfig } from "./query-config.ts";

export interface QueryPools {
  readonly query: ConnectionPool;
  /** Results of unbounded size (OLAP). */
  readonly stream: ConnectionPool;
  /** Transactions and reserved connections. */
  readonly transaction: ConnectionPool;
}

/** What the pools see of the server as they open connections. */
export interface ServerWatch {
  /** A connection broke, or none can be made: maybe often. */
  readonly serverGone: () => void;
  /** Of each new connection. */
  readonly sqlMode: (sqlMode: string) => void;
}

export function openPools(
  env: ClientEnvironment & { readonly clock: Clock },
  app: ConnectOptions,
  config: QueryServiceConfig,
  told: ServerWatch,
): QueryPools {
  const open = async (foundRows: boolean): Promise<Connection> => {
    try {
      const connection = await connect(env, { ...app, foundRows });
      connection.onClosed = (_error, isOurs) => isOurs || told.serverGone();
      return connection;
    } catch (thrown) {
      if (isServerGone(thrown)) told.serverGone();
      throw thrown;
    }
  };
  const pool = (limits: Pick<PoolOptions, "name" | "sizeMax" | "waitTimeoutMs" | "waitersMax" | "idleMax">) =>
    new ConnectionPool(env.clock, {
      ...limits,
      idleTimeoutMs: config.idleTimeoutMs,
      lifetimeMs: config.connectionLifetimeMs,
      preparedMax: config.preparedPerConnectionMax,
      open,
      onSqlMode: told.sqlMode,
    });
  return {
    query: pool({
      name: "query",
      sizeMax: config.queryPoolMax,
      waitTimeoutMs: config.queryPoolTimeoutMs || config.queryTimeoutMs,
      waitersMax: config.poolWaitersMax,
      idleMax: config.queryPoolIdleMax,
    }),
    stream: pool({
      name: "stream",
      sizeMax: config.streamPoolMax,
      waitTimeoutMs: config.streamPoolTimeoutMs,
      waitersMax: config.streamPoolWaitersMax,
      idleMax: config.streamPoolIdleMax,
    }),
    transaction: pool({
      name: "transaction",
      sizeMax: config.transactionPoolMax,
      waitTimeoutMs: config.transactionPoolTimeoutMs,
      waitersMax: config.transactionPoolWaitersMax,
      idleMax: config.transactionPoolIdleMax,
    }),
  };
}
