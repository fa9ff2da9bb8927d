/**
 * Locks with leases, the same for every store (inventory 2.024, 2.025). A claim is a key in the folder's lock queue that
 * vanishes with its lease; the oldest claim holds the lock, the others wait for the one before them to vanish.
 *
 * The holder renews its lease each third of it. A lock whose lease was not renewed in time counts as lost a little
 * before the store lets go of it, so that two holders never believe in their lock at the same time.
 */
import type { Clock, Timer } from "../base/clock.ts";
import { deadline } from "../base/clock.ts";
import { type LockOptions, TopoError, type TopoLock } from "./topo.ts";

/** What a store offers so that `takeLock` can work on it. */
export interface LeaseStore {
  claim(folder: string, contents: string, ttlMs: number): Promise<Claim>;
  /** Claims in force, oldest first. */
  claims(folder: string): Promise<readonly Claim[]>;
  /** False when the claim is gone. */
  renew(claim: Claim): Promise<boolean>;
  /** Nothing happens when the claim is gone. */
  release(claim: Claim): Promise<void>;
  /** Resolves when `claim` vanished, or perhaps did; rejects with the signal's reason. */
  vanished(claim: Claim, signal: AbortSignal): Promise<void>;
}

export interface Claim {
  readonly folder: string;
  readonly contents: string;
  /** What the store knows it by. */
  readonly id: string;
  readonly term: number;
  /** What the store granted, which may be more than was asked for. */
  readonly ttlMs: number;
}

/** The lease of an election and of locks whose owner named none, as Vitess's topo-etcd-lease-ttl. */
export const defaultLeaseMs = 30_000;

/** "wait" queues behind other holders; "try" gives up at once with node_exists. */
export async function takeLock(
  store: LeaseStore,
  clock: Clock,
  folder: string,
  contents: string,
  options: LockOptions,
  mode: "wait" | "try",
): Promise<HeldLock> {
  if (options.signal?.aborted) throw new TopoError("interrupted", folder, "stopped before asking for the lock");
  const askedMs = clock.monotonicMs();
  const lock = new HeldLock(store, clock, await store.claim(folder, contents, options.ttlMs), askedMs);
  try {
    await waitForTurn(store, clock, lock, options, mode);
    return lock;
  } catch (error) {
    await lock.unlock().catch(() => undefined); // The first error counts; the lease ends by itself.
    throw error;
  }
}

async function waitForTurn(
  store: LeaseStore,
  clock: Clock,
  lock: HeldLock,
  options: LockOptions,
  mode: "wait" | "try",
) {
  const timeout = () => new TopoError("timeout", lock.folder, `no lock within ${options.timeoutMs} ms`);
  const limit = Number.isFinite(options.timeoutMs) ? deadline(clock, options.timeoutMs, timeout) : undefined;
  const stops = [lock.lost, limit?.signal, options.signal].filter((signal) => signal !== undefined);
  const stop = AbortSignal.any(stops);
  try {
    for (;;) {
      const queue = await store.claims(lock.folder);
      const place = queue.findIndex((claim) => claim.term === lock.term);
      const before = queue[place - 1];
      if (place === 0) return;
      if (place < 0 || before === undefined)
        throw new TopoError("lock_lost", lock.folder, "the lease ended while waiting for the lock");
      if (mode === "try")
        throw new TopoError("node_exists", lock.folder, `locked: ${queue[0]?.contents.slice(0, 200)}`);
      stop.throwIfAborted();
      await store.vanished(before, stop);
    }
  } catch (error) {
    if (lock.lost.aborted) throw lock.lost.reason;
    if (options.signal?.aborted) throw new TopoError("interrupted", lock.folder, "stopped waiting for the lock", error);
    throw error;
  } finally {
    limit?.cancel();
  }
}

/** A claim with its renewals. */
export class HeldLock implements TopoLock {
  /** The folder by its whole key. */
  readonly folder: string;
  readonly id: string;
  readonly term: number;
  readonly claim: Claim;
  readonly #store: LeaseStore;
  readonly #clock: Clock;
  readonly #lost = new AbortController();
  #expiry: Timer | undefined;
  #renewal: Timer | undefined;
  #isReleased = false;

  /** `askedMs`: when the claim was asked for; the lease cannot end before that plus its length. */
  constructor(store: LeaseStore, clock: Clock, claim: Claim, askedMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.claim = claim;
    this.folder = claim.folder;
    this.id = claim.id;
    this.term = claim.term;
    this.#extend(askedMs);
    this.#renewal = clock.every(claim.ttlMs / 3, () => void this.#renew().catch(() => undefined)); // Expiry decides.
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async check(): Promise<void> {
    if (this.#isReleased) throw new TopoError("lock_lost", this.folder, "the lock was given up");
    this.#lost.signal.throwIfAborted();
    await this.#renew();
    this.#lost.signal.throwIfAborted();
  }

  async unlock(): Promise<void> {
    if (this.#isReleased) return;
    this.#stop();
    await this.#store.release(this.claim);
  }

  /** The store was closed: nobody renews the lease from now on. */
  abandon(): void {
    this.#lose("the topology connection was closed");
  }

  async #renew(): Promise<void> {
    const sentMs = this.#clock.monotonicMs();
    const isHeld = await this.#store.renew(this.claim);
    if (this.#isReleased) return;
    if (isHeld) this.#extend(sentMs);
    else this.#lose("the store ended the lease");
  }

  #extend(fromMs: number): void {
    this.#expiry?.cancel();
    const leftMs = fromMs + this.claim.ttlMs * 0.9 - this.#clock.monotonicMs();
    this.#expiry = this.#clock.after(Math.max(0, leftMs), () => this.#lose("the lease was not renewed in time"));
  }

  #lose(why: string): void {
    if (this.#isReleased) return;
    this.#stop();
    this.#lost.abort(new TopoError("lock_lost", this.folder, why));
  }

  #stop(): void {
    this.#isReleased = true;
    this.#expiry?.cancel();
    this.#renewal?.cancel();
    this.#renewal = undefined;
  }
}

/** The locks that one client holds, known to its user by folders relative to the client's root. */
export class HeldLocks {
  readonly #store: LeaseStore;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #held = new Set<HeldLock>();

  constructor(store: LeaseStore, clock: Clock, prefix: string) {
    this.#store = store;
    this.#clock = clock;
    this.#prefix = prefix;
  }

  async take(folder: string, contents: string, options: LockOptions, mode: "wait" | "try"): Promise<TopoLock> {
    const lock = await takeLock(this.#store, this.#clock, this.#prefix + folder, contents, options, mode);
    this.#held.add(lock);
    lock.lost.addEventListener("abort", () => this.#held.delete(lock), { once: true });
    return {
      folder,
      id: lock.id,
      term: lock.term,
      lost: lock.lost,
      check: () => lock.check(),
      unlock: () => {
        this.#held.delete(lock);
        return lock.unlock();
      },
    };
  }

  async leader(name: string): Promise<string | undefined> {
    const claims = await this.#store.claims(`${this.#prefix}elections/${name}`);
    return claims[0]?.contents;
  }

  /** Gives all locks up, as far as the store can be reached, and tells their holders. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#held].map((lock) => this.#store.release(lock.claim)));
    for (const lock of this.#held) lock.abandon();
  }
}
