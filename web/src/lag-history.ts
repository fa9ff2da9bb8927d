/** How far each replica was behind, over the last minutes: a new sample with every look at the tablets. Pure. */
import { aliasText, type TabletRow } from "./api.ts";

export interface LagHistory {
  /** Seconds since 1970 of each sample, oldest first. */
  readonly times: readonly number[];
  readonly replicas: readonly ReplicaLag[];
}

export interface ReplicaLag {
  readonly alias: string;
  readonly keyspace: string;
  readonly shard: string;
  /** Seconds behind, one for each of `times`; null where nothing was heard. */
  readonly lags: readonly (number | null)[];
}

export const noHistory: LagHistory = { times: [], replicas: [] };
const samplesMax = 300;
const primaryType = 1;

/** The history with one sample more; the oldest falls out. Tablets that were never replicas in it are left out. */
export function withSample(history: LagHistory, atSeconds: number, rows: readonly TabletRow[]): LagHistory {
  const times = [...history.times, atSeconds].slice(-samplesMax);
  const known = new Map(history.replicas.map((one) => [one.alias, one.lags]));
  const replicas = rows.map((row) => {
    const { alias, keyspace, shard } = row.tablet;
    const name = aliasText(alias);
    const before = known.get(name) ?? history.times.map(() => null);
    return { alias: name, keyspace, shard, lags: [...before, lagOf(row)].slice(-samplesMax) };
  });
  return { times, replicas: replicas.filter(({ lags }) => lags.some((lag) => lag !== null)) };
}

function lagOf({ tablet, health }: TabletRow): number | null {
  return tablet.type === primaryType || health === undefined ? null : health.replication_lag_seconds;
}
