/**
 * What the servers' tables look like (inventory 4.063): read from the primary of a keyspace's first shard when it is first
 * heard, and again whenever a primary of the keyspace tells that tables or views changed, or a definition went through
 * this gateway. A keyspace that cannot be read, or has too many tables, stays untracked: its VSchema stands alone then.
 */
import { errorText } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { TabletView } from "../discovery/target-book.ts";
import type { QueryService, Target } from "../rpc/query-service.ts";
import type { ShardRef } from "../sharding/destination.ts";
import type { Environment } from "../sqlparser/environment.ts";
import type { FoundTable, FoundTables } from "../vschema/complete-vschema.ts";
import { readDefinition } from "./table-definition.ts";

/** Tables of one keyspace that are kept in mind. */
export const trackedTablesMax = 10_000;

export interface SchemaSource {
  /** The shards of a keyspace's primaries, none where it does not serve. */
  shards(keyspace: string): readonly ShardRef[];
  /** A shard's primary, if it is fit to be asked. */
  primary(target: Target): QueryService | undefined;
}

export interface TrackerOptions {
  readonly cell: string;
  readonly log: Logger;
  readonly source: SchemaSource;
  /** Its views are left out, if false. */
  readonly enableViews: boolean;
  readonly onChange: () => void;
}

interface Keyspace {
  tables: FoundTables | undefined;
  /** The primaries heard, with their terms: one that comes anew may have changed while nobody listened. */
  readonly heard: Map<string, string>;
  reading: Promise<void> | undefined;
  isStale: boolean;
}

export class SchemaTracker {
  readonly #options: TrackerOptions;
  readonly #keyspaces = new Map<string, Keyspace>();
  #environment: Environment | undefined;

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** By keyspace. */
  get found(): ReadonlyMap<string, FoundTables> {
    const known = [...this.#keyspaces].flatMap(([name, { tables }]) =>
      tables === undefined ? [] : [[name, tables] as const],
    );
    return new Map(known);
  }

  /** How the servers' definitions are to be read is known now: nothing is read before. */
  start(environment: Environment): void {
    this.#environment = environment;
    for (const name of this.#keyspaces.keys()) this.#readSoon(name);
  }

  hear({ alias, health, isServing }: TabletView): void {
    if (health === undefined) {
      for (const { heard } of this.#keyspaces.values()) heard.delete(alias);
      return;
    }
    const { target, primaryTermStartSeconds, tableSchemaChanged, viewSchemaChanged } = health;
    if (target.tabletType !== "PRIMARY" || !isServing) return;
    const keyspace = this.#keyspace(target.keyspace);
    const hasChanged = tableSchemaChanged.length + viewSchemaChanged.length > 0;
    const term = `${target.shard} ${primaryTermStartSeconds}`;
    if (!hasChanged && keyspace.heard.get(alias) === term && keyspace.tables !== undefined) return;
    keyspace.heard.set(alias, term);
    this.#readSoon(target.keyspace);
  }

  /** Resolves when what is now there has been read. Never rejects: what cannot be read stays as it was. */
  refresh(keyspace: string): Promise<void> {
    return this.#environment === undefined ? Promise.resolve() : this.#read(keyspace);
  }

  #keyspace(name: string): Keyspace {
    const known = this.#keyspaces.get(name);
    if (known !== undefined) return known;
    const made: Keyspace = { tables: undefined, heard: new Map(), reading: undefined, isStale: false };
    this.#keyspaces.set(name, made);
    return made;
  }

  #readSoon(name: string): void {
    if (this.#environment !== undefined) void this.#read(name);
  }

  /** A call while a reading is under way waits for another one after it. */
  #read(name: string): Promise<void> {
    const keyspace = this.#keyspace(name);
    if (keyspace.reading !== undefined) {
      keyspace.isStale = true;
      return keyspace.reading;
    }
    keyspace.reading = this.#readUntilFresh(name, keyspace).finally(() => (keyspace.reading = undefined));
    return keyspace.reading;
  }

  async #readUntilFresh(name: string, keyspace: Keyspace): Promise<void> {
    do {
      keyspace.isStale = false;
      try {
        const tables = await this.#definitions(name);
        if (tables === undefined) continue;
        keyspace.tables = tables;
        this.#options.onChange();
      } catch (thrown) {
        this.#options.log.warn({ keyspace: name, error: errorText(thrown) }, "a keyspace's tables cannot be read");
      }
    } while (keyspace.isStale);
  }

  async #definitions(keyspace: string): Promise<FoundTables | undefined> {
    const { source, cell, log, enableViews } = this.#options;
    for (const { name: shard } of source.shards(keyspace)) {
      const target: Target = { keyspace, shard, tabletType: "PRIMARY", cell };
      const service = source.primary(target);
      if (service === undefined) continue;
      const { definitions } = await service.getSchema(target, enableViews ? "all" : "tables", []);
      const count = Object.keys(definitions).length;
      if (count <= trackedTablesMax) return this.#understood(keyspace, definitions);
      log.error({ keyspace, count, trackedTablesMax }, "a keyspace has too many tables to be tracked");
      return new Map();
    }
    return undefined;
  }

  #understood(keyspace: string, definitions: Readonly<Record<string, string>>): FoundTables {
    const tables = new Map<string, FoundTable>();
    const environment = this.#environment;
    if (environment === undefined) return tables;
    for (const [name, create] of Object.entries(definitions)) {
      try {
        const found = readDefinition(create, environment);
        if (found !== undefined) tables.set(name, found);
      } catch (thrown) {
        this.#options.log.warn(
          { keyspace, table: name, error: errorText(thrown) },
          "a table's definition cannot be read",
        );
      }
    }
    return tables;
  }
}
