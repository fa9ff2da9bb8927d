/**
 * The cluster as VTAdmin's HTTP routes tell it (inventory 12.010): JSON `{result, ok}` or `{error, ok: false}`.
 * Only the fields that the pages show are declared.
 */

export interface Alias {
  readonly cell: string;
  readonly uid: number;
}

export interface TabletRow {
  readonly cluster: Cluster;
  readonly tablet: {
    readonly alias: Alias;
    readonly hostname: string;
    readonly keyspace: string;
    readonly shard: string;
    readonly type: number;
    readonly port_map: Readonly<Record<string, number>>;
    readonly mysql_port?: number;
  };
  /** 0 unknown, 1 serving, 2 not serving. */
  readonly state: number;
  readonly FQDN: string;
  /** Ours, beyond VTAdmin's. */
  readonly health?: { readonly error: string; readonly replication_lag_seconds: number; readonly qps: number };
}

export interface Cluster {
  readonly id: string;
  readonly name: string;
}

export interface ShardRow {
  readonly name: string;
  readonly shard: { readonly primary_alias?: Alias; readonly is_primary_serving?: boolean };
}

export interface KeyspaceRow {
  readonly cluster: Cluster;
  readonly keyspace: { readonly name: string; readonly keyspace?: { readonly durability_policy?: string } };
  readonly shards: Readonly<Record<string, ShardRow>>;
}

export interface VSchemaRow {
  readonly cluster: Cluster;
  readonly name: string;
  readonly v_schema: unknown;
}

/** Ours, beyond VTAdmin's: one sort of statements, over all gateways. */
export interface StatementRow {
  readonly query: string;
  readonly plan: string;
  readonly keyspace: string;
  readonly tablet_type: string;
  readonly count: number;
  readonly errors: number;
  readonly rows_returned: number;
  readonly rows_affected: number;
  /** Calls on shards that one statement makes. */
  readonly shards_mean: number;
  readonly total_ms: number;
  readonly mean_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  /** In order of time; null: longer than all bounds. */
  readonly histogram: readonly { readonly below_ms: number | null; readonly calls: number }[];
}

export type StatementOrder =
  | "count"
  | "errors"
  | "rows_returned"
  | "rows_affected"
  | "shards"
  | "total_ms"
  | "mean_ms"
  | "p99_ms"
  | "max_ms";

export interface Insights {
  readonly gateways: readonly { readonly address: string; readonly error: string }[];
  readonly statements: readonly StatementRow[];
  readonly statements_count: number;
}

const tabletTypes = [
  "unknown",
  "primary",
  "replica",
  "rdonly",
  "spare",
  "experimental",
  "backup",
  "restore",
  "drained",
];

export const typeName = (type: number): string => tabletTypes[type] ?? `type ${type}`;
export const stateName = (state: number): string => ["unknown", "serving", "not serving"][state] ?? "unknown";
export const aliasText = ({ cell, uid }: Alias): string => `${cell}-${String(uid).padStart(10, "0")}`;

async function get<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(`/api/${path}`, { signal });
  const body = (await response.json()) as { ok: boolean; result: T; error?: { message: string } };
  if (!body.ok) throw new Error(body.error?.message ?? `${path}: ${response.status}`);
  return body.result;
}

export const readKeyspaces = async (signal: AbortSignal): Promise<readonly KeyspaceRow[]> =>
  (await get<{ keyspaces?: KeyspaceRow[] }>("keyspaces", signal)).keyspaces ?? [];

export const readTablets = async (signal: AbortSignal): Promise<readonly TabletRow[]> =>
  (await get<{ tablets?: TabletRow[] }>("tablets", signal)).tablets ?? [];

export const readVSchema = (cluster: string, keyspace: string, signal: AbortSignal): Promise<VSchemaRow> =>
  get<VSchemaRow>(`vschema/${encodeURIComponent(cluster)}/${encodeURIComponent(keyspace)}`, signal);

export const readClusters = async (signal: AbortSignal): Promise<readonly Cluster[]> =>
  (await get<{ clusters?: Cluster[] }>("clusters", signal)).clusters ?? [];

export const readInsights = (
  cluster: string,
  order: StatementOrder,
  filter: string,
  signal: AbortSignal,
): Promise<Insights> =>
  get<Insights>(`insights/${encodeURIComponent(cluster)}?${new URLSearchParams({ order, filter })}`, signal);
