/**
 * RPCs of a change of primary (inventory 3.008, 8.004–8.007). The one who drives them is a reparent in vtctld or vtorc,
 * which holds the shard's lock; each call here leaves the tablet whole: it does all that it is for, or undoes it.
 */
import { sleep } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import { identifier, sql, value } from "../../mysql/sql.ts";
import { type TabletAlias as AliasMessage, TabletType } from "../../proto/generated/topodata_pb.js";
import { aliasOf, readTablet, timeNow } from "../../topo/cluster-records.ts";
import type { TabletAlias } from "../../topo/names.ts";
import { mustReadRecord, records } from "../../topo/records.ts";
import { compareTimes, type WireTime } from "../../topo/times.ts";
import { type TabletCalls, waitMsMax } from "./replication-calls.ts";
import { sidecarName } from "../sidecar/tables.ts";
import { mustBePrimary, type Tablet } from "./tablet.ts";

const journalPollMs = 100;
const journal = identifier(sidecarName, "reparent_journal");

export function reparentCalls(tablet: Tablet): TabletCalls {
  const { database } = tablet.effects;
  const change = (name: string, work: () => Promise<void>) => tablet.act(name, work).then(() => ({}));
  return {
    initPrimary: ({ semiSync }) =>
      tablet.act("InitPrimary", async () => ({ position: await promote(tablet, semiSync) })),
    promoteReplica: ({ semiSync }) =>
      tablet.act("PromoteReplica", async () => ({ position: await promote(tablet, semiSync) })),
    replicaWasPromoted: () =>
      change("ReplicaWasPromoted", async () => {
        await tablet.setType(TabletType.PRIMARY, await newTerm(tablet));
      }),
    demotePrimary: () => tablet.act("DemotePrimary", () => demote(tablet)),
    undoDemotePrimary: ({ semiSync }) => change("UndoDemotePrimary", () => undoDemote(tablet, semiSync)),
    setReplicationSource: (request, context) =>
      change("SetReplicationSource", () =>
        follow(tablet, mustName(request.parent), {
          journalNs: request.timeCreatedNs,
          mustStart: request.forceStartReplication,
          semiSync: request.semiSync,
          heartbeatSeconds: request.heartbeatInterval,
          waitPosition: request.waitPosition,
          signal: context.signal,
        }),
      ),
    initReplica: (request, context) =>
      change("InitReplica", () =>
        // Nothing is skipped: after ResetReplication the primary's binlog begins where its GTIDs do.
        follow(tablet, mustName(request.parent), {
          journalNs: request.timeCreatedNs,
          mustStart: true,
          semiSync: request.semiSync,
          heartbeatSeconds: 0,
          waitPosition: "",
          signal: context.signal,
        }),
      ),
    replicaWasRestarted: () =>
      change("ReplicaWasRestarted", async () => {
        if (tablet.isPrimary) await tablet.setType(tablet.options.place.initType);
      }),
    populateReparentJournal: async ({ timeCreatedNs, actionName, primaryAlias, replicationPosition }) => {
      const alias = mustName(primaryAlias);
      await database.withDba((connection) =>
        connection.query(
          sql`insert into ${journal} (time_created_ns, action_name, primary_alias, replication_position) values (${value(timeCreatedNs)}, ${value(actionName)}, ${value(alias)}, ${value(replicationPosition)})`,
        ),
      );
      return {};
    },
    readReparentJournalInfo: async () => ({
      length: Number(
        (await database.withDba((connection) => connection.query(sql`select count(*) from ${journal}`))).scalar,
      ),
    }),
  };
}

/**
 * Makes this server one that writes. A promotion that was cut short may be run again.
 *
 * The sidecar is mended before semi-sync is on: until replicas follow nobody could acknowledge it, and applications do not
 * write before the type is PRIMARY.
 */
async function promote(tablet: Tablet, semiSync: boolean): Promise<string> {
  const { database, repairSidecar } = tablet.effects;
  if ((await database.replicationStatus()) !== undefined) {
    await database.stopReplication();
    await database.resetReplicationParameters();
  }
  await database.setSemiSync({ primary: false, replica: false });
  await database.setReadOnly(false);
  await repairSidecar();
  await database.setSemiSync({ primary: semiSync, replica: false });
  const position = await database.primaryPosition();
  tablet.setHeld(false);
  await tablet.setType(TabletType.PRIMARY, await newTerm(tablet));
  return position;
}

/** A term begins now, but never before the one that the shard's record, when it names this tablet, gave it beforehand. */
async function newTerm({ effects: { topo }, options: { place } }: Tablet): Promise<WireTime> {
  const now = timeNow(topo);
  const { message: shard } = await mustReadRecord(topo.global, records.shard(place.keyspace, place.shard));
  const given = aliasOf(shard.primaryAlias) === place.alias ? shard.primaryTermStartTime : undefined;
  return given !== undefined && compareTimes(given, now) > 0 ? given : now;
}

/**
 * Stops serving, lets what runs end, and fences the server: after this no write can happen, and the position is final.
 * Where nobody knows who is primary all tablets are asked: one that is none makes sure that it takes no writes.
 */
async function demote(tablet: Tablet) {
  const { database } = tablet.effects;
  if (!tablet.isPrimary) {
    await database.setReadOnly(true);
    return { primaryStatus: await database.primaryStatus() };
  }
  await tablet.setDemoted(true);
  try {
    await database.setReadOnly(true);
    await database.setSemiSync({ primary: false, replica: false });
    return { primaryStatus: await database.primaryStatus() };
  } catch (error) {
    await undoDemote(tablet, false);
    throw error;
  }
}

async function undoDemote(tablet: Tablet, semiSync: boolean): Promise<void> {
  mustBePrimary(tablet);
  const { database } = tablet.effects;
  await database.setSemiSync({ primary: semiSync, replica: false });
  await database.setReadOnly(false);
  await tablet.setDemoted(false);
}

interface FollowOptions {
  readonly journalNs: bigint;
  readonly mustStart: boolean;
  readonly semiSync: boolean;
  readonly heartbeatSeconds: number;
  readonly waitPosition: string;
  readonly signal: AbortSignal;
}

/** Becomes a replica of `parent`, and waits for the journal entry that shows that it follows the new history. */
async function follow(tablet: Tablet, parent: TabletAlias, options: FollowOptions): Promise<void> {
  const { database, topo } = tablet.effects;
  if (parent === tablet.options.place.alias) throw VtError.of("VT21102", parent);
  const { mysqlHostname: host, mysqlPort: port } = await readTablet(topo, parent);
  await database.setReadOnly(true);
  await database.setSemiSync({ primary: false, replica: options.semiSync });
  const timings = tablet.sourceTimings();
  const heartbeatSeconds = options.heartbeatSeconds || timings.heartbeatSeconds;
  const start = options.mustStart || !tablet.isHeld || tablet.isPrimary;
  await database.setReplicationSource({ host, port, ...timings, heartbeatSeconds, start });
  tablet.setHeld(!start);
  if (tablet.isPrimary) await tablet.setType(tablet.options.place.initType);
  if (options.waitPosition !== "") await database.waitForPosition(options.waitPosition, waitMsMax, options.signal);
  if (options.journalNs !== 0n) await waitForJournal(tablet, options.journalNs, options.signal);
}

async function waitForJournal(tablet: Tablet, timeCreatedNs: bigint, signal: AbortSignal): Promise<void> {
  const { database, clock } = tablet.effects;
  for (;;) {
    signal.throwIfAborted();
    if (await hasJournalEntry(database, timeCreatedNs)) return;
    await sleep(clock, journalPollMs, signal);
  }
}

/** Before the sidecar has arrived through replication there is no journal: 1146 (no table) and 1049 (no database). */
async function hasJournalEntry(database: Tablet["effects"]["database"], timeCreatedNs: bigint): Promise<boolean> {
  const found = await database.withDba((connection) =>
    connection.query(
      sql`select 1 from information_schema.tables where table_schema = ${value(sidecarName)} and table_name = 'reparent_journal'`,
    ),
  );
  if (found.scalar === undefined) return false;
  const rows = await database.withDba((connection) =>
    connection.query(sql`select 1 from ${journal} where time_created_ns = ${value(timeCreatedNs)}`),
  );
  return rows.scalar !== undefined;
}

function mustName(alias: AliasMessage | undefined): TabletAlias {
  const name = aliasOf(alias);
  if (name === undefined) throw VtError.of("VT21103");
  return name;
}
