/**
 * The cluster as topology and health streams tell it: the VSchema compiled at each change, the serving shards of every
 * keyspace, fit tablets. All of it is the last that was known: serving never waits for the topology.
 */
import { type Clock, sleep } from "../base/clock.ts";
import { VtError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { HealthCheck } from "../discovery/health-check.ts";
import type { TabletView } from "../discovery/target-book.ts";
import { TabletType } from "../proto/generated/topodata_pb.js";
import type { TabletTypeName, Target } from "../rpc/query-service.ts";
import { type ServingType, type ShardRef, shardRefs } from "../sharding/destination.ts";
import type { KeyspaceName } from "../topo/names.ts";
import { tabletAlias } from "../topo/names.ts";
import type { ServingCache, SrvKeyspace } from "../topo/serving-cache.ts";
import { folders, listNames } from "../topo/records.ts";
import type { TopoServer } from "../topo/server.ts";
import type { Environment } from "../sqlparser/environment.ts";
import { completeVSchema } from "../vschema/complete-vschema.ts";
import type { VindexSources } from "../vschema/vindex.ts";
import { compileVSchema, emptyVSchema, type VSchema } from "../vschema/vschema.ts";
import type { PrimaryBuffer } from "./buffer.ts";
import { changeVSchema, type VSchemaChange } from "./change-vschema.ts";
import { type Cluster, type PickedTablet, printServerTarget, type TabletState } from "./cluster.ts";
import { SchemaTracker, type TrackerOptions } from "./schema-tracker.ts";

export interface WatchedClusterOptions {
  readonly cell: string;
  readonly cache: ServingCache;
  readonly health: HealthCheck;
  readonly clock: Clock;
  readonly log: Logger;
  readonly readFile: VindexSources["readFile"];
  readonly topo: TopoServer;
  /** Undefined: the VSchema alone says what tables look like (--schema-change-signal=false). */
  readonly tracking: Pick<TrackerOptions, "enableViews"> | undefined;
  /** Where statements wait for a primary. */
  readonly buffer: PrimaryBuffer<PickedTablet>;
  /** How long a statement waits for a fit replica. */
  readonly pickTimeoutMs?: number;
  /** How often the list of keyspaces is read again. */
  readonly refreshMs?: number;
}

type Partitions = ReadonlyMap<ServingType, readonly ShardRef[]>;

const pickRetryMs = 20;
/** A primary that refused is asked again after this time, should its health stream have nothing new to tell. */
const suspectMsMax = 200;

export class WatchedCluster implements Cluster {
  readonly #options: WatchedClusterOptions;
  readonly #keyspaces = new Map<string, Partitions>();
  readonly #stops: (() => void)[] = [];
  readonly #known = new Set<KeyspaceName>();
  /** Primaries that refused, by shard, as they were when they did. */
  readonly #tracker: SchemaTracker | undefined;
  readonly #suspects = new Map<string, { readonly view: TabletView; readonly untilMs: number }>();
  /** As the topology has it, and with what the servers' tables add. */
  #written: VSchema = emptyVSchema;
  #vschema: VSchema = emptyVSchema;
  #schemaVersion = 0;
  #isClosed = false;

  private constructor(options: WatchedClusterOptions) {
    this.#options = options;
    const { cell, log, health, tracking } = options;
    if (tracking === undefined) return;
    const source = {
      shards: (keyspace: string) => this.shardsOrNone(keyspace),
      primary: (target: Target) => health.pick(target)?.service,
    };
    this.#tracker = new SchemaTracker({ cell, log, source, ...tracking, onChange: () => this.#complete() });
  }

  #complete(): void {
    this.#vschema = completeVSchema(this.#written, this.#tracker?.found ?? new Map());
    this.#schemaVersion++;
  }

  /** Resolves when the records that are there have been read once. */
  static async open(options: WatchedClusterOptions): Promise<WatchedCluster> {
    const cluster = new WatchedCluster(options);
    const { cache, clock, readFile, refreshMs = 1000 } = options;
    cluster.#stops.push(
      cache.onSrvVSchema((record) => {
        cluster.#written = compileVSchema(record, readFile);
        cluster.#complete();
        for (const { name, problems } of cluster.#vschema.keyspaces.values())
          if (problems.length > 0) options.log.error({ keyspace: name, problems }, "the VSchema cannot be used");
      }),
    );
    cluster.#stops.push(options.health.listen({ tablet: (view) => cluster.#heard(view) }));
    await cluster.#refresh();
    const timer = clock.every(refreshMs, () => void cluster.#refresh());
    cluster.#stops.push(() => timer.cancel());
    return cluster;
  }

  /** Follows keyspaces that it has not seen before. */
  async #refresh(): Promise<void> {
    const { cache, log } = this.#options;
    try {
      for (const name of await cache.keyspaces()) {
        if (this.#known.has(name) || this.#isClosed) continue;
        this.#known.add(name);
        this.#stops.push(cache.onSrvKeyspace(name, (record) => this.#take(name, record)));
        this.#take(name, await cache.srvKeyspace(name));
      }
    } catch (thrown) {
      log.warn({ err: thrown }, "the list of keyspaces cannot be read; the last one stays in force");
    }
  }

  #take(name: string, record: SrvKeyspace): void {
    const partitions = new Map<ServingType, readonly ShardRef[]>();
    for (const { servedType, shardReferences } of record.partitions) {
      const type = servingTypes.get(servedType);
      if (type !== undefined) partitions.set(type, shardRefs(shardReferences.map((shard) => shard.name)));
    }
    this.#keyspaces.set(name, partitions);
  }

  get cell(): string {
    return this.#options.cell;
  }
  get schemaVersion(): number {
    return this.#schemaVersion;
  }

  vschema(): VSchema {
    return this.#vschema;
  }

  keyspaces(): readonly string[] {
    return [...this.#keyspaces.keys()].sort();
  }

  /** The shards of the primaries, none where the keyspace does not serve. */
  shardsOrNone(keyspace: string): readonly ShardRef[] {
    return this.#keyspaces.get(keyspace)?.get("PRIMARY") ?? [];
  }

  shards(keyspace: string, tabletType: ServingType): readonly ShardRef[] {
    const shards = this.#keyspaces.get(keyspace)?.get(tabletType);
    if (shards === undefined || shards.length === 0) throw VtError.of("VT14004", keyspace);
    return shards;
  }

  pick(target: Target, avoid: ReadonlySet<string>, session: string): PickedTablet | Promise<PickedTablet> {
    return this.#pickNow(target, avoid, session) ?? this.#waitFor(target, avoid, session);
  }

  #pickNow(target: Target, avoid: ReadonlySet<string>, session: string): PickedTablet | undefined {
    if (target.tabletType === "PRIMARY") return this.#primary(target);
    const { health } = this.#options;
    const picked = health.pick(target, avoid, session) ?? health.pick(target, undefined, session);
    return picked === undefined ? undefined : { alias: picked.view.alias, service: picked.service };
  }

  /** A shard has one primary or none: there is no other to try. */
  #primary(target: Target): PickedTablet | undefined {
    const picked = this.#options.health.pick(target);
    if (picked === undefined) return undefined;
    const { view, service } = picked;
    if (this.#suspects.size > 0 && this.#isSuspect(target, view)) return undefined;
    return { alias: view.alias, service };
  }

  #isSuspect(target: Target, view: TabletView): boolean {
    const suspect = this.#suspects.get(suspectKey(target));
    return suspect?.view === view && suspect.untilMs > this.#options.clock.monotonicMs();
  }

  suspect(target: Target, alias: string): void {
    const { clock, health } = this.#options;
    const { view } = health.pick(target) ?? {};
    if (target.tabletType !== "PRIMARY" || view?.alias !== alias) return;
    this.#suspects.set(suspectKey(target), { view, untilMs: clock.monotonicMs() + suspectMsMax });
  }

  /** How servers' definitions are read is known: their tables are followed from now on. */
  track(environment: Environment): void {
    this.#tracker?.start(environment);
  }

  async schemaChanged(keyspace: string): Promise<void> {
    await this.#tracker?.refresh(keyspace);
  }

  changeVSchema(keyspace: string, change: VSchemaChange): Promise<void> {
    return changeVSchema(this.#options, keyspace, change);
  }

  async metadata(): Promise<Readonly<Record<string, string>>> {
    const { global } = this.#options.topo;
    const keys = await listNames(global, folders.allMetadata, (key) => key);
    const read = async (key: string) => (await global.read(folders.metadata(key)))?.bytes;
    const values = await Promise.all(keys.map(read));
    return Object.fromEntries(keys.map((key, i) => [key, Buffer.from(values[i] ?? []).toString("utf8")]));
  }

  #heard(view: TabletView): void {
    this.#tracker?.hear(view);
    const { target } = view.health ?? {};
    if (target?.tabletType !== "PRIMARY" || this.#primary(target) === undefined) return;
    this.#suspects.delete(suspectKey(target));
    this.#options.buffer.look(target);
  }

  async #waitFor(target: Target, avoid: ReadonlySet<string>, session: string): Promise<PickedTablet> {
    const noTablet = () => VtError.of("VT14002", printServerTarget(target));
    const { buffer, clock, pickTimeoutMs = 5000 } = this.#options;
    if (target.tabletType === "PRIMARY") return buffer.wait(target, () => this.#primary(target), noTablet);
    const until = clock.monotonicMs() + pickTimeoutMs;
    for (;;) {
      const picked = this.#pickNow(target, avoid, session);
      if (picked !== undefined) return picked;
      if (clock.monotonicMs() >= until || this.#isClosed) throw noTablet();
      await sleep(clock, pickRetryMs);
    }
  }

  tablet(alias: string): PickedTablet {
    const service = this.#options.health.service(tabletAlias(alias));
    if (service === undefined) throw VtError.of("VT14001", alias, "the tablet is gone");
    return { alias, service };
  }

  tablets(): readonly TabletState[] {
    const { health } = this.#options;
    const found: TabletState[] = [];
    for (const alias of health.aliases) {
      const view = health.book.view(alias);
      if (view === undefined) continue;
      const { record, cell } = view;
      found.push({
        cell,
        keyspace: view.health?.target.keyspace ?? record.keyspace,
        shard: view.health?.target.shard ?? record.shard,
        tabletType: view.health?.target.tabletType ?? (TabletType[record.type] as TabletTypeName),
        isServing: view.isServing,
        alias,
        hostname: record.hostname,
        primaryTermStartSeconds: view.health?.primaryTermStartSeconds ?? 0,
      });
    }
    return found.sort(
      (a, b) =>
        a.keyspace.localeCompare(b.keyspace) || a.shard.localeCompare(b.shard) || a.alias.localeCompare(b.alias),
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#options.buffer.close();
    for (const stop of this.#stops) stop();
  }
}

const suspectKey = ({ keyspace, shard }: Target) => `${keyspace}/${shard}`;

const servingTypes: ReadonlyMap<TabletType, ServingType> = new Map([
  [TabletType.PRIMARY, "PRIMARY"],
  [TabletType.REPLICA, "REPLICA"],
  [TabletType.RDONLY, "RDONLY"],
]);
