/**
 * The life of a role: parts start in order and stop in the opposite order. When asked to stop (SIGTERM) the role
 *   1. turns lame duck: it says that it is leaving (/healthz answers 503, health streams say so) but still works, for
 *      the lame-duck period, so that others can turn elsewhere;
 *   2. drains: waits for work under way, at most `ontermTimeoutMs`;
 *   3. stops every part, at most `oncloseTimeoutMs` in all.
 * A part that fails to start takes down those before it, and the error is the caller's: never half a process.
 */
import { type Clock, deadline, sleep } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";

export interface Service {
  readonly name: string;
  start?(): Promise<void>;
  /** From now on others should turn elsewhere; what still comes is answered. */
  lameduck?(): void;
  /** Resolves when no work is under way; gives up when `signal` aborts. New work may be refused from now on. */
  drain?(signal: AbortSignal): Promise<void>;
  stop?(): Promise<void>;
}

export type RoleState = "starting" | "serving" | "lame duck" | "stopping" | "stopped";

export interface LifecycleTimes {
  readonly lameduckPeriodMs: number;
  readonly ontermTimeoutMs: number;
  readonly oncloseTimeoutMs: number;
}

export class Lifecycle {
  readonly #services: readonly Service[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #times: () => LifecycleTimes;
  #started: Service[] = [];
  #state: RoleState = "starting";

  /** `times` is asked when stopping begins, since they may change at run time. */
  constructor(services: readonly Service[], clock: Clock, logger: Logger, times: () => LifecycleTimes) {
    this.#services = services;
    this.#clock = clock;
    this.#logger = logger;
    this.#times = times;
  }

  get state(): RoleState {
    return this.#state;
  }

  async start(): Promise<void> {
    for (const service of this.#services) {
      try {
        await service.start?.();
      } catch (error) {
        await this.#stopAll();
        throw error;
      }
      this.#started.push(service);
    }
    this.#state = "serving";
  }

  async stop(): Promise<void> {
    if (this.#state !== "serving") return;
    const times = this.#times();
    this.#state = "lame duck";
    for (const service of this.#started) service.lameduck?.();
    await sleep(this.#clock, times.lameduckPeriodMs);
    this.#state = "stopping";
    await this.#drain(times.ontermTimeoutMs);
    await this.#stopAll();
  }

  async #drain(timeoutMs: number): Promise<void> {
    const limit = deadline(this.#clock, timeoutMs, () => new Error("--onterm-timeout is over"));
    const waits = this.#started.map(async (service) => {
      try {
        await Promise.race([service.drain?.(limit.signal), aborted(limit.signal)]);
      } catch (error) {
        this.#logger.warn({ service: service.name, reason: errorText(error) }, "work was cut off");
      }
    });
    await Promise.all(waits);
    limit.cancel();
  }

  async #stopAll(): Promise<void> {
    const limit = deadline(this.#clock, this.#times().oncloseTimeoutMs, () => new Error("--onclose-timeout is over"));
    for (const service of this.#started.toReversed()) {
      try {
        await Promise.race([service.stop?.(), aborted(limit.signal)]);
      } catch (error) {
        this.#logger.warn({ service: service.name, reason: errorText(error) }, "a part did not stop");
      }
    }
    limit.cancel();
    this.#started = [];
    this.#state = "stopped";
  }
}

/** Rejects when the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
