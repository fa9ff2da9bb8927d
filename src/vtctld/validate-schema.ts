/** Validation of schemas and accounts: every tablet against its primary, every primary against the first shard's. */
import { create } from "@bufbuild/protobuf";
import { VtError } from "../base/errors.ts";
import { type Permissions, PermissionsSchema, type TableDefinition } from "../proto/generated/tabletmanagerdata_pb.js";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import { type KeyspaceName, keyspaceName, type ShardName, shardName } from "../topo/names.ts";
import { mustReadRecord, readRecord, records } from "../topo/records.ts";
import { compareSchemas } from "./compare-schemas.ts";
import { primaryOfShard } from "./tablet-access.ts";
import { byShard, compareWithPrimary } from "./validate.ts";
import type { RequestOf, Vtctld, VtctldFunctions } from "./vtctld.ts";

const asks = TabletManager.method;

export const validateSchemaFunctions: VtctldFunctions<
  "validatePermissionsKeyspace" | "validateSchemaKeyspace" | "validateVSchema"
> = {
  validateSchemaKeyspace: { permission: "read", run: validateSchema },
  validateVSchema: {
    permission: "read",
    run: async (vtctld, request) => {
      const keyspace = keyspaceName(request.keyspace);
      const { excludeTables, includeViews } = request;
      const shards = await chosenShards(vtctld, keyspace, request.shards);
      const found = await byShard(vtctld, keyspace, async (shard) =>
        shards.includes(shard) ? missingInVSchema(vtctld, keyspace, shard, { excludeTables, includeViews }) : [],
      );
      return found;
    },
  },
  validatePermissionsKeyspace: {
    permission: "read",
    run: async (vtctld, request) => {
      const keyspace = keyspaceName(request.keyspace);
      const shards = await chosenShards(vtctld, keyspace, request.shards);
      const read = async (tablet: Tablet) =>
        (await vtctld.callTablet(tablet, asks.getPermissions, {})).permissions ?? create(PermissionsSchema);
      const lines: string[] = [];
      for (const shard of shards)
        lines.push(...(await compareWithPrimary(vtctld, keyspace, shard, read, compareAccounts)));
      if (lines.length > 0)
        throw VtError.of("VT23008", `accounts of ${keyspace}`, lines.join("; "), "make them equal by hand");
      return {};
    },
  },
};

interface TableFilter {
  readonly excludeTables: string[];
  readonly includeViews: boolean;
}

async function chosenShards(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  names: readonly string[],
): Promise<readonly ShardName[]> {
  await mustReadRecord(vtctld.topo.global, records.keyspace(keyspace));
  return names.length === 0 ? vtctld.topo.shards(keyspace) : names.map(shardName);
}

async function readTables(vtctld: Vtctld, tablet: Tablet, filter: TableFilter): Promise<readonly TableDefinition[]> {
  return (await vtctld.callTablet(tablet, asks.getSchema, filter)).schemaDefinition?.tableDefinitions ?? [];
}

async function validateSchema(vtctld: Vtctld, request: RequestOf<"validateSchemaKeyspace">) {
  const keyspace = keyspaceName(request.keyspace);
  const { excludeTables, includeViews } = request;
  const filter = { excludeTables, includeViews };
  const shards = await chosenShards(vtctld, keyspace, request.shards);
  let reference: { readonly shard: ShardName; readonly tables: readonly TableDefinition[] } | undefined;
  const lines = new Map<ShardName, string[]>();
  for (const shard of shards) {
    const { message } = await mustReadRecord(vtctld.topo.global, records.shard(keyspace, shard));
    if (message.primaryAlias === undefined) {
      lines.set(shard, request.skipNoPrimary ? [] : [`no primary for shard ${keyspace}/${shard}`]);
      continue;
    }
    const { tablet } = await primaryOfShard(vtctld, keyspace, shard);
    const tables = await readTables(vtctld, tablet, filter);
    const found = await compareWithPrimary(
      vtctld,
      keyspace,
      shard,
      (one) => readTables(vtctld, one, filter),
      (mine, theirs) => compareSchemas(theirs, mine).map((line) => `differs from its primary: ${line}`),
    );
    if (reference === undefined) reference = { shard, tables };
    else {
      const { shard: first } = reference;
      found.push(
        ...compareSchemas(reference.tables, tables).map((line) => `shard ${shard} differs from ${first}: ${line}`),
      );
    }
    if (request.includeVschema) found.push(...(await missingInVSchema(vtctld, keyspace, shard, filter)));
    lines.set(shard, found);
  }
  return {
    results: [...lines.values()].flat(),
    resultsByShard: Object.fromEntries([...lines].map(([shard, results]) => [shard, { results }])),
  };
}

/** Tables of a shard's primary that the VSchema does not name. */
async function missingInVSchema(
  vtctld: Vtctld,
  keyspace: KeyspaceName,
  shard: ShardName,
  filter: TableFilter,
): Promise<string[]> {
  const { tablet } = await primaryOfShard(vtctld, keyspace, shard);
  const vschema = await readRecord(vtctld.topo.global, records.vschema(keyspace));
  const known = vschema?.message.tables ?? {};
  const tables = await readTables(vtctld, tablet, filter);
  return tables
    .filter(({ name }) => !Object.hasOwn(known, name))
    .map(({ name }) => `${keyspace}/${shard} has table ${name}, which is not in the VSchema`);
}

function compareAccounts(mine: Permissions, theirs: Permissions): readonly string[] {
  const [left, right] = [accountsOf(theirs), accountsOf(mine)];
  return [
    ...[...left].flatMap(([name, text]) =>
      right.get(name) === text ? [] : [right.has(name) ? `differs in ${name}` : `lacks ${name}`],
    ),
    ...[...right.keys()].filter((name) => !left.has(name)).map((name) => `has ${name}, which its primary lacks`),
  ];
}

/**
 * What an account may do, as a text, by its name. Left out is what differs between servers that were made separately
 * though the accounts are the same: those that each server makes for itself (mysql.sys, mariadb.sys …), when a password
 * was set, and the hash of a password that is salted.
 */
function accountsOf({ userPermissions, dbPermissions }: Permissions): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { host, user, privileges, passwordChecksum } of userPermissions) {
    if (/^(mysql|mariadb)\./.test(user)) continue;
    const { password_last_changed: _changed, ...rest } = privileges;
    const isSalted = privileges["plugin"] === "caching_sha2_password";
    found.set(`user '${user}'@'${host}'`, JSON.stringify([sorted(rest), isSalted ? "" : String(passwordChecksum)]));
  }
  for (const { host, db, user, privileges } of dbPermissions)
    found.set(`'${user}'@'${host}' on ${db}`, JSON.stringify(sorted(privileges)));
  return found;
}

const sorted = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
