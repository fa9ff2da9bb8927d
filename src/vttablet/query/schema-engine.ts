/**
 * The schema engine (inventory 7.016): tables, views and loadable functions of the tablet's database, read at the start,
 * after DDL that passed through here, on request and every `reloadPeriodMs`. Gateways are told the names of what changed,
 * and ask for those alone. A primary keeps copies in `_vt`, and tells what changed since the last primary wrote them.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { connect, type ClientEnvironment, type ConnectOptions } from "../../mysql/client.ts";
import type { SchemaReply } from "../../rpc/query-service.ts";
import { compareCopies, writeCopies } from "./schema-copies.ts";
import { emptySnapshot, isEmptyChange, type SchemaChange, schemaChange, type SchemaSnapshot } from "./schema-model.ts";
import { readSnapshot } from "./schema-read.ts";
import { readTableSizes, type TableSize } from "./table-sizes.ts";

export interface SchemaEngineOptions {
  /** queryserver-config-schema-reload-time */
  readonly reloadPeriodMs: number;
  /** queryserver-config-schema-max-table-count */
  readonly tablesMax: number;
  /** Writes the copies in `_vt`: a user whom read_only stops. Undefined: there are no copies. */
  readonly writer: ConnectOptions | undefined;
}

export const schemaEngineDefaults: SchemaEngineOptions = {
  reloadPeriodMs: 30 * 60_000,
  tablesMax: 10_000,
  writer: undefined,
};

type Environment = ClientEnvironment & { readonly clock: Clock; readonly log: Logger };

export class SchemaEngine {
  readonly #env: Environment;
  readonly #reader: ConnectOptions;
  readonly #options: SchemaEngineOptions;
  readonly #timer: Timer;
  #snapshot: SchemaSnapshot = emptySnapshot;
  #isLoaded = false;
  #loading: Promise<void> | undefined;
  #isStale = false;
  #isPrimary = false;
  /** The copies are what the last look saw. */
  #isCopied = false;
  /** How long the looks took, in all, and how many there were. */
  readonly spent = { ms: 0, count: 0 };
  /** As of the last look, by table. */
  sizes: ReadonlyMap<string, TableSize> = new Map();
  onChange: ((change: SchemaChange) => void) | undefined;

  /** `reader` may see all tables and mysql.func; its database is the one described. */
  constructor(env: Environment, reader: ConnectOptions, options: Partial<SchemaEngineOptions> = {}) {
    this.#env = env;
    this.#reader = reader;
    this.#options = { ...schemaEngineDefaults, ...options };
    this.#timer = env.clock.every(this.#options.reloadPeriodMs, () => this.reloadSoon());
  }

  close(): void {
    this.#timer.cancel();
  }

  /** As of the last look. */
  get snapshot(): SchemaSnapshot {
    return this.#snapshot;
  }

  /** Only a primary writes the copies; the next look of a new one compares them. */
  setPrimary(isPrimary: boolean): void {
    if (isPrimary !== this.#isPrimary) this.#isCopied = false;
    this.#isPrimary = isPrimary;
  }

  /** All of a kind, or those of `names`. Waits for a look that is under way: DDL was a moment ago. */
  async definitions(kind: "tables" | "views" | "all", names: readonly string[]): Promise<SchemaReply> {
    if (this.#loading !== undefined || !this.#isLoaded) await (this.#loading ?? this.reload());
    const { tables, udfs } = this.#snapshot;
    const definitions: Record<string, string> = {};
    const wanted = names.length === 0 ? tables.keys() : new Set(names);
    for (const name of wanted) {
      const table = tables.get(name);
      if (table === undefined) continue;
      if (kind === "all" || (kind === "views") === (table.kind === "view")) definitions[name] = table.create;
    }
    return { definitions, udfs: kind === "all" ? udfs : [] };
  }

  /** Reads anew without waiting; a failure is logged, the old definitions stay. */
  reloadSoon(): void {
    this.reload().catch((thrown: unknown) => this.#env.log.warn({ err: thrown }, "cannot read the schema"));
  }

  /** Reads anew. A call while one is under way waits for another reading after it. */
  reload(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#isStale = true;
      return this.#loading;
    }
    this.#loading = this.#reload().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #reload(): Promise<void> {
    const connection = await connect(this.#env, this.#reader);
    try {
      do {
        this.#isStale = false;
        const startMs = this.#env.clock.monotonicMs();
        const { database = "" } = this.#reader;
        const fresh = await readSnapshot(connection, database, this.#snapshot, this.#options.tablesMax);
        this.sizes = await readTableSizes(connection, database, this.#options.tablesMax);
        this.spent.ms += this.#env.clock.monotonicMs() - startMs;
        this.spent.count++;
        await this.#replace(fresh);
      } while (this.#isStale);
    } finally {
      connection.close();
    }
  }

  async #replace(fresh: SchemaSnapshot): Promise<void> {
    const change = schemaChange(this.#snapshot, fresh);
    const isFirst = !this.#isLoaded;
    this.#snapshot = fresh;
    this.#isLoaded = true;
    if (!isFirst && !isEmptyChange(change)) this.onChange?.(change);
    const { writer } = this.#options;
    if (!this.#isPrimary || writer === undefined || (this.#isCopied && isEmptyChange(change))) return;
    try {
      await this.#copy(writer, fresh, change);
    } catch (thrown) {
      this.#isCopied = false; // The next look compares them whole.
      this.#env.log.warn({ err: thrown }, "cannot keep the copies of the schema in the sidecar database");
    }
  }

  async #copy(writer: ConnectOptions, fresh: SchemaSnapshot, change: SchemaChange): Promise<void> {
    const { database = "" } = this.#reader;
    const connection = await connect(this.#env, writer);
    try {
      const whole = this.#isCopied ? change : await compareCopies(connection, database, fresh);
      if (!isEmptyChange(whole)) await writeCopies(connection, database, fresh, whole);
      const isNews = !this.#isCopied && !isEmptyChange(whole);
      this.#isCopied = true;
      if (isNews) this.onChange?.(whole); // Nobody may have been told: what the last primary did not see.
    } finally {
      connection.close();
    }
  }
}
