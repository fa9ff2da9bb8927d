/**
 * Connections that belong to one session for a while: transactions and reserved connections, by id. A transaction that
 * lives longer than its limit is rolled back; ids are never used twice, so a late call gets an error, not another's work.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import { Lru } from "../../base/lru.ts";
import type { Caller, QueryRequest } from "../../rpc/query-service.ts";
import { statement } from "../../mysql/sql.ts";
import type { ConnectionPool, PooledConnection } from "./connection-pool.ts";

export interface HeldConnection {
  readonly id: number;
  readonly pooled: PooledConnection;
  isReserved: boolean;
  readonly caller: Caller;
  sinceMs: number;
  /** From begin to commit; Infinity for none. */
  readonly timeoutMs: number;
  /** SET statements that it has run: they say how it reads texts. */
  settings: readonly string[];
  isInTransaction: boolean;
  isBusy: boolean;
  /** Set when it must end as soon as the statement under way lets go. */
  isDoomed: boolean;
}

const sweepPeriodMs = 100;
const endedMax = 10_000;

export class HeldConnections {
  readonly #clock: Clock;
  readonly #pool: ConnectionPool;
  readonly #held = new Map<number, HeldConnection>();
  readonly #ended = new Lru<number, string>(endedMax);
  readonly #sweeper: Timer;
  readonly #expire: (held: HeldConnection) => void;
  #nextId: number;

  /** `expire` is told of transactions over their time while a statement runs on them: stop it. */
  constructor(clock: Clock, pool: ConnectionPool, expire: (held: HeldConnection) => void) {
    this.#clock = clock;
    this.#pool = pool;
    this.#expire = expire;
    // Starts from the clock, so that a tablet that restarted does not repeat ids of before; below 2^53 for ever.
    this.#nextId = Math.floor(clock.nowMs()) * 1000;
    this.#sweeper = clock.every(sweepPeriodMs, () => this.#sweep());
  }

  get size(): number {
    return this.#held.size;
  }
  get all(): Iterable<HeldConnection> {
    return this.#held.values();
  }

  hold(
    pooled: PooledConnection,
    options: Pick<HeldConnection, "isReserved" | "isInTransaction" | "caller" | "timeoutMs" | "settings">,
  ): HeldConnection {
    const id = ++this.#nextId;
    const held = { id, pooled, sinceMs: this.#clock.monotonicMs(), isBusy: false, isDoomed: false, ...options };
    this.#held.set(id, held);
    return held;
  }

  /** What says how a held connection reads a request's text: the session's settings, else those that it has run. */
  settingsOf(id: number, { settings }: Pick<QueryRequest, "settings">): readonly string[] {
    return settings.length > 0 ? settings : (this.#held.get(id)?.settings ?? settings);
  }

  /** The connection, marked busy; throws VT26003 when it is gone or busy. */
  use(id: number): HeldConnection {
    const held = this.#held.get(id);
    if (held === undefined) throw VtError.of("VT26003", id, this.#ended.get(id) ?? "not found");
    if (held.pooled.connection.isClosed) {
      this.drop(held, "its connection to the database was lost");
      throw VtError.of("VT26003", id, "its connection to the database was lost");
    }
    if (held.isBusy) throw VtError.of("VT26003", id, "another statement runs in it");
    held.isBusy = true;
    return held;
  }

  /** The statement is over. */
  letGo(held: HeldConnection): void {
    held.isBusy = false;
    if (!this.#held.has(held.id)) return;
    if (held.pooled.connection.isClosed) this.drop(held, "its connection to the database was lost");
    else if (held.isDoomed) this.drop(held, "it ran for too long, or the tablet stopped serving");
  }

  /** A kill may arrive after the statement it was meant for: let it hit a statement that does nothing. */
  async letGoAfterKill(held: HeldConnection, killing: Promise<void>): Promise<void> {
    await killing;
    const nothing = () => held.pooled.connection.query(statement("do 0"), { timeoutMs: 5000 });
    await nothing()
      .catch(nothing)
      .catch(() => held.pooled.connection.destroy());
    this.letGo(held);
  }

  /** Clean again: back to its pool. */
  giveBack(held: HeldConnection, why: string): void {
    if (!this.#forget(held, why)) return;
    this.#pool.give(held.pooled);
  }

  /** Rolled back by the server as the connection closes. */
  drop(held: HeldConnection, why: string): void {
    if (this.#forget(held, why)) this.#pool.discard(held.pooled);
  }

  #forget(held: HeldConnection, why: string): boolean {
    this.#ended.set(held.id, why);
    return this.#held.delete(held.id);
  }

  has(id: number): boolean {
    return this.#held.has(id);
  }

  /** Ends everything: idle ones at once, busy ones when their statement was stopped. */
  dropAll(why: string): void {
    for (const held of this.#held.values()) {
      if (held.isBusy) {
        held.isDoomed = true;
        this.#expire(held);
      } else this.drop(held, why);
    }
  }

  close(): void {
    this.#sweeper.cancel();
    this.dropAll("the tablet stops");
  }

  #sweep(): void {
    const now = this.#clock.monotonicMs();
    for (const held of this.#held.values()) {
      if (!held.isInTransaction || now - held.sinceMs <= held.timeoutMs) continue;
      if (!held.isBusy) this.#rollBackAndDrop(held);
      else if (!held.isDoomed) {
        held.isDoomed = true;
        this.#expire(held);
      }
    }
  }

  #rollBackAndDrop(held: HeldConnection): void {
    const why = `exceeded timeout: ${held.timeoutMs} ms`;
    held.isBusy = true;
    held.pooled.connection.query(statement("rollback"), { timeoutMs: 5000 }).then(
      () => this.drop(held, why),
      () => this.drop(held, why),
    );
  }
}
