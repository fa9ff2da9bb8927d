/**
 * What happens, line by line, for whoever listens (/debug/querylog, /debug/txlog, a file). Nothing is made of an event while
 * nobody listens: ask `isHeard` first. A `StatementLog` lets through what its filters say.
 */
import type { Random } from "../base/random.ts";

type Listener = (line: string) => void;
export const listenersMax = 100;

export type LogFormat = "text" | "json";

export class EventLog<E extends object> {
  readonly format: LogFormat;
  /** Names of what `cells` answers. */
  readonly head: readonly string[];
  readonly #cells: (event: E) => readonly unknown[];
  readonly #listeners = new Set<Listener>();
  /** Told when the first listener comes and when the last one leaves: lines of other threads are wanted meanwhile. */
  onWanted: ((isWanted: boolean) => void) | undefined;

  constructor(format: LogFormat, head: readonly string[], cells: (event: E) => readonly unknown[]) {
    this.format = format;
    this.head = head;
    this.#cells = cells;
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0;
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

  /** A line that is made already, by another thread. */
  pass(line: string): void {
    for (const listener of this.#listeners) listener(line);
  }

  add(event: E): void {
    if (!this.isHeard) return;
    this.pass(this.format === "json" ? JSON.stringify(event) : this.#cells(event).join("\t"));
  }
}

/** What the filters look at. */
export interface LoggedStatement {
  readonly sql: string;
  readonly rows: number;
  readonly totalMs: number;
  /** Empty: none. */
  readonly error: string;
}

export interface StatementFilter {
  readonly format: LogFormat;
  readonly mode: "all" | "error";
  /** Only statements whose text has this word. */
  readonly filterTag: string;
  readonly rowsMin: number;
  readonly timeMsMin: number;
  /** One of the conditions that are set is enough. */
  readonly isAnyEnough: boolean;
  /** 0 to 1: how many of the others are taken all the same; 0 takes those that pass the filters alone. */
  readonly sampleRate: number;
  /** Texts without their values. */
  readonly redacts: boolean;
}

export const everyStatement: StatementFilter = {
  format: "text",
  mode: "all",
  filterTag: "",
  rowsMin: 0,
  timeMsMin: 0,
  isAnyEnough: false,
  sampleRate: 0,
  redacts: false,
};

export class StatementLog<E extends LoggedStatement> extends EventLog<E> {
  readonly filter: StatementFilter;
  readonly #random: Random;

  constructor(
    filter: StatementFilter,
    random: Random,
    head: readonly string[],
    cells: (event: E) => readonly unknown[],
  ) {
    super(filter.format, head, cells);
    this.filter = filter;
    this.#random = random;
  }

  override add(event: E): void {
    if (this.isHeard && passes(event, this.filter, this.#random)) super.add(event);
  }
}

function passes({ sql, error, rows, totalMs }: LoggedStatement, filter: StatementFilter, random: Random): boolean {
  const { mode, filterTag, rowsMin, timeMsMin, sampleRate, isAnyEnough } = filter;
  if (sampleRate > 0 && (mode === "all" || error !== "") && random.below(1_000_000) < sampleRate * 1_000_000)
    return true;
  const conditions = [
    ...(mode === "error" ? [error !== ""] : []),
    ...(filterTag === "" ? [] : [sql.includes(filterTag)]),
    ...(rowsMin === 0 ? [] : [rows >= rowsMin]),
    ...(timeMsMin === 0 ? [] : [totalMs >= timeMsMin]),
  ];
  if (conditions.length === 0) return true;
  return isAnyEnough ? conditions.includes(true) : !conditions.includes(false);
}
