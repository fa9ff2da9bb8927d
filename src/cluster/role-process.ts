/**
 * One process of the cluster: started with its output in a log file, watched until it is ready, stopped within a limit.
 * Each gets a process group of its own, so that Ctrl-C in a terminal reaches the supervisor alone and the order of
 * stopping is its to choose.
 */
import type { children, Processes } from "../base/child.ts";
import { type Clock, sleep } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Environment } from "../base/environment.ts";
import { errorText } from "../base/errors.ts";
import type { DataRoot } from "./data-root.ts";

export interface ProcessEffects {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly children: Pick<typeof children, "spawn">;
  readonly environment: Environment;
  readonly processes: Pick<Processes, "signal">;
}

export interface ProcessRecipe {
  /** "vtgate", "vttablet-zone1-0000000100": names its log file too. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Resolves true once the process serves what it is for. */
  readonly isReady: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** After SIGTERM; then SIGKILL. */
  readonly stopTimeoutMs: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const readyPollMs = 40;
const logTailBytes = 2000;

export class RoleProcess {
  readonly recipe: ProcessRecipe;
  readonly #effects: ProcessEffects;
  readonly #root: DataRoot;
  #pid: number | undefined;
  #exited: Promise<Exit> = Promise.resolve({ code: null, signal: null });

  constructor(recipe: ProcessRecipe, root: DataRoot, effects: ProcessEffects) {
    this.recipe = recipe;
    this.#root = root;
    this.#effects = effects;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Starts it and waits until it is ready; throws with the end of its log when it ends or takes too long. */
  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  /** Starts it without waiting. */
  spawn(): void {
    const { disk, children, environment } = this.#effects;
    const { name, command, args } = this.recipe;
    const log = disk.openSync(this.#root.logPath(name), "a");
    const child = children.spawn(command, [...args], {
      stdio: ["ignore", log, log],
      detached: true,
      env: { ...environment },
    });
    disk.closeSync(log);
    this.#pid = child.pid;
    if (child.pid !== undefined) this.#root.remember(name, child.pid);
    this.#exited = new Promise((resolve) => {
      const gone = (exit: Exit) => {
        this.#pid = undefined;
        this.#root.forget(name);
        resolve(exit);
      };
      child.once("exit", (code, signal) => gone({ code, signal }));
      child.once("error", () => gone({ code: null, signal: null }));
    });
  }

  async ready(): Promise<void> {
    const { clock } = this.#effects;
    const { name, isReady, readyTimeoutMs } = this.recipe;
    const until = clock.monotonicMs() + readyTimeoutMs;
    for (;;) {
      if (this.#pid === undefined) throw new Error(`${name} ended while it was starting${this.#logTail()}`);
      if (await isReady()) return;
      if (clock.monotonicMs() > until)
        throw new Error(`${name} was not ready within ${readyTimeoutMs} ms${this.#logTail()}`);
      await sleep(clock, readyPollMs);
    }
  }

  /** Resolves when the process has ended, whoever ended it. */
  exited(): Promise<Exit> {
    return this.#exited;
  }

  /** Asks it to stop, and insists after `stopTimeoutMs`. */
  async stop(): Promise<void> {
    if (this.#pid === undefined) return;
    this.signal("SIGTERM");
    const timer = this.#effects.clock.after(this.recipe.stopTimeoutMs, () => this.signal("SIGKILL"));
    await this.#exited;
    timer.cancel();
  }

  /** kill -9, as a fault. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#exited;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#pid !== undefined) this.#effects.processes.signal(this.#pid, signal);
  }

  #logTail(): string {
    const path = this.#root.logPath(this.recipe.name);
    try {
      const text = this.#effects.disk.readFileSync(path, "utf8");
      return `; the end of ${path}:\n${text.slice(-logTailBytes)}`;
    } catch (error) {
      return ` (${errorText(error)})`;
    }
  }
}
