/**
 * The flags of a running role. `values` is one object for the life of the process: readers keep it and see every change
 * of a `live` flag at once, at the cost of a property read. `set` checks the text as the command line would; subscribers
 * are told after the value changed.
 */
import { FlagError } from "./flag-values.ts";
import { type FlagOrigin, parseValue, type Resolved } from "./flag-sources.ts";
import { flagName, flagNames, type FlagTable, suggestion, type Values } from "./flags.ts";

/** One flag as /debug/config and the status page show it. Secrets are stars. */
export interface FlagState {
  readonly name: string;
  readonly kind: string;
  readonly value: string;
  readonly default: string;
  readonly origin: FlagOrigin;
  readonly isLive: boolean;
  readonly help: string;
}

/** What a page may do with the flags, whatever their table. */
export type FlagPanel = Pick<LiveFlags<FlagTable>, "set" | "describe">;

export class LiveFlags<F extends FlagTable> {
  readonly #table: F;
  readonly #values: Record<string, unknown>;
  readonly #origins: Record<string, FlagOrigin>;
  readonly #subscribers = new Map<keyof F, Set<(value: never) => void>>();

  constructor(table: F, resolved: Resolved<F>) {
    this.#table = table;
    this.#values = { ...resolved.values };
    this.#origins = { ...resolved.origins };
  }

  get values(): Values<F> {
    return this.#values as Values<F>;
  }

  /** Changes a live flag by its name. Throws FlagError for an unknown flag, a fixed one, or a value it cannot take. */
  set(name: string, text: string): void {
    const names = flagNames(this.#table);
    const key = names.get(name.replaceAll("_", "-"));
    const declared = key === undefined ? undefined : this.#table[key];
    if (key === undefined || declared === undefined)
      throw new FlagError(`unknown flag --${name}${suggestion(name, names.keys())}`);
    if (!declared.live) throw new FlagError(`--${flagName(key, declared)} can only be set at start`);
    this.#values[key] = parseValue(key, declared, text, "live");
    this.#origins[key] = "live";
    for (const told of this.#subscribers.get(key) ?? []) told(this.#values[key] as never);
  }

  /** Calls `told` with each new value; the answer ends that. */
  subscribe<K extends keyof F>(key: K, told: (value: Values<F>[K]) => void): () => void {
    const set = this.#subscribers.get(key) ?? new Set();
    this.#subscribers.set(key, set);
    set.add(told as (value: never) => void);
    return () => void set.delete(told as (value: never) => void);
  }

  /** All flags, sorted by name. */
  describe(): readonly FlagState[] {
    return Object.entries(this.#table)
      .map(([key, declared]) => ({
        name: flagName(key, declared),
        kind: declared.parse.kind,
        value: declared.secret ? "****" : declared.parse.print(this.#values[key] as never),
        default: declared.secret ? "****" : declared.parse.print(declared.default),
        origin: this.#origins[key] ?? "default",
        isLive: declared.live === true,
        help: declared.help,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
