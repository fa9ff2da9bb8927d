/**
 * Keeps a health stream to every tablet it is told of, and knows which are fit to serve what (inventory 4.060). The
 * choices are those of `tablet-state.ts` and `target-book.ts`; here are the streams, the timers and the listeners.
 *
 * `dial` makes a tablet's QueryService. The same service carries the queries: take it from `service(alias)`; it is
 * replaced when the tablet moved or its connection went bad, so do not keep it.
 */
import type { Clock, Timer } from "../base/clock.ts";
import { deadline } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import type { QueryService } from "../rpc/query-service.ts";
import { aliasOf } from "../topo/cluster-records.ts";
import type { TabletAlias } from "../topo/names.ts";
import { TopoError } from "../topo/topo.ts";
import { type Balance, byCell } from "./balance.ts";
import type { LagLimits } from "./lag-filter.ts";
import {
  addTablet,
  decideTablet,
  defaultHealthLimits,
  type HealthLimits,
  type TabletAction,
  type TabletEvent,
  type TabletState,
} from "./tablet-state.ts";
import { type TabletView, TargetBook, type TargetName, viewOf } from "./target-book.ts";

export interface HealthCheckOptions {
  readonly dial: (tablet: Tablet) => QueryService;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly localCell: string;
  readonly limits?: HealthLimits;
  readonly lag?: LagLimits;
  /** How a tablet is chosen: by cell for all keyspaces, or otherwise for some. */
  readonly balance?: (keyspace: string) => Balance;
}

export interface PickedTablet {
  readonly view: TabletView;
  readonly service: QueryService;
}

export interface HealthListener {
  /** A tablet was heard, lost or removed (`isKnown` false). */
  readonly tablet?: (view: TabletView, isKnown: boolean) => void;
  /** Other tablets than before are fit for a target. */
  readonly target?: (target: TargetName) => void;
}

interface Watched {
  state: TabletState;
  service: QueryService | undefined;
  stream: AbortController | undefined;
  timer: Timer | undefined;
  timerAtMs: number;
}

export class HealthCheck {
  readonly book: TargetBook;
  readonly #options: HealthCheckOptions;
  readonly #limits: HealthLimits;
  readonly #balanceOf: (keyspace: string) => Balance;
  readonly #watched = new Map<TabletAlias, Watched>();
  readonly #listeners = new Set<HealthListener>();
  #isClosed = false;

  constructor(options: HealthCheckOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultHealthLimits;
    this.#balanceOf = options.balance ?? (() => byCell);
    this.book = new TargetBook(options.localCell, options.lag);
  }

  /** Adds a tablet, or takes its changed record. Throws bad_record for one without alias. */
  addTablet(record: Tablet): void {
    const alias = aliasOf(record.alias);
    if (alias === undefined) throw new TopoError("bad_record", "tablets", "a tablet without alias");
    if (this.#isClosed) return;
    if (this.#watched.has(alias)) return this.#decide(alias, { kind: "replaced", record });
    const { state, actions } = addTablet(alias, record, this.#options.clock.monotonicMs(), this.#limits);
    const watched = { state, service: undefined, stream: undefined, timer: undefined, timerAtMs: 0 };
    this.#watched.set(alias, watched);
    this.book.update(state);
    this.#apply(watched, actions);
  }

  removeTablet(alias: TabletAlias): void {
    this.#decide(alias, { kind: "removed" });
    this.#watched.delete(alias);
  }

  get aliases(): IterableIterator<TabletAlias> {
    return this.#watched.keys();
  }

  /** A fit tablet for a target, none of `tried`, and the service to ask it by. `session` is what the choice sticks to. */
  pick(target: TargetName, tried?: ReadonlySet<string>, session = ""): PickedTablet | undefined {
    const fit = this.book.fit(target.keyspace, target.shard, target.tabletType);
    const view = this.#balanceOf(target.keyspace)({ fit, random: this.#options.random, tried, session });
    const service = view === undefined ? undefined : this.#watched.get(view.alias)?.service;
    return view === undefined || service === undefined ? undefined : { view, service };
  }

  service(alias: TabletAlias): QueryService | undefined {
    return this.#watched.get(alias)?.service;
  }

  /** Answers how to stop listening. */
  listen(listener: HealthListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits until each target has a fit tablet; throws timeout, naming those that have none. */
  async waitFor(targets: readonly TargetName[], timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const missing = () => targets.filter((t) => !this.#hasFit(t));
    const timeout = () => {
      const names = missing().map(({ keyspace, shard, tabletType }) => `${keyspace}/${shard} ${tabletType}`);
      return new TopoError("timeout", "tablets", `none is fit for ${names.join(", ")} after ${timeoutMs} ms`);
    };
    const limit = deadline(this.#options.clock, timeoutMs, timeout, signal);
    let wake = () => {};
    const silence = this.listen({ target: () => wake() });
    const stop = () => wake();
    limit.signal.addEventListener("abort", stop, { once: true });
    try {
      while (missing().length > 0) {
        limit.signal.throwIfAborted();
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      silence();
      limit.cancel();
      limit.signal.removeEventListener("abort", stop);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const services = [...this.#watched.values()].flatMap((watched) => watched.service ?? []);
    for (const { stream, timer } of this.#watched.values()) {
      stream?.abort();
      timer?.cancel();
    }
    this.#watched.clear();
    await Promise.allSettled(services.map((service) => service.close()));
  }

  #hasFit({ keyspace, shard, tabletType }: TargetName): boolean {
    const { local, remote } = this.book.fit(keyspace, shard, tabletType);
    return local.length + remote.length > 0;
  }

  #decide(alias: TabletAlias, event: TabletEvent): void {
    const watched = this.#watched.get(alias);
    if (watched === undefined || this.#isClosed) return;
    const before = watched.state;
    const { state, actions } = decideTablet(before, event, this.#options.clock.monotonicMs(), this.#limits);
    watched.state = state;
    if (state.error !== before.error && state.error !== undefined)
      this.#options.log.warn({ tablet: alias, error: state.error }, "a tablet is not healthy");
    this.#apply(watched, actions);
    const parts = ["health", "error", "record"] as const;
    if (state.stage !== "removed" && parts.every((part) => state[part] === before[part])) return;
    const targets = this.book.update(state);
    for (const listener of this.#listeners) {
      listener.tablet?.(viewOf(state), state.stage !== "removed");
      for (const target of targets) listener.target?.(target);
    }
  }

  #apply(watched: Watched, actions: readonly TabletAction[]): void {
    for (const action of actions) {
      if (action.kind === "stream") this.#stream(watched, action.stream);
      else if (action.kind === "hang-up") {
        watched.stream?.abort();
        watched.stream = undefined;
      } else {
        const { service } = watched;
        watched.service = undefined;
        service?.close().catch((error: unknown) => {
          this.#options.log.warn({ tablet: watched.state.alias, err: error }, "a connection did not close cleanly");
        });
      }
    }
    this.#arm(watched);
  }

  #stream(watched: Watched, stream: number): void {
    const { alias, record } = watched.state;
    const controller = new AbortController();
    watched.stream = controller;
    const lost = (error: unknown) => this.#decide(alias, { kind: "lost", stream, error: errorText(error) });
    // In a turn of its own: what the stream tells at once must find this choice finished.
    Promise.resolve()
      .then(() => {
        if (controller.signal.aborted) return undefined;
        watched.service ??= this.#options.dial(record);
        return watched.service.streamHealth(
          (health) => this.#decide(alias, { kind: "health", stream, health }),
          controller.signal,
        );
      })
      .then(() => controller.signal.aborted || lost(new Error("the tablet ended its health stream")), lost);
  }

  /** One timer a tablet, moved only when the next look comes sooner; a look that comes too early asks for the rest. */
  #arm(watched: Watched): void {
    const { lookAtMs, alias, stage } = watched.state;
    if (stage === "removed") return watched.timer?.cancel();
    if (watched.timer !== undefined && watched.timerAtMs <= lookAtMs) return;
    watched.timer?.cancel();
    watched.timerAtMs = lookAtMs;
    watched.timer = this.#options.clock.after(lookAtMs - this.#options.clock.monotonicMs(), () => {
      watched.timer = undefined;
      this.#decide(alias, { kind: "look" });
      this.#arm(watched);
    });
  }
}
