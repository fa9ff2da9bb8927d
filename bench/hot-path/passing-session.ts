/**
 * A session that passes every statement to one tablet: the gateway's way without its planning. Numbers become binds, as
 * the gateway's plan cache makes them, so that texts repeat.
 */
import { ServerError } from "../../src/base/errors.ts";
import { emptyTrailer } from "../../src/mysql/packets/answers.ts";
import type { Answer, Client, Prepared, SqlSession } from "../../src/mysql/session.ts";
import type {
  CallState,
  QueryOptions,
  QueryRequest,
  QueryService,
  ResultReader,
  RunningQuery,
} from "../../src/rpc/query-service.ts";
import type { Column, ResultTrailer } from "../../src/sqltypes/result.ts";
import { type Binds, nullValue, type Value } from "../../src/sqltypes/value.ts";
import { benchTarget } from "./settings.ts";

interface PassedStatement extends Prepared {
  /** With `:v1`, `:v2` … for the parameters. */
  readonly text: string;
}

const textOptions: QueryOptions = {
  workload: "OLTP",
  clientFoundRows: true,
  format: "text",
  sqlSelectLimit: 0,
  timeoutMs: 0,
  transactionIsolation: "DEFAULT",
  readOnlyTransaction: false,
  consistentSnapshot: false,
};
const binaryOptions: QueryOptions = { ...textOptions, format: "binary" };
const none: readonly string[] = [];
const caller = {
  immediate: { username: "bench", groups: none },
  effective: { principal: "", component: "", subcomponent: "" },
};

export class PassingSession implements SqlSession {
  readonly #tablet: QueryService;
  #transactionId = 0;
  #isInTransaction = false;
  #running: RunningQuery | undefined;

  constructor(_client: Client, tablet: QueryService) {
    this.#tablet = tablet;
  }

  get statusFlags(): number {
    return this.#isInTransaction ? 3 : 2;
  }

  query(bytes: Buffer, answer: Answer): void {
    const text = bytes.toString("utf8");
    const verb = text.length < 20 ? text.toLowerCase() : "";
    if (verb === "begin") {
      this.#isInTransaction = true;
      answer.end({ ...emptyTrailer, statusFlags: 3 });
    } else if (verb === "commit" || verb === "rollback") this.#conclude(verb, answer);
    else {
      const binds: Record<string, Value> = {};
      const template = text.replaceAll(/\b\d+\b/g, (digits) => {
        const name = `v${Object.keys(binds).length + 1}`;
        binds[name] = { type: "INT64", bytes: Buffer.from(digits) };
        return `:${name}`;
      });
      this.#send(template, binds, textOptions, answer);
    }
  }

  prepare(bytes: Buffer): Promise<PassedStatement> {
    let parameterCount = 0;
    const text = bytes.toString("utf8").replaceAll("?", () => `:v${++parameterCount}`);
    return this.#describe(text, parameterCount);
  }

  #describe(text: string, parameterCount: number): Promise<PassedStatement> {
    const plain: PassedStatement = { parameterCount, columns: [], warnings: 0, text };
    if (!/^select/i.test(text)) return Promise.resolve(plain);
    const binds: Record<string, Value> = {};
    for (let i = 1; i <= parameterCount; i++) binds[`v${i}`] = nullValue;
    return new Promise((resolve, reject) => {
      let found: Pick<PassedStatement, "columns" | "columnPackets"> = { columns: [] };
      this.#tablet.execute(
        { ...this.#requestOf(text, binds, binaryOptions), begin: false, transactionId: 0, describe: true },
        {
          columns: (columns, columnPackets) => {
            found = { columns, columnPackets };
          },
          rows: () => true,
          end: () => resolve({ ...plain, ...found }),
          fail: reject,
        },
      );
    });
  }

  execute(prepared: Prepared, values: readonly Value[], answer: Answer): void {
    const { text } = prepared as PassedStatement;
    const verb = text.toLowerCase();
    if (verb === "begin" || verb === "commit") return this.query(Buffer.from(verb), answer);
    const binds: Record<string, Value> = {};
    for (const [i, value] of values.entries()) binds[`v${i + 1}`] = value;
    this.#send(text, binds, binaryOptions, answer);
  }

  #send(sql: string, binds: Binds, options: QueryOptions, answer: Answer): void {
    answer.onRoom = () => this.#running?.resume();
    this.#running = this.#tablet.execute(this.#requestOf(sql, binds, options), new PassingReader(answer, this));
  }

  #requestOf(sql: string, binds: Binds, options: QueryOptions): QueryRequest {
    return {
      target: benchTarget,
      sql,
      binds,
      transactionId: this.#transactionId,
      reservedId: 0,
      begin: this.#isInTransaction && this.#transactionId === 0,
      savepoints: none,
      settings: none,
      reserve: false,
      options,
      caller,
    };
  }

  /** The session's own status goes out, not that of the connection behind. */
  ended(state: CallState): number {
    this.#transactionId = state.transactionId;
    return this.statusFlags;
  }

  #conclude(verb: "commit" | "rollback", answer: Answer): void {
    const id = this.#transactionId;
    this.#isInTransaction = false;
    this.#transactionId = 0;
    if (id === 0) return answer.end(emptyTrailer);
    this.#tablet[verb](benchTarget, id).then(
      () => answer.end(emptyTrailer),
      (error: ServerError) => answer.fail(error),
    );
  }

  closePrepared(): void {}
  useDatabase(): Promise<void> {
    return Promise.resolve();
  }
  reset(): Promise<void> {
    return Promise.resolve();
  }
  fieldList(): Promise<readonly Buffer[]> {
    return Promise.reject(new ServerError(1047, "08S01", "Unknown command"));
  }
  listProcesses(answer: Answer): void {
    answer.fail(new ServerError(1047, "08S01", "Unknown command"));
  }
  killConnection(id: number): Promise<never> {
    return Promise.reject(new ServerError(1094, "HY000", `Unknown thread id: ${id}`));
  }
  takeChanges(): Buffer {
    return Buffer.alloc(0);
  }
  statistics(): string {
    return "";
  }
  interrupt(): void {
    this.#running?.cancel();
  }
  close(): void {
    this.#running?.cancel();
    if (this.#transactionId !== 0) void this.#tablet.rollback(benchTarget, this.#transactionId).catch(() => 0);
  }
}

class PassingReader implements ResultReader {
  readonly #answer: Answer;
  readonly #session: PassingSession;

  constructor(answer: Answer, session: PassingSession) {
    this.#answer = answer;
    this.#session = session;
  }
  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#answer.columns(columns, packets);
  }
  rows(chunk: Buffer): boolean {
    return this.#answer.rows(chunk);
  }
  end(trailer: ResultTrailer, state: CallState): void {
    this.#answer.end({ ...trailer, statusFlags: this.#session.ended(state) });
  }
  fail(error: ServerError, state: CallState): void {
    this.#session.ended(state);
    this.#answer.fail(error);
  }
}
