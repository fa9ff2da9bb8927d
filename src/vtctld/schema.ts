/** Table schemas: reading them, and making tablets read theirs again. `apply-schema.ts` changes them. */
import { create } from "@bufbuild/protobuf";
import type { Event } from "../proto/generated/logutil_pb.js";
import { type SchemaDefinition, SchemaDefinitionSchema } from "../proto/generated/tabletmanagerdata_pb.js";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { keyspaceName, shardName } from "../topo/names.ts";
import { mustReadRecord, records } from "../topo/records.ts";
import { applySchema } from "./apply-schema.ts";
import { copySchemaShard } from "./copy-schema.ts";
import { reloadShard } from "./schema-reload.ts";
import { requestedTablet } from "./tablet-access.ts";
import { type RequestOf, type Vtctld, type VtctldFunctions } from "./vtctld.ts";

const asks = TabletManager.method;

export const schemaFunctions: VtctldFunctions<
  "applySchema" | "copySchemaShard" | "getSchema" | "reloadSchema" | "reloadSchemaKeyspace" | "reloadSchemaShard"
> = {
  applySchema: { permission: "write", run: applySchema },
  copySchemaShard: { permission: "write", run: copySchemaShard },
  getSchema: { permission: "read", run: readSchema },
  reloadSchema: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      await vtctld.callTablet(tablet, asks.reloadSchema, {});
      return {};
    },
  },
  reloadSchemaKeyspace: {
    permission: "write",
    run: async (vtctld, request) => {
      const keyspace = keyspaceName(request.keyspace);
      await mustReadRecord(vtctld.topo.global, records.keyspace(keyspace));
      const events: Event[] = [];
      for (const shard of await vtctld.topo.shards(keyspace))
        events.push(...(await reloadShard(vtctld, keyspace, shard, request)));
      return { events };
    },
  },
  reloadSchemaShard: {
    permission: "write",
    run: async (vtctld, request) => ({
      events: [...(await reloadShard(vtctld, keyspaceName(request.keyspace), shardName(request.shard), request))],
    }),
  },
};

async function readSchema(vtctld: Vtctld, request: RequestOf<"getSchema">) {
  const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
  const { schemaDefinition } = await vtctld.callTablet(tablet, asks.getSchema, {
    tables: request.tables,
    excludeTables: request.excludeTables,
    includeViews: request.includeViews,
    tableSchemaOnly: request.tableSchemaOnly,
  });
  return { schema: trimmed(schemaDefinition ?? create(SchemaDefinitionSchema), request) };
}

/** Only the names, or only the names and sizes, where that was asked for. */
function trimmed(schema: SchemaDefinition, request: RequestOf<"getSchema">): SchemaDefinition {
  const { tableNamesOnly, tableSizesOnly } = request;
  if (!tableNamesOnly && !tableSizesOnly) return schema;
  const tableDefinitions = schema.tableDefinitions.map(({ name, type, dataLength, rowCount }) =>
    tableNamesOnly ? { name } : { name, type, dataLength, rowCount },
  );
  return create(SchemaDefinitionSchema, { tableDefinitions });
}
