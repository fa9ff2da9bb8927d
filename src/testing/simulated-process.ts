/**
 * A process in a simulation: it runs `main` from its start until it crashes, and loses everything but its disk. Its
 * clock dies with it, so that nothing it had planned happens; what it had sent still arrives.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { EventLog } from "./event-log.ts";
import type { Listener, SimulatedNetwork } from "./simulated-network.ts";

/** What a life of a process has. */
export interface ProcessLife {
  readonly name: string;
  /** The clock of this life. */
  readonly clock: Clock;
  /** What outlives crashes, by name. Changes are durable at once. */
  readonly disk: Map<string, unknown>;
  readonly isAlive: () => boolean;
  readonly listen: (listener: Listener) => void;
  readonly send: (to: string, body: unknown) => void;
  readonly ask: (to: string, body: unknown, timeoutMs: number) => Promise<unknown>;
  readonly note: (what: string) => void;
}

export class SimulatedProcess {
  readonly name: string;
  readonly disk = new Map<string, unknown>();
  readonly #clock: Clock;
  readonly #network: SimulatedNetwork;
  readonly #log: EventLog;
  readonly #main: (life: ProcessLife) => void;
  #kill: (() => void) | undefined;

  constructor(
    name: string,
    world: { readonly clock: Clock; readonly network: SimulatedNetwork; readonly log: EventLog },
    main: (life: ProcessLife) => void,
  ) {
    this.name = name;
    this.#clock = world.clock;
    this.#network = world.network;
    this.#log = world.log;
    this.#main = main;
  }

  get isRunning(): boolean {
    return this.#kill !== undefined;
  }

  start(): void {
    if (this.#kill !== undefined) return;
    let isAlive = true;
    let silence = () => {};
    this.#kill = () => {
      isAlive = false;
      silence();
    };
    this.#log.add(this.name, "starts");
    const clock = mortalClock(this.#clock, () => isAlive);
    this.#main({
      name: this.name,
      clock,
      disk: this.disk,
      isAlive: () => isAlive,
      listen: (listener) => {
        silence = this.#network.listen(this.name, listener);
      },
      send: (to, body) => isAlive && this.#network.send(this.name, to, body),
      ask: (to, body, timeoutMs) =>
        isAlive ? this.#network.ask(clock, this.name, to, body, timeoutMs) : new Promise(() => {}),
      note: (what) => isAlive && this.#log.add(this.name, what),
    });
  }

  /** It ends between two instructions. */
  crash(): void {
    if (this.#kill === undefined) return;
    this.#kill();
    this.#kill = undefined;
    this.#log.add(this.name, "crashes");
  }
}

/** A clock whose timers fire only while `isAlive`. */
function mortalClock(clock: Clock, isAlive: () => boolean): Clock {
  const guarded = (run: () => void) => () => {
    if (isAlive()) run();
  };
  const none: Timer = { cancel: () => {} };
  return {
    nowMs: clock.nowMs,
    monotonicMs: clock.monotonicMs,
    after: (delayMs, run) => (isAlive() ? clock.after(delayMs, guarded(run)) : none),
    every: (periodMs, run) => {
      if (!isAlive()) return none;
      const timer = clock.every(periodMs, () => {
        if (isAlive()) run();
        else timer.cancel();
      });
      return timer;
    },
  };
}
