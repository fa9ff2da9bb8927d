/** Routes that show the cluster: keyspaces, shards, tablets, schemas, topology. */
import type { JsonValue } from "@bufbuild/protobuf";
import {
  CellInfoSchema,
  CellsAliasSchema,
  SrvKeyspaceSchema,
  type Tablet,
  TabletSchema,
} from "../../proto/generated/topodata_pb.js";
import { FullStatusSchema } from "../../proto/generated/replicationdata_pb.js";
import { TableDefinitionSchema } from "../../proto/generated/tabletmanagerdata_pb.js";
import { KeyspaceSchema as VSchemaSchema, SrvVSchemaSchema } from "../../proto/generated/vschema_pb.js";
import {
  type Keyspace,
  KeyspaceSchema,
  type Shard,
  ShardReplicationPositionsResponseSchema,
  ShardSchema,
  TopologyCellSchema,
} from "../../proto/generated/vtctldata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { aliasOf } from "../../topo/cluster-records.ts";
import { VtError } from "../../base/errors.ts";
import { plainJson } from "../message-json.ts";
import { insightOrder, readInsights } from "./insights.ts";
import { type Api, type ApiRoute, type Json, many, tabletOf, word } from "./api.ts";

const m = Vtctld.method;
const get = (path: string, permission: ApiRoute["permission"], answer: ApiRoute["answer"]): ApiRoute => ({
  method: "GET",
  path,
  permission,
  answer,
});

export const readRoutes: readonly ApiRoute[] = [
  get("/clusters", "monitoring", async ({ cluster }) => ({ clusters: [cluster] })),
  get("/vtctlds", "monitoring", async ({ cluster, hostname }) => ({
    vtctlds: [{ cluster, hostname, FQDN: hostname }],
  })),
  get("/gates", "monitoring", async ({ cluster, gateways }) => ({
    gates: gateways.map(({ address }) => ({ cluster, hostname: address.replace(/:\d+$/, ""), FQDN: address })),
  })),
  get("/insights/:cluster_id", "debugging", async ({ gateways }, request) => {
    const order = insightOrder(request.req.query("order") ?? "total_ms");
    return readInsights(gateways, order, request.req.query("filter") ?? "");
  }),
  get("/cells", "monitoring", async ({ call, cluster }) => {
    const { names } = await call(m.getCellInfoNames, {});
    const found = await Promise.all(names.map((cell) => call(m.getCellInfo, { cell })));
    const cell_infos = found.flatMap(({ cellInfo }, i) =>
      cellInfo === undefined ? [] : [{ cluster, name: names[i] ?? "", cell_info: plainJson(CellInfoSchema, cellInfo) }],
    );
    return { cell_infos };
  }),
  get("/cells_aliases", "monitoring", async ({ call, cluster }) => {
    const { aliases } = await call(m.getCellsAliases, {});
    const shown = mapValues(aliases, (alias) => plainJson(CellsAliasSchema, alias));
    return { aliases: [{ cluster, aliases: shown }] };
  }),
  get("/keyspaces", "monitoring", async (api) => {
    const { keyspaces } = await api.call(m.getKeyspaces, {});
    return { keyspaces: await Promise.all(keyspaces.map((keyspace) => keyspaceRow(api, keyspace))) };
  }),
  get("/keyspace/:cluster_id/:name", "monitoring", async (api, request) => readKeyspaceRow(api, word(request, "name"))),
  get("/tablets", "monitoring", async (api) => {
    const { tablets } = await api.call(m.getTablets, {});
    return { tablets: tablets.map((tablet) => tabletRow(api, tablet)) };
  }),
  get("/tablet/:tablet", "monitoring", async (api, request) => {
    const { tablets } = await api.call(m.getTablets, { tabletAliases: [tabletOf(request)] });
    const [tablet] = tablets;
    if (tablet === undefined) throw VtError.of("VT23001", `tablet ${word(request, "tablet")}`);
    return tabletRow(api, tablet);
  }),
  get("/tablet/:tablet/full_status", "debugging", async ({ call }, request) => {
    const { status } = await call(m.getFullStatus, { tabletAlias: tabletOf(request) });
    return { status: status === undefined ? null : plainJson(FullStatusSchema, status) };
  }),
  get("/vschemas", "debugging", async (api) => {
    const { keyspaces } = await api.call(m.getKeyspaces, {});
    return { v_schemas: await Promise.all(keyspaces.map(({ name }) => vschemaRow(api, name))) };
  }),
  get("/vschema/:cluster_id/:keyspace", "debugging", (api, request) => vschemaRow(api, word(request, "keyspace"))),
  get("/srvkeyspaces", "debugging", async (api) => {
    const { keyspaces } = await api.call(m.getKeyspaces, {});
    const rows = await Promise.all(keyspaces.map(({ name }) => srvKeyspaceRow(api, name)));
    return { srv_keyspaces: Object.fromEntries(rows.map((row, i) => [keyspaces[i]?.name ?? "", row])) };
  }),
  get("/srvkeyspace/:cluster_id/:name", "debugging", (api, request) => srvKeyspaceRow(api, word(request, "name"))),
  get("/srvvschemas", "debugging", async ({ call, cluster }) => {
    const { srvVSchemas } = await call(m.getSrvVSchemas, {});
    const rows = Object.entries(srvVSchemas).map(([cell, one]) => ({
      cluster,
      cell,
      srv_v_schema: plainJson(SrvVSchemaSchema, one),
    }));
    return { srv_v_schemas: rows };
  }),
  get("/srvvschema/:cluster_id/:cell", "debugging", async ({ call, cluster }, request) => {
    const cell = word(request, "cell");
    const { srvVSchema } = await call(m.getSrvVSchema, { cell });
    return { cluster, cell, srv_v_schema: srvVSchema === undefined ? null : plainJson(SrvVSchemaSchema, srvVSchema) };
  }),
  get("/schemas", "debugging", async (api) => {
    const { keyspaces } = await api.call(m.getKeyspaces, {});
    const rows = await Promise.all(keyspaces.map(({ name }) => schemaRow(api, name)));
    return { schemas: rows.flat() };
  }),
  get("/schema/:cluster_id/:keyspace/:table", "debugging", async (api, request) => {
    const [row] = await schemaRow(api, word(request, "keyspace"), word(request, "table"));
    if (row === undefined) throw VtError.of("VT23001", `table ${word(request, "table")}`);
    return row;
  }),
  get("/shard_replication_positions", "monitoring", async (api, request) => {
    const wanted = many(request, "keyspace_shard");
    const shards = (await allShards(api)).filter(({ keyspace, name }) => isWanted(wanted, `${keyspace}/${name}`));
    const rows = await Promise.all(
      shards.map(async ({ keyspace, name: shard }) => {
        const answer = await api.call(m.shardReplicationPositions, { keyspace, shard });
        const position_info = plainJson(ShardReplicationPositionsResponseSchema, answer);
        return { cluster: api.cluster, keyspace, shard, position_info };
      }),
    );
    return { replication_positions: rows };
  }),
  get("/cluster/:cluster_id/topology", "debugging", async ({ call }, request) => {
    const { cell } = await call(m.getTopologyPath, { path: request.req.query("path") ?? "/" });
    return { cell: cell === undefined ? null : plainJson(TopologyCellSchema, cell) };
  }),
];

const isWanted = (wanted: readonly string[], name: string) => wanted.length === 0 || wanted.includes(name);

function mapValues<T>(from: Readonly<Record<string, T>>, show: (value: T) => JsonValue): { [name: string]: JsonValue } {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, show(value)]));
}

/** A keyspace with its shards by name. */
export async function keyspaceRow({ call, cluster }: Api, keyspace: Keyspace) {
  const { shards } = await call(m.findAllShardsInKeyspace, { keyspace: keyspace.name });
  return {
    cluster,
    keyspace: plainJson(KeyspaceSchema, keyspace),
    shards: mapValues(shards, (shard) => plainJson(ShardSchema, shard)),
  };
}

export async function readKeyspaceRow(api: Api, name: string): Promise<Json> {
  const { keyspace } = await api.call(m.getKeyspace, { keyspace: name });
  if (keyspace === undefined) throw VtError.of("VT23001", `keyspace ${name}`);
  return keyspaceRow(api, keyspace);
}

/** VTAdmin's states of a tablet. */
const states = { unknown: 0, serving: 1, notServing: 2 } as const;

export function tabletRow({ cluster, health }: Api, tablet: Tablet) {
  const alias = aliasOf(tablet.alias);
  const heard = alias === undefined ? undefined : health(alias);
  const state = heard === undefined ? states.unknown : heard.isServing ? states.serving : states.notServing;
  const about = heard === undefined ? {} : { health: healthRow(heard) };
  return { cluster, tablet: plainJson(TabletSchema, tablet), state, FQDN: tablet.hostname, ...about };
}

const healthRow = ({ error, lagSeconds, qps }: NonNullable<ReturnType<Api["health"]>>) => ({
  error,
  replication_lag_seconds: lagSeconds,
  qps,
});

async function vschemaRow({ call, cluster }: Api, name: string) {
  const { vSchema } = await call(m.getVSchema, { keyspace: name });
  return { cluster, name, v_schema: vSchema === undefined ? null : plainJson(VSchemaSchema, vSchema) };
}

async function srvKeyspaceRow({ call, cluster }: Api, keyspace: string) {
  const { srvKeyspaces } = await call(m.getSrvKeyspaces, { keyspace });
  return { cluster, srv_keyspaces: mapValues(srvKeyspaces, (one) => plainJson(SrvKeyspaceSchema, one)) };
}

/** The tables of a keyspace, as the primary of its first shard that has one knows them. */
async function schemaRow({ call, cluster }: Api, keyspace: string, table?: string) {
  const { shards } = await call(m.findAllShardsInKeyspace, { keyspace });
  const names = Object.keys(shards).sort();
  const primary = names.map((name) => shards[name]?.shard?.primaryAlias).find((alias) => alias !== undefined);
  if (primary === undefined) return [];
  const tables = table === undefined ? [] : [table];
  const { schema } = await call(m.getSchema, { tabletAlias: primary, tables, includeViews: true });
  const definitions = schema?.tableDefinitions ?? [];
  if (table !== undefined && definitions.length === 0) return [];
  return [{ cluster, keyspace, table_definitions: definitions.map((one) => plainJson(TableDefinitionSchema, one)) }];
}

async function allShards({ call }: Api): Promise<readonly Shard[]> {
  const { keyspaces } = await call(m.getKeyspaces, {});
  const found = await Promise.all(keyspaces.map(({ name }) => call(m.findAllShardsInKeyspace, { keyspace: name })));
  return found.flatMap(({ shards }) => Object.values(shards));
}
