/**
 * Holds statements for a shard's primary while there is none that serves (inventory 4.058): a planned reparent fails no
 * query. What is held, and for how long, is bounded; a full buffer lets its oldest statement go with the error it would
 * have had at once. The choices are those of `shard-buffer.ts`; here are the queues, the timer and the counters.
 *
 * `look` must be called whenever a tablet was heard that serves as a shard's primary.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { Counter, Gauge, Labelled, Metrics } from "../base/metrics.ts";
import { type BufferLimits, idleShard, onBlocked, onServing, onTime, type ShardBuffer } from "./shard-buffer.ts";

export interface BufferOptions extends BufferLimits {
  /** off: nothing is held. dry-run: nothing is held, and counted as if it were. */
  readonly mode: "on" | "dry-run" | "off";
  /** Statements held at once, over all shards (buffer-size). */
  readonly statementsMax: number;
  /** So many go at once when a primary is back, and as many again each millisecond (buffer-drain-concurrency). */
  readonly drainAtOnce: number;
  /** "keyspace" or "keyspace/shard": what is buffered; none: everything (buffer-keyspace-shards). */
  readonly only: readonly string[];
}

export const defaultBufferOptions: BufferOptions = {
  mode: "on",
  windowMsMax: 10_000,
  failoverMsMax: 20_000,
  betweenFailoversMsMin: 0,
  statementsMax: 1000,
  drainAtOnce: 1,
  only: [],
};

export interface Place {
  readonly keyspace: string;
  readonly shard: string;
}

interface Held<T> {
  readonly sinceMs: number;
  readonly find: () => T | undefined;
  readonly resolve: (found: T) => void;
  readonly reject: () => void;
}

interface Shard<T> {
  readonly labels: readonly [string, string];
  state: ShardBuffer;
  queue: Held<T>[];
  isDraining: boolean;
}

const tickMs = 50;
const drainPauseMs = 1;

export class PrimaryBuffer<T> {
  readonly #clock: Clock;
  readonly #options: BufferOptions;
  readonly #counts: BufferCounts;
  readonly #shards = new Map<string, Shard<T>>();
  #held = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(clock: Clock, options: BufferOptions, counts: BufferCounts) {
    this.#clock = clock;
    this.#options = options;
    this.#counts = counts;
  }

  /**
   * Waits until `find` finds the shard's primary, where waiting is right; else rejects with `error`. Call it only when
   * `find` has just found nothing.
   */
  wait(place: Place, find: () => T | undefined, error: () => Error): Promise<T> {
    const shard = this.#shardOf(place);
    const refuse = (reason: string) => {
      this.#counts.skipped.bind(...shard.labels, reason).add(1);
      return Promise.reject(error());
    };
    const { mode } = this.#options;
    if (this.#isClosed) return refuse("Shutdown");
    if (mode === "off" || !this.#isChosen(place)) return refuse("Disabled");
    const was = shard.state;
    const { state, skip } = onBlocked(was, this.#clock.monotonicMs(), this.#options);
    shard.state = state;
    if (skip !== undefined) return refuse(skip);
    if (was.stage !== "holding") this.#counts.starts.bind(...shard.labels).add(1);
    this.#arm();
    if (mode === "dry-run") {
      this.#counts.bufferedDryRun.bind(...shard.labels).add(1);
      return Promise.reject(error());
    }
    if (this.#held >= this.#options.statementsMax) this.#evictOldest();
    this.#counts.buffered.bind(...shard.labels).add(1);
    this.#count(1);
    return new Promise((resolve, reject) =>
      shard.queue.push({ sinceMs: this.#clock.monotonicMs(), find, resolve, reject: () => reject(error()) }),
    );
  }

  /** A primary serves the shard. Cheap where nothing was ever held. */
  look(place: Place): void {
    if (this.#shards.size === 0) return;
    const shard = this.#shards.get(keyOf(place));
    if (shard === undefined) return;
    if (shard.queue.length > 0) this.#tryToServe(shard);
    else shard.state = onServing(shard.state, this.#clock.monotonicMs());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const shard of this.#shards.values()) this.#failAll(shard, "Shutdown");
  }

  #shardOf(place: Place): Shard<T> {
    const key = keyOf(place);
    const known = this.#shards.get(key);
    if (known !== undefined) return known;
    const labels = [place.keyspace, place.shard] as const;
    const shard: Shard<T> = { labels, state: idleShard, queue: [], isDraining: false };
    this.#shards.set(key, shard);
    return shard;
  }

  #isChosen({ keyspace, shard }: Place): boolean {
    const { only } = this.#options;
    return only.length === 0 || only.includes(keyspace) || only.includes(`${keyspace}/${shard}`);
  }

  #tryToServe(shard: Shard<T>): void {
    if (shard.isDraining) return;
    if (shard.queue[0]?.find() === undefined) return;
    const now = this.#clock.monotonicMs();
    if (shard.state.stage === "holding") {
      this.#counts.failoverMs.bind(...shard.labels).add(now - shard.state.sinceMs);
      this.#counts.stops.bind(...shard.labels, "NewPrimarySeen").add(1);
    }
    shard.state = onServing(shard.state, now);
    this.#drain(shard);
  }

  /** In the order they came, a few at a time: the new primary is not run over. */
  #drain(shard: Shard<T>): void {
    shard.isDraining = false;
    for (let left = this.#options.drainAtOnce; left > 0; left--) {
      const first = shard.queue[0];
      if (first === undefined) return;
      const found = first.find();
      if (found === undefined) return; // Gone again: the rest waits on.
      shard.queue.shift();
      this.#count(-1);
      this.#counts.drained.bind(...shard.labels).add(1);
      first.resolve(found);
    }
    shard.isDraining = true;
    this.#clock.after(drainPauseMs, () => this.#drain(shard));
  }

  #evictOldest(): void {
    let oldest: Shard<T> | undefined;
    for (const shard of this.#shards.values()) {
      const [first] = shard.queue;
      if (first !== undefined && first.sinceMs < (oldest?.queue[0]?.sinceMs ?? Infinity)) oldest = shard;
    }
    if (oldest !== undefined) this.#failFirst(oldest, "BufferFull");
  }

  #failFirst(shard: Shard<T>, reason: string): void {
    const first = shard.queue.shift();
    if (first === undefined) return;
    this.#count(-1);
    this.#counts.evicted.bind(...shard.labels, reason).add(1);
    first.reject();
  }

  #failAll(shard: Shard<T>, reason: string): void {
    while (shard.queue.length > 0) this.#failFirst(shard, reason);
  }

  #count(delta: number): void {
    this.#held += delta;
    this.#counts.held.set(this.#held);
  }

  /** One timer while anything is held. */
  #arm(): void {
    this.#timer ??= this.#clock.every(tickMs, () => this.#tick());
  }

  #tick(): void {
    const now = this.#clock.monotonicMs();
    let isBusy = false;
    for (const shard of this.#shards.values()) {
      this.#tryToServe(shard);
      while ((shard.queue[0]?.sinceMs ?? Infinity) <= now - this.#options.windowMsMax)
        this.#failFirst(shard, "WindowExceeded");
      const state = onTime(shard.state, now, this.#options);
      if (state !== shard.state) {
        this.#counts.stops.bind(...shard.labels, "MaxDurationExceeded").add(1);
        this.#failAll(shard, "MaxDurationExceeded");
      }
      shard.state = state;
      isBusy ||= state.stage === "holding" || shard.queue.length > 0;
    }
    if (isBusy) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/** Vitess's names (inventory 4.072). */
export interface BufferCounts {
  readonly starts: Labelled<Counter>;
  readonly stops: Labelled<Counter>;
  readonly failoverMs: Labelled<Counter>;
  readonly buffered: Labelled<Counter>;
  readonly bufferedDryRun: Labelled<Counter>;
  readonly drained: Labelled<Counter>;
  readonly evicted: Labelled<Counter>;
  readonly skipped: Labelled<Counter>;
  readonly held: Gauge;
}

export function bufferCounts(metrics: Metrics): BufferCounts {
  const shard = ["Keyspace", "ShardName"];
  const why = [...shard, "Reason"];
  return {
    starts: metrics.counters("BufferStarts", "Failovers for which statements were held.", shard),
    stops: metrics.counters("BufferStops", "Ends of such failovers.", why),
    failoverMs: metrics.counters("BufferFailoverDurationSumMs", "How long they took.", shard),
    buffered: metrics.counters("BufferRequestsBuffered", "Statements held.", shard),
    bufferedDryRun: metrics.counters("BufferRequestsBufferedDryRun", "Statements that would have been held.", shard),
    drained: metrics.counters("BufferRequestsDrained", "Held statements that found a primary.", shard),
    evicted: metrics.counters("BufferRequestsEvicted", "Held statements that were given up.", why),
    skipped: metrics.counters("BufferRequestsSkipped", "Statements without a primary that were not held.", why),
    held: metrics.gauge("BufferRequestsHeld", "Statements that are held now."),
  };
}

function keyOf({ keyspace, shard }: Place): string {
  return `${keyspace}/${shard}`;
}
