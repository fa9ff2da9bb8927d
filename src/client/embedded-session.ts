/** One session: hands statements to the gateway one at a time, and their rows to whoever called. */
import { VtError } from "../base/errors.ts";
import type { Lru } from "../base/lru.ts";
import { statusFlag } from "../mysql/packets/capabilities.ts";
import type { Answer, Prepared } from "../mysql/session.ts";
import type { ResultTrailer, RowBatch, RowFormat } from "../sqltypes/result.ts";
import type { GatewaySession } from "../vtgate/gateway-session.ts";
import type {
  ArrayRow,
  CallOptions,
  ExecuteOptions,
  ObjectRow,
  Parameter,
  Parameters,
  PreparedStatement,
  Result,
  Session,
} from "./client.ts";
import { RowStream } from "./row-stream.ts";
import { arrayRows, isList, objectRows, sqlBinds, sqlValues } from "./values.ts";

/** A statement, ready to run: the format of its rows, and how it is handed over. */
interface Start {
  readonly format: RowFormat;
  readonly run: (answer: Answer) => void;
}
type Outcome = Pick<Result, "columns"> & { readonly trailer: ResultTrailer };
type RowsOf<Row> = (batch: RowBatch) => Iterable<Row>;

const rowsDefaultMax = 100_000;

export class EmbeddedSession implements Session {
  readonly #session: GatewaySession;
  /** Statements with `?` that ran before, by text: their plans are found at once. All sessions share it. */
  readonly #prepared: Lru<string, Prepared>;
  /** Settled when the statement before the next one is over. */
  #turn: Promise<void> = Promise.resolve();
  readonly #closed: () => void;
  #isClosed = false;

  constructor(session: GatewaySession, prepared: Lru<string, Prepared>, closed: () => void) {
    this.#session = session;
    this.#prepared = prepared;
    this.#closed = closed;
  }

  get inTransaction(): boolean {
    return (this.#session.statusFlags & statusFlag.inTransaction) !== 0;
  }

  execute(sql: string, parameters?: Parameters, options?: ExecuteOptions): Promise<Result> {
    return this.#gather(this.#startOf(sql, parameters), objectRows, options);
  }

  executeArrays(sql: string, parameters?: Parameters, options?: ExecuteOptions): Promise<Result<ArrayRow>> {
    return this.#gather(this.#startOf(sql, parameters), arrayRows, options);
  }

  stream(sql: string, parameters?: Parameters, options?: CallOptions): AsyncGenerator<ObjectRow, void, undefined> {
    return this.#rows(this.#startOf(sql, parameters), objectRows, options);
  }

  streamArrays(sql: string, parameters?: Parameters, options?: CallOptions): AsyncGenerator<ArrayRow, void, undefined> {
    return this.#rows(this.#startOf(sql, parameters), arrayRows, options);
  }

  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    if (this.inTransaction) throw VtError.of("VT12001", "a transaction inside a transaction: use savepoints");
    await this.execute("begin");
    try {
      const done = await work(this);
      await this.execute("commit");
      return done;
    } catch (thrown) {
      await this.execute("rollback").catch(() => this.close()); // Closing lets go of all that it holds, too.
      throw thrown;
    }
  }

  async prepare(sql: string): Promise<PreparedStatement> {
    const release = await this.#takeTurn(undefined);
    try {
      const prepared = await this.#session.prepare(Buffer.from(sql));
      const start = (parameters: readonly Parameter[] = []) => this.#startPrepared(() => prepared, parameters);
      return {
        parameterCount: prepared.parameterCount,
        columns: prepared.columns,
        execute: (parameters, options) => this.#gather(start(parameters), objectRows, options),
        stream: (parameters, options) => this.#rows(start(parameters), objectRows, options),
      };
    } finally {
      release();
    }
  }

  async use(target: string): Promise<void> {
    const release = await this.#takeTurn(undefined);
    try {
      await this.#session.useDatabase(target);
    } finally {
      release();
    }
  }

  // oxlint-disable-next-line require-await
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#session.close();
    this.#closed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #startOf(sql: string, parameters: Parameters | undefined): Start {
    if (parameters === undefined || (isList(parameters) && parameters.length === 0))
      return { format: "text", run: (answer) => this.#session.query(Buffer.from(sql), answer) };
    if (isList(parameters)) return this.#startPrepared(() => this.#preparedOf(sql), parameters);
    return { format: "text", run: (answer) => this.#session.run(sql, sqlBinds(parameters), answer) };
  }

  #startPrepared(prepared: () => Prepared, parameters: readonly Parameter[]): Start {
    const run = (answer: Answer) => {
      const statement = prepared();
      const { parameterCount } = statement;
      if (parameters.length !== parameterCount)
        throw VtError.of("VT26008", "?", `${parameterCount} are needed, ${parameters.length} came`);
      this.#session.execute(statement, sqlValues(parameters), answer);
    };
    return { format: "binary", run };
  }

  #preparedOf(sql: string): Prepared {
    const key = `${this.#session.state.settings.get("sql_mode") ?? ""}\0${sql}`; // It decides what is a string.
    const known = this.#prepared.get(key);
    if (known !== undefined) return known;
    const made = this.#session.prepareText(sql);
    this.#prepared.set(key, made, key.length * 2 + 500);
    return made;
  }

  async *#rows<Row>(
    start: Start,
    rowsOf: RowsOf<Row>,
    options: CallOptions = {},
  ): AsyncGenerator<Row, void, undefined> {
    for await (const batch of this.#batches(start, options)) yield* rowsOf(batch);
  }

  async #gather<Row>(start: Start, rowsOf: RowsOf<Row>, options: ExecuteOptions = {}): Promise<Result<Row>> {
    const { rowsMax = rowsDefaultMax } = options;
    const rows: Row[] = [];
    const batches = this.#batches(start, options);
    for (;;) {
      const step = await batches.next();
      if (step.done === true) return resultOf(step.value, rows);
      for (const row of rowsOf(step.value)) rows.push(row);
      if (rows.length <= rowsMax) continue;
      await batches.return(undefined as never);
      throw VtError.of("VT21001", `${rowsMax} rows`, "rowsMax");
    }
  }

  /** Runs it when its turn has come; whoever leaves before the end stops it. */
  async *#batches(start: Start, { signal, timeoutMs }: CallOptions): AsyncGenerator<RowBatch, Outcome, undefined> {
    const stop = stopOf(signal, timeoutMs);
    const release = await this.#takeTurn(stop);
    const rows = new RowStream(start.format);
    const interrupt = () => this.#session.interrupt();
    let isStarted = false;
    try {
      stop?.addEventListener("abort", interrupt, { once: true });
      start.run(rows);
      isStarted = true;
      for (let batch = await rows.next(); batch !== undefined; batch = await rows.next()) yield batch;
      return { columns: rows.columnsSent, trailer: rows.trailer as ResultTrailer };
    } catch (thrown) {
      if (isStarted && stop?.aborted === true) throw stop.reason;
      throw thrown;
    } finally {
      stop?.removeEventListener("abort", interrupt);
      if (isStarted && !rows.isOver) {
        interrupt();
        await rows.drained();
      }
      release();
    }
  }

  /** Answers what ends the turn. */
  async #takeTurn(stop: AbortSignal | undefined): Promise<() => void> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    try {
      await (stop === undefined ? before : Promise.race([before, rejection(stop)]));
      if (this.#isClosed) throw VtError.of("VT14001", "the gateway", "the session is closed");
      return resolve;
    } catch (thrown) {
      void before.then(resolve);
      throw thrown;
    }
  }
}

function resultOf<Row>({ columns, trailer }: Outcome, rows: readonly Row[]): Result<Row> {
  const { affectedRows, lastInsertId, warnings } = trailer;
  const id = typeof lastInsertId === "string" ? BigInt(lastInsertId) : lastInsertId;
  return { rows, columns, affectedRows, lastInsertId: id, warnings };
}

function stopOf(signal: AbortSignal | undefined, timeoutMs: number | undefined): AbortSignal | undefined {
  if (timeoutMs === undefined) return signal;
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
