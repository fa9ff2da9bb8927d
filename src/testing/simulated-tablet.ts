/**
 * A tablet beside a simulated database: it obeys the commands of a reparent, keeps its record, and compares its term
 * with the shard record's. It owes what src/reparent/README.md says that tablets owe; its tenure is decided by the real
 * `vttablet/admin/tenure.ts`.
 */
import { sleep } from "../base/clock.ts";
import { parsePosition, containsPosition } from "../binlog/gtid.ts";
import { type Shard, type Tablet, TabletSchema, TabletType } from "../proto/generated/topodata_pb.js";
import type { TabletHealth } from "../rpc/query-service.ts";
import {
  aliasMessage,
  aliasOf,
  createTablet,
  readTablet,
  recordPrimary,
  updateTablet,
} from "../topo/cluster-records.ts";
import { cellOfTablet, type KeyspaceName, type ShardName, type TabletAlias, uidOfTablet } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import type { TopoServer } from "../topo/server.ts";
import { timeMs, timestamp } from "../topo/times.ts";
import { decideTenure, type TenureFacts } from "../vttablet/admin/tenure.ts";
import { create } from "@bufbuild/protobuf";
import { type Pull, SimulatedDatabase } from "./simulated-database.ts";
import type { ProcessLife } from "./simulated-process.ts";

export interface TabletWorld {
  readonly server: TopoServer;
  readonly keyspace: KeyspaceName;
  readonly shard: ShardName;
  readonly isSemiSync: boolean;
  /** Told whenever the tablet begins or ends to take writes. */
  readonly onWritable: (alias: TabletAlias, isWritable: boolean, termMs: number) => void;
}

/** A command of the TabletManager service, as it travels. */
export interface Command {
  readonly kind: "command";
  readonly method: string;
  readonly request: Record<string, unknown>;
  /** By the simulation's clock: later it must not begin. */
  readonly deadlineMs: number;
}

const tenureMs = 1_500; // Long, so that much can happen before a new primary claims the shard's record.
const brokenMsMax = 2_000;
const waitMs = 20;
/** Terms travel in whole seconds, so two of a shard must not begin in the same one. */
const termStepMs = 1_000;

export class SimulatedTablet {
  readonly #life: ProcessLife;
  readonly #alias: TabletAlias;
  readonly #world: TabletWorld;
  readonly #database: SimulatedDatabase;
  #isReady = false;
  /** Forgotten by a crash. */
  #isDemoted = false;

  constructor(life: ProcessLife, alias: TabletAlias, world: TabletWorld) {
    this.#life = life;
    this.#alias = alias;
    this.#world = world;
    this.#database = new SimulatedDatabase(life, uidOfTablet(alias));
    life.listen((from, body) => this.#answer(from, body as { readonly kind: string }));
    life.clock.every(tenureMs, () => void this.#keepTenure().catch(() => undefined)); // Again in a moment.
  }

  /** 0 where it is no primary. */
  get #termMs(): number {
    return (this.#life.disk.get("termMs") as number | undefined) ?? 0;
  }

  async #answer(from: string, body: { readonly kind: string }): Promise<unknown> {
    if (body.kind === "pull") return this.#database.serve(from, body as Pull);
    if (body.kind === "health") return this.#health();
    if (body.kind === "write") return this.#write((body as unknown as { readonly value: string }).value);
    const command = body as Command;
    if (!this.#isReady) throw new Error("not started yet"); // A command must not be overruled by an older tenure.
    if (this.#life.clock.monotonicMs() > command.deadlineMs) throw new Error("the deadline has passed");
    const run = this.#commands[command.method];
    if (run === undefined) throw new Error(`a simulated tablet has no ${command.method}`);
    const answer = await run(command.request, command.deadlineMs);
    if (!quiet.includes(command.method)) this.#life.note(`obeys ${command.method}`);
    return answer;
  }

  readonly #commands: Record<string, (request: Record<string, unknown>, deadlineMs: number) => Promise<unknown>> = {
    getGlobalStatusVars: async () => ({ statusValues: {} }),
    primaryPosition: async () => ({ position: this.#database.position }),
    replicationStatus: async () => ({
      status: { position: this.#database.position, replicationLagUnknown: false, replicationLagSeconds: 0 },
    }),
    waitForPosition: (request, deadlineMs) => this.#waitFor(String(request["position"]), deadlineMs),
    demotePrimary: async () => {
      this.#isDemoted = this.#termMs > 0;
      this.#setReadOnly(true);
      return { primaryStatus: { position: this.#database.position } };
    },
    undoDemotePrimary: async () => this.#resume(),
    setReadWrite: async () => this.#resume(),
    promoteReplica: (_request, deadlineMs) => this.#becomePrimary(deadlineMs),
    initPrimary: (_request, deadlineMs) => this.#becomePrimary(deadlineMs),
    populateReparentJournal: async (request) => {
      await this.#database.commit(`journal ${String(request["timeCreatedNs"])}`);
      return {};
    },
    setReplicationSource: (request, deadlineMs) => this.#setSource(request, deadlineMs),
    refreshState: async () => ({}),
  };

  async #write(value: string): Promise<string> {
    if (this.#termMs === 0 || this.#isDemoted || !this.#isReady) throw new Error("not a serving primary");
    await this.#database.commit(value);
    return "stored";
  }

  #health(): TabletHealth {
    const isPrimary = this.#termMs > 0;
    const { keyspace, shard } = this.#world;
    return {
      target: { keyspace, shard, tabletType: isPrimary ? "PRIMARY" : "REPLICA", cell: cellOfTablet(this.#alias) },
      tabletAlias: this.#alias,
      isServing: this.#isReady && !(isPrimary && this.#isDemoted),
      primaryTermStartSeconds: Math.floor(this.#termMs / 1000),
      healthError: "",
      replicationLagSeconds: 0,
      qps: 0,
      tableSchemaChanged: [],
      viewSchemaChanged: [],
      udfsChanged: false,
    };
  }

  /** The record (type, term) is written before the first write is let through. */
  async #becomePrimary(deadlineMs: number): Promise<{ position: string }> {
    if (this.#termMs === 0 || this.#isDemoted) {
      const shard = await this.#readShard();
      const shardTermMs = timeMs(shard.primaryTermStartTime);
      const isNamed = aliasOf(shard.primaryAlias) === this.#alias;
      const termMs = Math.max(this.#life.clock.nowMs(), shardTermMs + (isNamed ? 0 : termStepMs));
      await updateTablet(this.#world.server, this.#alias, (record) => withTerm(record, termMs));
      if (!this.#life.isAlive() || this.#life.clock.monotonicMs() > deadlineMs)
        throw new Error("the deadline has passed");
      this.#life.disk.set("termMs", termMs);
      this.#isDemoted = false;
      this.#isReady = true;
      this.#database.lead(this.#world.isSemiSync);
      this.#setReadOnly(false);
    }
    return { position: this.#database.position };
  }

  async #resume(): Promise<object> {
    if (this.#termMs === 0) throw new Error("not a primary");
    this.#isDemoted = false;
    this.#database.lead(this.#world.isSemiSync);
    this.#setReadOnly(false);
    return {};
  }

  async #setSource(request: Record<string, unknown>, deadlineMs: number): Promise<object> {
    const parent = aliasOf(request["parent"] as Parameters<typeof aliasOf>[0]) ?? "";
    this.#becomeReplica(parent, request["semiSync"] === true);
    const journal = BigInt((request["timeCreatedNs"] as bigint | undefined) ?? 0n);
    while (journal > 0n && !this.#database.has(`journal ${journal}`)) {
      if (this.#life.clock.monotonicMs() > deadlineMs) throw new Error("the journal entry did not arrive");
      await sleep(this.#life.clock, waitMs);
    }
    const position = request["waitPosition"] as string | undefined;
    if (position !== undefined && position !== "") await this.#waitFor(position, deadlineMs);
    return {};
  }

  async #waitFor(text: string, deadlineMs: number): Promise<object> {
    const wanted = parsePosition(text);
    while (!containsPosition(parsePosition(this.#database.position), wanted)) {
      if (this.#life.clock.monotonicMs() > deadlineMs) throw new Error(`position ${text} was not reached`);
      await sleep(this.#life.clock, waitMs);
    }
    return {};
  }

  #becomeReplica(source: string, isAcker: boolean): void {
    this.#setReadOnly(true);
    if (this.#termMs > 0) this.#life.note("is no longer primary");
    this.#life.disk.set("termMs", 0);
    this.#isDemoted = false;
    this.#database.follow(source, isAcker);
  }

  #setReadOnly(isReadOnly: boolean): void {
    if (this.#database.isReadOnly === isReadOnly) return;
    this.#database.isReadOnly = isReadOnly;
    this.#world.onWritable(this.#alias, !isReadOnly, this.#termMs);
    this.#life.note(isReadOnly ? "takes no writes" : `takes writes in term ${this.#termMs}`);
  }

  /** Boots where it has not, then compares terms, and mends what replication and its record lack. */
  async #keepTenure(): Promise<void> {
    if (!this.#isReady) await this.#boot();
    const shard = await this.#readShard();
    const step = decideTenure(this.#tenure(shard, this.#termMs));
    if (step === "claim-shard") {
      const { server, keyspace, shard: name } = this.#world;
      await recordPrimary(server, keyspace, name, this.#alias, timestamp(this.#termMs));
      this.#life.note("claims the shard record");
    }
    const recorded = aliasOf(shard.primaryAlias);
    if (step === "step-down") this.#becomeReplica(recorded ?? "", this.#world.isSemiSync);
    await this.#mend(recorded);
  }

  async #mend(recorded: TabletAlias | undefined): Promise<void> {
    const { brokenSinceMs } = this.#database;
    const isBroken =
      this.#database.source === "" ||
      (brokenSinceMs !== undefined && this.#life.clock.monotonicMs() - brokenSinceMs > brokenMsMax);
    if (this.#termMs === 0 && isBroken && recorded !== undefined && recorded !== this.#alias)
      this.#database.follow(recorded, this.#world.isSemiSync);
    const record = await readTablet(this.#world.server, this.#alias);
    const recordedMs = record.type === TabletType.PRIMARY ? timeMs(record.primaryTermStartTime) : 0;
    if (recordedMs !== this.#termMs)
      await updateTablet(this.#world.server, this.#alias, (present) => withTerm(present, this.#termMs));
  }

  async #boot(): Promise<void> {
    const { server, keyspace, shard: name } = this.#world;
    const blank = { alias: aliasMessage(this.#alias), keyspace, shard: name, hostname: this.#alias };
    await createTablet(server, create(TabletSchema, { ...blank, type: TabletType.REPLICA }), false).catch(
      () => undefined, // It is there from an earlier life, or the read below fails too.
    );
    const record = await updateTablet(server, this.#alias, (present) => {
      present.tabletStartTime = timestamp(this.#life.clock.nowMs());
      return present;
    });
    const shard = await this.#readShard(); // After its record: a reparent names the new primary, then looks at the old.
    this.#isReady = true;
    const recordedMs = record.type === TabletType.PRIMARY ? timeMs(record.primaryTermStartTime) : 0;
    const isNamed = aliasOf(shard.primaryAlias) === this.#alias;
    const isNewer = decideTenure(this.#tenure(shard, recordedMs)) === "claim-shard";
    if (!isNamed && !isNewer) {
      if (this.#termMs > 0) this.#becomeReplica(aliasOf(shard.primaryAlias) ?? "", this.#world.isSemiSync);
      return;
    }
    this.#life.disk.set("termMs", Math.max(recordedMs, isNamed ? timeMs(shard.primaryTermStartTime) : 0));
    if (!this.#isDemoted) await this.#resume();
  }

  async #readShard(): Promise<Shard> {
    const { server, keyspace, shard } = this.#world;
    return (await mustReadRecord(server.global, records.shard(keyspace, shard))).message;
  }

  #tenure(shard: Shard, termMs: number): TenureFacts {
    return {
      isPrimary: termMs > 0,
      isNamed: aliasOf(shard.primaryAlias) === this.#alias,
      shardTermAgainstOwn: timeMs(shard.primaryTermStartTime) - termMs,
    };
  }
}

const quiet = ["getGlobalStatusVars", "primaryPosition", "replicationStatus", "refreshState"];

/** 0: a replica. */
function withTerm(record: Tablet, termMs: number): Tablet {
  record.type = termMs > 0 ? TabletType.PRIMARY : TabletType.REPLICA;
  if (termMs > 0) record.primaryTermStartTime = timestamp(termMs);
  else delete record.primaryTermStartTime;
  return record;
}
