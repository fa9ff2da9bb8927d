/**
 * The tables and views of the tablet's database with their CREATE statements (inventory 7.016, the light part): read at
 * the start, after DDL that passed through here, on request and every `reloadPeriodMs`. Gateways are told what changed.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { ClientEnvironment, Connection, ConnectOptions } from "../../mysql/client.ts";
import { connect } from "../../mysql/client.ts";
import { identifier, sql, value } from "../../mysql/sql.ts";

const reloadPeriodMs = 30 * 60_000;
/** queryserver-config-schema-max-table-count */
const tablesMax = 10_000;

interface Definition {
  readonly kind: "table" | "view";
  readonly create: string;
}

export class SchemaEngine {
  readonly #env: ClientEnvironment & { readonly clock: Clock; readonly log: Logger };
  readonly #options: ConnectOptions;
  readonly #timer: Timer;
  #definitions: ReadonlyMap<string, Definition> = new Map();
  #isLoaded = false;
  #loading: Promise<void> | undefined;
  #isStale = false;
  onChange: ((tables: readonly string[], views: readonly string[]) => void) | undefined;

  /** `options` are of a user that may see all tables; their database is the one described. */
  constructor(env: ClientEnvironment & { readonly clock: Clock; readonly log: Logger }, options: ConnectOptions) {
    this.#env = env;
    this.#options = options;
    this.#timer = env.clock.every(reloadPeriodMs, () => this.reloadSoon());
  }

  close(): void {
    this.#timer.cancel();
  }

  async definitions(kind: "tables" | "views" | "all", names: readonly string[]): Promise<Record<string, string>> {
    if (this.#loading !== undefined || !this.#isLoaded) await (this.#loading ?? this.reload()); // DDL was a moment ago.
    const wanted = new Set(names);
    const out: Record<string, string> = {};
    for (const [name, definition] of this.#definitions) {
      if (wanted.size > 0 && !wanted.has(name)) continue;
      if (kind === "all" || kind === `${definition.kind}s`) out[name] = definition.create;
    }
    return out;
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
    const connection = await connect(this.#env, this.#options);
    try {
      do {
        this.#isStale = false;
        this.#replace(await readDefinitions(connection, this.#options.database ?? ""));
      } while (this.#isStale);
    } finally {
      connection.close();
    }
  }

  #replace(fresh: ReadonlyMap<string, Definition>): void {
    const old = this.#definitions;
    const changed = { table: [] as string[], view: [] as string[] };
    for (const [name, definition] of fresh)
      if (old.get(name)?.create !== definition.create) changed[definition.kind].push(name);
    for (const [name, { kind }] of old) if (!fresh.has(name)) changed[kind].push(name);
    this.#definitions = fresh;
    const isFirst = !this.#isLoaded;
    this.#isLoaded = true;
    if (!isFirst && changed.table.length + changed.view.length > 0) this.onChange?.(changed.table, changed.view);
  }
}

async function readDefinitions(connection: Connection, database: string): Promise<Map<string, Definition>> {
  const listed = await connection.query(
    sql`select table_name, table_type from information_schema.tables where table_schema = ${value(database)}
      and table_type in ('BASE TABLE', 'VIEW', 'SEQUENCE') order by table_name limit ${value(tablesMax + 1)}`,
    { rowsMax: tablesMax + 1 },
  );
  if (listed.cells.length > tablesMax)
    throw VtError.of("VT21001", `${tablesMax} tables`, "queryserver-config-schema-max-table-count");
  const definitions = new Map<string, Definition>();
  for (const [name, type] of listed.rows) {
    if (name === null || name === undefined) continue;
    const kind = type === "VIEW" ? "view" : "table";
    const create = await readCreate(connection, name);
    if (create !== undefined) definitions.set(name, { kind, create });
  }
  return definitions;
}

/** Undefined when it was dropped a moment ago, or is a view whose tables are gone. */
async function readCreate(connection: Connection, name: string): Promise<string | undefined> {
  try {
    const shown = await connection.query(sql`show create table ${identifier(name)}`);
    return withoutCounter(shown.rows[0]?.[1] ?? "");
  } catch (thrown) {
    const errno = (thrown as { readonly errno?: number }).errno;
    if (errno === 1146 || errno === 1356) return undefined;
    throw thrown;
  }
}

/** The next auto-increment value changes with each insert and is no part of the definition. */
function withoutCounter(create: string): string {
  return create.replace(/^(\).*?) AUTO_INCREMENT=\d+/m, "$1");
}
