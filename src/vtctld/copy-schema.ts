/** CopySchemaShard: makes the tables and views of one tablet on another shard's primary. */
import { VtError } from "../base/errors.ts";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { keyspaceName, shardName } from "../topo/names.ts";
import { compareSchemas } from "./compare-schemas.ts";
import { reloadShard } from "./schema-reload.ts";
import { databaseName, primaryOfShard, requestedTablet } from "./tablet-access.ts";
import type { RequestOf, Vtctld } from "./vtctld.ts";

const asks = TabletManager.method;
const text = new TextEncoder();

export async function copySchemaShard(vtctld: Vtctld, request: RequestOf<"copySchemaShard">) {
  const [keyspace, shard] = [keyspaceName(request.destinationKeyspace), shardName(request.destinationShard)];
  const source = await requestedTablet(vtctld, request.sourceTabletAlias);
  const destination = await primaryOfShard(vtctld, keyspace, shard);
  const { tables, excludeTables, includeViews } = request;
  const ask = { tables, excludeTables, includeViews };
  const read = async (tablet: typeof source.tablet) =>
    (await vtctld.callTablet(tablet, asks.getSchema, ask)).schemaDefinition?.tableDefinitions ?? [];
  const wanted = await read(source.tablet);
  const present = new Set((await read(destination.tablet)).map(({ name }) => name));
  // Views last: they need their tables. Their text names the source's database, so it is taken out.
  const order = [...wanted].sort((a, b) => Number(a.type === "VIEW") - Number(b.type === "VIEW"));
  for (const { name, schema } of order) {
    if (present.has(name)) continue;
    const query = text.encode(schema.replaceAll("{{.DatabaseName}}", `\`${databaseName(destination.tablet)}\``));
    const fetch = { query, dbName: databaseName(destination.tablet), maxRows: 0n, reloadSchema: true };
    await vtctld.callTablet(destination.tablet, asks.executeFetchAsDba, { ...fetch, disableForeignKeyChecks: true });
  }
  const differences = request.skipVerify ? [] : compareSchemas(wanted, await read(destination.tablet));
  if (differences.length > 0)
    throw VtError.of("VT23008", `shard ${keyspace}/${shard}`, differences.join("; "), "make them equal by hand");
  const { position: waitPosition } = await vtctld.callTablet(destination.tablet, asks.primaryPosition, {});
  await reloadShard(vtctld, keyspace, shard, { waitPosition, includePrimary: false, concurrency: 10 });
  return {};
}
