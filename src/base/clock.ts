/**
 * Time as an argument. Everything that waits or looks at a clock takes a `Clock`; production passes `systemClock`,
 * simulations pass the one of `src/testing`. Times are milliseconds.
 */

export interface Clock {
  /** Wall-clock time, ms since 1970-01-01T00:00Z. May jump. For records and messages that people read. */
  readonly nowMs: () => number;
  /** Steady time, ms with a fraction, from an arbitrary zero. Never goes back. For durations and deadlines. */
  readonly monotonicMs: () => number;
  /** Calls `run` once after at least `delayMs`. */
  readonly after: (delayMs: number, run: () => void) => Timer;
  /** Calls `run` each `periodMs` until cancelled; a slow `run` makes the next one late, never parallel by itself. */
  readonly every: (periodMs: number, run: () => void) => Timer;
}

export interface Timer {
  readonly cancel: () => void;
}

/** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    });
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Aborts after `delayMs` or when `parent` aborts, whichever is first. Call `cancel` when the work is done. */
export function deadline(clock: Clock, delayMs: number, reason: () => Error, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const stop = () => controller.abort(parent?.reason);
  if (parent?.aborted) stop();
  parent?.addEventListener("abort", stop, { once: true });
  const timer = clock.after(delayMs, () => controller.abort(reason()));
  return {
    signal: controller.signal,
    cancel: () => {
      timer.cancel();
      parent?.removeEventListener("abort", stop);
    },
  };
}

export interface Deadline {
  readonly signal: AbortSignal;
  readonly cancel: () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const id = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(id) };
  },
  every: (periodMs, run) => {
    const id = setInterval(run, periodMs);
    return { cancel: () => clearInterval(id) };
  },
};
