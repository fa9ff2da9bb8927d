/**
 * What the changes of primary have in common: the shard's records under its lock, calls to its tablets with limits, and
 * the last step of each, in which all other tablets come to follow the new primary.
 */
import type { Clock } from "../base/clock.ts";
import { errorText, VtError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { must } from "../base/assert.ts";
import type { Shard, Tablet } from "../proto/generated/topodata_pb.js";
import { aliasMessage, findTablets } from "../topo/cluster-records.ts";
import type { KeyspaceName, ShardName, TabletAlias } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import type { TopoServer } from "../topo/server.ts";
import type { TopoLock } from "../topo/topo.ts";
import { lockLeaseMsDefault, type LockOwner } from "../topo/topo-locks.ts";
import type { Tablets } from "./decide.ts";
import { type DurabilityPolicy, durabilityPolicy } from "./durability.ts";
import type { CallLimits, TabletClient, TabletDialer } from "./tablet-client.ts";

/** What a change of primary works with. */
export interface ReparentContext {
  readonly server: TopoServer;
  readonly dial: TabletDialer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly owner: LockOwner;
  /** remote-operation-timeout */
  readonly operationTimeoutMs?: number;
  /** wait-replicas-timeout */
  readonly waitReplicasMs?: number;
  readonly signal?: AbortSignal;
}

export const operationTimeoutMsDefault = 15_000;
export const waitReplicasMsDefault = 15_000;

/** One shard, read under its lock. */
export interface LockedShard {
  readonly keyspace: KeyspaceName;
  readonly shard: ShardName;
  readonly record: Shard;
  readonly tablets: Tablets;
  readonly policy: DurabilityPolicy;
  readonly lock: TopoLock;
}

/** Throws what the topology throws; refuses (VT22030) when a cell cannot be read, since its tablets would be missed. */
export async function readLockedShard(
  { server }: ReparentContext,
  keyspace: KeyspaceName,
  shard: ShardName,
  lock: TopoLock,
): Promise<LockedShard> {
  const { message: record } = await mustReadRecord(server.global, records.shard(keyspace, shard));
  const { message } = await mustReadRecord(server.global, records.keyspace(keyspace));
  const { tablets, problems } = await findTablets(server, { keyspace, shard });
  if (problems[0] !== undefined) {
    const why = `not all of its tablets are known: ${problems.map((problem) => problem.message).join("; ")}`;
    throw VtError.of("VT22030", keyspace, shard, why).because(problems[0]);
  }
  return { keyspace, shard, record, tablets, policy: durabilityPolicy(message.durabilityPolicy), lock };
}

/** Calls to the tablets of a locked shard. Each ends with the lock, the caller's signal or its timeout. */
export class ShardTablets {
  readonly locked: LockedShard;
  readonly #context: ReparentContext;
  readonly #signal: AbortSignal;

  constructor(context: ReparentContext, locked: LockedShard) {
    this.#context = context;
    this.locked = locked;
    this.#signal = AbortSignal.any([locked.lock.lost, ...(context.signal === undefined ? [] : [context.signal])]);
  }

  /** Of calls that change who writes: they end before a lost lease could pass to somebody else. */
  get operation(): CallLimits {
    const timeoutMs = this.#context.operationTimeoutMs ?? operationTimeoutMsDefault;
    return { signal: this.#signal, timeoutMs: Math.min(timeoutMs, lockLeaseMsDefault / 2) };
  }

  /** Of calls that wait for replication. */
  get waiting(): CallLimits {
    return { signal: this.#signal, timeoutMs: this.#context.waitReplicasMs ?? waitReplicasMsDefault };
  }

  /** For undoing: neither the caller's signal nor a lost lock may stop it. */
  get undoing(): CallLimits {
    return { timeoutMs: this.#context.operationTimeoutMs ?? operationTimeoutMsDefault };
  }

  tablet(alias: TabletAlias): Tablet {
    return must(this.locked.tablets.get(alias), "the choice named a tablet of the shard");
  }

  client(alias: TabletAlias): TabletClient {
    return this.#context.dial(this.tablet(alias));
  }

  /** Whether the tablet's commits wait for acknowledgements when it is primary. */
  get isSemiSync(): boolean {
    return this.locked.policy.ackersMin > 0;
  }

  isAcker(primary: TabletAlias, replica: TabletAlias): boolean {
    return this.locked.policy.isAcker(this.tablet(primary), this.tablet(replica));
  }

  /** Asks all the tablets named at once; answers what each said or threw. */
  async askAll<T>(
    aliases: Iterable<TabletAlias>,
    ask: (client: TabletClient, alias: TabletAlias) => Promise<T>,
  ): Promise<{ readonly answers: ReadonlyMap<TabletAlias, T>; readonly failures: ReadonlyMap<TabletAlias, unknown> }> {
    const answers = new Map<TabletAlias, T>();
    const failures = new Map<TabletAlias, unknown>();
    await Promise.all(
      [...aliases].map(async (alias) => {
        try {
          answers.set(alias, await ask(this.client(alias), alias));
        } catch (error) {
          failures.set(alias, error);
        }
      }),
    );
    return { answers, failures };
  }

  refuse(why: string, cause?: unknown): VtError {
    const error = VtError.of("VT22030", this.locked.keyspace, this.locked.shard, why);
    return cause === undefined ? error : error.because(cause);
  }

  stopped(step: string, cause: unknown): VtError {
    return VtError.of("VT22032", this.locked.keyspace, this.locked.shard, step, errorText(cause)).because(cause);
  }

  /**
   * Makes all others follow `primary`, and proves it: an entry of the reparent journal is written on the primary, and
   * each replica waits until it has it. Both go on at once, since with semi-sync the entry waits for a replica.
   */
  async followPrimary(primary: TabletAlias, position: string, actionName: string): Promise<void> {
    const stop = new AbortController();
    const limits = { ...this.waiting, signal: AbortSignal.any([this.#signal, stop.signal]) };
    const timeCreatedNs = BigInt(this.#context.clock.nowMs()) * 1_000_000n;
    const parent = aliasMessage(primary);
    const others = [...this.locked.tablets.keys()].filter((alias) => alias !== primary);
    const following = this.askAll(others, (client, alias) =>
      client.setReplicationSource({ parent, timeCreatedNs, semiSync: this.isAcker(primary, alias) }, limits),
    );
    const journal = { timeCreatedNs, actionName, primaryAlias: parent, replicationPosition: position };
    try {
      await this.client(primary).populateReparentJournal(journal, limits);
    } catch (error) {
      stop.abort(new Error("the primary could not write its reparent journal"));
      await following;
      throw this.stopped(`the reparent journal of ${primary}`, error);
    }
    const { failures } = await following;
    const [first] = failures.values();
    if (failures.size > 0) throw this.notAllFollow(primary, failures).because(first);
  }

  notAllFollow(primary: TabletAlias, failures: ReadonlyMap<TabletAlias, unknown>): VtError {
    return VtError.of("VT22031", this.locked.keyspace, this.locked.shard, primary, listFailures(failures));
  }
}

export function listFailures(failures: ReadonlyMap<TabletAlias, unknown>): string {
  return [...failures].map(([alias, error]) => `${alias}: ${errorText(error)}`).join("; ");
}
