/**
 * The query log (inventory 4.067): an event for each statement, while somebody listens (/debug/querylog), and a line in the
 * process's own log for slow ones. Nothing is made of a statement while nobody wants it.
 */
import type { Logger } from "../base/log.ts";
import type { Random } from "../base/random.ts";

export interface QueryEvent {
  readonly method: string;
  readonly remoteAddress: string;
  readonly username: string;
  readonly startMs: number;
  readonly totalMs: number;
  readonly statementType: string;
  readonly sql: string;
  readonly keyspace: string;
  readonly tabletType: string;
  readonly shardQueries: number;
  readonly rows: number;
  readonly error: string;
  readonly sessionId: string;
}

export interface QueryLogOptions {
  readonly format: "text" | "json";
  readonly mode: "all" | "error";
  /** Only statements whose text has this word. */
  readonly filterTag: string;
  readonly rowsMin: number;
  readonly timeMsMin: number;
  /** 0 to 1: how many of the others are taken all the same; 0 takes those that pass the filters alone. */
  readonly sampleRate: number;
  /** 0: nothing is slow. */
  readonly slowMsMin: number;
  /** Texts without their values. */
  readonly redacts: boolean;
}

export const defaultQueryLogOptions: QueryLogOptions = {
  format: "text",
  mode: "all",
  filterTag: "",
  rowsMin: 0,
  timeMsMin: 0,
  sampleRate: 0,
  slowMsMin: 0,
  redacts: false,
};

type Listener = (line: string) => void;
export const listenersMax = 100;

export class QueryLog {
  readonly options: QueryLogOptions;
  readonly #random: Random;
  readonly #log: Logger;
  readonly #listeners = new Set<Listener>();
  /** Told when the first listener comes and when the last one leaves: lines of other threads are wanted meanwhile. */
  onWanted: ((isWanted: boolean) => void) | undefined;

  constructor(options: QueryLogOptions, random: Random, log: Logger) {
    this.options = options;
    this.#random = random;
    this.#log = log;
  }

  /** Whether an event must be made at all. */
  wants(elapsedMs: number): boolean {
    return this.#listeners.size > 0 || this.isSlow(elapsedMs);
  }

  isSlow(elapsedMs: number): boolean {
    return this.options.slowMsMin > 0 && elapsedMs >= this.options.slowMsMin;
  }

  /** Answers how to stop; undefined where too many listen already. */
  listen(listener: Listener): (() => void) | undefined {
    if (this.#listeners.size >= listenersMax) return undefined;
    if (this.#listeners.size === 0) this.onWanted?.(true);
    this.#listeners.add(listener);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.onWanted?.(false);
    };
  }

  /** A line that another thread made. */
  pass(line: string): void {
    for (const listener of this.#listeners) listener(line);
  }

  add(event: QueryEvent): void {
    if (this.isSlow(event.totalMs)) this.#log.warn({ ...event }, "a slow statement");
    if (this.#listeners.size === 0 || !this.#passes(event)) return;
    this.pass(this.options.format === "json" ? JSON.stringify(event) : textOf(event));
  }

  #passes({ sql, error, rows, totalMs }: QueryEvent): boolean {
    const { mode, filterTag, rowsMin, timeMsMin, sampleRate } = this.options;
    if (mode === "error" && error === "") return false;
    if (sampleRate > 0 && this.#random.below(1_000_000) < sampleRate * 1_000_000) return true;
    return (filterTag === "" || sql.includes(filterTag)) && rows >= rowsMin && totalMs >= timeMsMin;
  }
}

function textOf(event: QueryEvent): string {
  const { startMs, totalMs, ...rest } = event;
  const start = new Date(startMs).toISOString();
  const cells = [
    rest.method,
    rest.remoteAddress,
    rest.username,
    start,
    (totalMs / 1000).toFixed(6),
    rest.statementType,
  ];
  const texts = [JSON.stringify(rest.sql), rest.shardQueries, rest.rows, JSON.stringify(rest.error)];
  return [...cells, ...texts, rest.keyspace, rest.tabletType, rest.sessionId].join("\t");
}
