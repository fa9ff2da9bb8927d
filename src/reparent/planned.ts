/**
 * PlannedReparentShard (inventory 8.005, 8.006): changes a shard's primary while all its tablets are well. What to do
 * is chosen by `decide.ts`; here the tablets are asked and told, under the shard's lock.
 *
 * A failure before the old primary was demoted changes nothing; until the new one has caught up the old one is put back;
 * after that the new one is named in the shard's record, promoted, and stays: the same call again mends what is left.
 */
import { parsePosition, type Position } from "../binlog/gtid.ts";
import { aliasMessage, aliasOf, readTablet, recordPrimary } from "../topo/cluster-records.ts";
import type { KeyspaceName, ShardName, TabletAlias } from "../topo/names.ts";
import { compareTimes, timeMs, timestamp, type WireTime } from "../topo/times.ts";
import { lockShard, withLock } from "../topo/topo-locks.ts";
import {
  type CandidateFacts,
  chooseCandidate,
  findPrimary,
  lookAtShard,
  mayPromoteAmongStopped,
  type ReparentOptions,
  type Situation,
  situationOf,
} from "./decide.ts";
import { listFailures, readLockedShard, type ReparentContext, ShardTablets } from "./shard-tablets.ts";

export type ReparentReport =
  | { readonly kind: "nothing-to-do"; readonly why: string }
  | {
      readonly kind: "done";
      readonly situation: Situation;
      readonly oldPrimary: TabletAlias | undefined;
      readonly newPrimary: TabletAlias;
      /** Of the new primary when it was promoted. */
      readonly position: string;
    };

const actionName = "PlannedReparentShard";
/** Health messages tell terms in whole seconds: two of a shard must differ there too. */
const termStepMs = 1_000;

/** Takes the shard's lock. Throws VT22030 (nothing changed), VT22031, VT22032, or what the topology throws. */
export function plannedReparentShard(
  context: ReparentContext,
  keyspace: KeyspaceName,
  shard: ShardName,
  options: ReparentOptions,
): Promise<ReparentReport> {
  const wanted = `new: ${options.newPrimary ?? "any"}, avoid: ${options.avoidPrimary ?? "none"}`;
  const request = { owner: context.owner, action: `${actionName}(${wanted})` };
  const lock = lockShard(context.server, keyspace, shard, {
    ...request,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  return withLock(lock, async (held) => {
    const tablets = new ShardTablets(context, await readLockedShard(context, keyspace, shard, held));
    return reparentLocked(context, tablets, options);
  });
}

async function reparentLocked(
  context: ReparentContext,
  tablets: ShardTablets,
  options: ReparentOptions,
): Promise<ReparentReport> {
  const { locked } = tablets;
  const look = lookAtShard(locked.record, locked.tablets, options, locked.policy);
  if (look.kind === "nothing-to-do") return look;
  if (look.kind === "refuse") throw tablets.refuse(look.why);
  const warmth = await mustReachAll(tablets);
  const elect = look.kind === "named" ? look.elect : await electAmong(tablets, look.among, warmth, options);
  const primary = findPrimary(locked.record, locked.tablets);
  const situation = situationOf(locked.record, primary, elect);
  const { keyspace, shard } = locked;
  context.log.info({ keyspace, shard, situation, from: primary, to: elect }, "changing the primary of a shard");
  const position = await promote(context, tablets, situation, primary, elect);
  await locked.lock.check();
  await tablets.followPrimary(elect, position, actionName);
  if (situation === "first-promotion")
    await tablets
      .client(elect)
      .refreshState({}, tablets.operation)
      .catch((error: unknown) => {
        context.log.warn({ tablet: elect, err: error }, "a new primary did not look at its new database yet; it will");
      });
  return {
    kind: "done",
    situation,
    oldPrimary: primary ?? aliasOf(locked.record.primaryAlias),
    newPrimary: elect,
    position,
  };
}

/** Answers how many pages of each tablet's database are in memory. */
async function mustReachAll(tablets: ShardTablets): Promise<ReadonlyMap<TabletAlias, number>> {
  const variable = "Innodb_buffer_pool_pages_data";
  const { answers, failures } = await tablets.askAll(tablets.locked.tablets.keys(), async (client) => {
    const { statusValues } = await client.getGlobalStatusVars({ variables: [variable] }, tablets.operation);
    return Number(
      Object.entries(statusValues).find(([name]) => name.toLowerCase() === variable.toLowerCase())?.[1] ?? 0,
    );
  });
  if (failures.size > 0)
    throw tablets.refuse(`not all tablets can be reached: ${listFailures(failures)}`, [...failures.values()][0]);
  return answers;
}

async function electAmong(
  tablets: ShardTablets,
  among: readonly TabletAlias[],
  warmth: ReadonlyMap<TabletAlias, number>,
  options: ReparentOptions,
): Promise<TabletAlias> {
  const { answers } = await tablets.askAll(among, async (client, alias): Promise<CandidateFacts> => {
    const { status } = await client.replicationStatus({}, tablets.operation);
    return {
      alias,
      position: positionOf(status?.position ?? ""),
      lagSeconds: status === undefined || status.replicationLagUnknown ? undefined : status.replicationLagSeconds,
      isBackupRunning: status?.backupRunning ?? false,
      bufferPoolPages: warmth.get(alias) ?? 0,
    };
  });
  // A tablet that never replicated has no status to tell; in a shard without primary all are equal.
  const isFirst = tablets.locked.record.primaryAlias === undefined;
  const silent = isFirst ? among.filter((alias) => !answers.has(alias)) : [];
  const blank = silent.map((alias) => ({ ...unknownFacts, alias, bufferPoolPages: warmth.get(alias) ?? 0 }));
  const candidates = [...answers.values(), ...blank];
  const { lagSecondsMax: _ignored, ...withoutLag } = options;
  const choice = chooseCandidate(
    candidates,
    tablets.locked.tablets,
    tablets.locked.policy,
    isFirst ? withoutLag : options,
  );
  if (choice.kind === "refuse") throw tablets.refuse(choice.why);
  return choice.elect;
}

const unknownFacts = { position: undefined, lagSeconds: undefined, isBackupRunning: false };

/** Answers the new primary's position. */
function promote(
  context: ReparentContext,
  tablets: ShardTablets,
  situation: Situation,
  primary: TabletAlias | undefined,
  elect: TabletAlias,
): Promise<string> {
  if (situation === "first-promotion") return promoteFirst(context, tablets, elect);
  if (situation === "repair") return repair(tablets, elect);
  if (primary === undefined) return promoteAmongStopped(context, tablets, elect);
  return handOver(context, tablets, primary, elect);
}

/** Named after it, unlike the others: when this fails the shard is one without primary still, and all begins anew. */
async function promoteFirst(context: ReparentContext, tablets: ShardTablets, elect: TabletAlias): Promise<string> {
  let position: string;
  try {
    ({ position } = await tablets.client(elect).initPrimary({ semiSync: tablets.isSemiSync }, tablets.operation));
  } catch (error) {
    throw tablets.stopped(`the first promotion of ${elect}`, error);
  }
  const { primaryTermStartTime } = await readTablet(context.server, elect);
  await nameInShard(context, tablets, elect, primaryTermStartTime);
  return position;
}

/** An earlier change may have ended before its last steps. */
async function repair(tablets: ShardTablets, elect: TabletAlias): Promise<string> {
  try {
    await tablets.client(elect).setReadWrite({}, tablets.operation);
    return (await tablets.client(elect).primaryPosition({}, tablets.operation)).position;
  } catch (error) {
    throw tablets.stopped(`the repair of ${elect}`, error);
  }
}

/** Nobody knows who may have written: all are stopped, and stay so when one of them is ahead of the wanted one. */
async function promoteAmongStopped(
  context: ReparentContext,
  tablets: ShardTablets,
  elect: TabletAlias,
): Promise<string> {
  const { answers, failures } = await tablets.askAll(tablets.locked.tablets.keys(), async (client) => {
    const { primaryStatus } = await client.demotePrimary({}, tablets.operation);
    return parsePosition(primaryStatus?.position ?? "");
  });
  if (failures.size > 0) throw tablets.stopped("the stop of all tablets", new Error(listFailures(failures)));
  const choice = mayPromoteAmongStopped(elect, answers, tablets.locked.tablets);
  if (choice.kind === "refuse") throw tablets.stopped("the choice among stopped tablets", new Error(choice.why));
  await nameInShard(context, tablets, elect);
  await mustBeDemotedStill(context, tablets, tablets.locked.tablets.keys());
  return promoteReplica(tablets, elect);
}

async function handOver(
  context: ReparentContext,
  tablets: ShardTablets,
  primary: TabletAlias,
  elect: TabletAlias,
): Promise<string> {
  await mustCatchUp(tablets, primary, elect);
  await tablets.locked.lock.check();
  let finalPosition: string;
  try {
    const { primaryStatus } = await tablets.client(primary).demotePrimary({}, tablets.operation);
    finalPosition = primaryStatus?.position ?? "";
  } catch (error) {
    throw await putBack(context, tablets, primary, `${primary} could not be demoted`, error);
  }
  try {
    await tablets.client(elect).waitForPosition({ position: finalPosition }, tablets.waiting);
  } catch (error) {
    throw await putBack(context, tablets, primary, `${elect} did not catch up with the demoted ${primary}`, error);
  }
  await nameInShard(context, tablets, elect);
  await mustBeDemotedStill(context, tablets, [primary]);
  return promoteReplica(tablets, elect);
}

/**
 * A tablet forgets its demotion when it is started again. Did that happen before the other one was named, it may have
 * taken writes since; from now on it cannot, and the next run begins with a new demotion.
 */
async function mustBeDemotedStill(context: ReparentContext, tablets: ShardTablets, aliases: Iterable<TabletAlias>) {
  try {
    for (const alias of aliases) {
      const { tabletStartTime } = await readTablet(context.server, alias);
      if (compareTimes(tabletStartTime, tablets.tablet(alias).tabletStartTime) !== 0)
        throw new Error(`${alias} was started again meanwhile`);
    }
  } catch (error) {
    throw tablets.stopped("the look after the demotion", error);
  }
}

/**
 * Names the new primary in the shard's record before it is promoted. A tablet that starts asks this record whether it
 * is primary; were the old one still named there, it would be one again beside the new one. The write is refused by
 * the store when the lock is lost. From here on nothing is undone. One that is primary already has a term of its own.
 */
async function nameInShard(
  context: ReparentContext,
  tablets: ShardTablets,
  elect: TabletAlias,
  ownTerm?: WireTime,
): Promise<void> {
  const { keyspace, shard, record, lock } = tablets.locked;
  const term = timestamp(Math.max(context.clock.nowMs(), timeMs(record.primaryTermStartTime) + termStepMs));
  try {
    await recordPrimary(context.server, keyspace, shard, elect, ownTerm ?? term, lock);
  } catch (error) {
    throw tablets.stopped("the shard's record", error);
  }
}

/** Undoes a demotion, but only under the lock: without it somebody else may be promoting another one. */
async function putBack(
  context: ReparentContext,
  tablets: ShardTablets,
  primary: TabletAlias,
  why: string,
  cause: unknown,
): Promise<Error> {
  try {
    await tablets.locked.lock.check();
    await tablets.client(primary).undoDemotePrimary({ semiSync: tablets.isSemiSync }, tablets.undoing);
    return tablets.refuse(why, cause);
  } catch (error) {
    context.log.error({ tablet: primary, err: error }, "the old primary could not be put back");
    return tablets.stopped(`${why}, and putting back ${primary}`, error);
  }
}

/** The old primary goes on taking writes meanwhile: one who catches up now will do so again in a moment. */
async function mustCatchUp(tablets: ShardTablets, primary: TabletAlias, elect: TabletAlias): Promise<void> {
  try {
    const { position } = await tablets.client(primary).primaryPosition({}, tablets.operation);
    await tablets.client(elect).setReplicationSource(
      {
        parent: aliasMessage(primary),
        forceStartReplication: true,
        waitPosition: position,
        semiSync: tablets.isAcker(primary, elect),
      },
      tablets.waiting,
    );
  } catch (error) {
    throw tablets.refuse(`${elect} does not keep up with ${primary}`, error);
  }
}

/** A promotion whose answer is lost may have happened: nothing is undone, the next run finds out. */
async function promoteReplica(tablets: ShardTablets, elect: TabletAlias): Promise<string> {
  try {
    const request = { semiSync: tablets.isSemiSync };
    return (await tablets.client(elect).promoteReplica(request, tablets.operation)).position;
  } catch (error) {
    throw tablets.stopped(`the promotion of ${elect}`, error);
  }
}

function positionOf(text: string): Position | undefined {
  return text === "" ? undefined : parsePosition(text);
}
