/** The gateway as an application holds it: opens sessions, and runs single statements in sessions of their own. */
import { Lru } from "../base/lru.ts";
import { noFiles } from "../mysql/file-request.ts";
import type { Client, Prepared } from "../mysql/session.ts";
import type { Gateway as Core } from "../vtgate/gateway.ts";
import type { GatewaySession } from "../vtgate/gateway-session.ts";
import type {
  ArrayRow,
  CallOptions,
  ExecuteOptions,
  Gateway,
  ObjectRow,
  Parameters,
  Result,
  Session,
  SessionOptions,
} from "./client.ts";
import { EmbeddedSession } from "./embedded-session.ts";

/** What the texts of statements with `?` may add up to. */
const preparedBytesMax = 16 << 20;
const connectionIdMax = 0xff_ffff; // The 8 bits above are a worker's, and there is one.

export class EmbeddedGateway implements Gateway {
  readonly #core: Core;
  readonly #usual: SessionOptions;
  readonly #stop: () => Promise<void>;
  readonly #prepared = new Lru<string, Prepared>(preparedBytesMax);
  readonly #sessions = new Set<EmbeddedSession>();
  #lastId = 0;
  #closing: Promise<void> | undefined;

  constructor(core: Core, usual: SessionOptions, stop: () => Promise<void>) {
    this.#core = core;
    this.#usual = usual;
    this.#stop = stop;
  }

  async session(options: SessionOptions = {}): Promise<Session> {
    const { target = "", user = "", groups = [] } = { ...this.#usual, ...options };
    let opened: EmbeddedSession | undefined;
    const client: Client = {
      id: this.#nextId(),
      login: {
        identity: { username: user, groups },
        username: user,
        database: target,
        collation: 0,
        capabilities: 0,
        zstdLevel: 0,
        attributes: {},
      },
      remoteAddress: "",
      isEncrypted: false,
      multiStatements: false,
      ...noFiles,
      destroy: () => void opened?.close(),
    };
    const session = (await this.#core.open(client)) as GatewaySession;
    opened = new EmbeddedSession(session, this.#prepared, () => this.#sessions.delete(opened as EmbeddedSession));
    this.#sessions.add(opened);
    return opened;
  }

  execute(sql: string, parameters?: Parameters, options?: ExecuteOptions): Promise<Result> {
    return this.#inSession((session) => session.execute(sql, parameters, options));
  }

  executeArrays(sql: string, parameters?: Parameters, options?: ExecuteOptions): Promise<Result<ArrayRow>> {
    return this.#inSession((session) => session.executeArrays(sql, parameters, options));
  }

  async *stream(
    sql: string,
    parameters?: Parameters,
    options?: CallOptions,
  ): AsyncGenerator<ObjectRow, void, undefined> {
    await using session = await this.session();
    yield* session.stream(sql, parameters, options);
  }

  async *streamArrays(
    sql: string,
    parameters?: Parameters,
    options?: CallOptions,
  ): AsyncGenerator<ArrayRow, void, undefined> {
    await using session = await this.session();
    yield* session.streamArrays(sql, parameters, options);
  }

  transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#inSession((session) => session.transaction(work));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const session of this.#sessions) await session.close();
    await this.#stop();
  }

  async #inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    await using session = await this.session();
    return await work(session);
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId % connectionIdMax) + 1;
    while (this.#core.sessions.has(this.#lastId));
    return this.#lastId;
  }
}
