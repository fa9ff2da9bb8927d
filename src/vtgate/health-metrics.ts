/** What the gateway counts of its tablets, with Vitess's names (inventory 4.072). */
import type { Metrics } from "../base/metrics.ts";
import type { HealthCheck } from "../discovery/health-check.ts";
import type { TabletView } from "../discovery/target-book.ts";
import type { TabletAlias } from "../topo/names.ts";

const labels = ["Keyspace", "ShardName", "TabletType"];

/** Made once a process; `watch` counts what a health check hears, and answers how to stop. */
export function healthMetrics(metrics: Metrics): { readonly watch: (health: HealthCheck) => () => void } {
  const connections = metrics.gauges("HealthcheckConnections", "Tablets that are heard.", labels);
  const errors = metrics.counters("HealthcheckErrors", "Times that a tablet was lost or called itself ill.", labels);
  const promoted = metrics.counters("HealthcheckPrimaryPromoted", "Primaries with a new term.", labels.slice(0, 2));
  return {
    watch: (health) => {
      const known = new Map<TabletAlias, TabletView>();
      const terms = new Map<string, number>();
      return health.listen({
        tablet: (view, isKnown) => {
          const before = known.get(view.alias);
          if (isKnown) known.set(view.alias, view);
          else known.delete(view.alias);
          if (before?.health !== undefined) connections.bind(...names(before)).add(-1);
          if (isKnown && view.health !== undefined) connections.bind(...names(view)).add(1);
          if (isKnown && isIll(view) && (before === undefined || !isIll(before))) errors.bind(...names(view)).add(1);
          const { target, primaryTermStartSeconds: term = 0 } = view.health ?? {};
          if (target?.tabletType !== "PRIMARY") return;
          const shard = `${target.keyspace}/${target.shard}`;
          const last = terms.get(shard);
          if (last !== undefined && term > last) promoted.bind(target.keyspace, target.shard).add(1);
          terms.set(shard, Math.max(term, last ?? 0));
        },
      });
    },
  };
}

function isIll({ error, health }: TabletView): boolean {
  return error !== undefined || (health !== undefined && health.healthError !== "");
}

function names({ health, record }: TabletView): readonly [string, string, string] {
  const { keyspace, shard } = record;
  if (health === undefined) return [keyspace, shard, "unknown"];
  return [health.target.keyspace, health.target.shard, health.target.tabletType.toLowerCase()];
}
