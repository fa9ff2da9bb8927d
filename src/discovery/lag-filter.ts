/**
 * Which replicas are fit to serve, by their replication lag: those with low lag, and at least `countMin` of the least
 * lagging, but none beyond the high lag. With 30 s, 2 h and 2: lags of 5, 10, 15 and 120 s leave the first three; of
 * 30, 35 and 40 minutes the first two; of 2, 3 and 4 hours the first.
 */

export interface LagLimits {
  /** discovery-low-replication-lag */
  readonly lowSecondsMax: number;
  /** discovery-high-replication-lag-minimum-serving */
  readonly highSecondsMax: number;
  /** min-number-serving-vttablets */
  readonly countMin: number;
}

export const defaultLagLimits: LagLimits = { lowSecondsMax: 30, highSecondsMax: 7200, countMin: 2 };

/** The fit ones, least lagging first; the order of equals is kept. */
export function filterByLag<T extends { readonly lagSeconds: number }>(tablets: readonly T[], limits: LagLimits): T[] {
  return tablets
    .filter((tablet) => tablet.lagSeconds <= limits.highSecondsMax)
    .sort((a, b) => a.lagSeconds - b.lagSeconds)
    .filter((tablet, i) => tablet.lagSeconds <= limits.lowSecondsMax || i < limits.countMin);
}
