/**
 * Administrative connections to one database server: at most `dbaPoolMax`, opened when needed, kept for reuse. A wait
 * for one ends after `dbaWaitMaxMs` with VT22012. A connection that broke is not reused, and what one user set for its
 * session does not reach the next.
 */
import type { Clock, Timer } from "../base/clock.ts";
import { ServerError, VtError } from "../base/errors.ts";
import { type ClientEnvironment, connect, type Connection, type ConnectOptions } from "../mysql/client.ts";

export const dbaPoolMax = 4;
const dbaWaitMaxMs = 10_000;
const resetMaxMs = 10_000;

interface Waiter {
  readonly grant: () => void;
  readonly refuse: (error: Error) => void;
  readonly timer: Timer;
}

export class DbaPool {
  readonly #env: ClientEnvironment;
  readonly #options: ConnectOptions;
  readonly #idle: Connection[] = [];
  readonly #waiters: Waiter[] = [];
  #taken = 0;
  #isClosed = false;

  constructor(env: ClientEnvironment, options: ConnectOptions) {
    this.#env = env;
    this.#options = options;
  }

  get #clock(): Clock {
    return this.#env.clock;
  }

  /** Runs `work` on a connection that nobody else uses meanwhile. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    await this.#takeSlot();
    let connection: Connection | undefined;
    try {
      connection = (await this.#idleConnection()) ?? (await connect(this.#env, this.#options));
      return await work(connection);
    } finally {
      if (connection !== undefined) this.#putBack(connection);
      this.#giveSlot();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.close();
    for (const { timer, refuse } of this.#waiters.splice(0)) {
      timer.cancel();
      refuse(VtError.of("VT22013", "its administrative connections were closed", "open it again"));
    }
  }

  async #idleConnection(): Promise<Connection | undefined> {
    for (let found = this.#idle.pop(); found !== undefined; found = this.#idle.pop()) {
      if (found.isClosed) continue;
      try {
        await found.reset({ timeoutMs: resetMaxMs });
        return found;
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        found.destroy(); // Lost while it was idle: the next one, or a new one, will do.
      }
    }
    return undefined;
  }

  #putBack(connection: Connection): void {
    if (connection.isBusy)
      connection.destroy(); // The work gave up half-way: its answer must not reach the next one.
    else if (this.#isClosed) connection.close();
    else if (!connection.isClosed) this.#idle.push(connection);
  }

  #takeSlot(): Promise<void> {
    if (this.#isClosed) return Promise.reject(VtError.of("VT22013", "its connections were closed", "open it again"));
    if (this.#taken < dbaPoolMax) {
      this.#taken++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(dbaWaitMaxMs, () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(VtError.of("VT22012", dbaPoolMax, dbaWaitMaxMs));
      });
      const waiter: Waiter = { grant: resolve, refuse: reject, timer };
      this.#waiters.push(waiter);
    });
  }

  /** The slot goes to the one who waits longest, without becoming free in between. */
  #giveSlot(): void {
    const next = this.#waiters.shift();
    if (next === undefined) {
      this.#taken--;
      return;
    }
    next.timer.cancel();
    next.grant();
  }
}
