/** Routes that change the cluster, or make it work. */
import type { Context } from "hono";
import {
  CreateKeyspaceRequestSchema,
  CreateShardRequestSchema,
  CreateShardResponseSchema,
  DeleteShardsRequestSchema,
  EmergencyReparentShardRequestSchema,
  EmergencyReparentShardResponseSchema,
  PlannedReparentShardRequestSchema,
  PlannedReparentShardResponseSchema,
  RebuildKeyspaceGraphRequestSchema,
  ReloadSchemaShardRequestSchema,
  ReloadSchemaShardResponseSchema,
  RemoveKeyspaceCellRequestSchema,
  TabletExternallyReparentedResponseSchema,
  ValidateKeyspaceRequestSchema,
  ValidateKeyspaceResponseSchema,
  ValidateRequestSchema,
  ValidateResponseSchema,
  ValidateSchemaKeyspaceResponseSchema,
  ValidateShardRequestSchema,
  ValidateShardResponseSchema,
  ValidateVersionKeyspaceResponseSchema,
  ValidateVersionShardResponseSchema,
} from "../../proto/generated/vtctldata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { plainJson } from "../message-json.ts";
import { type Api, type ApiRoute, bodyOf, tabletOf, word } from "./api.ts";
import { readKeyspaceRow } from "./reads.ts";

const m = Vtctld.method;
const action = (method: ApiRoute["method"], path: string, answer: ApiRoute["answer"]): ApiRoute => ({
  method,
  path,
  permission: "admin",
  answer,
});
const check = (path: string, answer: ApiRoute["answer"]): ApiRoute => ({
  method: "PUT",
  path,
  permission: "debugging", // Looks, and changes nothing.
  answer,
});

/** An action on the tablet of the path; the answer names it and its cluster. */
const onTablet = (
  method: ApiRoute["method"],
  path: string,
  run: (api: Api, tabletAlias: ReturnType<typeof tabletOf>) => Promise<unknown>,
) =>
  action(method, `/tablet/:tablet${path}`, async (api, request) => {
    await run(api, tabletOf(request));
    return { status: "ok", cluster: api.cluster };
  });

const shardOf = (request: Context) => ({ keyspace: word(request, "keyspace"), shard: word(request, "shard") });
const keyspacePath = "/keyspace/:cluster_id/:name";
const shardPath = "/shard/:cluster_id/:keyspace/:shard";

export const actionRoutes: readonly ApiRoute[] = [
  check("/cluster/:cluster_id/validate", async ({ call }, request) => {
    const answer = await call(m.validate, await bodyOf(request, ValidateRequestSchema));
    return plainJson(ValidateResponseSchema, answer);
  }),
  action("POST", "/keyspace/:cluster_id", async (api, request) => {
    const body = await bodyOf(request, CreateKeyspaceRequestSchema);
    await api.call(m.createKeyspace, body);
    return { keyspace: (await readKeyspaceRow(api, body.name)) as never };
  }),
  action("DELETE", keyspacePath, async ({ call }, request) => {
    const recursive = request.req.query("recursive") === "true";
    await call(m.deleteKeyspace, { keyspace: word(request, "name"), recursive });
    return {};
  }),
  action("PUT", `${keyspacePath}/rebuild_keyspace_graph`, async ({ call }, request) => {
    const { cells, allowPartial } = await bodyOf(request, RebuildKeyspaceGraphRequestSchema);
    await call(m.rebuildKeyspaceGraph, { keyspace: word(request, "name"), cells, allowPartial });
    return { status: "ok" };
  }),
  action("PUT", `${keyspacePath}/remove_keyspace_cell`, async ({ call }, request) => {
    const { cell, force, recursive } = await bodyOf(request, RemoveKeyspaceCellRequestSchema);
    await call(m.removeKeyspaceCell, { keyspace: word(request, "name"), cell, force, recursive });
    return { status: "ok" };
  }),
  check(`${keyspacePath}/validate`, async ({ call }, request) => {
    const { pingTablets } = await bodyOf(request, ValidateKeyspaceRequestSchema);
    const answer = await call(m.validateKeyspace, { keyspace: word(request, "name"), pingTablets });
    return plainJson(ValidateKeyspaceResponseSchema, answer);
  }),
  check(`${keyspacePath}/validate/schema`, async ({ call }, request) => {
    const answer = await call(m.validateSchemaKeyspace, { keyspace: word(request, "name"), skipNoPrimary: true });
    return plainJson(ValidateSchemaKeyspaceResponseSchema, answer);
  }),
  check(`${keyspacePath}/validate/version`, async ({ call }, request) => {
    const answer = await call(m.validateVersionKeyspace, { keyspace: word(request, "name") });
    return plainJson(ValidateVersionKeyspaceResponseSchema, answer);
  }),
  action("PUT", "/schemas/reload", async ({ call, cluster }) => {
    const { keyspaces } = await call(m.getKeyspaces, {});
    for (const { name } of keyspaces) await call(m.reloadSchemaKeyspace, { keyspace: name, includePrimary: true });
    return { keyspace_results: keyspaces.map(({ name }) => ({ cluster, keyspace: name })) };
  }),
  action("POST", "/shards/:cluster_id", async ({ call }, request) => {
    const answer = await call(m.createShard, await bodyOf(request, CreateShardRequestSchema));
    return plainJson(CreateShardResponseSchema, answer);
  }),
  action("DELETE", "/shards/:cluster_id", async ({ call }, request) => {
    const wanted = request.req.queries("keyspace_shard") ?? [];
    const shards = wanted.map((name) => ({
      keyspace: name.slice(0, name.indexOf("/")),
      name: name.slice(name.indexOf("/") + 1),
    }));
    const body = await bodyOf(request, DeleteShardsRequestSchema);
    const { recursive, evenIfServing } = body;
    await call(m.deleteShards, { shards: shards.length > 0 ? shards : body.shards, recursive, evenIfServing });
    return {};
  }),
  action("POST", `${shardPath}/planned_failover`, async (api, request) => {
    const body = await bodyOf(request, PlannedReparentShardRequestSchema);
    const answer = await api.call(m.plannedReparentShard, { ...body, ...shardOf(request) });
    return { cluster: api.cluster, ...plainJson(PlannedReparentShardResponseSchema, answer) };
  }),
  action("POST", `${shardPath}/emergency_failover`, async (api, request) => {
    const body = await bodyOf(request, EmergencyReparentShardRequestSchema);
    const answer = await api.call(m.emergencyReparentShard, { ...body, ...shardOf(request) });
    return { cluster: api.cluster, ...plainJson(EmergencyReparentShardResponseSchema, answer) };
  }),
  action("PUT", `${shardPath}/reload_schema_shard`, async ({ call }, request) => {
    const { waitPosition, includePrimary, concurrency } = await bodyOf(request, ReloadSchemaShardRequestSchema);
    const answer = await call(m.reloadSchemaShard, { ...shardOf(request), waitPosition, includePrimary, concurrency });
    return plainJson(ReloadSchemaShardResponseSchema, answer);
  }),
  check(`${shardPath}/validate`, async ({ call }, request) => {
    const { pingTablets } = await bodyOf(request, ValidateShardRequestSchema);
    return plainJson(ValidateShardResponseSchema, await call(m.validateShard, { ...shardOf(request), pingTablets }));
  }),
  check(`${shardPath}/validate_version`, async ({ call }, request) =>
    plainJson(ValidateVersionShardResponseSchema, await call(m.validateVersionShard, shardOf(request))),
  ),
  action("DELETE", "/tablet/:tablet", async ({ call, cluster }, request) => {
    const allowPrimary = request.req.query("allow_primary") === "true";
    await call(m.deleteTablets, { tabletAliases: [tabletOf(request)], allowPrimary });
    return { status: "ok", cluster };
  }),
  onTablet("GET", "/ping", ({ call }, tabletAlias) => call(m.pingTablet, { tabletAlias })),
  onTablet("GET", "/healthcheck", ({ call }, tabletAlias) => call(m.runHealthCheck, { tabletAlias })),
  onTablet("PUT", "/refresh", ({ call }, tabletAlias) => call(m.refreshState, { tabletAlias })),
  onTablet("PUT", "/reload_schema", ({ call }, tabletAlias) => call(m.reloadSchema, { tabletAlias })),
  onTablet("PUT", "/set_read_only", ({ call }, tabletAlias) => call(m.setWritable, { tabletAlias, writable: false })),
  onTablet("PUT", "/set_read_write", ({ call }, tabletAlias) => call(m.setWritable, { tabletAlias, writable: true })),
  onTablet("PUT", "/start_replication", ({ call }, tabletAlias) => call(m.startReplication, { tabletAlias })),
  onTablet("PUT", "/stop_replication", ({ call }, tabletAlias) => call(m.stopReplication, { tabletAlias })),
  onTablet("PUT", "/refresh_replication_source", ({ call }, tablet) => call(m.reparentTablet, { tablet })),
  action("POST", "/tablet/:tablet/externally_promoted", async ({ call, cluster }, request) => {
    const answer = await call(m.tabletExternallyReparented, { tablet: tabletOf(request) });
    return { cluster, ...plainJson(TabletExternallyReparentedResponseSchema, answer) };
  }),
];
