/** The VSchema of keyspaces, and the rules that route and mirror tables, shards and keyspaces. */
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { VtError } from "../base/errors.ts";
import {
  type Keyspace as VSchema,
  KeyspaceRoutingRulesSchema,
  KeyspaceSchema as VSchemaSchema,
  MirrorRulesSchema,
  RoutingRulesSchema,
  ShardRoutingRulesSchema,
} from "../proto/generated/vschema_pb.js";
import { parse } from "../sqlparser/parse.ts";
import { splitScript } from "../sqlparser/split.ts";
import { type KeyspaceName, keyspaceName, shardName } from "../topo/names.ts";
import { rebuildVSchema } from "../topo/rebuild.ts";
import { mustReadRecord, type RecordAt, readRecord, records, replaceRecord } from "../topo/records.ts";
import type { TopoServer } from "../topo/server.ts";
import { lockKeyspace, lockRoutingRules, withLock } from "../topo/topo-locks.ts";
import { alterVSchema } from "../vschema/alter-vschema.ts";
import { compileKeyspace } from "../vschema/compile-keyspace.ts";
import { chosenCells } from "./cells.ts";
import { lockRequest, type RequestOf, type Vtctld, type VtctldFunctions } from "./vtctld.ts";

export const vschemaFunctions: VtctldFunctions<
  | "applyKeyspaceRoutingRules"
  | "applyRoutingRules"
  | "applyShardRoutingRules"
  | "applyVSchema"
  | "getKeyspaceRoutingRules"
  | "getMirrorRules"
  | "getRoutingRules"
  | "getShardRoutingRules"
  | "getVSchema"
> = {
  applyVSchema: { permission: "write", run: applyVSchema },
  getVSchema: {
    permission: "read",
    run: async ({ topo }, request) => {
      const keyspace = keyspaceName(request.keyspace);
      return { vSchema: (await mustReadRecord(topo.global, records.vschema(keyspace))).message };
    },
  },
  applyRoutingRules: {
    permission: "write",
    run: async (vtctld, request) => {
      const rules = request.routingRules ?? create(RoutingRulesSchema);
      for (const { fromTable, toTables } of rules.rules)
        if (fromTable === "" || toTables.includes("")) throw VtError.of("VT23007", "from_table or to_tables of a rule");
      await storeRules(vtctld, records.routingRules, rules, request);
      return {};
    },
  },
  applyShardRoutingRules: {
    permission: "write",
    run: async (vtctld, request) => {
      const rules = request.shardRoutingRules ?? create(ShardRoutingRulesSchema);
      for (const { fromKeyspace, toKeyspace, shard } of rules.rules) {
        keyspaceName(fromKeyspace);
        keyspaceName(toKeyspace);
        shardName(shard);
      }
      await storeRules(vtctld, records.shardRoutingRules, rules, request);
      return {};
    },
  },
  applyKeyspaceRoutingRules: {
    permission: "write",
    run: async (vtctld, request) => {
      const rules = request.keyspaceRoutingRules ?? create(KeyspaceRoutingRulesSchema);
      for (const { fromKeyspace, toKeyspace } of rules.rules) {
        keyspaceName(fromKeyspace.replace(/@(replica|rdonly)$/, "")); // "commerce@replica" is a rule for one type.
        keyspaceName(toKeyspace);
      }
      await storeRules(vtctld, records.keyspaceRoutingRules, rules, request);
      return { keyspaceRoutingRules: rules };
    },
  },
  getRoutingRules: {
    permission: "read",
    run: async ({ topo }) => ({ routingRules: await read(topo, records.routingRules, RoutingRulesSchema) }),
  },
  getShardRoutingRules: {
    permission: "read",
    run: async ({ topo }) => ({
      shardRoutingRules: await read(topo, records.shardRoutingRules, ShardRoutingRulesSchema),
    }),
  },
  getKeyspaceRoutingRules: {
    permission: "read",
    run: async ({ topo }) => ({
      keyspaceRoutingRules: await read(topo, records.keyspaceRoutingRules, KeyspaceRoutingRulesSchema),
    }),
  },
  getMirrorRules: {
    permission: "read",
    run: async ({ topo }) => ({ mirrorRules: await read(topo, records.mirrorRules, MirrorRulesSchema) }),
  },
};

/** The rules in force; none where there is no record. */
async function read<S extends DescMessage>(topo: TopoServer, record: RecordAt<S>, schema: S): Promise<MessageShape<S>> {
  return (await readRecord(topo.global, record))?.message ?? create(schema);
}

interface Rebuild {
  readonly skipRebuild: boolean;
  readonly rebuildCells: string[];
}

async function storeRules<S extends DescMessage>(
  vtctld: Vtctld,
  record: RecordAt<S>,
  rules: MessageShape<S>,
  { skipRebuild, rebuildCells }: Rebuild,
): Promise<void> {
  const { topo } = vtctld;
  const cells = await chosenCells(topo, rebuildCells);
  await withLock(lockRoutingRules(topo, lockRequest(vtctld, "ApplyRoutingRules")), (held) =>
    replaceRecord(topo.global, record, rules, held),
  );
  if (!skipRebuild) await rebuildVSchema(topo, cells);
}

async function applyVSchema(vtctld: Vtctld, request: RequestOf<"applyVSchema">) {
  const { topo } = vtctld;
  const keyspace = keyspaceName(request.keyspace);
  await mustReadRecord(topo.global, records.keyspace(keyspace));
  const vSchema = request.sql === "" ? request.vSchema : await alteredBy(topo, keyspace, request.sql);
  if (vSchema === undefined) throw VtError.of("VT23007", "v_schema or sql");
  const unknown = checkVSchema(keyspace, vSchema);
  if (request.strict && unknown.length > 0)
    throw VtError.of(
      "VT20006",
      keyspace,
      unknown.map(([vindex, names]) => `${vindex} does not read ${names.join(", ")}`),
    );
  if (!request.dryRun) {
    const cells = await chosenCells(topo, request.cells);
    const lock = lockKeyspace(topo, keyspace, lockRequest(vtctld, "ApplyVSchema"));
    await withLock(lock, (held) => replaceRecord(topo.global, records.vschema(keyspace), vSchema, held));
    if (!request.skipRebuild) await rebuildVSchema(topo, cells);
  }
  const unknownVindexParams = Object.fromEntries(unknown.map(([vindex, params]) => [vindex, { params: [...params] }]));
  return { vSchema, unknownVindexParams };
}

/** The keyspace's VSchema as the statements of `sql` make it, one after the other. */
async function alteredBy(topo: TopoServer, keyspace: KeyspaceName, sql: string): Promise<VSchema> {
  let vSchema = (await readRecord(topo.global, records.vschema(keyspace)))?.message ?? create(VSchemaSchema);
  for (const { text } of splitScript(sql)) {
    const statement = parse(text);
    if (statement.kind !== "AlterVSchema")
      throw VtError.of("VT23009", "change of a VSchema", text.slice(0, 80), "ALTER VSCHEMA …");
    const named = statement.table?.schema ?? statement.vindex?.schema;
    if (named !== undefined && named !== keyspace)
      throw VtError.of("VT23013", keyspace, `the statement is about keyspace ${named}`);
    vSchema = alterVSchema(keyspace, vSchema, statement);
  }
  return vSchema;
}

/**
 * Throws VT20006 with every problem of the VSchema; answers the parameters that no vindex reads, by vindex. Files that
 * vindexes name are the gateways': they are not read here, since a caller's words must not choose files of this machine.
 */
function checkVSchema(keyspace: string, vSchema: VSchema): readonly (readonly [string, readonly string[]])[] {
  const { problems, vindexes } = compileKeyspace(keyspace, vSchema, () => "{}");
  if (problems.length > 0) throw VtError.of("VT20006", keyspace, problems);
  return [...vindexes].flatMap(([name, { unknownParams }]) =>
    unknownParams.length === 0 ? [] : [[name, unknownParams] as const],
  );
}
