/**
 * What the tablet tells gateways of itself, at once and on each change, and every `periodMs` so that silence means
 * something (inventory 7.025).
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import type { TabletHealth, Target } from "../../rpc/query-service.ts";
import type { SchemaChange } from "./schema-model.ts";

const periodMs = 20_000;
const listenersMax = 10_000;
const qpsWindowMs = 1000;

interface Listener {
  readonly onHealth: (health: TabletHealth) => void;
  readonly end: (error?: Error) => void;
}

export class HealthBroadcast {
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();
  readonly #timers: readonly Timer[];
  #current: TabletHealth;
  #queries = 0;
  #qps = 0;

  constructor(clock: Clock, tabletAlias: string, target: Target) {
    this.#clock = clock;
    this.#current = {
      target,
      tabletAlias,
      isServing: false,
      primaryTermStartSeconds: 0,
      healthError: "starting",
      replicationLagSeconds: 0,
      qps: 0,
      tableSchemaChanged: [],
      viewSchemaChanged: [],
      udfsChanged: false,
    };
    const sampledMs = { at: clock.monotonicMs() };
    this.#timers = [clock.every(periodMs, () => this.#send()), clock.every(qpsWindowMs, () => this.#sample(sampledMs))];
  }

  get current(): TabletHealth {
    return { ...this.#current, qps: this.#qps };
  }
  countQuery(): void {
    this.#queries++;
  }

  #sample(sampledMs: { at: number }): void {
    const now = this.#clock.monotonicMs();
    this.#qps = (this.#queries * 1000) / Math.max(1, now - sampledMs.at);
    this.#queries = 0;
    sampledMs.at = now;
  }

  setServing(target: Target, isServing: boolean, healthError: string, primaryTermStartSeconds: number): void {
    this.#current = { ...this.#current, target, isServing, healthError, primaryTermStartSeconds };
    this.#send();
  }

  /** Sent when the whole seconds change, not with each measurement. */
  setLag(replicationLagSeconds: number): void {
    const whole = Math.floor(replicationLagSeconds);
    if (whole === this.#current.replicationLagSeconds) return;
    this.#current = { ...this.#current, replicationLagSeconds: whole };
    this.#send();
  }

  schemaChanged({ tables, views, udfs }: SchemaChange): void {
    const kept = this.#current;
    this.#current = { ...kept, tableSchemaChanged: tables, viewSchemaChanged: views, udfsChanged: udfs };
    this.#send();
    this.#current = kept; // Told once.
  }

  stream(onHealth: (health: TabletHealth) => void, signal: AbortSignal): Promise<void> {
    if (this.#listeners.size >= listenersMax)
      return Promise.reject(VtError.of("VT26004", "health stream", listenersMax, 0));
    return new Promise((resolve, reject) => {
      const end = (error?: Error) => {
        this.#listeners.delete(listener);
        signal.removeEventListener("abort", stop);
        if (error === undefined) resolve();
        else reject(error);
      };
      const stop = () => end();
      const listener: Listener = { onHealth, end };
      if (signal.aborted) return resolve();
      signal.addEventListener("abort", stop, { once: true });
      this.#listeners.add(listener);
      onHealth(this.current);
    });
  }

  #send(): void {
    const health = this.current;
    for (const listener of this.#listeners) listener.onHealth(health);
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
    for (const listener of this.#listeners) listener.end(VtError.of("VT26001", "the tablet stops"));
  }
}
