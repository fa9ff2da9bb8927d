/**
 * A running tablet: what it is (type, term), whether it serves, and how its server follows the shard's primary. The only
 * state of the admin side. Facts come in from the topology, the database and RPCs; decisions are pure (`serving.ts`,
 * `tenure.ts`, `replication-repair.ts`); this class acts on them, one change at a time, in order of arrival.
 *
 * The topology may be away: the tablet goes on as it is and publishes its record when the store is back.
 */
import { type Clock, sleep, type Timer } from "../../base/clock.ts";
import { errorText, VtError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { DatabaseServer } from "../../mysqld/replication.ts";
import {
  type Shard,
  type SrvKeyspace,
  type Tablet as TabletRecord,
  TabletType,
} from "../../proto/generated/topodata_pb.js";
import { aliasOf, readTablet, recordPrimary, updateTablet } from "../../topo/cluster-records.ts";
import { cellOfTablet } from "../../topo/names.ts";
import { mustReadRecord, readRecord, records, watchRecord } from "../../topo/records.ts";
import type { TopoServer } from "../../topo/server.ts";
import { compareTimes, timeMs, timestamp, type WireTime } from "../../topo/times.ts";
import type { LockOwner } from "../../topo/topo-locks.ts";
import { tabletTypeName } from "../../topo/tablet-types.ts";
import { ActionQueue } from "./action-queue.ts";
import { decideRepair, type ReplicationWish } from "./replication-repair.ts";
import { decideServing, replicationFacts, type ReplicationFacts } from "./serving.ts";
import type { ServingControl } from "./serving-control.ts";
import { registerTablet, type TabletPlace } from "./tablet-record.ts";
import { decideTenure } from "./tenure.ts";

export interface TabletOptions {
  readonly place: TabletPlace;
  readonly healthCheckIntervalMs: number;
  /** Asked each time, since it may change at run time. */
  readonly unhealthySecondsMax: () => number;
  readonly replicationConnectRetrySeconds: number;
  readonly heartbeatSeconds: number;
  readonly shardSyncRetryDelayMs: number;
}

export interface TabletEffects {
  readonly topo: TopoServer;
  readonly database: DatabaseServer;
  readonly serving: ServingControl;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Makes the sidecar database what it should be; called when the tablet becomes able to write. */
  readonly repairSidecar: () => Promise<void>;
  readonly owner: LockOwner;
}

/** A burst of broken connections makes one look; a server that is away is looked for as often. */
const lookPauseMs = 50;
const awayPauseMsMax = 200;

const unknownReplication: ReplicationFacts = { error: "", lagSeconds: undefined };

export class Tablet {
  readonly options: TabletOptions;
  readonly effects: TabletEffects;
  readonly #actions: ActionQueue;
  readonly #stop = new AbortController();
  #record: TabletRecord;
  #shard: Shard;
  #source: ReplicationWish["source"];
  #isPublished = true;
  #isDemoted = false;
  #isHeld = false;
  #isLameduck = false;
  #isQueryServiceDisabled = false;
  #databaseError: string | undefined;
  #isDatabaseUp = false;
  #replication = unknownReplication;
  #lookedMs = 0;
  #timer: Timer | undefined;
  #nextLook: Timer | undefined;

  private constructor(options: TabletOptions, effects: TabletEffects, record: TabletRecord, shard: Shard) {
    this.options = options;
    this.effects = effects;
    this.#record = record;
    this.#shard = shard;
    this.#actions = new ActionQueue(effects.clock);
  }

  /** Registers the tablet and starts to look after it. The database server need not be up yet. */
  static async open(options: TabletOptions, effects: TabletEffects): Promise<Tablet> {
    const { tablet, shard } = await registerTablet(effects.topo, options.place, effects.owner);
    const opened = new Tablet(options, effects, tablet, shard);
    await opened.#actions.run("start", () => opened.#look());
    opened.#timer = effects.clock.every(options.healthCheckIntervalMs, () => void opened.#tick());
    void opened.#followShard();
    return opened;
  }

  get record(): TabletRecord {
    return this.#record;
  }
  get shard(): Shard {
    return this.#shard;
  }
  get isPrimary(): boolean {
    return this.#record.type === TabletType.PRIMARY;
  }
  get replication(): ReplicationFacts {
    return this.#replication;
  }

  /** Runs one change of the tablet after those before it; RPCs that change anything come through here. */
  act<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#actions.run(name, work);
  }

  /** Becomes another type, in the records and in what it serves. Inside `act`. */
  async setType(type: TabletType, termStart?: WireTime): Promise<void> {
    const { primaryTermStartTime: _, ...rest } = this.#record;
    const isPrimary = type === TabletType.PRIMARY;
    this.#record = {
      ...rest,
      type,
      ...(isPrimary && termStart !== undefined ? { primaryTermStartTime: termStart } : {}),
    };
    this.#isDemoted = false;
    await this.#applyServing();
    await this.#publish();
  }

  /** Between DemotePrimary and its end: no queries, whatever the records say. Inside `act`. */
  async setDemoted(isDemoted: boolean): Promise<void> {
    this.#isDemoted = isDemoted;
    await this.#applyServing();
  }

  /** An RPC stopped replication: it had a reason, and an RPC is to start it again. */
  get isHeld(): boolean {
    return this.#isHeld;
  }
  /** Whether the repair of replication keeps its hands off. */
  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  async setTags(change: (tags: Readonly<Record<string, string>>) => Record<string, string>): Promise<void> {
    this.#record = { ...this.#record, tags: change(this.#record.tags) };
    await this.#publish();
  }

  /** Reads its records anew: the shard's, the serving keyspace's, and through the shard's the primary's. Inside `act`. */
  async refresh(): Promise<void> {
    const { topo } = this.effects;
    const { alias, keyspace, shard } = this.options.place;
    this.#shard = (await mustReadRecord(topo.global, records.shard(keyspace, shard))).message;
    const cell = await topo.cell(cellOfTablet(alias));
    const serving = await readRecord(cell, records.srvKeyspace(keyspace));
    this.#isQueryServiceDisabled = isDisabled(serving?.message, shard, this.#record.type);
    await this.#readSource();
    await this.#applyServing();
  }

  /** Looks at the database and acts on what it sees: serving, replication, tenure. Inside `act`. */
  async checkHealth(): Promise<void> {
    await this.#look();
  }

  /** Somebody saw the database server go: looks before the next health check, and not again and again. */
  lookSoon(): void {
    this.#lookAfter(lookPauseMs);
  }

  /** Stops serving; running queries end or are killed. The record says when. */
  async close(): Promise<void> {
    this.#isLameduck = true;
    this.#timer?.cancel();
    this.#nextLook?.cancel();
    this.#stop.abort();
    await this.#actions.run("stop", async () => {
      await this.#applyServing();
      this.#record = { ...this.#record, tabletShutdownTime: timestamp(this.effects.clock.nowMs()) };
      await this.#publish();
    });
    await this.#actions.close();
  }

  #lookAfter(pauseMs: number): void {
    if (this.#nextLook !== undefined || this.#isLameduck) return;
    this.#nextLook = this.effects.clock.after(pauseMs, () => {
      this.#nextLook = undefined;
      // A look under way may have begun before: this one waits for its end.
      this.act("look", () => this.#look()).catch((error: unknown) =>
        this.effects.logger.warn({ err: error }, "the database server could not be looked at"),
      );
    });
  }

  async #tick(): Promise<void> {
    // The last look may still run, held up by a slow server: one look at a time is enough.
    if (this.#actions.isBusy) return;
    await this.#actions.run("look", () => this.#look());
  }

  async #look(): Promise<void> {
    const { database } = this.effects;
    try {
      const status = await database.replicationStatus();
      const isReadOnly = await database.isReadOnly();
      this.#isDatabaseUp = true;
      this.#databaseError = undefined;
      const nowMs = this.effects.clock.monotonicMs();
      this.#replication = replicationFacts(status, this.#replication, (nowMs - this.#lookedMs) / 1000);
      this.#lookedMs = nowMs;
      if (!this.#isPublished) await this.#publish();
      await this.#keepTenure(isReadOnly);
      await this.#repair(status, isReadOnly);
    } catch (error) {
      this.#isDatabaseUp = await database.ping().then(
        () => true,
        () => false,
      );
      const text = errorText(error);
      if (text !== this.#databaseError)
        this.effects.logger.warn({ err: error }, "the look at the database server failed");
      this.#databaseError = text;
      if (!this.#isDatabaseUp) this.#lookAfter(Math.min(awayPauseMsMax, this.options.healthCheckIntervalMs));
    }
    await this.#applyServing();
  }

  /** A primary by record must be able to write: also after its server restarted, which begins read-only. */
  async #keepTenure(isReadOnly: boolean): Promise<void> {
    if (!this.isPrimary || this.#isDemoted) return;
    const { alias, keyspace, shard } = this.options.place;
    const own = this.#record.primaryTermStartTime;
    const step = decideTenure({
      isPrimary: true,
      isNamed: aliasOf(this.#shard.primaryAlias) === alias,
      shardTermAgainstOwn: compareTimes(this.#shard.primaryTermStartTime, own),
    });
    if (step === "step-down") return this.#stepDown();
    if (step === "adopt-term") await this.setType(TabletType.PRIMARY, this.#shard.primaryTermStartTime);
    if (step === "claim-shard" && own !== undefined)
      this.#shard = await recordPrimary(this.effects.topo, keyspace, shard, alias, own);
    if (!isReadOnly) return;
    await this.effects.database.setReadOnly(false);
    await this.effects.repairSidecar();
  }

  async #stepDown(): Promise<void> {
    this.effects.logger.warn({ shard: this.#shard }, "another tablet became primary: stepping down");
    await this.setDemoted(true);
    await this.effects.database.setReadOnly(true);
    await this.effects.database.setSemiSync({ primary: false, replica: false });
    const type = this.options.place.initType;
    await this.setType(type);
    await this.#readSource();
  }

  async #repair(status: Awaited<ReturnType<DatabaseServer["replicationStatus"]>>, isReadOnly: boolean): Promise<void> {
    const { database, logger } = this.effects;
    if (this.#source === undefined) await this.#readSource();
    const isPrimary = this.isPrimary || this.#isDemoted;
    const step = decideRepair({ source: this.#source, isPrimary, isHeld: this.#isHeld }, status, isReadOnly);
    if (step.kind === "none") return;
    logger.info({ step, was: status?.lastIoError || status?.lastSqlError }, "repairing replication");
    if (step.kind === "fence") return database.setReadOnly(true);
    if (step.kind === "start") return database.startReplication();
    await database.setReplicationSource({ ...step, ...this.sourceTimings(), start: true });
  }

  /** How a replica of this tablet's configuration keeps in touch with its source. */
  sourceTimings() {
    const { replicationConnectRetrySeconds: connectRetrySeconds, heartbeatSeconds } = this.options;
    return { connectRetrySeconds, heartbeatSeconds };
  }

  /** The database server of the shard's primary; undefined while there is none or it is this tablet. */
  async #readSource(): Promise<void> {
    const primary = aliasOf(this.#shard.primaryAlias);
    if (primary === undefined || primary === this.options.place.alias) {
      this.#source = undefined;
      return;
    }
    const { mysqlHostname, mysqlPort } = await readTablet(this.effects.topo, primary);
    this.#source = { host: mysqlHostname, port: mysqlPort };
  }

  async #applyServing(): Promise<void> {
    const { type, primaryTermStartTime } = this.#record;
    const tabletType = tabletTypeName(type);
    const { isServing, reason } = decideServing({
      tabletType,
      databaseError: this.#databaseError,
      isDatabaseUp: this.#isDatabaseUp,
      isLameduck: this.#isLameduck,
      isQueryServiceDisabled: this.#isQueryServiceDisabled,
      isDemoted: this.#isDemoted,
      replication: this.#replication,
      unhealthySecondsMax: this.options.unhealthySecondsMax(),
    });
    await this.effects.serving.apply({
      tabletType,
      isServing,
      reason,
      primaryTermStartSeconds: Math.floor(timeMs(primaryTermStartTime) / 1000),
      replicationLagSeconds: this.isPrimary ? 0 : Math.floor(this.#replication.lagSeconds ?? 0),
      deniedTables: deniedTables(this.#shard, type, this.options.place.alias),
    });
  }

  /** Writes the record; when the store is away the next look tries again. */
  async #publish(): Promise<void> {
    try {
      await updateTablet(this.effects.topo, this.options.place.alias, () => this.#record);
      this.#isPublished = true;
    } catch (error) {
      this.#isPublished = false;
      this.effects.logger.warn({ err: error }, "the tablet's record could not be written; it will be tried again");
    }
  }

  /** Follows the shard's record for as long as the tablet lives. */
  async #followShard(): Promise<void> {
    const { topo, clock, logger } = this.effects;
    const { keyspace, shard } = this.options.place;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        for await (const { message } of watchRecord(topo.global, records.shard(keyspace, shard), signal))
          if (message !== undefined) await this.#actions.run("shard changed", () => this.#shardChanged(message));
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error }, "lost sight of the shard's record");
      }
      await sleep(clock, this.options.shardSyncRetryDelayMs, signal).catch(() => undefined); // The loop looks at the signal.
    }
  }

  async #shardChanged(shard: Shard): Promise<void> {
    this.#shard = shard;
    this.#source = undefined; // Read anew by the look.
    await this.#look();
  }
}

/** Tables that the shard's record takes from tablets of this type in this cell; a control without cells is for all. */
function deniedTables({ tabletControls }: Shard, type: TabletType, alias: TabletPlace["alias"]): readonly string[] {
  const cell = cellOfTablet(alias);
  return tabletControls
    .filter((control) => control.tabletType === type && (control.cells.length === 0 || control.cells.includes(cell)))
    .flatMap((control) => control.deniedTables);
}

/** What SrvKeyspace's tablet controls say about this shard for this type. */
function isDisabled(serving: SrvKeyspace | undefined, shard: string, type: TabletType): boolean {
  const partition = serving?.partitions.find(({ servedType }) => servedType === type);
  return partition?.shardTabletControls.find(({ name }) => name === shard)?.queryServiceDisabled ?? false;
}

/** For RPCs that only a primary may be asked. */
export function mustBePrimary(tablet: Tablet): void {
  if (!tablet.isPrimary) throw VtError.of("VT21106", tablet.options.place.alias, tabletTypeName(tablet.record.type));
}
