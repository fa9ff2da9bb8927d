/**
 * Whether a tablet may answer queries, and why not (inventory 7.024). Pure: the tablet's shell feeds facts in and acts
 * on the answer. A primary serves without looking at replication; replicas stop when their data is too old.
 */
import type { TabletTypeName } from "../../rpc/query-service.ts";

export interface ServingFacts {
  readonly tabletType: TabletTypeName;
  /** Undefined while the database server has not answered yet. */
  readonly databaseError: string | undefined;
  readonly isDatabaseUp: boolean;
  /** Set while shutting down: finish what runs, take nothing new. */
  readonly isLameduck: boolean;
  /** SrvKeyspace's tablet control turned this shard off for this type (migrations do). */
  readonly isQueryServiceDisabled: boolean;
  /** Set between DemotePrimary and what follows it: still a primary by record, but it must not write. */
  readonly isDemoted: boolean;
  readonly replication: ReplicationFacts;
  /** Lag beyond which a replica does not serve at all; `unhealthy-threshold`. */
  readonly unhealthySecondsMax: number;
}

export interface ReplicationFacts {
  readonly error: string;
  /** Undefined when nobody knows. */
  readonly lagSeconds: number | undefined;
}

/**
 * What a look at the server says, `elapsedSeconds` after the one before it. A server whose replication does not run
 * cannot tell its lag; since it was last known it has grown by the time that passed.
 */
export function replicationFacts(
  status:
    | { readonly lagSeconds: number | undefined; readonly lastIoError: string; readonly lastSqlError: string }
    | undefined,
  before: ReplicationFacts,
  elapsedSeconds: number,
): ReplicationFacts {
  if (status === undefined) return { error: "not replicating", lagSeconds: undefined };
  const grown = before.lagSeconds === undefined ? undefined : before.lagSeconds + elapsedSeconds;
  return { error: status.lastIoError || status.lastSqlError, lagSeconds: status.lagSeconds ?? grown };
}

export interface Serving {
  readonly isServing: boolean;
  /** Empty when all is well; shown in the health stream and on the status page. */
  readonly reason: string;
}

const servingTypes: ReadonlySet<TabletTypeName> = new Set(["PRIMARY", "REPLICA", "RDONLY"]);

export function decideServing(facts: ServingFacts): Serving {
  const no = (reason: string): Serving => ({ isServing: false, reason });
  if (!facts.isDatabaseUp) return no(facts.databaseError ?? "the database server has not answered yet");
  if (!servingTypes.has(facts.tabletType)) return no(`tablet type ${facts.tabletType} does not serve`);
  if (facts.isLameduck) return no("shutting down");
  if (facts.isDemoted) return no("demoted: a reparent is under way");
  if (facts.isQueryServiceDisabled) return no("query service is disabled for this shard and type");
  if (facts.tabletType === "PRIMARY") return { isServing: true, reason: "" };
  return decideReplica(facts.replication, facts.unhealthySecondsMax);
}

function decideReplica(replication: ReplicationFacts, unhealthySecondsMax: number): Serving {
  const { error, lagSeconds } = replication;
  if (lagSeconds === undefined) return { isServing: false, reason: error || "replication lag is not known yet" };
  if (lagSeconds > unhealthySecondsMax)
    return {
      isServing: false,
      reason: `replication lag of ${Math.floor(lagSeconds)} s is over ${unhealthySecondsMax} s`,
    };
  // Broken a moment ago: the data is still young enough to serve, and the health stream tells the error.
  return { isServing: true, reason: error };
}
