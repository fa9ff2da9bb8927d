/**
 * A light, steady load through the MySQL protocol that knows what was promised to it: every acknowledged write must be
 * there in the end, an unanswered one may be. Each worker uses one connection (mysql2) and makes a new one when it is
 * lost. Errors are kept with their time, so that a test can say which were allowed, and when.
 *
 * The table is `load_row (id bigint primary key, worker int, version int)`, sharded by id where the keyspace is.
 */
import mysql from "mysql2/promise";
import { type Clock, sleep } from "../base/clock.ts";

export interface LoadOptions {
  readonly clock: Clock;
  readonly connect: mysql.ConnectionOptions;
  readonly workers: number;
  /** Pause of each worker after each statement: the load stays light. */
  readonly pauseMs: number;
}

export interface LoadError {
  readonly atMs: number;
  readonly statement: "connect" | "insert" | "update" | "select" | "transaction";
  readonly errno: number;
  readonly code: string;
  readonly message: string;
}

export interface LoadReport {
  readonly statements: number;
  readonly errors: readonly LoadError[];
  /** Version that each row was last acknowledged to have. */
  readonly acknowledged: ReadonlyMap<number, number>;
  /** Highest version that an unanswered write may have left. */
  readonly possible: ReadonlyMap<number, number>;
}

export const loadTable =
  "create table if not exists load_row (id bigint primary key, worker int not null, version int not null)";
const rowsMax = 200;
const errorsMax = 10_000;

export class LightLoad {
  readonly #options: LoadOptions;
  readonly #stop = new AbortController();
  readonly #errors: LoadError[] = [];
  readonly #acknowledged = new Map<number, number>();
  readonly #possible = new Map<number, number>();
  #statements = 0;
  #workers: Promise<void>[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  start(): void {
    this.#workers = Array.from({ length: this.#options.workers }, (_, n) => this.#work(n));
  }

  /** Those so far; it grows. */
  get errors(): readonly LoadError[] {
    return this.#errors;
  }
  get statementCount(): number {
    return this.#statements;
  }

  /** Ends the load and waits for what is under way. */
  async finish(): Promise<LoadReport> {
    this.#stop.abort();
    await Promise.all(this.#workers);
    return {
      statements: this.#statements,
      errors: this.#errors,
      acknowledged: this.#acknowledged,
      possible: this.#possible,
    };
  }

  async #work(worker: number): Promise<void> {
    let connection: mysql.Connection | undefined;
    for (let turn = 0; !this.#stop.signal.aborted; turn++) {
      connection ??= await this.#connect();
      if (connection !== undefined && !(await this.#turn(connection, worker, turn))) {
        connection.destroy();
        connection = undefined;
      }
      await sleep(this.#options.clock, this.#options.pauseMs, this.#stop.signal).catch(() => {});
    }
    await connection?.end().catch(() => {}); // The load is over; a connection that is lost now matters to nobody.
  }

  async #connect(): Promise<mysql.Connection | undefined> {
    try {
      const connection = await mysql.createConnection({ connectTimeout: 5000, ...this.#options.connect });
      connection.on("error", () => {}); // The next statement on it meets the loss and records it.
      return connection;
    } catch (error) {
      this.#record("connect", error);
      return undefined;
    }
  }

  /** One statement or transaction; false when the connection is of no more use. */
  async #turn(connection: mysql.Connection, worker: number, turn: number): Promise<boolean> {
    const id = worker * rowsMax + (turn % rowsMax) + 1;
    const known = this.#acknowledged.get(id);
    if (!this.#possible.has(id))
      return this.#write(connection, "insert", id, 1, [
        ["insert into load_row (id, worker, version) values (?, ?, 1)", [id, worker]],
      ]);
    if (known === undefined || turn % 4 === 1) return this.#read(connection, id); // Never answered: leave it be.
    const version = Math.max(known, this.#possible.get(id) ?? 0) + 1;
    const update: Statement = ["update load_row set version = ? where id = ?", [version, id]];
    if (turn % 4 === 3) return this.#write(connection, "transaction", id, version, ["begin", update, "commit"]);
    return this.#write(connection, "update", id, version, [update]);
  }

  async #write(
    connection: mysql.Connection,
    kind: LoadError["statement"],
    id: number,
    version: number,
    statements: readonly Statement[],
  ): Promise<boolean> {
    this.#possible.set(id, version);
    try {
      for (const statement of statements) {
        this.#statements++;
        if (typeof statement === "string") await connection.query(statement);
        else await connection.query(statement[0], [...statement[1]]);
      }
      this.#acknowledged.set(id, version);
      return true;
    } catch (error) {
      this.#record(kind, error);
      if (kind === "transaction" && !isLost(error))
        return connection.query("rollback").then(
          () => true,
          () => false,
        );
      return !isLost(error);
    }
  }

  async #read(connection: mysql.Connection, id: number): Promise<boolean> {
    this.#statements++;
    try {
      await connection.query("select id, worker, version from load_row where id = ?", [id]);
      return true;
    } catch (error) {
      this.#record("select", error);
      return !isLost(error);
    }
  }

  #record(statement: LoadError["statement"], error: unknown): void {
    const { errno = 0, code = "", message } = error as { errno?: number; code?: string; message: string };
    if (this.#errors.length < errorsMax)
      this.#errors.push({ atMs: this.#options.clock.nowMs(), statement, errno, code, message });
  }
}

type Statement = string | readonly [string, readonly (number | string)[]];

/** mysql2 marks the errors after which a connection is dead. */
function isLost(error: unknown): boolean {
  return (error as { fatal?: boolean }).fatal === true;
}

/** What the rows that are there break of what was promised; empty when every promise was kept. */
export function brokenPromises(
  report: LoadReport,
  rows: readonly { id: number; version: number }[],
): readonly string[] {
  const broken: string[] = [];
  const found = new Map(rows.map(({ id, version }) => [Number(id), version]));
  if (found.size !== rows.length) broken.push(`${rows.length - found.size} rows are there twice`);
  for (const [id, version] of report.acknowledged) {
    const is = found.get(id);
    if (is === undefined) broken.push(`row ${id} was acknowledged at version ${version} and is not there`);
    else if (is < version) broken.push(`row ${id} was acknowledged at version ${version} and is at ${is}`);
  }
  for (const [id, is] of found) {
    const most = report.possible.get(id);
    if (most === undefined || is > most) broken.push(`row ${id} is at version ${is}, which nobody wrote`);
  }
  return broken;
}
