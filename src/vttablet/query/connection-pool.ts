/**
 * Database connections that callers share. A connection has a shape: whether affected rows count found rows, and which SET
 * statements it has run. A caller gets one of its shape when one is free, else a new one while there is room, else an idle
 * one of another shape is closed to make room; else it waits its turn.
 *
 * `take` calls back at once when a connection is free: the common case costs no promise. Whoever took a connection gives
 * it back with `give` (clean: nothing open on it) or `discard`.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { assert } from "../../base/assert.ts";
import { errorText, ServerError, VtError } from "../../base/errors.ts";
import { Lru } from "../../base/lru.ts";
import type { Connection } from "../../mysql/client.ts";
import type { PreparedStatement } from "../../mysql/packets/prepared.ts";
import { statement } from "../../mysql/sql.ts";

export interface Shape {
  readonly foundRows: boolean;
  /** SET statements, in order. */
  readonly settings: readonly string[];
}

export class PooledConnection {
  readonly connection: Connection;
  readonly shapeKey: string;
  readonly bornMs: number;
  readonly prepared: Lru<string, PreparedStatement>;
  idleSinceMs = 0;

  constructor(connection: Connection, shapeKey: string, nowMs: number, preparedMax: number) {
    this.connection = connection;
    this.shapeKey = shapeKey;
    this.bornMs = nowMs;
    this.prepared = new Lru(preparedMax, (_text, old) => connection.closeStatement(old));
  }
}

export interface PoolOptions {
  /** For errors and metrics: "query", "stream", "transaction". */
  readonly name: string;
  readonly sizeMax: number;
  readonly waitersMax: number;
  readonly waitTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly lifetimeMs: number;
  readonly preparedMax: number;
  readonly open: (foundRows: boolean) => Promise<Connection>;
}

interface Waiter {
  readonly shape: Shape;
  readonly shapeKey: string;
  readonly ready: (pooled: PooledConnection) => void;
  readonly failed: (error: VtError | ServerError) => void;
  timer: Timer | undefined;
}

const sweepPeriodMs = 10_000;

export class ConnectionPool {
  readonly #clock: Clock;
  readonly #options: PoolOptions;
  /** Free connections by shape; the last is the one used last. */
  readonly #free = new Map<string, PooledConnection[]>();
  readonly #waiters: Waiter[] = [];
  readonly #sweeper: Timer;
  #freeCount = 0;
  /** Open, being opened, or taken. */
  #size = 0;
  #isClosed = false;
  waitCount = 0;

  constructor(clock: Clock, options: PoolOptions) {
    this.#clock = clock;
    this.#options = options;
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

  take(shape: Shape, ready: Waiter["ready"], failed: Waiter["failed"]): void {
    const shapeKey = keyOf(shape);
    const free = this.#takeFree(shapeKey);
    if (free !== undefined) return ready(free);
    const waiter: Waiter = { shape, shapeKey, ready, failed, timer: undefined };
    if (this.#isClosed) return failed(VtError.of("VT26001", "the pool is closed"));
    if (this.#makeRoom()) return this.#open(waiter);
    const { name, sizeMax, waitersMax, waitTimeoutMs } = this.#options;
    if (this.#waiters.length >= waitersMax) return failed(VtError.of("VT26004", name, sizeMax, 0));
    this.waitCount++;
    waiter.timer = this.#clock.after(waitTimeoutMs, () => {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      failed(VtError.of("VT26004", name, sizeMax, waitTimeoutMs));
    });
    this.#waiters.push(waiter);
  }

  /** Back to the pool: nothing is open or under way on it. */
  give(pooled: PooledConnection): void {
    const { connection } = pooled;
    if (connection.isClosed || this.#isClosed || this.#isTooOld(pooled)) return this.discard(pooled);
    assert(!connection.isBusy, "a busy connection went back to its pool");
    const waiter = this.#waiters[0];
    if (waiter !== undefined && waiter.shapeKey === pooled.shapeKey) {
      this.#nextWaiter();
      return waiter.ready(pooled);
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

  /** Closes a connection that was taken. */
  discard(pooled: PooledConnection): void {
    pooled.connection.destroy();
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

  /** True when one more connection may be opened; closes the longest idle one if that is what it takes. */
  #makeRoom(): boolean {
    if (this.#size < this.#options.sizeMax) return true;
    let oldest: { readonly stack: PooledConnection[]; readonly key: string } | undefined;
    for (const [key, stack] of this.#free) {
      const since = stack[0]?.idleSinceMs ?? Number.POSITIVE_INFINITY;
      if (oldest === undefined || since < (oldest.stack[0]?.idleSinceMs ?? Number.POSITIVE_INFINITY))
        oldest = { stack, key };
    }
    const victim = oldest?.stack.shift();
    if (oldest === undefined || victim === undefined) return false;
    if (oldest.stack.length === 0) this.#free.delete(oldest.key);
    this.#freeCount--;
    this.#size--;
    victim.connection.close();
    return true;
  }

  #open(waiter: Waiter): void {
    this.#size++;
    this.#openShaped(waiter.shape).then(
      (connection) => {
        const { preparedMax } = this.#options;
        if (this.#isClosed) {
          connection.destroy();
          return waiter.failed(VtError.of("VT26001", "the pool is closed"));
        }
        waiter.ready(new PooledConnection(connection, waiter.shapeKey, this.#clock.monotonicMs(), preparedMax));
      },
      (thrown: unknown) => {
        this.#size--;
        waiter.failed(asClientError(thrown));
        this.#serveWaiters();
      },
    );
  }

  async #openShaped({ foundRows, settings }: Shape): Promise<Connection> {
    const connection = await this.#options.open(foundRows);
    try {
      for (const setting of settings) await connection.query(statement(setting), { timeoutMs: 10_000 });
    } catch (thrown) {
      connection.destroy();
      throw thrown;
    }
    return connection;
  }

  #nextWaiter(): Waiter | undefined {
    const waiter = this.#waiters.shift();
    waiter?.timer?.cancel();
    return waiter;
  }

  #serveWaiters(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const free = this.#takeFree(waiter.shapeKey);
      if (free === undefined && !this.#makeRoom()) return;
      this.#nextWaiter();
      if (free === undefined) this.#open(waiter);
      else waiter.ready(free);
    }
  }

  #isTooOld(pooled: PooledConnection): boolean {
    const { lifetimeMs } = this.#options;
    return lifetimeMs > 0 && this.#clock.monotonicMs() - pooled.bornMs > lifetimeMs;
  }

  #sweep(): void {
    const before = this.#clock.monotonicMs() - this.#options.idleTimeoutMs;
    for (const [key, stack] of this.#free) {
      while (stack[0] !== undefined && (stack[0].idleSinceMs < before || stack[0].connection.isClosed)) {
        stack.shift()?.connection.close();
        this.#freeCount--;
        this.#size--;
      }
      if (stack.length === 0) this.#free.delete(key);
    }
  }
}

function keyOf({ foundRows, settings }: Shape): string {
  if (settings.length === 0) return foundRows ? "f" : "";
  return `${foundRows ? "f" : ""}${settings.join("\0")}`;
}

/** What may be shown to a client of whatever was thrown while talking to the database. */
export function asClientError(thrown: unknown): VtError | ServerError {
  if (thrown instanceof ServerError) {
    if (thrown.errno === cannotConnect) return VtError.of("VT26012", thrown.message);
    return isLost(thrown) ? VtError.of("VT26009", thrown.message) : thrown;
  }
  if (thrown instanceof VtError) return thrown;
  return VtError.of("VT13001", errorText(thrown)).because(thrown);
}

/** Our own client's numbers for a server that is not there (any more). */
function isLost({ errno }: ServerError): boolean {
  return errno === 2006 || errno === 2013;
}
const cannotConnect = 2003;
