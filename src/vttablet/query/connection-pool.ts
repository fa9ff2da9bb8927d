/**
 * Database connections that callers share. A connection has a shape: whether affected rows count found rows, and which SET
 * statements it has run. A caller gets one of its shape when one is free, else a new one while there is room, else the
 * longest idle one of another shape, reset (or closed and opened anew, where it counts rows otherwise); else it waits its turn.
 *
 * `take` calls back at once when a connection is free: it costs no promise. Whoever took a connection gives
 * it back with `give` (clean: nothing open on it) or `discard`.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { assert } from "../../base/assert.ts";
import { type ServerError, VtError } from "../../base/errors.ts";
import type { Connection } from "../../mysql/client.ts";
import { sql, statement, value } from "../../mysql/sql.ts";
import { asClientError } from "./client-errors.ts";
import { type Birth, keyOf, PooledConnection, type Shape } from "./pooled-connection.ts";

/** What may change while the pool lives. */
export interface PoolLimits {
  readonly sizeMax: number;
  readonly waitersMax: number;
  /** 0: for ever. */
  readonly waitTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** So many may be idle; 0: all. */
  readonly idleMax: number;
}

export interface PoolOptions extends PoolLimits {
  /** For errors and metrics: "query", "stream", "transaction". */
  readonly name: string;
  readonly lifetimeMs: number;
  readonly preparedMax: number;
  readonly open: (foundRows: boolean) => Promise<Connection>;
  /** Told of the sql_mode of each new connection. */
  readonly onSqlMode: (sqlMode: string) => void;
}

interface Waiter {
  readonly shape: Shape;
  readonly shapeKey: string;
  readonly ready: (pooled: PooledConnection) => void;
  readonly failed: (error: VtError | ServerError) => void;
  timer: Timer | undefined;
  sinceMs: number;
}

/** Where a statement waits for its turn. */
export interface QueuePlace {
  /** False: its turn has come already. */
  readonly leave: () => boolean;
}

/** Since the start, for metrics. */
export interface PoolCounts {
  waits: number;
  waitMs: number;
  /** Waiters that were refused, at once or after their time. */
  refused: number;
  refusedAtOnce: number;
  taken: number;
  idleClosed: number;
  lifetimeClosed: number;
  /** Connections of one shape that became another's. */
  reset: number;
}

const sweepPeriodMs = 10_000;
const settingTimeoutMs = 10_000;
const askDefaults = sql`select @@character_set_client, @@collation_connection, @@sql_mode`;

export class ConnectionPool {
  readonly #clock: Clock;
  readonly #options: PoolOptions;
  #limits: PoolLimits;
  /** Free connections by shape; the last is the one used last. */
  readonly #free = new Map<string, PooledConnection[]>();
  readonly #waiters: Waiter[] = [];
  readonly #sweeper: Timer;
  #freeCount = 0;
  /** Open, being opened, or taken. */
  #size = 0;
  #isClosed = false;
  #generation = 0;
  readonly counts: PoolCounts = {
    waits: 0,
    waitMs: 0,
    refused: 0,
    refusedAtOnce: 0,
    taken: 0,
    idleClosed: 0,
    lifetimeClosed: 0,
    reset: 0,
  };

  constructor(clock: Clock, options: PoolOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#limits = options;
    this.#sweeper = clock.every(sweepPeriodMs, () => this.#sweep());
  }

  get size(): number {
    return this.#size;
  }
  get freeCount(): number {
    return this.#freeCount;
  }
  get waiting(): number {
    return this.#waiters.length;
  }

  get limits(): PoolLimits {
    return this.#limits;
  }

  /** New limits from now on. A smaller pool closes idle connections at once, and taken ones as they come back. */
  setLimits(limits: Partial<PoolLimits>): void {
    this.#limits = { ...this.#limits, ...limits };
    while (this.#size > this.#limits.sizeMax) {
      const victim = this.#takeOldestFree();
      if (victim === undefined) break;
      this.#size--;
      victim.connection.close();
    }
    this.#serveWaiters();
  }

  /** Connections that are open now are closed: idle ones at once, taken ones as they come back. */
  retire(): void {
    this.#generation++;
    for (let old = this.#takeOldestFree(); old !== undefined; old = this.#takeOldestFree()) {
      this.#size--;
      old.connection.close();
    }
    this.#serveWaiters();
  }

  /** One that is free now, if any: the common case costs nothing else. */
  takeFree(shape: Shape): PooledConnection | undefined {
    const free = this.#takeFree(keyOf(shape));
    if (free !== undefined) this.counts.taken++;
    return free;
  }

  /** Answers the caller's place in the queue where it must wait. */
  take(shape: Shape, ready: Waiter["ready"], failed: Waiter["failed"]): QueuePlace | undefined {
    this.counts.taken++;
    const shapeKey = keyOf(shape);
    const free = this.#takeFree(shapeKey);
    if (free !== undefined) {
      ready(free);
      return undefined;
    }
    const waiter: Waiter = { shape, shapeKey, ready, failed, timer: undefined, sinceMs: 0 };
    if (this.#isClosed) failed(VtError.of("VT26001", "the pool is closed"));
    else if (!this.#makeFor(waiter) && this.#wait(waiter)) return { leave: () => this.#leave(waiter) };
    return undefined;
  }

  #leave(waiter: Waiter): boolean {
    const at = this.#waiters.indexOf(waiter);
    if (at < 0) return false;
    this.#waiters.splice(at, 1);
    waiter.timer?.cancel();
    this.counts.waitMs += this.#clock.monotonicMs() - waiter.sinceMs;
    this.#serveWaiters(); // The next one may want a shape that is free.
    return true;
  }

  /** For those who would wait for it anyhow. */
  taken(shape: Shape): Promise<PooledConnection> {
    return new Promise((resolve, reject) => this.take(shape, resolve, reject));
  }

  /** False: it was refused. */
  #wait(waiter: Waiter): boolean {
    const { name } = this.#options;
    const { sizeMax, waitersMax, waitTimeoutMs } = this.#limits;
    if (this.#waiters.length >= waitersMax) {
      this.counts.refused++;
      this.counts.refusedAtOnce++;
      waiter.failed(VtError.of("VT26004", name, sizeMax, 0));
      return false;
    }
    this.counts.waits++;
    waiter.sinceMs = this.#clock.monotonicMs();
    this.#waiters.push(waiter);
    if (waitTimeoutMs === 0) return true;
    waiter.timer = this.#clock.after(waitTimeoutMs, () => {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      this.counts.waitMs += waitTimeoutMs;
      this.counts.refused++;
      waiter.failed(VtError.of("VT26004", name, sizeMax, waitTimeoutMs));
    });
    return true;
  }

  /** Back to the pool: nothing is open or under way on it. */
  give(pooled: PooledConnection): void {
    const { connection } = pooled;
    if (connection.isClosed || this.#isClosed || this.#isTooMuch(pooled)) return this.discard(pooled);
    assert(!connection.isBusy, "a busy connection went back to its pool");
    const waiter = this.#waiters[0];
    if (waiter !== undefined && waiter.shapeKey === pooled.shapeKey) {
      this.#nextWaiter();
      return waiter.ready(pooled);
    }
    const { idleMax } = this.#limits;
    if (waiter === undefined && idleMax > 0 && this.#freeCount >= idleMax) {
      this.counts.idleClosed++;
      return this.discard(pooled);
    }
    pooled.idleSinceMs = this.#clock.monotonicMs();
    let stack = this.#free.get(pooled.shapeKey);
    if (stack === undefined) {
      stack = [];
      this.#free.set(pooled.shapeKey, stack);
    }
    stack.push(pooled);
    this.#freeCount++;
    if (waiter !== undefined) this.#serveWaiters();
  }

  /** A connection that was taken stays with its taker, and counts here no longer; `discard` alone may follow. */
  detach(pooled: PooledConnection): void {
    pooled.isDetached = true;
    this.#size--;
    this.#serveWaiters();
  }

  /** Closes a connection that was taken. */
  discard(pooled: PooledConnection): void {
    pooled.connection.destroy();
    if (pooled.isDetached) return;
    this.#size--;
    this.#serveWaiters();
  }

  close(): void {
    this.#isClosed = true;
    this.#sweeper.cancel();
    for (const stack of this.#free.values()) for (const pooled of stack) pooled.connection.close();
    this.#size -= this.#freeCount;
    this.#freeCount = 0;
    this.#free.clear();
    for (const waiter of this.#waiters.splice(0)) {
      waiter.timer?.cancel();
      waiter.failed(VtError.of("VT26001", "the pool is closed"));
    }
  }

  #takeFree(shapeKey: string): PooledConnection | undefined {
    const stack = this.#free.get(shapeKey);
    if (stack === undefined) return undefined;
    for (let pooled = stack.pop(); pooled !== undefined; pooled = stack.pop()) {
      this.#freeCount--;
      if (!pooled.connection.isClosed) return pooled;
      this.#size--;
    }
    this.#free.delete(shapeKey);
    return undefined;
  }

  /** False when there is no room for one more connection, and none of another shape is idle. */
  #makeFor(waiter: Waiter): boolean {
    if (this.#size < this.#limits.sizeMax) {
      this.#size++;
      this.#provide(waiter, this.#open(waiter.shape));
      return true;
    }
    if (this.#size > this.#limits.sizeMax) return false; // It was made smaller: those that come back are closed first.
    const victim = this.#takeOldestFree();
    if (victim === undefined) return false;
    const isUsable = victim.foundRows === waiter.shape.foundRows && !victim.connection.isClosed;
    if (!isUsable) victim.connection.close();
    this.#provide(waiter, isUsable ? this.#reshape(victim, waiter.shape) : this.#open(waiter.shape));
    return true;
  }

  /** The one that was idle longest leaves the free ones. */
  #takeOldestFree(): PooledConnection | undefined {
    let oldest: { readonly stack: PooledConnection[]; readonly key: string } | undefined;
    for (const [key, stack] of this.#free) {
      const since = stack[0]?.idleSinceMs ?? Number.POSITIVE_INFINITY;
      if (oldest === undefined || since < (oldest.stack[0]?.idleSinceMs ?? Number.POSITIVE_INFINITY))
        oldest = { stack, key };
    }
    const victim = oldest?.stack.shift();
    if (oldest === undefined || victim === undefined) return undefined;
    if (oldest.stack.length === 0) this.#free.delete(oldest.key);
    this.#freeCount--;
    return victim;
  }

  /** Gives `made` to the waiter; it counts in the pool's size already. */
  #provide(waiter: Waiter, made: Promise<PooledConnection>): void {
    made.then(
      (pooled) => {
        if (this.#isClosed) {
          pooled.connection.destroy();
          return waiter.failed(VtError.of("VT26001", "the pool is closed"));
        }
        waiter.ready(pooled);
      },
      (thrown: unknown) => {
        this.#size--;
        waiter.failed(asClientError(thrown));
        this.#serveWaiters();
      },
    );
  }

  async #open(shape: Shape): Promise<PooledConnection> {
    const connection = await this.#options.open(shape.foundRows);
    const ms = this.#clock.monotonicMs();
    const asked = await connection.query(askDefaults, { timeoutMs: settingTimeoutMs }).catch((thrown: unknown) => {
      connection.destroy();
      throw thrown;
    });
    const [charset, collation, sqlMode] = asked.rows[0] ?? [];
    this.#options.onSqlMode(sqlMode ?? "");
    const names = sql`${value(charset ?? "utf8mb4")} collate ${value(collation ?? "utf8mb4_general_ci")}`;
    const defaults = sql`set names ${names}, sql_mode = ${value(sqlMode ?? "")}`;
    return this.#shaped(connection, shape, { ms, defaults, generation: this.#generation });
  }

  /** RESET CONNECTION undoes every setting, and is several times cheaper than a new login. */
  async #reshape({ connection, birth }: PooledConnection, shape: Shape): Promise<PooledConnection> {
    this.counts.reset++;
    try {
      await connection.reset({ timeoutMs: settingTimeoutMs });
      await connection.query(birth.defaults, { timeoutMs: settingTimeoutMs });
    } catch {
      connection.destroy(); // Lost while it was idle: its place is good for a new one.
      return this.#open(shape);
    }
    return this.#shaped(connection, shape, birth);
  }

  async #shaped(connection: Connection, shape: Shape, birth: Birth): Promise<PooledConnection> {
    try {
      for (const setting of shape.settings) await connection.query(statement(setting), { timeoutMs: settingTimeoutMs });
    } catch (thrown) {
      connection.destroy();
      throw thrown;
    }
    return new PooledConnection(connection, shape, birth, this.#options.preparedMax);
  }

  #nextWaiter(): Waiter | undefined {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return undefined;
    waiter.timer?.cancel();
    this.counts.waitMs += this.#clock.monotonicMs() - waiter.sinceMs;
    return waiter;
  }

  #serveWaiters(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const free = this.#takeFree(waiter.shapeKey);
      if (free === undefined && !this.#makeFor(waiter)) return;
      this.#nextWaiter();
      if (free !== undefined) waiter.ready(free);
    }
  }

  /** Too old, or one too many since the pool was made smaller. */
  #isTooMuch(pooled: PooledConnection): boolean {
    const { lifetimeMs } = this.#options;
    const isTooOld = lifetimeMs > 0 && this.#clock.monotonicMs() - pooled.birth.ms > lifetimeMs;
    if (isTooOld) this.counts.lifetimeClosed++;
    return isTooOld || pooled.birth.generation !== this.#generation || this.#size > this.#limits.sizeMax;
  }

  #sweep(): void {
    const { idleTimeoutMs } = this.#limits;
    const before = idleTimeoutMs === 0 ? 0 : this.#clock.monotonicMs() - idleTimeoutMs;
    for (const [key, stack] of this.#free) {
      while (stack[0] !== undefined && (stack[0].idleSinceMs < before || stack[0].connection.isClosed)) {
        if (!stack[0].connection.isClosed) this.counts.idleClosed++;
        stack.shift()?.connection.close();
        this.#freeCount--;
        this.#size--;
      }
      if (stack.length === 0) this.#free.delete(key);
    }
  }
}
