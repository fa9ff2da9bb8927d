/**
 * Our client of MySQL and MariaDB servers, over a unix socket, TCP or TLS. One command at a time per connection.
 *
 * - `query` collects rows as text, for admin work: bounded by `rowsMax`, given up after `timeoutMs`.
 * - `send`, `execute` push raw rows into a `ResultSink`, for everything that is large or fast.
 *
 * A connection that broke, timed out or lied is closed, and what was asked fails with ServerError 2013. `closed` tells.
 * Multi-statements are never possible here: one text, one statement.
 */
import type { Clock, Timer } from "../base/clock.ts";
import { assert } from "../base/assert.ts";
import { errorText, ServerError } from "../base/errors.ts";
import type { Network } from "../base/network.ts";
import { type Address, type BatchedSocket, connectSocket } from "../base/socket.ts";
import type { TlsOptions } from "../base/tls.ts";
import { decodeColumn } from "../sqltypes/column-packet.ts";
import type { Column, ResultSink } from "../sqltypes/result.ts";
import type { Value } from "../sqltypes/value.ts";
import { loginBegins, type LoginState, type LoginWishes, stepLogin } from "./client-login.ts";
import { type Collected, type CollectOptions, CollectSink, type Rows } from "./collect.ts";
import { PacketAssembler } from "./packet-assembler.ts";
import { decodeError, decodeOk } from "./packets/answers.ts";
import { command } from "./packets/capabilities.ts";
import { framePacket, packetHeaderSize, writePacketHeader } from "./packets/frame.ts";
import { decodePrepared, encodeExecute, encodeLongData, type PreparedStatement } from "./packets/prepared.ts";
import { ResponseScanner } from "./response-scanner.ts";
import type { HeadMemo } from "./result-head.ts";
import { type Sql, sql, value } from "./sql.ts";

export interface ConnectOptions {
  readonly address: Address;
  readonly username: string;
  readonly password?: string;
  readonly database?: string;
  readonly foundRows?: boolean;
  /** Number of the collation the connection begins with, which decides its character set; up to 255. */
  readonly collation?: number;
  /** TLS, or no connection. */
  readonly tls?: TlsOptions;
  /** Default 10 s: until logged in. */
  readonly connectTimeoutMs?: number;
  /** What the server shows in performance_schema.session_connect_attrs. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface ClientEnvironment {
  readonly network: Network;
  readonly clock: Clock;
}

export type Flavour = "mysql" | "mariadb";

const loginPayloadMax = 64 * 1024;
const connectTimeoutDefaultMs = 10_000;
/** Statements up to this size go out through the write batch in one copy. */
const smallStatementMax = 8192;

/** Connects and logs in; rejects with ServerError (1045 wrong password, 2003 nobody there, 2013 lost …). */
export function connect(env: ClientEnvironment, options: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const wishes: LoginWishes = {
      username: options.username,
      password: options.password ?? "",
      database: options.database ?? "",
      foundRows: options.foundRows ?? false,
      tls: options.tls !== undefined,
      collation: options.collation ?? 0,
      isPrivate: "path" in options.address,
      attributes: { _client_name: "vitess-ts", ...options.attributes },
    };
    let state: LoginState = loginBegins;
    let timer: Timer | undefined = undefined;
    const fail = (error: Error) => {
      timer?.cancel();
      socket.destroy();
      reject(error);
    };
    const step = (event: Buffer | "tls-is-up", sequence: number) => {
      const next = stepLogin(state, event, wishes);
      state = next.state;
      if (next.send !== undefined) socket.writeOwned(framePacket(next.send, sequence + 1));
      if (next.startTls && options.tls !== undefined)
        socket.startTls(options.tls, "client", noBytes, () => attempt(() => step("tls-is-up", sequence + 1)));
      if (state.phase !== "done") return;
      timer?.cancel();
      assembler.stop();
      resolve(new Connection(env, socket, options, state.greeting));
    };
    const attempt = (run: () => void) => {
      try {
        run();
      } catch (thrown) {
        fail(thrown instanceof ServerError ? thrown : lost(`malformed login: ${errorText(thrown)}`));
      }
    };
    const assembler = new PacketAssembler(loginPayloadMax, (payload, sequence) => step(payload, sequence));
    const listener = {
      bytes: (chunk: Buffer) => attempt(() => void assembler.push(chunk)),
      closed: (error: Error | undefined) => fail(new ServerError(2003, "HY000", connectText(options.address, error))),
    };
    const socket = connectSocket(env.network, options.address, {
      listener,
      connected: () => {},
      tlsLater: options.tls !== undefined,
    });
    const timeoutMs = options.connectTimeoutMs ?? connectTimeoutDefaultMs;
    timer = env.clock.after(timeoutMs, () => fail(lost(`no login within ${timeoutMs} ms`)));
  });
}

function connectText(address: Address, error: Error | undefined): string {
  const where = "path" in address ? address.path : `${address.host}:${address.port}`;
  return `cannot connect to the database server at ${where}: ${error === undefined ? "it closed" : error.message}`;
}

function lost(why: string): ServerError {
  return new ServerError(2013, "HY000", `lost connection to the database server: ${why}`);
}

interface LoggedIn {
  readonly connectionId: number;
  readonly serverVersion: string;
  readonly capabilities: number;
}

interface PrepareWait {
  readonly resolve: (statement: PreparedStatement) => void;
  readonly reject: (error: Error) => void;
}

export class Connection {
  readonly id: number;
  readonly serverVersion: string;
  readonly flavour: Flavour;
  readonly #env: ClientEnvironment;
  readonly #options: ConnectOptions;
  readonly #socket: BatchedSocket;
  readonly #scanner: ResponseScanner;
  readonly #heads: HeadMemo = { head: undefined };
  #sink: ResultSink | undefined;
  #preparing: PrepareWait | undefined;
  #lost: ServerError | undefined;
  /** Called once when the connection is gone; `isOurs`: this side ended it. */
  onClosed: ((error: ServerError, isOurs: boolean) => void) | undefined;

  /** Use `connect`. */
  constructor(env: ClientEnvironment, socket: BatchedSocket, options: ConnectOptions, server: LoggedIn) {
    this.#env = env;
    this.#socket = socket;
    this.#options = options;
    this.id = server.connectionId;
    this.serverVersion = server.serverVersion.replace(/^5\.5\.5-/, ""); // MariaDB hides behind it from old replicas.
    this.flavour = /mariadb/i.test(server.serverVersion) ? "mariadb" : "mysql";
    this.#scanner = new ResponseScanner({
      columns: ({ columns, packets }) => this.#sink?.columns(columns, packets),
      rows: (chunk) => {
        if (this.#sink?.rows(chunk) === false) this.#socket.pause();
      },
      ok: (payload) => this.#ok(payload),
      error: (payload) => this.#fail(decodeError(payload)),
      prepared: (head, parameters, columns) => this.#prepared(head, parameters, columns),
    });
    socket.listen({
      bytes: (chunk) => this.#bytes(chunk),
      closed: (error) => this.#closed(error === undefined ? "it closed the connection" : error.message),
    });
  }

  get isClosed(): boolean {
    return this.#lost !== undefined;
  }
  /** True while an answer is awaited. */
  get isBusy(): boolean {
    return this.#sink !== undefined || this.#preparing !== undefined;
  }
  /** Rows that came so far of the answer under way. */
  get rowCount(): number {
    return this.#scanner.rowCount;
  }

  /** Collects an answer; see `collect.ts` for the limits. */
  query(text: Sql, options: CollectOptions = {}): Promise<Rows> {
    return this.#collect(options, (sink) => this.send(text.text, sink)).then(({ rows }) => rows);
  }

  /** Like `query`, for a statement that may answer several results (CALL). */
  queryAll(text: Sql, options: CollectOptions = {}): Promise<readonly Rows[]> {
    return this.#collect(options, (sink) => this.send(text.text, sink)).then(({ all }) => all);
  }

  /** Sends statement text; the answer is pushed into `sink`. `memo` is kept for the statement by who asks it often. */
  send(text: string | Buffer, sink: ResultSink, memo: HeadMemo = this.#heads): void {
    if (!this.#begin(sink, memo)) return;
    const size = (typeof text === "string" ? Buffer.byteLength(text) : text.length) + 1;
    const at = size <= smallStatementMax ? this.#socket.reserve(packetHeaderSize + size) : -1;
    if (at < 0) {
      const body = typeof text === "string" ? Buffer.from(text) : text;
      this.#socket.writeOwned(framePacket(Buffer.concat([Buffer.from([command.query]), body]), 0));
      return;
    }
    const { batch } = this.#socket;
    writePacketHeader(batch, at, size, 0);
    batch[at + packetHeaderSize] = command.query;
    if (typeof text === "string") batch.write(text, at + packetHeaderSize + 1);
    else text.copy(batch, at + packetHeaderSize + 1);
  }

  /** Prepares on the server; parameters are `?`. */
  prepare(text: string): Promise<PreparedStatement> {
    return new Promise((resolve, reject) => {
      assert(!this.isBusy, "a statement was prepared while an answer is awaited");
      if (this.#lost !== undefined) return reject(this.#lost);
      this.#preparing = { resolve, reject };
      this.#scanner.begin("prepare");
      this.#command(command.statementPrepare, Buffer.from(text));
    });
  }

  /** Runs a prepared statement; rows come in the binary format. */
  execute(
    statement: PreparedStatement,
    parameters: readonly Value[],
    sink: ResultSink,
    memo: HeadMemo = this.#heads,
  ): void {
    if (!this.#begin(sink, memo)) return;
    for (let index = 0; index < parameters.length; index++) {
      const parameter = parameters[index] as Value;
      const { bytes } = parameter;
      if (bytes !== undefined && bytes.length > longDataMin && isLongDataType(parameter))
        this.#socket.writeOwned(framePacket(encodeLongData(statement.id, index, bytes), 0));
    }
    this.#socket.writeOwned(framePacket(encodeExecute(statement.id, parameters, longDataMin), 0));
  }

  /** The server answers nothing to this. */
  closeStatement(statement: PreparedStatement): void {
    const id = Buffer.alloc(4);
    id.writeUInt32LE(statement.id);
    if (this.#lost === undefined) this.#command(command.statementClose, id);
  }

  ping(options: CollectOptions = {}): Promise<void> {
    return this.#simple(command.ping, noBytes, options);
  }
  useDatabase(name: string, options: CollectOptions = {}): Promise<void> {
    return this.#simple(command.initDatabase, Buffer.from(name), options);
  }
  /** Back to how it was after login, but for the database; prepared statements are gone. */
  reset(options: CollectOptions = {}): Promise<void> {
    return this.#simple(command.resetConnection, noBytes, options);
  }

  /** Stops the statement under way, from a connection of its own. Resolves when the server has taken note. */
  async killQuery(): Promise<void> {
    const other = await connect(this.#env, { ...this.#options, attributes: {} });
    try {
      await other.query(sql`kill query ${value(this.id)}`, { timeoutMs: connectTimeoutDefaultMs });
    } finally {
      other.close();
    }
  }

  /** The sink has room again. */
  resume(): void {
    this.#socket.resume();
  }

  /** Says goodbye and closes; does not wait. */
  close(): void {
    if (this.#lost !== undefined) return;
    this.#command(command.quit, noBytes);
    this.#socket.end();
    this.#closed("we closed it", true);
  }
  /** Closes without a word. */
  destroy(): void {
    this.#socket.destroy();
    this.#closed("we closed it", true);
  }

  #command(code: number, body: Buffer): void {
    const payload = Buffer.allocUnsafe(1 + body.length);
    payload[0] = code;
    body.copy(payload, 1);
    this.#socket.writeOwned(framePacket(payload, 0));
  }

  /** False when the connection is gone: the sink has been told. */
  #begin(sink: ResultSink, memo: HeadMemo): boolean {
    assert(!this.isBusy, "a command was sent while the answer to another is awaited");
    if (this.#lost !== undefined) {
      sink.fail(this.#lost);
      return false;
    }
    this.#sink = sink;
    this.#scanner.begin("result", memo);
    return true;
  }

  #simple(code: number, body: Buffer, options: CollectOptions): Promise<void> {
    return this.#collect(options, (sink) => {
      if (this.#begin(sink, this.#heads)) this.#command(code, body);
    }).then(() => undefined);
  }

  #collect(options: CollectOptions, start: (sink: ResultSink) => void): Promise<Collected> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined = undefined;
      const sink = new CollectSink(options, (error, collected) => {
        timer?.cancel();
        if (error === undefined) resolve(collected);
        else reject(error);
      });
      const { timeoutMs } = options;
      if (timeoutMs !== undefined)
        timer = this.#env.clock.after(timeoutMs, () => this.#break(`no answer within ${timeoutMs} ms`));
      start(sink);
    });
  }

  #bytes(chunk: Buffer): void {
    try {
      this.#scanner.push(chunk);
    } catch (thrown) {
      this.#break(errorText(thrown));
      if (!(thrown instanceof Error) || thrown.name !== "MalformedBytes") throw thrown;
    }
  }

  #ok(payload: Buffer): void {
    const trailer = decodeOk(payload);
    const sink = this.#sink;
    if (this.#scanner.isIdle) this.#sink = undefined;
    sink?.end(trailer);
  }

  #fail(error: ServerError): void {
    const preparing = this.#preparing;
    const sink = this.#sink;
    this.#preparing = undefined;
    this.#sink = undefined;
    preparing?.reject(error);
    sink?.fail(error);
  }

  #prepared(head: Buffer, parameters: readonly Buffer[], columnPackets: readonly Buffer[]): void {
    const columns: readonly Column[] = columnPackets.map(decodeColumn);
    const statement = decodePrepared(head, parameters, columns, columnPackets);
    const preparing = this.#preparing; // Only now: what cannot be read must still reject it.
    this.#preparing = undefined;
    preparing?.resolve(statement);
  }

  #break(why: string): void {
    this.#socket.destroy();
    this.#closed(why);
  }

  #closed(why: string, isOurs = false): void {
    if (this.#lost !== undefined) return;
    const error = lost(why);
    this.#lost = error;
    this.#fail(error);
    this.onClosed?.(error, isOurs);
  }
}

const noBytes = Buffer.alloc(0);
/** Longer parameters travel ahead of the execute command, so that it stays below the packet limit. */
const longDataMin = 4 * 1024 * 1024;

function isLongDataType({ type }: Value): boolean {
  return type === "VARBINARY" || type === "BLOB" || type === "VARCHAR" || type === "TEXT";
}
