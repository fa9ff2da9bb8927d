/**
 * Connections that belong to one session for a while: transactions and reserved connections, by id. A transaction that
 * lives longer than its limit is rolled back; ids are never used twice, so a late call gets an error, not another's work.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import { Lru } from "../../base/lru.ts";
import type { Caller, CallState, Committed, QueryRequest } from "../../rpc/query-service.ts";
import { decodeSessionState, gtidOf } from "../../mysql/packets/session-state.ts";
import { statement } from "../../mysql/sql.ts";
import type { Conclusion } from "./statement-events.ts";
import { asClientError } from "./client-errors.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { PooledConnection } from "./pooled-connection.ts";

export interface HeldConnection {
  readonly id: number;
  readonly pooled: PooledConnection;
  isReserved: boolean;
  /** It is of another shape than its pool believes. */
  isReshaped: boolean;
  readonly caller: Caller;
  sinceMs: number;
  /** From begin to commit; Infinity for none. */
  readonly timeoutMs: number;
  /** Since when it is reserved. */
  reservedMs: number;
  /** Since when nobody uses it, as far as the sweeps saw; 0: it was used since. */
  idleMs: number;
  /** Of its transaction, for the log. */
  texts: string[];
  /** SET statements that it has run: they say how it reads texts. */
  settings: readonly string[];
  isInTransaction: boolean;
  isBusy: boolean;
  /** Set when it must end as soon as the statement under way lets go. */
  isDoomed: boolean;
}

export interface HeldOptions {
  readonly tabletAlias: string;
  /** A reserved connection that nobody uses for so long is closed; 0: never. */
  readonly idleTimeoutMs: number;
}

/** Who is told how held connections fare. */
export interface HeldWatch {
  /** A transaction is over its time while a statement runs on it: stop it. */
  readonly expire: (held: HeldConnection) => void;
  readonly transactionEnded: (held: HeldConnection, conclusion: Conclusion) => void;
  readonly reservedBegun: (held: HeldConnection) => void;
  readonly reservedEnded: (held: HeldConnection, conclusion: Conclusion) => void;
}

const sweepPeriodMs = 100;
const endedMax = 10_000;
/** Reserved ones are in no pool: this is their limit. */
const reservedMax = 1000;

export class HeldConnections {
  readonly #clock: Clock;
  readonly #pool: ConnectionPool;
  readonly #held = new Map<number, HeldConnection>();
  readonly #ended = new Lru<number, string>(endedMax);
  readonly #sweeper: Timer;
  readonly #watch: HeldWatch;
  readonly #idleTimeoutMs: number;
  readonly #tabletAlias: string;
  #nextId: number;
  #reservedCount = 0;

  constructor(clock: Clock, pool: ConnectionPool, options: HeldOptions, watch: HeldWatch) {
    this.#clock = clock;
    this.#pool = pool;
    this.#watch = watch;
    this.#idleTimeoutMs = options.idleTimeoutMs;
    this.#tabletAlias = options.tabletAlias;
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
    const sinceMs = this.#clock.monotonicMs();
    const fresh = { isBusy: false, isDoomed: false, isReshaped: false, idleMs: 0, texts: [] };
    const held: HeldConnection = { id, pooled, sinceMs, reservedMs: sinceMs, ...fresh, ...options };
    this.#held.set(id, held);
    if (held.isReserved) this.#takeFromPool(held);
    return held;
  }

  /** Throws where there is no room for one more reserved connection. */
  checkRoom(): void {
    if (this.#reservedCount >= reservedMax) throw VtError.of("VT26004", "reserved", reservedMax, 0);
  }

  #takeFromPool(held: HeldConnection): void {
    this.#reservedCount++;
    this.#pool.detach(held.pooled);
    this.#watch.reservedBegun(held);
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
    held.idleMs = 0;
    return held;
  }

  /** A transaction's connection stays with its session when the transaction ends. */
  reserve(held: HeldConnection): void {
    if (held.isReserved) return;
    held.isReserved = true;
    held.reservedMs = this.#clock.monotonicMs();
    this.#takeFromPool(held);
  }

  /** Its transaction is over. */
  conclude(held: HeldConnection, conclusion: Conclusion): void {
    if (!held.isInTransaction) return;
    held.isInTransaction = false;
    this.#watch.transactionEnded(held, conclusion);
  }

  /** The statement is over. */
  letGo(held: HeldConnection): void {
    held.isBusy = false;
    if (!this.#held.has(held.id)) return;
    if (held.pooled.connection.isClosed) this.drop(held, "its connection to the database was lost");
    else if (held.isDoomed) this.drop(held, "it ran for too long, or the tablet stopped serving", "kill");
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

  /** Ends a transaction; what is not reserved goes back to its pool. */
  async end(id: number, verb: "commit" | "rollback"): Promise<Committed> {
    const held = this.use(id);
    const { connection } = held.pooled;
    let gtid = "";
    try {
      const { trailer } = await connection.query(statement(verb));
      gtid = gtidOf(decodeSessionState(trailer.sessionState));
      if (held.isReserved) await connection.query(statement("set autocommit = 1"));
    } catch (thrown) {
      this.drop(held, `${verb} failed`);
      throw asClientError(thrown);
    }
    this.conclude(held, verb);
    held.isBusy = false;
    if (held.isReserved) return { reservedId: id, gtid };
    this.giveBack(held, verb === "commit" ? "committed" : "rolled back");
    return { reservedId: 0, gtid };
  }

  /** Clean again: back to its pool. */
  giveBack(held: HeldConnection, why: string): void {
    if (!this.#forget(held, why, "close")) return;
    if (held.isReshaped) this.#pool.discard(held.pooled);
    else this.#pool.give(held.pooled);
  }

  /** Rolled back by the server as the connection closes. */
  drop(held: HeldConnection, why: string, conclusion: Conclusion = "close"): void {
    if (this.#forget(held, why, conclusion)) this.#pool.discard(held.pooled);
  }

  /** Its session wants nothing of it any more; one that is busy ends with its statement. */
  release(id: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    if (held.isBusy) held.isDoomed = true;
    else this.drop(held, "released", "release");
  }

  #forget(held: HeldConnection, why: string, conclusion: Conclusion): boolean {
    this.#ended.set(held.id, why);
    if (!this.#held.delete(held.id)) return false;
    this.conclude(held, conclusion);
    if (!held.isReserved) return true;
    this.#reservedCount--;
    this.#watch.reservedEnded(held, conclusion);
    return true;
  }

  has(id: number): boolean {
    return this.#held.has(id);
  }

  /** What a session must remember after a call: of the connection that it ran on, or of those that the request named. */
  stateOf(held: HeldConnection | undefined, request: Pick<CallState, "transactionId" | "reservedId">): CallState {
    const tabletAlias = this.#tabletAlias;
    if (held === undefined) {
      const keeps = (id: number) => (this.has(id) ? id : 0);
      return { transactionId: keeps(request.transactionId), reservedId: keeps(request.reservedId), tabletAlias };
    }
    const isThere = this.has(held.id);
    return {
      transactionId: isThere && held.isInTransaction ? held.id : 0,
      reservedId: isThere && held.isReserved ? held.id : 0,
      tabletAlias,
    };
  }

  /** Ends everything: idle ones at once, busy ones when their statement was stopped. */
  dropAll(why: string): void {
    for (const held of this.#held.values()) {
      if (held.isBusy) {
        held.isDoomed = true;
        this.#watch.expire(held);
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
      if (!held.isInTransaction) {
        this.#sweepIdle(held, now);
        continue;
      }
      if (now - held.sinceMs <= held.timeoutMs) continue;
      if (!held.isBusy) this.#rollBackAndDrop(held);
      else if (!held.isDoomed) {
        held.isDoomed = true;
        this.#watch.expire(held);
      }
    }
  }

  #sweepIdle(held: HeldConnection, now: number): void {
    if (held.isBusy || this.#idleTimeoutMs === 0) return;
    if (held.idleMs === 0) held.idleMs = now;
    else if (now - held.idleMs > this.#idleTimeoutMs)
      this.drop(held, `nobody used it for ${this.#idleTimeoutMs} ms`, "kill");
  }

  #rollBackAndDrop(held: HeldConnection): void {
    const why = `exceeded timeout: ${held.timeoutMs} ms`;
    held.isBusy = true;
    held.pooled.connection.query(statement("rollback"), { timeoutMs: 5000 }).then(
      () => this.drop(held, why, "kill"),
      () => this.drop(held, why, "kill"),
    );
  }
}
