/**
 * The smallest `SqlService`: each client gets a database connection of its own, and everything is passed on. For tests of
 * the MySQL server: what comes out must be what the database said.
 */
import { must } from "../base/assert.ts";
import { ServerError } from "../base/errors.ts";
import type { ResultTrailer } from "../sqltypes/result.ts";
import type { Value } from "../sqltypes/value.ts";
import { type ClientEnvironment, connect, type Connection, type ConnectOptions } from "../mysql/client.ts";
import { statusFlag } from "../mysql/packets/capabilities.ts";
import type { PreparedStatement } from "../mysql/packets/prepared.ts";
import type { Answer, Client, Prepared, SqlService, SqlSession } from "../mysql/session.ts";

interface ForwardedStatement extends Prepared {
  readonly forwarded: PreparedStatement;
}

export function forwardingService(env: ClientEnvironment, options: ConnectOptions): SqlService {
  return {
    open: async (client) => {
      const foundRows = (client.login.capabilities & 2) !== 0;
      const { database, collation } = client.login;
      return new ForwardingSession(
        client,
        await connect(env, { ...options, foundRows, collation, ...(database && { database }) }),
      );
    },
  };
}

const sessionFlags = statusFlag.autocommit | statusFlag.inTransaction;

class ForwardingSession implements SqlSession {
  readonly #client: Client;
  readonly #connection: Connection;
  statusFlags = 2;

  constructor(client: Client, connection: Connection) {
    this.#client = client;
    this.#connection = connection;
    connection.onClosed = () => client.destroy();
  }

  query(text: Buffer, answer: Answer): void {
    this.#connection.send(Buffer.from(text), this.#watched(answer));
  }
  async prepare(text: Buffer): Promise<ForwardedStatement> {
    const forwarded = await this.#connection.prepare(text.toString());
    const { parameterCount, columns, columnPackets, warnings } = forwarded;
    return { parameterCount, columns, columnPackets, warnings, forwarded };
  }
  execute(prepared: Prepared, values: readonly Value[], answer: Answer): void {
    this.#connection.execute((prepared as ForwardedStatement).forwarded, values, this.#watched(answer));
  }
  closePrepared(prepared: Prepared): void {
    this.#connection.closeStatement((prepared as ForwardedStatement).forwarded);
  }

  #watched(answer: Answer): Answer {
    answer.onRoom = () => this.#connection.resume();
    const watched: Answer = Object.create(answer) as Answer;
    const end = (trailer: ResultTrailer) => {
      this.statusFlags = trailer.statusFlags & sessionFlags;
      answer.end(trailer);
    };
    return Object.assign(watched, {
      columns: answer.columns.bind(answer),
      rows: answer.rows.bind(answer),
      fail: answer.fail.bind(answer),
      end,
    });
  }

  useDatabase(name: string): Promise<void> {
    return this.#connection.useDatabase(name);
  }
  reset(): Promise<void> {
    return this.#connection.reset();
  }
  fieldList(): Promise<never> {
    return Promise.reject(new ServerError(1047, "08S01", "Unknown command"));
  }
  listProcesses(answer: Answer): void {
    this.query(Buffer.from("show processlist"), answer);
  }
  killConnection(id: number): Promise<never> {
    return Promise.reject(new ServerError(1094, "HY000", `Unknown thread id: ${id}`));
  }
  takeChanges(): Buffer {
    return Buffer.alloc(0);
  }
  statistics(): string {
    return `Connection ${must(this.#client, "a session has a client").id}`;
  }
  interrupt(): void {
    if (this.#connection.isBusy) this.#connection.killQuery().catch(() => this.#connection.destroy());
  }
  close(): void {
    this.#connection.onClosed = undefined;
    this.#connection.destroy();
  }
}
